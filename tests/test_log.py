"""Where the log lies, and that it never stands in the way."""

import logging
from pathlib import Path

import pytest

from aedash.log import LogFile
from aedash.settings import Settings


@pytest.fixture
def logger():
    """logger(settings): one of its own that writes to their log file."""
    made = logging.getLogger("tests.log")
    made.propagate = False

    def opened(settings):
        made.handlers = [LogFile(settings)]
        return made

    yield opened
    for handler in made.handlers:
        handler.close()
    made.handlers = []


def test_the_log_lies_beside_the_runs_unless_it_is_said(tmp_path, monkeypatch):
    for name in ("RUNS_DIR", "LOG_FILE"):
        monkeypatch.delenv(f"AEDASH_{name}", raising=False)
    assert Settings().log_file == Path("runs/aedash.log")
    assert Settings(runs_dir=tmp_path).log_file == tmp_path / "aedash.log"
    monkeypatch.setenv("AEDASH_RUNS_DIR", str(tmp_path / "elsewhere"))
    assert Settings().log_file == tmp_path / "elsewhere" / "aedash.log"
    assert Settings(log_file=tmp_path / "log").log_file == tmp_path / "log"


def test_it_is_made_at_the_first_record(tmp_path, logger):
    settings = Settings(runs_dir=tmp_path / "runs")
    log = logger(settings)
    assert not (tmp_path / "runs").exists()
    log.error("an error")
    assert settings.log_file.read_text().endswith(" ERROR an error\n")


def test_where_it_cannot_be_made_it_goes_to_standard_error(tmp_path, logger, capsys, monkeypatch):
    (tmp_path / "file").write_text("")
    log = logger(Settings(log_file=tmp_path / "file" / "log"))
    log.error("an error")
    log.error("another")
    assert capsys.readouterr().err == "an error\nanother\n"
