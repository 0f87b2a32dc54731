"""Own images train like any other set, in a thread and in a process of its own."""

import pytest

from aedash.data.own import sets
from aedash.data.own.files import read
from aedash.events import RunState
from tests import fakes
from tests.data.own.making import npy, pictures


@pytest.mark.parametrize("executor", ["thread", "process"])
def test_a_run_on_own_images_ends_with_figures_of_their_test(opened, environment, monkeypatch, executor):
    monkeypatch.setenv("AEDASH_RUNS_DIR", str(environment / "0"))
    manager = opened(executor=executor)
    name = sets.keep(read(npy(pictures(60, 16, 3))), "Colours", "anna")
    run = manager.submit(fakes.config(data={"name": name}, optimizer={"batch_size": 8}))
    ended = fakes.over(manager, run)
    assert (ended.state, ended.sentence) == (RunState.FINISHED, "")
    assert ended.figures
    sets.give_up(name, "anna")
    again = fakes.over(manager, manager.submit(fakes.config(data={"name": name}, optimizer={"batch_size": 8}, seed=9)))
    assert again.state is RunState.FAILED
    assert "The images of Colours were removed" in again.sentence
