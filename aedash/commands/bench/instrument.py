"""The instrument: a script that holds the best loop known for each row, run beside ours in the same minutes.

Nothing here depends on one; whoever has it gives its path. It is called as `SCRIPT DATA --models ROW --reps 1 --secs S
--threads N --json FILE` and writes {"rows": {ROW: {"w0", "w2", "best"}}}: images per second of its usual loop with 0
and 2 workers, and of its best one.
"""

import json
import os
import subprocess
import sys
import tempfile
from contextlib import suppress
from math import isfinite
from pathlib import Path
from typing import NamedTuple

from aedash.commands.bench.machine import Bench
from aedash.registry import Refused

SECONDS = 1.5  # of each of its five measurements at most
TOO_LONG = 600.0
OURS = ("GOMP_SPINCOUNT", "OPENBLAS_NUM_THREADS")  # which a server needs, and a loop on its own may not like


class Known(NamedTuple):
    """Images per second: of the instrument's own usual loop, with the better number of workers, and of its best one."""

    usual: float
    best: float


def known(script: Path, name: str, bench: Bench) -> Known:
    """What the instrument measures now of the row that it calls so. Raises Refused where it says nothing of it."""
    with tempfile.TemporaryDirectory() as folder:
        told = Path(folder) / "rates.json"
        how = f"--models {name} --reps 1 --secs {min(bench.seconds, SECONDS)} --threads {bench.threads}".split()
        words = [sys.executable, str(script), str(bench.settings.data_dir), *how, "--json", str(told)]
        env = {key: value for key, value in os.environ.items() if key not in OURS}
        said = f"it took more than {TOO_LONG:g} seconds"
        with suppress(subprocess.TimeoutExpired):
            ended = subprocess.run(words, env=env, capture_output=True, text=True, timeout=TOO_LONG, check=False)
            said = (ended.stderr.strip() or "it wrote no figures").splitlines()[-1]
        with suppress(OSError, ValueError, KeyError, TypeError):
            rates = json.loads(told.read_text())["rows"][name]
            return Known(max(filter(isfinite, (rates["w0"], rates["w2"]))), rates["best"])
    raise Refused(f"The instrument measured nothing of {name}: {said[:200]}.", "instrument")
