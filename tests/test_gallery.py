"""Reproduce, pretrain and the gallery, on the bundled digits."""

import json
import re
import signal
from pathlib import Path

import pytest

from aedash import registry
from aedash.__main__ import main
from aedash.commands.reproduce import cells, populations, reason
from aedash.config import vary_all
from aedash.presets.base import Published, preset
from aedash.settings import Settings
from aedash.store import gallery, kept
from aedash.sweep import Axis, sweep
from aedash.training import trainer
from aedash.training.manager import RunManager
from tests import fakes


@pytest.fixture
def places(tmp_path, monkeypatch):
    for name in ("RUNS", "DATA", "GALLERY"):
        monkeypatch.setenv(f"AEDASH_{name}_DIR", str(tmp_path / name.lower()))
    monkeypatch.setenv("AEDASH_LOG_FILE", str(tmp_path / "log"))
    monkeypatch.setenv("AEDASH_THREADS", "1")
    gallery.forget()
    yield tmp_path
    gallery.forget()


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


def published(value=65.3, honest=True, **more):
    return Published("mnist", "unit", "test", value, "nats", honest, **more)


DRAWN = {"honest": False, "lottery": True}
BLURRED = {"honest": False, "expected": (75, 85)}


@pytest.mark.parametrize(
    ("figure", "values", "verdict"),
    [
        (published(), [65.6], "reproduced"),
        (published(), [64, 67], "reproduced"),
        (published(), [60], "below"),
        (published(), [60, 60], "below"),
        (published(), [60, 61, 62], "better"),
        (published(), [30, 1000], "missed"),
        (published(), [30, 65, 1000], "missed"),
        (published(), [75], "missed"),
        (published(expected=(75, 85)), [75, 80], "explained"),
        (published(honest=False), [65.6], "reproduced"),
        (published(honest=False), [30], "missed"),
        (published(honest=False), [80], "missed"),
        (published(**BLURRED), [80], "explained"),
        (published(**BLURRED), [90], "missed"),
        (published(**BLURRED), [30], "missed"),
        (published(**DRAWN), [65.6], "one draw"),
        (published(**DRAWN), [30], "one draw"),
        (published(**DRAWN), [30, 100], "few draws"),
        (published(**DRAWN, expected=(75, 85)), [80], "one draw"),
        (published(**DRAWN, expected=(75, 85)), [75, 80, 85], "explained"),
        (published(**DRAWN), [30, 40, 90], "reproduced"),
        (published(**DRAWN), [30, 40, 65], "reproduced"),
        (published(**DRAWN), [70, 80, 90], "missed"),
        (published(**DRAWN), [30, 40, 50], "better"),
    ],
)
def test_verdicts(figure, values, verdict):
    assert figure.verdict(values) == verdict


def test_no_mean_is_printed_of_seeds_that_are_two_populations():
    assert populations([0.112, 0.0076, 0.092]) == [[0.0076], [0.092, 0.112]]
    assert populations([0.0182, 0.011, 0.0163]) == [[0.011, 0.0163, 0.0182]]
    row = {"id": "x", "data": "", "published": 0.1118, "split": "validation", "seeds": 3, "ours": None, "low": 0.0076}
    row |= {"high": 0.112, "values": [0.112, 0.0076, 0.092], "code_sizes": [0, 147, 147], "code_units": 196}
    shown = cells({**row, "verdict": "reproduced", "test_mse": 0.07, "seconds": 1.0})
    assert shown[2:5] == ["1 near 0.0076, 2 near 0.102", "3: 0.0076 to 0.112", "-"]


def test_every_figure_that_is_not_honest_is_told_in_words():
    for name in registry.presets.names():
        source = preset(name)
        assert all(bool(reason(source, figure)) != figure.honest for figure in source.published)
        assert all(figure.why for figure in source.published if figure.expected and figure.honest)
        assert reason(source, None) == ""


def test_a_failed_run_costs_its_own_row_and_the_exit_status(places, capsys, monkeypatch):
    step = trainer.train_step

    def train_step(state, batch, config):
        if config.architecture.latent == 20:
            raise RuntimeError("boom")
        return step(state, batch, config)

    monkeypatch.setattr(trainer, "train_step", train_step)
    words = ["reproduce", "--quick", "--only", "R0-simple", "R1-dense"]
    assert main([*words, "--json"]) == 1
    broken, whole = printed(capsys)
    assert (broken["verdict"], broken["ours"], whole["verdict"]) == ("failed", None, "not judged")
    assert fakes.without_id(broken["why"]) == "Training failed with RuntimeError; the log file has the details."
    assert set(broken) == set(whole)
    assert main(words) == 1
    table = capsys.readouterr().out
    assert "| R0-simple | 65.3 | - |" in table
    assert "- R0-simple: Training failed with RuntimeError" in table


def test_a_run_that_is_broken_off_ends_the_table_with_a_sentence(places, capsys, monkeypatch):
    step = trainer.train_step

    def train_step(state, batch, config):
        if state.step == 20:
            signal.raise_signal(signal.SIGINT)
        return step(state, batch, config)

    monkeypatch.setattr(trainer, "train_step", train_step)
    assert main(["reproduce", "--quick", "--only", "R0-simple", "R1-dense", "--json"]) == 1
    [run] = (path.name for path in (places / "runs").glob("[0-9a-f]*") if path.is_dir())
    assert printed(capsys)["error"] == f"R0-simple was interrupted (run {run}): `resume` it, and reproduce again."


def test_the_table_tells_live_units_and_every_seed(places, capsys):
    words = ["reproduce", "--quick", "--only", "R0-vae", "--seeds", "2"]
    assert main([*words, "--json"]) == 0
    [row] = printed(capsys)
    assert len(row["values"]) == len(row["code_sizes"]) == 2
    assert (row["low"], row["high"]) == (min(row["values"]), max(row["values"]))
    assert main(words) == 0
    table = capsys.readouterr().out
    assert f"| {row['code_sizes'][0]}, {row['code_sizes'][1]} of 20 |" in table
    assert f"- R0-vae: {preset('R0-vae').flaw}" in table


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


@pytest.mark.parametrize("name", ["R0-simple", "R1-conv", "R2-deep-linear"])
def test_what_a_shipped_run_took_is_what_its_manifest_says(name):
    """Its curves were thinned when it was packed; seconds and rate are of the whole run."""
    run = gallery.pretrained(Path("checkpoints"))[name]
    raw = json.loads((run.folder / "run.json").read_text())
    history = gallery.read_history(run.folder)
    assert (history.images, history.seconds) == (raw["images"], raw["seconds"])
    assert history.rate() == raw["images"] / raw["seconds"]


def test_a_question_s_sweep_is_trained_once_packed_and_measured(places, capsys, monkeypatch):
    seeds = Axis(path="seed", values=(0, 1))
    tiny = sweep(name="luck", base=fakes.config(threads=0), axes=[seeds], kind="question")
    monkeypatch.setattr("aedash.commands.pretrain.shipped", lambda: {"luck": tiny})
    for _ in range(2):
        assert main(["pretrain", "questions", "--json"]) == 0
        assert 0 < printed(capsys)["packed"]["luck"] < 225_000
    assert len([path for path in (places / "runs").glob("[0-9a-f]*") if path.is_dir()]) == 2
    assert list((places / "runs" / "sweeps").iterdir()) == []
    manager = RunManager(Settings())
    try:
        kept = manager.shipped()["luck"]
        errors = [manager.run(identifier).figures["test"].mse for identifier in kept.runs]
        assert manager.illustration("luck").lines[0].y == pytest.approx(errors)
        assert manager.illustration("luck").sentence.startswith("2 seeds of one network")
    finally:
        manager.close()
    assert main(["pretrain", "questions", "--only", "fate", "--json"]) == 2
    assert printed(capsys)["error"] == "There is no question 'fate'."


def test_judges_are_trained_of_the_sets_that_are_there_and_say_what_packed_models_keep(places, capsys, monkeypatch):
    monkeypatch.setattr("aedash.analysis.judge.LEAST_STEPS", 1)
    quick = vary_all(preset("R0-simple").config, [("data.name", "digits"), ("epochs", 1)])
    monkeypatch.setattr("aedash.commands.pretrain.preset", lambda name: type("P", (), {"config": quick}))
    assert main(["train", "--preset", "R0-simple", "--dataset", "digits", "--epochs", "1", "--json"]) == 0
    assert main(["pretrain", "--only", "R0-simple", "--json"]) == 0
    assert kept.load(places / "gallery" / "R0-simple") is None
    capsys.readouterr()
    assert main(["pretrain", "judges", "--json"]) == 0
    found = printed(capsys)
    assert list(found["packed"]) == list(found["accuracy"]) == ["digits"]
    assert found["accuracy"]["digits"] > 0.7
    assert found["packed"]["digits"] < 120_000
    own = kept.load(places / "gallery" / "R0-simple")
    assert own.read == found["accuracy"]["digits"]
    assert main(["pretrain", "judges", "--only", "digits"]) == 0
    assert re.search(r"digits +0\.09 MB, reads \d\d\.\d % rightly", capsys.readouterr().out)
    assert main(["pretrain", "judges", "--only", "letters", "--json"]) == 2
    assert "Unknown dataset 'letters'" in printed(capsys)["error"]
