"""Shipped sweeps: read only, found by their ids, in no list, and damaged ones told in one sentence."""

import json
import shutil
from contextlib import closing

import pytest

from aedash.registry import Refused
from aedash.settings import Settings
from aedash.store import sweeps as records
from aedash.store.gallery import identity, shipped
from aedash.sweep import Axis, sweep
from aedash.training import sweeps
from aedash.training.manager import RunManager
from aedash.training.shipping import ship
from tests import fakes

RATES = Axis(path="optimizer.learning_rate", values=(0.001, 0.01))


def grid(**fields):
    return sweep(**{"name": "rates", "base": fakes.config(), "axes": [RATES], "seeds": 2, **fields})


def settings(folder, gallery):
    return Settings(runs_dir=folder, data_dir=folder, gallery_dir=gallery, threads=1)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A gallery whose one question, `rate`, was answered by two rates of two seeds."""
    place = tmp_path_factory.mktemp("shipped")
    with closing(RunManager(settings(place / "runs", place / "none"))) as manager:
        started = sweeps.start(manager, grid())
        runs = [fakes.over(manager, identifier) for identifier in started.runs]
        ship(manager, started, runs, "rate", place / "gallery", place)
    return place / "gallery"


@pytest.fixture
def gallery(whole, tmp_path):
    """The same, to be damaged."""
    shutil.copytree(whole, tmp_path / "gallery")
    return tmp_path / "gallery"


@pytest.fixture
def manager(gallery, tmp_path):
    with closing(RunManager(settings(tmp_path / "runs", gallery))) as manager:
        yield manager


def test_a_shipped_sweep_is_read_as_a_person_s_own_and_stands_in_no_list(manager):
    kept = manager.shipped()["rate"]
    assert manager.sweep(kept.id) == kept
    assert manager.sweeps() == [kept]
    runs = sweeps.runs_of(manager, kept)
    assert [(run.config.optimizer.learning_rate, run.config.seed) for run in runs] == [
        (rate, seed) for rate in RATES.values for seed in (3, 4)
    ]
    assert manager.runs() == []
    assert records.all_of(manager.settings.runs_dir) == []
    for run in runs:
        history = manager.history(run)
        assert history.ends[-1].epoch == run.config.epochs
        assert len(history.snapshots) >= 1
        assert len(history.snapshots[-1].scores) == len(history.probes.images)
        assert manager.is_shipped(run)
    assert manager.is_shipped(kept)
    assert not manager.is_shipped(kept.model_copy(update={"id": "0" * 12}))


def test_a_shipped_sweep_cannot_be_stopped_resumed_or_deleted(manager, gallery):
    before = {path: path.read_bytes() for path in gallery.rglob("*") if path.is_file()}
    kept = manager.shipped()["rate"]
    sweeps.stop(manager, kept)
    sweeps.resume(manager, kept)
    with pytest.raises(Refused):
        records.delete(manager.settings.runs_dir, kept.id)
    for act in (manager.resume, manager.delete, manager.pause):
        with pytest.raises(Refused):
            act(kept.runs[0])
    assert {path: path.read_bytes() for path in gallery.rglob("*") if path.is_file()} == before


def test_what_is_shipped_is_not_trained_again(manager):
    kept = manager.shipped()["rate"]
    wider = sweeps.start(manager, grid(axes=[Axis(path=RATES.path, values=(0.01, 0.02))], seeds=1))
    assert wider.runs[0] == kept.runs[2]
    assert [run.id for run in manager.runs()] == [wider.runs[1]]
    fakes.over(manager, wider.runs[1])


def test_ids_do_not_change_when_it_is_trained_anew(manager):
    kept = manager.shipped()["rate"]
    assert kept.id == identity("rate")
    assert kept.runs == tuple(run.config.key()[:12] for run in sweeps.runs_of(manager, kept))


DAMAGE = {
    "a field of tomorrow": lambda raw: {**raw, "future": 1},
    "a config of yesterday": lambda raw: {**raw, "base": {**raw["base"], "architecture": {"name": "gone"}}},
    "too few runs": lambda raw: {**raw, "runs": raw["runs"][:1]},
    "runs elsewhere": lambda raw: {**raw, "runs": ["../../runs"] * 4},
    "no sweep": lambda raw: None,
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_an_answer_of_another_version_is_one_sentence(damage, gallery, manager):
    record = gallery / "sweeps" / "rate" / "sweep.json"
    record.write_text(json.dumps(DAMAGE[damage](json.loads(record.read_text()))))
    assert manager.shipped() == {}
    [(name, sentence)] = manager.shipped_trouble().items()
    assert name == "rate"
    with pytest.raises(Refused) as refused:
        manager.sweep(identity("rate"))
    assert str(refused.value) == sentence
    assert sentence.endswith(".")


def test_a_missing_or_older_member_is_left_out_and_the_rest_stays(gallery, manager):
    first, second, *_ = records.recorded(gallery / "sweeps" / "rate" / "sweep.json", "").runs
    shutil.rmtree(gallery / "sweeps" / "rate" / first)
    manifest = gallery / "sweeps" / "rate" / second / "run.json"
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "schema": 99}))
    kept = manager.shipped()["rate"]
    assert [run is None for run in sweeps.runs_of(manager, kept)] == [True, True, False, False]


def test_an_unfinished_run_is_not_shipped(manager, tmp_path):
    started = sweeps.start(manager, grid(base=fakes.config(epochs=500, seed=9), seeds=1))
    sweeps.stop(manager, started)
    runs = [fakes.over(manager, identifier) for identifier in started.runs]
    with pytest.raises(Refused, match="is stopped, not finished: train it again"):
        ship(manager, started, runs, "rate", tmp_path / "other", tmp_path)
    assert not (tmp_path / "other").exists()


def test_a_gallery_without_sweeps_has_none(tmp_path):
    assert shipped(tmp_path) == shipped(tmp_path / "none")
    assert shipped(tmp_path).sweeps == {}
