"""The server process: it starts whatever is wrong, says it in one sentence, and works once that is mended."""

import asyncio
import threading

import pytest
import streamlit as st

from aedash.registry import Refused
from aedash.ui.desk import manager
from aedash.ui.shell import server
from aedash.wire.hub import Hub


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
            assert manager.trouble() == "The app cannot start (PermissionError); its log has the details."
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
    assert manager.trouble() == "The app cannot start (ValueError); its log has the details."
    assert "0x7f" in caplog.text
    with pytest.raises(ValueError, match="0x7f"):
        manager.manager()


def test_refusals_are_told_as_they_are(monkeypatch):
    def fails(*_):
        raise Refused("No.", "field")

    monkeypatch.setattr(manager, "RunManager", fails)
    assert manager.trouble() == "No."
