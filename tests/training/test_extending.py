"""A finished run that goes on for more epochs is the run that it would have been, had it been asked for so many."""

from dataclasses import replace
from math import inf

import pytest
from safetensors.torch import load_file

from aedash import registry
from aedash.atomic import held
from aedash.data.image_data import Missing
from aedash.events import RunState
from aedash.registry import Refused
from aedash.store import sweeps
from aedash.store.weights import write_tensors
from aedash.sweep import Axis, sweep
from aedash.training import trainer
from tests import fakes

HELD_OUT = {"data": {"name": "digits", "validation": 0.2}}
CONFIGS = {
    "dense": {},
    "dense, held out": HELD_OUT,
    "variational, held out": {**HELD_OUT, **fakes.VARIATIONAL},
    "denoiser": {"corruption": {"name": "gaussian", "sigma": 0.3}},
}


def finished(manager, **fields):
    return fakes.over(manager, manager.submit(fakes.config(**fields)))


def longer(manager, run, epochs):
    assert manager.extend(run.id, epochs) == run.id
    return fakes.over(manager, run.id)


def files(run):
    found = {name: load_file(run.folder / f"{name}.safetensors") for name in ("best", "last")}
    return {f"{name}/{key}": tensor for name, tensors in found.items() for key, tensor in tensors.items()}


def told(manager, run):
    """What was recorded of the epochs, without the time that it took."""
    return [replace(end, seconds=0.0) for end in manager.store.history(run).ends]


@pytest.fixture(autouse=True)
def blocks_of_an_epoch(monkeypatch):
    """The mean of an epoch is summed over its blocks; cut by the clock, they would round it another way each time."""
    monkeypatch.setattr(trainer, "BLOCK_SECONDS", inf)


@pytest.mark.parametrize("fields", CONFIGS.values(), ids=CONFIGS)
def test_a_run_that_is_extended_is_a_longer_run_bit_for_bit(manager, fields):
    whole = finished(manager, epochs=5, **fields)
    grown = longer(manager, longer(manager, finished(manager, epochs=2, **fields), 3), 5)
    assert grown.state is RunState.FINISHED
    assert (grown.config, grown.epochs_done, grown.whole) == (whole.config, 5, True)
    assert fakes.unlike(files(whole), files(grown)) == []
    assert grown.figures == whole.figures
    assert told(manager, grown) == told(manager, whole)
    blocks = [[replace(block, seconds=0.0) for block in manager.history(run).blocks] for run in (whole, grown)]
    assert blocks[0] == blocks[1]


def test_what_was_said_of_the_last_epoch_is_said_anew(manager):
    """Flat for eight epochs is not told in the last epoch, where there is nothing left to stop."""
    still = {"optimizer": {"learning_rate": 1e-7, "batch_size": 1024}}
    short = finished(manager, epochs=9, **still)
    assert "flat" not in {found.kind for found in told(manager, short)[-1].findings}
    grown = longer(manager, short, 10)
    assert "flat" in {found.kind for found in told(manager, grown)[8].findings}
    assert told(manager, grown) == told(manager, finished(manager, epochs=10, **still))


def test_it_goes_on_with_what_was_changed_on_the_way(manager):
    run = manager.submit(fakes.config(epochs=200))
    fakes.training(manager, run, steps=30)
    manager.change(run, "optimizer.learning_rate", 0.01)
    run = fakes.over(manager, run)
    grown = longer(manager, run, 202)
    repeated = fakes.over(manager, manager.replay(grown.id))
    assert fakes.unlike(files(grown), files(repeated)) == []


def test_more_epochs_that_were_broken_off_go_on(manager):
    run = finished(manager, epochs=2, **HELD_OUT)
    manager.extend(run.id, 60)
    fakes.training(manager, run.id, steps=manager.history(run).step + 1)
    manager.stop(run.id)
    assert fakes.over(manager, run.id).state is RunState.STOPPED
    manager.resume(run.id)
    grown = fakes.over(manager, run.id)
    assert grown.epochs_done == 60
    assert fakes.unlike(files(grown), files(finished(manager, epochs=60, **HELD_OUT))) == []


def test_a_run_of_an_experiment_stays_and_a_copy_goes_on(manager, settings):
    run = finished(manager, epochs=2)
    grid = sweep(name="one", base=run.config, axes=[Axis(path="seed", values=(run.config.seed,))])
    sweeps.save(settings.runs_dir, grid, [run.id])
    copy = fakes.over(manager, manager.extend(run.id, 4))
    assert copy.id != run.id
    assert manager.run(run.id) == run
    whole = finished(manager, epochs=4)
    assert fakes.unlike(files(copy), files(whole)) == []
    assert told(manager, copy) == told(manager, whole)


def nothing_kept(run):
    for path in run.folder.glob("*.safetensors"):
        if path.stem != "best":
            path.unlink()


def damaged(run):
    (run.folder / "last.safetensors").write_bytes(b"nonsense")


def nonsense(run):
    write_tensors({}, {"told": 3}, run.folder / "last.safetensors")


@pytest.mark.parametrize(
    ("spoil", "epochs", "sentence"),
    [
        (nothing_kept, 3, "Its last state was removed, so it cannot go on; train it anew with more epochs."),
        (damaged, 3, "Its last state was damaged, so it cannot go on; train it anew with more epochs."),
        (nonsense, 3, "Its last state was damaged, so it cannot go on; train it anew with more epochs."),
        (None, 2, "The run has 2 epochs already; ask for more."),
        (None, -1, "The run has 2 epochs already; ask for more."),
        (None, 51, "Epochs may be at most 50 here (AEDASH_MAX_EPOCHS); got 51."),
    ],
)
def test_what_cannot_go_on_is_told_and_nothing_is_lost(opened, spoil, epochs, sentence):
    manager = opened(max_epochs=50)
    run = finished(manager, epochs=2)
    before = told(manager, run)
    if spoil:
        spoil(run)
    with pytest.raises(Refused) as refused:
        manager.extend(run.id, epochs)
    assert str(refused.value) == sentence
    assert manager.run(run.id) == run
    assert told(manager, run) == before


def test_the_last_save_may_be_gone_where_an_earlier_one_is_kept(manager):
    run = finished(manager, epochs=11, **HELD_OUT)
    (run.folder / "last.safetensors").unlink()
    grown = longer(manager, run, 12)
    assert fakes.unlike(files(grown), files(finished(manager, epochs=12, **HELD_OUT))) == []


def test_a_run_whose_images_are_gone_keeps_its_figures(manager, monkeypatch):
    run = finished(manager, epochs=1)

    def gone(root):
        raise Missing("The digits are missing.")

    monkeypatch.setitem(registry.datasets._entries, "digits", replace(registry.datasets.get("digits"), check=gone))
    with pytest.raises(Refused, match="The digits are missing"):
        manager.extend(run.id, 2)
    assert manager.run(run.id) == run


def test_a_run_that_another_process_trains_is_left_to_it(manager):
    run = finished(manager, epochs=1)
    with held(run.folder / "lock"), pytest.raises(Refused, match="another process"):
        manager.extend(run.id, 2)
    assert manager.run(run.id) == run


def test_only_a_finished_run_of_ones_own_is_extended(manager, settings):
    run = finished(manager, epochs=1)
    manager.store.update(replace(run, state=RunState.STOPPED))
    with pytest.raises(Refused, match="only a finished one can"):
        manager.extend(run.id, 2)
    shipped = next(iter(manager.gallery().values()))
    with pytest.raises(Refused, match="came with the app"):
        manager.extend(shipped.id, 99)


def test_what_is_found_in_closed_form_has_nothing_to_go_on_with(manager):
    run = finished(manager, epochs=1, architecture="pca")
    with pytest.raises(Refused, match="closed form"):
        manager.extend(run.id, 2)


def test_a_disk_that_is_full_half_way_leaves_the_run_as_it_was(manager):
    monkeypatch = pytest.MonkeyPatch()
    run = finished(manager, epochs=9, optimizer={"learning_rate": 1e-7, "batch_size": 1024})
    before = told(manager, run)

    def full(*_, **__):
        raise Refused("The disk is full.", "AEDASH_RUNS_DIR")

    monkeypatch.setattr(manager.store, "update", full)
    with pytest.raises(Refused, match="The disk is full"):
        manager.extend(run.id, 10)
    monkeypatch.undo()
    assert manager.store.run(run.id) == manager.run(run.id) == run
    assert told(manager, run) == before
    assert longer(manager, run, 10).epochs_done == 10


def test_figures_stay_where_it_cannot_even_begin_again(manager, monkeypatch):
    run = finished(manager, epochs=1)

    def full(*_):
        raise MemoryError

    monkeypatch.setattr("aedash.training.worker.images_of", full)
    failed = longer(manager, run, 2)
    assert failed.state is RunState.FAILED
    assert failed.figures == run.figures
