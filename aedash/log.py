"""The log file: made at its first record, and where it cannot be made, records go to standard error."""

import logging
from pathlib import Path

from aedash.settings import Settings


class LogFile(logging.FileHandler):
    """Appends to the settings' log file. A log is no reason for anything to stop."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings.log_file, delay=True)
        self.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record; to standard error where the file cannot be made or written. Raises nothing."""
        try:
            if self.stream is None:
                Path(self.baseFilename).parent.mkdir(parents=True, exist_ok=True)
            super().emit(record)
        except OSError:
            if logging.lastResort:  # to standard error
                logging.lastResort.emit(record)
