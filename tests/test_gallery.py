"""Reproduce, pretrain and the gallery, on the bundled digits."""

import json

import pytest

from aedash.__main__ import main
from aedash.config import vary_all
from aedash.presets.base import Published, preset
from aedash.settings import Settings
from aedash.store import gallery
from aedash.training.runs import RunManager


@pytest.fixture
def places(tmp_path, monkeypatch):
    for name in ("RUNS", "DATA", "GALLERY"):
        monkeypatch.setenv(f"AEDASH_{name}_DIR", str(tmp_path / name.lower()))
    monkeypatch.setenv("AEDASH_LOG_FILE", str(tmp_path / "log"))
    gallery.pretrained.cache_clear()
    yield tmp_path
    gallery.pretrained.cache_clear()


def printed(capsys):
    return json.loads(capsys.readouterr().out.strip().splitlines()[-1])


def test_reproduce_trains_once_and_judges_nothing_when_quick(places, capsys):
    assert main(["reproduce", "--quick", "--only", "R0-simple", "R1-dense", "--json"]) == 0
    rows = printed(capsys)
    assert [(row["id"], row["published"], row["verdict"]) for row in rows] == [
        ("R0-simple", 65.3, "not judged"),
        ("R1-dense", None, "not judged"),
    ]
    assert main(["reproduce", "--quick", "--only", "R0-simple", "--json"]) == 0
    assert printed(capsys)[0]["runs"] == rows[0]["runs"]


def test_reproduce_gives_the_band_over_seeds(places, capsys):
    assert main(["reproduce", "--quick", "--only", "R0-simple", "--seeds", "2", "--json"]) == 0
    [row] = printed(capsys)
    assert row["seeds"] == len(set(row["runs"])) == 2
    assert row["low"] < row["ours"] < row["high"]
    assert row["ours"] == pytest.approx((row["low"] + row["high"]) / 2)
    assert main(["reproduce", "--seeds", "21", "--json"]) == 2
    assert printed(capsys)["error"] == "--seeds must be 1 to 20; got 21."


@pytest.mark.parametrize(
    ("honest", "values", "verdict"),
    [
        (True, [65.6], "reproduced"),
        (True, [60], "better"),
        (True, [60, 75], "reproduced"),
        (True, [75, 80], "missed"),
        (False, [75], "explained"),
        (True, [60, 62], "better"),
    ],
)
def test_verdicts(honest, values, verdict):
    from aedash.commands.reproduce import verdict_of

    assert verdict_of(Published("mnist", "unit", "test", 65.3, "nats", honest), values, True) == verdict


def test_a_packed_run_opens_like_any_other(places, capsys, monkeypatch):
    quick = vary_all(preset("R0-simple").config, [("data.name", "digits"), ("epochs", 2)])
    monkeypatch.setattr("aedash.commands.pretrain.preset", lambda name: type("P", (), {"config": quick}))
    code = main(["train", "--preset", "R0-simple", "--dataset", "digits", "--epochs", "2", "--json"])
    trained = printed(capsys)
    assert code == 0
    assert main(["pretrain", "--only", "R0-simple", "--json"]) == 0
    assert 0 < printed(capsys)["packed"]["R0-simple"] < 3_000_000
    manager = RunManager(Settings())
    try:
        run = manager.run(trained["id"])
        assert run.folder.parent == places / "gallery"
        history = manager.history(run)
        assert history.ends[-1].epoch == 2
        assert history.blocks[-1].step == history.ends[-1].step
        assert len(history.snapshots) <= 12
        assert history.probes is not None
        assert manager.gallery() == {"R0-simple": run}
    finally:
        manager.close()
