"""Where a run computes and how exactly: chosen by setting, told in the manifest, and the same again at a resume."""

import json
from dataclasses import replace
from queue import SimpleQueue

import pytest
import torch

from aedash.events import RunState
from aedash.settings import Settings
from aedash.training.device import Backend, backend, choose
from aedash.training.manager import RunManager
from aedash.training.plan import job_of
from aedash.training.worker import work
from tests import fakes


@pytest.fixture
def flags(monkeypatch):
    """torch's two switches, which are put back; a GPU is said to be there."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    kinds = (torch.backends.cuda.matmul, torch.backends.cudnn)
    before = [kind.allow_tf32 for kind in kinds]
    yield lambda: [kind.allow_tf32 for kind in kinds]
    for kind, value in zip(kinds, before, strict=True):
        kind.allow_tf32 = value


def test_a_gpu_rounds_products_and_convolutions_only_where_it_is_told_to(flags):
    assert backend(choose("cuda", tf32=True)) == Backend("cuda", "tf32")
    assert flags() == [True, True]
    assert backend(choose("auto", tf32=False)) == Backend("cuda", "float32")
    assert flags() == [False, False]


def test_nothing_is_rounded_on_a_cpu(flags):
    before = flags()
    assert backend(choose("cpu", tf32=True)) == Backend("cpu", "float32")
    assert flags() == before


@pytest.fixture
def trained(environment):
    manager = RunManager(Settings())
    identifier = manager.submit(fakes.config(epochs=1))
    manager.wait(identifier, lambda history: not history.state.state.alive, fakes.LIMIT)
    yield manager.run(identifier), manager.history(manager.run(identifier))
    manager.close(60)


def test_the_manifest_tells_of_both_and_the_next_job_knows_them(trained):
    run, history = trained
    told = json.loads((run.folder / "run.json").read_text())
    assert (told["device"], told["precision"]) == ("cpu", "float32")
    assert job_of(run, history, Settings(), resume=True).backend == Backend("cpu", "float32")
    assert job_of(run, history, Settings(tf32=True), resume=True).tf32


@pytest.mark.parametrize(
    ("before", "end"),
    [
        (("cuda", "tf32"), "The run was trained on CUDA in TF32; on CPU in float32 it would go on to other numbers."),
        (("", ""), ""),
        (("cpu", "float32"), ""),
    ],
)
def test_a_run_goes_on_only_where_its_bits_are_the_same(before, end, trained):
    run, history = trained
    older = replace(run, device=before[0], precision=before[1])
    last = list(work(job_of(older, history, Settings(), resume=True), SimpleQueue()))[-1]
    assert (last.state, last.sentence) == (RunState.FAILED if end else RunState.FINISHED, end)
