"""Folders that earlier versions wrote are read, from their own index and without one, and can go on.

`tests/data/golden/<name>.zip`: a run of 2 epochs of R0-simple on digits, trained by the version that first had that
form; its index is kept as SQL. first: 1d88467, sums: 9155435, changes: 8968151, states: 9b9992e, manifests: d1b5e06,
tails: 13f2ed2, owners: e34ad92, devices: e34dc57, marks: d9f2877, sweep (of two runs): 86e015d.
"""

import json
import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path

import pytest

from aedash.events import RunState
from aedash.settings import Settings
from aedash.store import Store, sweeps
from aedash.store.weights import load_weights
from aedash.training.manager import RunManager
from tests import fakes

GOLDEN = sorted((Path(__file__).parents[1] / "data" / "golden").glob("*.zip"))
FORMS = [path.stem for path in GOLDEN]


def unpacked(name, folder):
    """The runs folder as that version left it."""
    with zipfile.ZipFile(GOLDEN[FORMS.index(name)]) as archive:
        archive.extractall(folder)
    with closing(sqlite3.connect(folder / "aedash.sqlite")) as db:
        db.executescript((folder / "index.sql").read_text())
        db.commit()
    (folder / "index.sql").unlink()
    return folder


def known(root):
    """(notice, unreadable, runs, their histories' epochs, images and steps) as a server that starts now finds them."""
    with closing(Store(root)) as store:
        runs = store.runs()
        told = {run.id: store.history(run) for run in runs}
        sums = {i: ([e.epoch for e in one.ends], one.images, one.step) for i, one in told.items()}
        return store.notice, dict(store.unreadable), runs, sums


def test_there_is_one_of_each_form():
    assert len(FORMS) == 10


@pytest.mark.parametrize("name", FORMS)
def test_a_folder_of_an_earlier_version_is_read_with_its_index_and_without(name, tmp_path):
    root = unpacked(name, tmp_path)
    first = known(root)
    notice, unreadable, runs, sums = first
    assert (notice, unreadable) == ("", {})
    assert len(runs) == (2 if name == "sweep" else 1)
    for run in runs:
        epochs = run.config.epochs
        assert (run.state, run.epochs_done, run.preset) == (RunState.FINISHED, epochs, "R0-simple")
        assert sums[run.id][:2] == (list(range(1, epochs + 1)), epochs * fakes.training_images(run.config))
        assert run.figures["test"].mse > 0
    assert known(root) == first, "what was brought up to date once stays as it is"
    for path in root.glob("aedash.sqlite*"):
        path.unlink()
    _, unreadable, again, anew = known(root)
    assert unreadable == {}
    assert {run.id: run for run in again} == {run.id: run for run in runs}
    assert anew == sums


def test_a_sweep_of_an_earlier_version_is_read(tmp_path):
    root = unpacked("sweep", tmp_path)
    [sweep] = sweeps.all_of(root)
    assert set(sweep.runs) == {run.id for run in known(root)[2]}


@pytest.mark.parametrize("name", ["sums", "tails"])
def test_a_run_of_an_earlier_version_is_given_more_epochs(name, environment):
    root = unpacked(name, environment)
    with closing(RunManager(Settings())) as manager:
        [run] = manager.runs()
        assert manager.extend(run.id, 3) == run.id
        longer = fakes.over(manager, run.id)
    assert (longer.state, longer.epochs_done) == (RunState.FINISHED, 3)
    assert known(root)[3][run.id][0] == [1, 2, 3]


def test_the_weights_of_the_first_version_are_read_and_its_pictures(tmp_path, digits):
    root = unpacked("first", tmp_path)
    [run] = known(root)[2]
    state = fakes.fresh(run.config, digits)
    assert load_weights(state.model, run.folder / "last.safetensors")["epoch"] == 2
    with closing(Store(root)) as store:
        assert len(store.history(run).snapshots) == 1


NEWER = {
    "a manifest of tomorrow": lambda raw: raw | {"schema": 2},
    "a state of tomorrow": lambda raw: raw | {"state": "dreaming"},
    "no config": lambda raw: {name: value for name, value in raw.items() if name != "config"},
}


@pytest.mark.parametrize("kind", NEWER)
def test_what_is_newer_or_broken_is_named_and_hides_nothing(kind, tmp_path):
    root = unpacked("marks", tmp_path)
    [run] = known(root)[2]
    other = root / "feedfeedfeed"
    other.mkdir()
    (other / "run.json").write_text(json.dumps(NEWER[kind](json.loads((run.folder / "run.json").read_text()))))
    _, unreadable, runs, _ = known(root)
    assert (runs, list(unreadable)) == ([run], ["feedfeedfeed"])
    assert (other / "run.json").exists()


def test_an_index_of_tomorrow_loses_nothing(tmp_path):
    root = unpacked("marks", tmp_path)
    before = known(root)[2:]
    with closing(sqlite3.connect(root / "aedash.sqlite")) as db:
        db.execute("ALTER TABLE runs ADD COLUMN colour TEXT")
        db.commit()
    notice, unreadable, *after = known(root)
    assert notice.startswith("The index of the runs was damaged or removed; it was rebuilt from the run folders")
    assert unreadable == {}
    assert after == list(before)
