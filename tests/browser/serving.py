"""A Streamlit server of its own on a free port, for tests and for measuring."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def environment(folder):
    """Of a server as on a fresh machine: its own runs in the folder, no data set but the bundled digits."""
    return {
        "AEDASH_RUNS_DIR": str(folder / "runs"),
        "AEDASH_DATA_DIR": str(folder / "data"),
        "AEDASH_LOG_FILE": str(folder / "aedash.log"),
        "AEDASH_THREADS": "1",
        "AEDASH_DEVICE": "cpu",
    }


class Server:
    """`streamlit run` as a process; its output goes to a file.

    before: what the command is given to. alone: the environment is all that it has, not added to this one.
    """

    def __init__(self, script, log, cwd=ROOT, before=(), alone=False, **environment):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        command = [*before, sys.executable, "-m", "streamlit", "run", str(script), "--server.port", str(self.port)]
        self.log = Path(log)
        with self.log.open("a") as output:
            self.process = subprocess.Popen(
                command,
                cwd=cwd,
                env=environment if alone else os.environ | environment,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        base = environment.get("STREAMLIT_SERVER_BASE_URL_PATH", "")
        self.address = f"http://127.0.0.1:{self.port}/{base}".rstrip("/")
        self.await_health()

    def await_health(self, seconds=120):
        """Return when the server answers; raise when it has ended or the time is up."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                with urllib.request.urlopen(f"{self.address}/_stcore/health", timeout=1):
                    return
            except OSError:
                time.sleep(0.05)
        self.process.kill()
        raise TimeoutError(f"the server did not start: {self.log.read_text()[-2000:]}")

    def stop(self, number=None):
        """End the process by SIGTERM or another signal; its exit status."""
        if self.process.poll() is None:
            self.process.terminate() if number is None else self.process.send_signal(number)
        try:
            return self.process.wait(120)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
