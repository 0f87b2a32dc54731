"""What runs in processes of their own promise beyond what every executor does."""

import os
import signal
import socket
from pathlib import Path

import pytest
from safetensors.torch import load_file

from aedash.events import RunState, StateChanged
from aedash.registry import Refused
from aedash.settings import Settings
from aedash.training.executors import line, make_executor, process
from aedash.training.executors.process import ProcessExecutor
from aedash.training.executors.task import KILLED
from aedash.training.worker import Job
from tests import fakes

ENDLESS = fakes.config(epochs=10_000, optimizer={"batch_size": 4})
LONG = fakes.config(epochs=8, optimizer={"batch_size": 4})


def state(pid):
    """R, S, T and so on, as the kernel says; Z for one that is no more."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return "Z"


def gone(pid):
    return state(pid) == "Z"


def stop(pid):
    """Stop the process in whatever it does; it neither hears nor computes from here on."""
    os.kill(pid, signal.SIGSTOP)
    fakes.until(lambda: state(pid) == "T")


def test_a_killed_run_is_interrupted_and_goes_on_to_the_same_end(opened):
    manager, undisturbed = opened(executor="process"), opened(executor="thread")
    run, same = manager.submit(LONG), undisturbed.submit(LONG)
    os.kill(fakes.trainer_of(fakes.after_epoch(manager, run)), signal.SIGKILL)
    killed = fakes.over(manager, run)
    assert (killed.state, killed.sentence) == (RunState.INTERRUPTED, KILLED)
    manager.resume(run)
    ends = [fakes.over(*pair) for pair in ((manager, run), (undisturbed, same))]
    assert [end.state for end in ends] == [RunState.FINISHED] * 2
    assert ends[0].figures == ends[1].figures
    first, second = (load_file(end.folder / "last.safetensors") for end in ends)
    assert fakes.unlike(first, second) == []


def test_two_runs_train_side_by_side_in_processes_that_yield_to_the_server(opened):
    manager = opened(executor="process", max_concurrent_runs=2)
    runs = [manager.submit(ENDLESS) for _ in range(2)]
    trainers = {fakes.trainer_of(fakes.after_epoch(manager, run)) for run in runs}
    assert len(trainers - {os.getpid(), None}) == 2
    assert {os.getpriority(os.PRIO_PROCESS, pid) for pid in trainers} == {min(19, os.nice(0) + 10)}
    for run in runs:
        manager.stop(run)
    assert [fakes.over(manager, run).state for run in runs] == [RunState.STOPPED] * 2


@pytest.fixture
def executor():
    executor = ProcessExecutor()
    yield executor
    executor.close(fakes.LIMIT)


def trained(executor, folder, config):
    """Submit a run and wait until it trains; the id of its process."""
    executor.submit(Job(folder.name, config, folder, folder, "cpu"))
    assert executor.events(folder.name, 4, fakes.LIMIT)
    return fakes.trainer_of(folder)


def last(executor, run):
    executor.join(run)
    return executor.events(run, 0)[-1]


def test_a_run_that_does_not_obey_is_killed_at_the_end(executor, tmp_path):
    trainer = trained(executor, tmp_path, ENDLESS)
    stop(trainer)
    executor.close(0.1)
    assert last(executor, tmp_path.name) == StateChanged(RunState.INTERRUPTED, KILLED)
    assert fakes.until(lambda: gone(trainer))


def test_a_run_that_does_not_hear_a_stop_is_killed_and_can_go_on(opened, monkeypatch):
    monkeypatch.setattr(process, "ANSWER_SECONDS", 0.2)
    manager = opened(executor="process")
    run = manager.submit(ENDLESS)
    trainer = fakes.trainer_of(fakes.after_epoch(manager, run))
    stop(trainer)
    manager.stop(run)
    killed = fakes.over(manager, run)
    assert (killed.state, killed.sentence) == (RunState.INTERRUPTED, KILLED)
    assert fakes.until(lambda: gone(trainer))
    manager.resume(run)
    assert manager.wait(
        run, lambda history: history.started.step > 0 and history.step > history.started.step, fakes.LIMIT
    )


def test_a_nursery_that_does_not_fork_is_replaced(executor, tmp_path, monkeypatch):
    assert process._nursery.ready(fakes.LIMIT)
    stopped = process._nursery.process
    stop(stopped.pid)
    monkeypatch.setattr(process, "FORK_SECONDS", 2.0)
    executor.submit(Job("after", fakes.config(epochs=1), tmp_path, tmp_path, "cpu"))
    assert last(executor, "after").state is RunState.FINISHED
    assert gone(stopped.pid)


def test_the_end_of_a_child_by_sigterm_interrupts_its_run(executor, tmp_path):
    os.kill(trained(executor, tmp_path, ENDLESS), signal.SIGTERM)  # as systemd does, to each process of a service
    assert last(executor, tmp_path.name).sentence == "The process that trained it was stopped."
    assert (tmp_path / "last.safetensors").exists()


def test_signals_to_the_whole_group_leave_it_to_the_server_to_interrupt(executor, tmp_path):
    trainer = trained(executor, tmp_path, ENDLESS)
    for number in (signal.SIGINT, signal.SIGTERM):
        os.kill(trainer, number)
    executor.close(fakes.LIMIT)
    assert last(executor, tmp_path.name).sentence == "The process that trained it was stopped."


def test_a_nursery_that_was_killed_is_replaced_and_its_children_live_on(executor, tmp_path):
    for name in ("before", "after"):
        (tmp_path / name).mkdir()
    trainer = trained(executor, tmp_path / "before", ENDLESS)
    process._nursery.process.kill()
    process._nursery.process.wait()
    executor.submit(Job("after", fakes.config(epochs=1), tmp_path / "after", tmp_path, "cpu"))
    assert last(executor, "after").state is RunState.FINISHED
    assert not gone(trainer)


def test_a_helper_whose_server_was_killed_ends_in_silence(monkeypatch):
    monkeypatch.setattr(line.signal, "signal", lambda *_: None)
    near, far = socket.socketpair()
    with far:
        far.send(b"!")  # what nobody has read: the kernel tells of a reset, not of an end
        near.close()
        assert list(line.accepted(far)) == []


def test_a_system_that_cannot_fork_is_told_so(monkeypatch):
    monkeypatch.delattr(os, "fork")
    with pytest.raises(Refused, match="need a system that forks: set AEDASH_EXECUTOR to thread"):
        make_executor(Settings(executor="process"))
