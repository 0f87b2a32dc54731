"""The server process: it starts whatever is wrong, says it in one sentence, and works once that is mended."""

import asyncio
import json
import re
import threading

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

import aedash
from aedash.registry import Refused
from aedash.ui.desk import health, manager
from aedash.ui.shell import server
from aedash.wire.hub import Hub
from tests import fakes


@pytest.fixture(autouse=True)
def house(environment, monkeypatch, tmp_path):
    """A server of its own for each test."""
    monkeypatch.setenv("AEDASH_GALLERY_DIR", str(tmp_path / "gallery"))
    monkeypatch.setattr("atexit.register", lambda *_: None)
    monkeypatch.setattr(server, "warm_up", lambda *_: None)
    monkeypatch.setattr(manager.log, "handlers", [])  # those of earlier tests write to files of their own
    st.cache_resource.clear()
    yield environment
    manager.opened.close()
    st.cache_resource.clear()
    for handler in manager.log.handlers:
        handler.close()


def live():
    """The server's whole life."""

    async def life():
        async with server.lifespan(Hub({}))(None):
            pass

    asyncio.run(life())


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("THREADS", "-1", "AEDASH_THREADS must be greater than or equal to 0; got -1."),
        ("DEVICE", "abacus", "AEDASH_DEVICE must be 'auto', 'cpu', 'cuda' or 'mps'; got abacus."),
    ],
)
def test_a_wrong_setting_is_a_sentence_and_the_server_lives(name, value, sentence, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setenv(f"AEDASH_{name}", value)
        live()
        assert manager.trouble() == sentence
    assert manager.trouble() == ""


def test_a_log_that_cannot_be_made_stops_nothing(monkeypatch, tmp_path, capsys):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("AEDASH_LOG_FILE", str(tmp_path / "file" / "log"))
    assert manager.trouble() == ""
    assert manager.manager().schedules
    manager.log.error("what went wrong")
    assert "what went wrong\n" in capsys.readouterr().err


def test_a_start_that_failed_leaves_nothing_held(monkeypatch):
    before = threading.active_count()

    def fails(_):
        raise OSError(13, "Permission denied", "/a/path/of/the/server")

    with monkeypatch.context() as patch:
        patch.setattr("aedash.training.manager.make_executor", fails)
        for _ in range(3):
            assert (
                fakes.without_id(manager.trouble())
                == "The app cannot start (PermissionError); the log file has the details."
            )
    assert threading.active_count() == before
    assert manager.trouble() == ""
    assert manager.manager().schedules


def test_the_end_of_a_server_that_nobody_visited_makes_nothing(house):
    live()
    assert not house.exists()


def test_the_end_of_the_server_closes_its_manager(house):
    async def visited():
        async with server.lifespan(Hub({}))(None):
            made = manager.manager()
            assert made.schedules
        return made

    assert not asyncio.run(visited()).schedules
    st.cache_resource.clear()
    assert manager.manager().schedules


def test_a_bug_at_the_start_is_logged_and_told_without_its_words(monkeypatch, caplog):
    def fails(*_):
        raise ValueError("0x7f")

    monkeypatch.setattr(manager, "RunManager", fails)
    assert fakes.without_id(manager.trouble()) == "The app cannot start (ValueError); the log file has the details."
    assert "0x7f" in caplog.text
    with pytest.raises(ValueError, match="0x7f"):
        manager.manager()


def test_refusals_are_told_as_they_are(monkeypatch):
    def fails(*_):
        raise Refused("No.", "field")

    monkeypatch.setattr(manager, "RunManager", fails)
    assert manager.trouble() == "No."


# -- health, and broken pages


def asked():
    """(status, JSON) of /healthz."""
    answer = asyncio.run(health.route("base").endpoint(None))
    return answer.status_code, json.loads(answer.body)


def test_the_health_of_a_server_is_told_and_names_no_place(house, monkeypatch):
    status, told = asked()
    assert status == 200
    assert told.pop("disk_left") > 0
    assert told == {
        **{"status": "ok", "why": "", "version": aedash.__version__},
        **{"running": 0, "queue": 0, "last_error": ""},
    }
    manager.log.error("an error")
    error = asked()[1]["last_error"]
    assert error in (house.parent / "log").read_text()
    monkeypatch.setattr(health, "LEAST_FREE", float("inf"))
    status, told = asked()
    assert (status, told["status"], told["why"]) == (503, "unwell", "The disk with the runs is nearly full.")
    assert str(house) not in json.dumps(told)


def test_a_server_that_cannot_work_says_so_to_a_check(monkeypatch):
    monkeypatch.setenv("AEDASH_DEVICE", "abacus")
    status, told = asked()
    assert (status, told["status"]) == (503, "unwell")
    assert told["why"].startswith("AEDASH_DEVICE must be")


def test_the_load_of_the_machine_is_measured():
    now = health.load()
    assert 0 <= now.busy <= 1
    assert 0 < now.process < now.memory + now.of
    assert now.cores >= 1


def test_a_broken_page_is_a_sentence_with_an_id_that_stands_in_the_log(house):
    manager.manager()

    def page():
        from aedash.ui.shell import faults

        try:
            {}["/a/place/of/this/machine"]
        except KeyError as fault:
            faults.shown(fault)

    app = AppTest.from_function(page).run()
    [told] = [each.proto.body for each in app.get("html")]
    error = re.search(r"details of error ([0-9a-f]{8})\.", told).group(1)
    assert "This page failed (KeyError);" in told
    assert "place" not in told
    [line] = [json.loads(line) for line in (house.parent / "log").read_text().splitlines()]
    assert line["error"] == error
    assert "KeyError: '/a/place/of/this/machine'" in line["trace"]
