"""Where the log lies, and that it never stands in the way."""

import json
import logging
from datetime import datetime
from logging.handlers import QueueHandler
from pathlib import Path
from queue import SimpleQueue

import pytest

from aedash.log import KEPT, LARGEST, LogFile, logged
from aedash.settings import Settings


def lines(settings):
    return [json.loads(line) for line in settings.log_file.read_text().splitlines()]


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
    [line] = lines(settings)
    assert (line["level"], line["said"]) == ("ERROR", "an error")
    assert datetime.fromisoformat(line["at"]).tzinfo is not None


def test_where_it_cannot_be_made_it_goes_to_standard_error(tmp_path, logger, capsys, monkeypatch):
    (tmp_path / "file").write_text("")
    log = logger(Settings(log_file=tmp_path / "file" / "log"))
    log.error("an error")
    log.error("another")
    assert capsys.readouterr().err == "an error\nanother\n"


def broken(log, what="run 1"):
    try:
        raise ZeroDivisionError("by\n{zero}")
    except ZeroDivisionError as error:
        return logged(log, what, error)


def test_an_error_is_found_under_the_id_that_a_person_was_told(tmp_path, logger):
    settings = Settings(runs_dir=tmp_path)
    log = logger(settings)
    sentence = broken(log)
    log.error("one without an exception")
    first, second = lines(settings)
    assert sentence == f"the log file has the details of error {first['error']}."
    assert first["said"] == "run 1"
    assert first["trace"].endswith("ZeroDivisionError: by\n{zero}")
    assert "trace" not in second
    assert log.handlers[0].last_error == second["error"] != first["error"]


def test_what_another_process_logged_has_its_traceback_apart(tmp_path, logger):
    settings, records = Settings(runs_dir=tmp_path), SimpleQueue()
    log = logger(settings)
    [file], log.handlers = log.handlers, [QueueHandler(records)]
    sentence = broken(log)
    log.handlers = [file]
    log.handle(records.get())
    [line] = lines(settings)
    assert line["error"] in sentence
    assert line["said"] == "run 1"
    assert line["trace"].startswith("Traceback")


def test_a_line_is_a_line_and_tells_no_secret(tmp_path, logger):
    settings = Settings(runs_dir=tmp_path, teacher_key="open sesame")
    log = logger(settings)
    log.warning("%s", 'a\u2028b\r\n{"level": "forged"} open sesame ' + "hf_" + "a" * 30)
    log.warning("x" * 10_000)
    text = settings.log_file.read_text()
    assert text.count("\n") == 2
    assert "sesame" not in text
    assert "aaaa" not in text
    assert len(lines(settings)[1]["said"]) == 2000


def test_it_is_begun_anew_before_it_grows_large(tmp_path, logger):
    settings = Settings(runs_dir=tmp_path)
    log = logger(settings)
    for _ in range(7):
        for _ in range(LARGEST // 2000):
            log.warning("x" * 1990)
    files = sorted(tmp_path.iterdir())
    assert len(files) == KEPT + 1
    assert all(path.stat().st_size <= LARGEST for path in files)
