"""What runs on a Ray cluster promise beyond what every executor does: two nodes on this machine, real processes."""

import os
import signal
import socket
from importlib.util import find_spec

import pytest
from safetensors.torch import load_file

from aedash.atomic import is_held
from aedash.events import RunState
from aedash.registry import Refused
from aedash.settings import Settings
from aedash.sweep import Axis, sweep
from aedash.training import sweeps
from aedash.training.executors import cluster as cluster_executor
from aedash.training.executors import make_executor
from aedash.training.executors.cluster import LOST
from aedash.training.executors.task import KILLED
from aedash.training.executors.thread import ThreadExecutor
from aedash.training.worker import Job, Stop
from tests import fakes

ENDLESS = fakes.config(epochs=10_000, optimizer={"batch_size": 4})
LONG = fakes.config(epochs=8, optimizer={"batch_size": 4})


@pytest.fixture
def manager(cluster, opened):
    return opened(ray_address=cluster.address, max_concurrent_runs=2)


def kill(manager, run):
    """SIGKILL for the worker that trains the run."""
    os.kill(fakes.trainer_of(fakes.after_epoch(manager, run)), signal.SIGKILL)


def test_a_sweep_trains_on_two_nodes_and_survives_the_death_of_a_worker(manager, opened):
    wanted = sweep(name="rates", base=LONG, axes=[Axis(path="optimizer.learning_rate", values=(0.001, 0.002, 0.004))])
    started, undisturbed = sweeps.start(manager, wanted), opened()
    kill(manager, started.runs[0])  # at once: the other one may begin when this one has long ended
    ends = [fakes.over(manager, run) for run in started.runs]
    expected = [fakes.over(undisturbed, run) for run in sweeps.start(undisturbed, wanted).runs]
    assert [end.state for end in ends] == [RunState.FINISHED] * 3
    for end, other in zip(ends, expected, strict=True):
        assert end.figures == other.figures
        assert fakes.unlike(*(load_file(run.folder / "last.safetensors") for run in (end, other))) == []
        history, same = manager.history(end), undisturbed.history(other)
        assert [e.figures for e in history.ends] == [e.figures for e in same.ends]
        assert [e.findings for e in history.ends] == [e.findings for e in same.ends]
        assert [block.step for block in history.blocks] == sorted({block.step for block in history.blocks})
    assert manager.history(ends[0]).started.step > 0


def test_a_paused_run_whose_worker_dies_stays_paused_and_keeps_its_changes(manager):
    run = manager.submit(ENDLESS)
    fakes.after_epoch(manager, run)
    manager.change(run, "optimizer.learning_rate", 0.01)
    assert manager.wait(run, lambda history: bool(history.changes), fakes.LIMIT)
    manager.pause(run)
    assert manager.wait(run, lambda history: history.state.state is RunState.PAUSED, fakes.LIMIT)
    history = manager.history(manager.run(run))
    step, changes = history.step, history.changes
    kill(manager, run)
    assert manager.wait(run, lambda history: history.started.step == step, fakes.LIMIT)
    assert manager.wait(run, lambda history: history.state.state is RunState.PAUSED, fakes.LIMIT)
    manager.resume(run)
    assert manager.wait(run, lambda history: history.step > step, fakes.LIMIT)
    assert history.changes == changes
    manager.stop(run)
    assert fakes.over(manager, run).state is RunState.STOPPED


def test_a_run_that_loses_worker_after_worker_is_interrupted(manager, monkeypatch):
    monkeypatch.setattr(cluster_executor, "RETRIES", 0)
    run = manager.submit(ENDLESS)
    kill(manager, run)
    killed = fakes.over(manager, run)
    assert (killed.state, killed.sentence) == (RunState.INTERRUPTED, KILLED)


def test_a_run_whose_cluster_is_lost_is_interrupted_and_goes_on_when_it_is_back(manager, cluster):
    run = manager.submit(ENDLESS)
    fakes.after_epoch(manager, run)
    cluster_executor._driver(cluster.address).process.kill()  # as Ray does it
    lost = fakes.over(manager, run)
    assert (lost.state, lost.sentence) == (RunState.INTERRUPTED, LOST.sentence)
    fakes.until(lambda: not is_held(lost.folder / "lock"))
    manager.resume(run)
    step = manager.history(lost).step
    assert manager.wait(run, lambda history: history.step > step, fakes.LIMIT)


def test_a_run_that_waits_for_a_worker_can_be_stopped(cluster, tmp_path):
    executor = make_executor(Settings(ray_address=cluster.address))
    jobs = {name: Job(name, ENDLESS, tmp_path / name, tmp_path, "cpu") for name in "abc"}
    for job in jobs.values():
        job.folder.mkdir()
    for name in "ab":
        executor.submit(jobs[name])
        assert executor.events(name, 4, fakes.LIMIT)
    executor.submit(jobs["c"])
    assert executor.events("c", 0) == []
    executor.send("c", Stop())
    executor.join("c")
    assert [event.state for event in executor.events("c", 0)] == [RunState.STOPPED]
    executor.close(fakes.LIMIT)
    for name in "ab":
        assert executor.events(name, 0)[-1].state is RunState.INTERRUPTED


# -- clusters that cannot be had


@pytest.fixture
def silent():
    """host:port of a server that takes a call and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


@pytest.fixture
def closed():
    """host:port where nobody listens."""
    with socket.socket() as place:
        place.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{place.getsockname()[1]}"


@pytest.mark.parametrize("address", ["closed", "silent", "nonsense", "127.0.0.1:port"])
def test_an_address_where_no_cluster_answers_is_refused_in_a_sentence(address, request, require, monkeypatch):
    require("ray", find_spec("ray"), "Ray is not installed (requirements-ray.txt)")
    monkeypatch.setattr(cluster_executor, "JOIN_SECONDS", 0.5)
    if address in ("closed", "silent"):
        address = request.getfixturevalue(address)
    with pytest.raises(Refused, match=rf"AEDASH_RAY_ADDRESS={address}.*\.$") as refused:
        make_executor(Settings(ray_address=address))
    assert refused.value.field == "AEDASH_RAY_ADDRESS"


def test_a_person_may_say_that_runs_then_train_here(closed, caplog):
    settings = Settings(ray_address=closed, ray_fallback=True)
    assert isinstance(make_executor(settings), ThreadExecutor)
    assert "AEDASH_RAY_ADDRESS" in caplog.text


def test_without_ray_its_requirements_are_named(closed, monkeypatch):
    monkeypatch.setattr(cluster_executor, "find_spec", lambda name: None)
    with pytest.raises(Refused, match=r"requirements-ray\.txt"):
        make_executor(Settings(ray_address=closed))
