"""No page computes with torch in its own thread: a second team of OpenMP threads would halve the speed of a run."""

from pathlib import Path

import pytest
import torch
from streamlit.runtime.scriptrunner.script_runner import ScriptRunner
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from aedash import registry
from aedash.analysis.trace import _outline, outline
from aedash.data.image_data import load
from aedash.settings import Settings
from aedash.training.plan import gate
from aedash.ui.desk import background
from aedash.ui.desk.images import fixed_images
from tests import fakes


class Recorder(TorchDispatchMode):
    """Notes every operation that computes; views do not, and shapes alone (device meta) cost nothing."""

    def __init__(self, operations):
        super().__init__()
        self.operations = operations

    def __torch_dispatch__(self, operation, types, args=(), kwargs=None):
        result = operation(*args, **(kwargs or {}))
        if not operation.is_view and not all(leaf.is_meta for leaf in tree_leaves(result) if hasattr(leaf, "is_meta")):
            self.operations.append(str(operation))
        return result


@pytest.fixture
def operations(monkeypatch, house):
    """The torch operations of all script threads from here on; the images are read, as after the server's warm-up."""
    load("digits", Settings().data_dir)
    seen = []
    run = ScriptRunner._run_script

    def recorded(self, data):
        with Recorder(seen):
            run(self, data)

    monkeypatch.setattr(ScriptRunner, "_run_script", recorded)
    fixed_images.cache_clear()
    return seen


PAGES = ["home", "train", "lambda", "noise", "compare", "sweeps", "twins", "runs"]


@pytest.mark.parametrize("page", PAGES)
def test_opening_a_page_computes_nothing(operations, open_page, monkeypatch, page):
    monkeypatch.setenv("AEDASH_GALLERY_DIR", str(Path(__file__).parents[2] / "checkpoints"))
    open_page(page)
    assert operations == []


@pytest.mark.parametrize("name", registry.architectures.names())
def test_a_model_is_drawn_and_admitted_without_being_computed(name):
    config, seen = fakes.config(architecture=name, seed=5), []
    _outline.cache_clear()
    with Recorder(seen):
        assert outline(config).parameters > 0
        gate(config, Settings())
    assert seen == []


def projection(tab):
    """PCA or t-SNE, on the map's card."""
    return next(switch for switch in tab.app.segmented_control if switch.label == "Projection")


def test_training_and_looking_at_the_run_compute_nothing(operations, quick):
    tab = quick().click("Start training").until("finished")
    tab.settle(projection(tab).set_value("t-SNE").run())
    assert operations == []


def test_exploring_a_run_computes_nothing(operations, quick, open_page):
    run = quick().click("Start training").until("finished").run
    tab = open_page("explore", run=run, **{"view-tool": "Projections"})
    for _ in range(3):
        background.settle()
        tab.again()
    assert "Three starts of t-SNE" in tab.text
    assert operations == []


def places(tab):
    """Where the dots of the map are, whatever its height and whenever it was drawn."""
    drawn = ("height", "stamp", "wire")
    return [{name: value for name, value in seen.items() if name not in drawn} for seen in tab.live("scatter")]


def test_the_map_keeps_pca_until_tsne_is_there(quick):
    tab = quick().click("Start training").until("finished")
    pca = places(tab)
    arranged = "t-SNE is arranging the neighbours"
    tab.settle(projection(tab).set_value("t-SNE").run())
    assert arranged in " ".join(caption.value for caption in tab.app.caption)
    assert places(tab) == pca
    background.settle()
    tab.again()
    assert arranged not in " ".join(caption.value for caption in tab.app.caption)
    assert places(tab) != pca


def test_the_recorder_sees_what_is_computed(operations):
    with Recorder(operations):
        torch.ones(3).numpy() * torch.ones(3)[:2].numpy().sum()
        torch.ones(3) * 2
        torch.ones(3, device="meta") * 2
    assert operations == [*["aten.ones.default"] * 3, "aten.mul.Tensor"]
