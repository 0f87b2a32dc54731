"""What pages read of runs: of earlier processes, of living ones, of the gallery."""

from dataclasses import replace

import pytest

from aedash.events import EpochEnd, Figures, RunState, Started, StateChanged, StepBlock
from aedash.history import History
from aedash.registry import Refused
from aedash.training.records import Records
from tests import fakes

FINISHED = StateChanged(RunState.FINISHED)
TOLD = (
    Started(0, 10, "cpu", 1, 1),
    StepBlock(10, {"loss": 1.0}, 64, 0.1),
    EpochEnd(1, 10, "test", {"loss": 1.0}, Figures(1.0, 0.1, {}), best=True),
)


@pytest.fixture
def records(store):
    return Records(store, fakes.GALLERY)


def recorded(store, *events):
    """A run of which these were told."""
    run, history = store.create(fakes.config()), History()
    for event in events:
        run = store.record(run, history, event)
    return store.run(run.id)


def test_an_ended_run_is_read_once_until_it_has_gone_on(records, store):
    run = recorded(store, *TOLD, FINISHED)
    assert (records.run(run.id), records.runs()) == (run, [run])
    assert records.history(run).blocks == store.history(run).blocks
    assert records.history(run) is records.history(records.run(run.id))
    store.update(replace(run, images=run.images + 64))
    assert records.history(records.run(run.id)) is not records.history(run)


def test_a_living_run_is_read_anew(records, store):
    run = replace(recorded(store, *TOLD), state=RunState.RUNNING)
    assert records.history(run) is not records.history(run)


def test_runs_of_the_gallery_are_found_by_their_ids(records):
    kept = records.gallery()["R0-simple"]
    assert records.run(kept.id) is kept
    assert records.history(kept).ends
    assert kept not in records.runs()


def test_a_run_that_does_not_exist_is_refused(records):
    with pytest.raises(Refused, match="There is no run '0123456789ab'"):
        records.run("0123456789ab")
