"""Python as on a system without fcntl, fork, hard links, other users and signals that kill: run as a script.

    python tests/other_system.py aedash train --preset R0-simple ...

It runs the module with those arguments. A folder can be opened by no `os.open`, as on Windows. filelock and psutil
keep what they have here, in the place of what they have there.
"""

import os
import runpy
import signal
import sys
from pathlib import Path

import filelock  # noqa: F401  (before anything is taken away)
import psutil  # noqa: F401

ABSENT = {"fcntl", "grp", "pwd", "resource", "termios", "pty"}
NOT_THERE = ("fork", "forkpty", "link", "setsid", "getuid", "geteuid", "chown", "nice", "sched_getaffinity", "killpg")


def without_unix() -> None:
    """Take away, from here on, what only Unix has."""
    for name in ABSENT:
        sys.modules[name] = None
    for name in NOT_THERE:
        if hasattr(os, name):
            delattr(os, name)
    del signal.SIGKILL
    opened = os.open

    def of_files(path, flags, mode=0o777, **how):
        if isinstance(path, str | bytes | os.PathLike) and Path(os.fsdecode(path)).is_dir():
            raise PermissionError(13, "Permission denied", path)
        return opened(path, flags, mode, **how)

    os.open = of_files


if __name__ == "__main__":
    without_unix()
    sys.argv = sys.argv[1:]
    sys.path.insert(0, str(Path.cwd()))
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
