"""Helper processes: what they see, and what a worker is told that goes on for another one."""

import os
from pathlib import Path

from aedash.events import Changed, EpochEnd, Figures, Started, StepBlock
from aedash.training.executors import line
from aedash.training.executors.cluster import _noted
from aedash.training.worker import Job
from tests import fakes


def end(epoch):
    return EpochEnd(epoch, 10 * epoch, "test", {"loss": 1.0}, Figures(1.0, 0.1, {}), best=True)


def test_a_worker_that_goes_on_knows_what_was_told(tmp_path):
    job = Job("0" * 12, fakes.config(), tmp_path, tmp_path)
    change = Changed(10, "optimizer.learning_rate", 0.1)
    for told in (Started(0, 10, "cpu", 1, 1), StepBlock(10, {"loss": 1.0}, 64, 0.1), end(1), change):
        job = _noted(job, told)
    assert (job.recorded, job.past, job.changes) == (10, (end(1),), (change,))
    for told in (StepBlock(20, {"loss": 1.0}, 64, 0.1), end(2), Started(10, 10, "cpu", 1, 1)):
        job = _noted(job, told)
    assert (job.recorded, job.past) == (10, (end(1),))
    assert job.spent == 0.2  # of the time that the run has


def test_a_helper_finds_the_code_and_what_its_server_finds(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(["/one", "/two"]))
    assert line.environment()["PYTHONPATH"].split(os.pathsep) == [line.CODE, "/one", "/two"]
    monkeypatch.delenv("PYTHONPATH")
    assert line.environment()["PYTHONPATH"] == str(Path(line.CODE))
