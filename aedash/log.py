"""The log: a line of JSON a record, in a file that is begun anew before it grows large. An error has an id.

A person sees the id beside the sentence; whoever runs the server finds the traceback under it.
"""

import json
import logging
import re
import secrets
from datetime import UTC, datetime
from io import TextIOWrapper
from logging import LogRecord
from logging.handlers import RotatingFileHandler
from pathlib import Path

from aedash.settings import Settings

LARGEST, KEPT = 2_000_000, 4  # bytes of a file; older ones beside it, as aedash.log.1
MOST_WORDS, MOST_TRACE = 2000, 20_000  # letters of a record
SECRET = re.compile(r"\b(hf|ghp|gho|glpat|xox[abp])[_-][A-Za-z0-9_-]{8,}")  # as keys of well-known services look


def logged(logger: logging.Logger, what: str, error: BaseException) -> str:
    """Log an error with its traceback; half a sentence that tells where it stands, to follow a semicolon.

    what: that was under way, a few words; nothing that a person typed.
    """
    identifier = secrets.token_hex(4)
    logger.error(what, exc_info=error, extra={"error": identifier})
    return f"the log file has the details of error {identifier}."


class LogFile(RotatingFileHandler):
    """Appends to the settings' log file. A log is no reason for anything to stop.

    last_error: id of the last error that was written, empty before the first.
    """

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings.log_file, maxBytes=LARGEST, backupCount=KEPT, encoding="utf-8", delay=True)
        self.setFormatter(Line(settings.teacher_key.get_secret_value()))
        self.last_error = ""

    def emit(self, record: LogRecord) -> None:
        """Write one record; to standard error where the file cannot be made or written. Raises nothing."""
        if record.levelno >= logging.ERROR:
            record.error = self.last_error = getattr(record, "error", "") or secrets.token_hex(4)
        super().emit(record)

    def _open(self) -> TextIOWrapper:
        Path(self.baseFilename).parent.mkdir(parents=True, exist_ok=True)
        return super()._open()

    def handleError(self, record: LogRecord) -> None:
        """The file does not take it."""
        if logging.lastResort:  # to standard error
            logging.lastResort.emit(record)


class Line(logging.Formatter):
    """A record as one line of JSON: at (UTC), level, said, error (its id), trace.

    secret: a word that is never written.
    """

    def __init__(self, secret: str = "") -> None:
        super().__init__()
        self._secret = secret

    def format(self, record: LogRecord) -> str:
        """JSON escapes what could begin another line."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        said, _, more = record.getMessage().partition("\n")  # one from another process has its traceback in its words
        told = {"at": at, "level": record.levelname, "said": self._safe(said)[:MOST_WORDS]}
        if identifier := getattr(record, "error", ""):
            told["error"] = identifier
        if trace := self.formatException(record.exc_info) if record.exc_info else more:
            told["trace"] = self._safe(trace)[-MOST_TRACE:]
        return json.dumps(told)

    def _safe(self, text: str) -> str:
        hidden = text.replace(self._secret, "***") if self._secret else text
        return SECRET.sub(r"\1_***", hidden)
