"""What a step frees stays for the next one while runs train, and no longer."""

import ctypes
import platform
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from aedash.training.memory import kept

GLIBC = platform.libc_ver()[0] == "glibc"
MEGABYTES = 24


def resident():
    """Megabytes of this process that lie in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 2**20


@pytest.mark.skipif(not GLIBC, reason="of another C library nothing is asked")
def test_freed_memory_is_kept_until_the_end_and_then_given_back():
    with kept():
        ctypes.CDLL(None).malloc_trim(0)
        before = resident()
        torch.ones(MEGABYTES * 2**20 // 4)  # and freed at once
        held = resident() - before
    assert held > MEGABYTES / 2
    assert resident() - before < MEGABYTES / 2


def test_a_library_that_cannot_give_it_back_is_left_alone(monkeypatch):
    def mallopt(*_):
        raise AssertionError

    monkeypatch.setattr(ctypes, "CDLL", lambda _: SimpleNamespace(mallopt=mallopt))
    with kept():
        pass
