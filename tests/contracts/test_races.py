"""What is said to a run while it begins, ends, or changes its process: each in an order that is made to happen."""

import socket
from threading import Event

import pytest

from aedash.events import RunState, StateChanged
from aedash.training.executors import cluster, process
from aedash.training.executors.line import HEARD, Helper, Line
from aedash.training.executors.task import Executor
from aedash.training.worker import Change, Interrupt, Job, Stop
from tests import fakes

ENDED = StateChanged(RunState.STOPPED)


@pytest.fixture
def job(tmp_path):
    return Job("0123456789ab", fakes.config(), tmp_path, tmp_path)


class Nursery:
    """Gives lines whose far ends are ours. process: the newest's; asked: called as somebody asks if it is ready."""

    def __init__(self):
        self.process, self.far, self.asked = 0, [], lambda: None

    def connect(self):
        near, far = socket.socketpair()
        self.far.append(Line(far))
        return Line(near, self.process)

    def ready(self, timeout):
        self.asked()
        return True

    def replace(self, process):
        self.process += 1
        self.far[-1].close()


@pytest.fixture
def nursery(monkeypatch):
    made = Nursery()
    monkeypatch.setattr(process, "_nursery", made)
    yield made
    for far in made.far:
        far._end.close()


def test_what_is_said_while_another_nursery_takes_over_is_not_lost(nursery, job):
    task = process._ProcessTask(job)
    said = [Change("optimizer.learning_rate", 0.1), Stop("enough")]

    def says():
        nursery.asked = lambda: None
        for command in said:
            task.send(command)
        nursery.far[0].close()  # it never forks

    nursery.asked = says
    task.thread.start()
    fakes.until(lambda: len(nursery.far) == 2)
    child = nursery.far[1]
    child.send(1)
    heard = child.received()
    assert [next(heard) for _ in range(3)] == [*said, job]
    child.send(ENDED)
    child.close()
    task.thread.join(fakes.LIMIT)
    assert task.events(0, 0)[-1] == ENDED
    assert not any(watcher.is_alive() for watcher in task._watchers)


def test_a_run_that_is_killed_before_it_has_begun_gets_no_second_child(nursery, job):
    task = process._ProcessTask(job)
    nursery.asked = task.kill
    task.thread.start()
    task.thread.join(fakes.LIMIT)
    assert len(nursery.far) == 1
    assert task.events(0, 0)[-1].state is RunState.INTERRUPTED


def test_a_run_that_ends_as_many_stop_it_waits_for_no_answer(nursery, job, monkeypatch):
    monkeypatch.setattr(process, "ANSWER_SECONDS", 1e6)
    task = process._ProcessTask(job)
    task.thread.start()
    child = nursery.far[0]
    child.send(1)
    child.send(HEARD)
    heard = child.received()
    assert next(heard) == job
    fakes.at_once(8, lambda i: task.send(Stop()) if i else child.close())
    task.thread.join(fakes.LIMIT)
    assert not task.thread.is_alive()
    task.send(Stop())
    assert not any(watcher.is_alive() for watcher in task._watchers)


def test_a_helper_that_is_replaced_keeps_nobody_waiting_for_it():
    helper = Helper("tests.never")
    helper._control, far = socket.socketpair()
    with far:
        helper._control.close()
        assert not helper.ready(1e6)
        helper._control, other = socket.socketpair()
        asking, over = helper._lock, Event()

        class Asked:
            """The lock, which somebody lets go of; the helper ends the moment after."""

            def __enter__(self):
                return asking.__enter__()

            def __exit__(self, *why):
                asking.__exit__(*why)
                helper._control.close()
                other.close()
                over.set()

        helper._lock = Asked()
        assert not helper.ready(1e6)
        assert over.is_set()


class Driver:
    """As the helper that has joined a cluster in which no worker is free."""

    def connect(self):
        near, far = socket.socketpair()
        far.close()
        return Line(near)


@pytest.mark.parametrize(("command", "end"), [(Stop(), cluster.STOPPED), (Interrupt(), cluster.INTERRUPTED)])
def test_a_run_that_is_stopped_before_it_asks_for_a_worker_waits_for_none(job, command, end):
    task = cluster._RayTask(Driver(), job)
    task.send(command)
    task.thread.start()
    task.thread.join(fakes.LIMIT)
    assert not task.thread.is_alive()
    assert task.events(0, 0) == [end]


class Leaving(dict):
    """Tasks of which each is forgotten as soon as it was looked for."""

    def __contains__(self, run):
        return self.pop(run, None) is not None


@pytest.mark.parametrize("act", [lambda executor: executor.send("ab", Stop()), lambda executor: executor.join("ab")])
def test_a_run_that_is_forgotten_as_it_is_spoken_to_takes_no_harm(act, job):
    executor = fakes.Idle()
    executor._tasks = Leaving(ab=fakes._IdleTask(job))
    executor._tasks["ab"].thread.start()
    executor._tasks["ab"].send(Stop())
    act(executor)


def test_what_closes_as_a_run_begins_interrupts_it(job):
    began, closing = Event(), Event()

    class Late(fakes._IdleTask):
        def __init__(self, job):
            super().__init__(job)
            start = self.thread.start

            def begin():
                began.set()
                closing.wait(fakes.LIMIT)
                start()

            self.thread.start = begin

    executor = Executor(Late)
    executor._starting = _Noticed(executor._starting, closing, began)
    fakes.at_once(2, lambda i: (began.wait(fakes.LIMIT), executor.close(fakes.LIMIT)) if i else executor.submit(job))
    assert executor.events(job.run, 0)[-1].state is RunState.INTERRUPTED


class _Noticed:
    """A lock; the second who asks for it is noticed before he waits."""

    def __init__(self, lock, noticed, held):
        self.lock, self.noticed, self.held = lock, noticed, held

    def __enter__(self):
        if self.held.is_set():
            self.noticed.set()
        return self.lock.__enter__()

    def __exit__(self, *why):
        return self.lock.__exit__(*why)
