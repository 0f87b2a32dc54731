"""Sweeps on disk: what is damaged is refused with a sentence and hides no other."""

import errno
import json

import pytest

from aedash import atomic
from aedash.registry import Refused
from aedash.store import sweeps
from aedash.sweep import Axis, Sweep
from tests import fakes

IDS = ["0123456789ab", "ba9876543210"]


@pytest.fixture
def kept(tmp_path):
    grid = Sweep(name="two", base=fakes.config(), axes=(Axis(path="epochs", values=(1, 2)),))
    return sweeps.save(tmp_path, grid, IDS)


DAMAGE = {
    "empty": b"",
    "nested": b"[" * 100_000,
    "too large": b" " * 1_100_000,
    "no date": {"created": ""},
    "no zone": {"created": "2026-11-26T04:00:00"},
    "a date of no calendar": {"created": "soon"},
    "too few runs": {"runs": IDS[:1]},
    "null": {"axes": None},
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_sweep_is_refused_and_hides_no_other(damage, kept, tmp_path):
    whole = tmp_path / "sweeps" / f"{kept.id}.json"
    content = DAMAGE[damage]
    if isinstance(content, dict):
        content = json.dumps({**json.loads(whole.read_text()), **content}).encode()
    (tmp_path / "sweeps" / "feedfeedfeed.json").write_bytes(content)
    with pytest.raises(Refused, match="another version of aedash"):
        sweeps.load(tmp_path, "feedfeedfeed")
    assert sweeps.all_of(tmp_path) == [kept]


def test_a_sweep_goes_by_the_name_of_its_file(kept, tmp_path):
    (tmp_path / "sweeps" / f"{kept.id}.json").rename(tmp_path / "sweeps" / "feedfeedfeed.json")
    assert sweeps.load(tmp_path, "feedfeedfeed").id == "feedfeedfeed"


def test_a_full_disk_is_a_sentence(kept, tmp_path, monkeypatch):
    def fsync(file):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(atomic.os, "fsync", fsync)
    with pytest.raises(atomic.Full, match="disk with the runs is full"):
        sweeps.save(tmp_path, kept, IDS)
    assert sweeps.all_of(tmp_path) == [kept]
