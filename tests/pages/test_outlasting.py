"""Trouble of the server, as people see it: a sentence on every page, and nothing of the machine on any."""

import logging
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import streamlit as st

from aedash.config import vary_all
from aedash.log import LogFile
from aedash.presets.base import preset
from aedash.settings import Settings
from aedash.training import trainer
from aedash.ui.desk import background
from aedash.ui.desk.manager import manager
from aedash.ui.widgets.run_words import age
from tests import fakes
from tests.pages.conftest import PAGES, SMALL

CANARY = "canary-8c1f2e"
TRACE = re.compile(r"Traceback|\bFile \"|Errno|site-packages")


def shown(tab):
    """All that a page sends to its browser, whatever the element."""
    return "\n".join(str(node.proto) for node in tab.app._tree if getattr(node, "proto", None) is not None)


def test_runs_that_cannot_be_written_are_a_sentence_on_every_page(open_page, house, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    with monkeypatch.context() as patch:
        patch.setenv("AEDASH_RUNS_DIR", str(tmp_path / "file" / "runs"))
        st.cache_resource.clear()
        for page in PAGES:
            tab = open_page(page)
            assert tab.problem.startswith("The runs folder cannot be written"), page
            assert not TRACE.search(shown(tab)), page
    st.cache_resource.clear()
    assert open_page("home").problem == ""


@pytest.fixture
def troubled(house, trained, monkeypatch):
    """Id of a run that failed with words of the machine, in a folder with an index and a run that cannot be read."""

    def fails(*_):
        raise ValueError(f"{house} cannot be had")

    with monkeypatch.context() as patch:
        patch.setattr(trainer, "train_step", fails)
        failed = fakes.over(manager(), manager().submit(vary_all(preset("R0-simple").config, [*SMALL, ("seed", 9)])))
    (house / "feedfeedfeed").mkdir()
    (house / "feedfeedfeed" / "run.json").write_text("{")
    manager().store._db._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    (house / "aedash.sqlite").write_bytes(b"garbage" * 10_000)
    return failed.id


def test_no_page_and_no_file_tells_of_the_machine_or_its_environment(
    house, trained, troubled, open_page, monkeypatch, tmp_path
):
    log = logging.getLogger("aedash")
    monkeypatch.setattr(log, "handlers", [LogFile(Settings())])  # that of an earlier test writes to a file of its own
    for name in ("AEDASH_TEACHER_KEY", "HF_TOKEN", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, CANARY)
    for page in PAGES:
        for run in (trained, troubled):
            tab = open_page(page, run=run) if page in ("train", "explore") else open_page(page)
            told = shown(tab)
            assert CANARY not in told, page
            assert str(tmp_path) not in told, page
            assert not TRACE.search(told), page
            assert page != "runs" or ("rebuilt from the run folders" in told and "feedfeedfeed" in told)
    background.settle()
    log.error("the last word")
    kept = [path for path in house.parent.rglob("*") if path.is_file() and "sqlite" not in path.name]
    assert [path.name for path in kept if CANARY.encode() in path.read_bytes()] == []
    assert any(path.name == "log" for path in kept)


def test_a_clock_that_was_set_back_makes_no_run_younger_than_now(trained):
    run = manager().run(trained)
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat(timespec="seconds")
    assert age(replace(run, created=tomorrow)) == 0.0
    assert 0.0 <= age(run) < 600.0


def test_runs_are_listed_as_they_were_begun_whatever_the_clock_says(house, trained, monkeypatch):
    class Earlier(datetime):
        @classmethod
        def now(cls, zone=None):
            return datetime.now(zone) - timedelta(hours=1)

    monkeypatch.setattr("aedash.store.making.datetime", Earlier)
    later = manager().submit(vary_all(preset("R0-simple").config, [*SMALL, ("seed", 4)]))
    assert fakes.over(manager(), later).created < manager().run(trained).created
    assert [run.id for run in manager().runs()] == [later, trained]
