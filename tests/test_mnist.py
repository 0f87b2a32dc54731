"""Published figures on the real MNIST: two short runs whose outcome is known."""

import pytest
import torch

from aedash import registry
from aedash.analysis.baselines import references
from aedash.analysis.checkerboard import error_phases
from aedash.analysis.metrics import clean_batches
from aedash.analysis.odd import odd_one_out
from aedash.analysis.trained import trained
from aedash.config import vary_all
from aedash.data.image_data import load
from aedash.events import EpochEnd, References
from aedash.models.conv_vae import ERASED
from aedash.presets.base import preset
from aedash.settings import Settings
from aedash.store.gallery import pretrained
from tests import fakes

pytestmark = pytest.mark.mnist


@pytest.fixture
def mnist(require):
    root = Settings().data_dir
    require("mnist", registry.datasets.get("mnist").present(root), "MNIST is not in the data root (AEDASH_DATA_DIR)")
    return load("mnist", root)


def ends(name, epochs, data):
    """The preset's (EpochEnds, References) after that many epochs."""
    config = vary_all(preset(name).config, [("epochs", epochs)])
    _, events = fakes.fitted(config, data)
    return fakes.only(EpochEnd, events), fakes.only(References, events)[0]


def test_r0_simple_is_where_its_source_was_after_two_epochs(mnist):
    """The published list begins with 78.2, at the second epoch."""
    told, lines = ends("R0-simple", 2, mnist)
    assert 76 < told[-1].figures.loss < 82
    assert told[-1].split == "test"
    assert told[-1].findings == ()
    (floor,) = [line.value for line in lines.lines if line.kind == "floor"]
    assert floor == pytest.approx(45.5, abs=0.05)


@pytest.mark.parametrize(
    ("name", "size", "mse"),
    [("R2-simple-linear", 8, 0.037441), ("aedash-pca", 20, 0.023538), ("R2-contractive-5", 64, 0.009047)],
)
def test_baselines_are_those_of_scikit_learn(name, size, mse, mnist):
    """On all 10,000 test images, not clipped, whatever pixels and output layer the run has."""
    found = references(mnist, preset(name).config, size).mse["test"]
    assert found == pytest.approx({"mean image": 0.067470, f"PCA, {size} numbers": mse}, rel=1e-4)


def test_r0_vae_collapses_and_is_told_so(mnist):
    (end,), lines = ends("R0-vae", 1, mnist)
    (finding,) = end.findings
    assert finding.headline.startswith("Collapsed: every output is the same picture")
    assert "The code is switched off" in finding.detail
    # of drawn codes, on which it was trained: decode(mean) is another picture of the same uselessness
    assert end.figures.terms["reconstruction"] / 784 == pytest.approx(lines.mean_image("test"), rel=0.02)
    assert end.figures.loss == pytest.approx(52.918, rel=0.02)
    assert end.figures.code_size == 0


def test_the_leak_of_r4_conv_vae_draws_better_than_the_mean_image_without_a_code(require):
    """.0536 of the mean code with each image's own indices, .0866 of the mean image. Of zeros it had been .0983."""
    root = Settings().data_dir
    present = registry.datasets.get("fashion-mnist").present(root)
    require("fashion-mnist", present, "FashionMNIST is not in the data root (AEDASH_DATA_DIR)")
    data = load("fashion-mnist", root)
    shares = []
    for name in ("R4-conv-vae", "R4-conv-vae-meant"):
        run = pretrained(Settings().gallery_dir)[name]
        model = trained(run, root).model
        with torch.no_grad():
            shares.append(model.measures(clean_batches(data.test, data.scaling("unit"), 1000))[ERASED])
        assert run.figures["test"].measures[ERASED] == pytest.approx(shares[-1], rel=1e-3)
    assert shares[0] == pytest.approx(0.0536 / 0.0866, rel=0.01)
    assert shares[1] > 1


@pytest.mark.parametrize(
    ("name", "unevenness", "contrast"), [("R3-transpose", 0.285, 2.73), ("R3-upsample", 0.076, 1.31)]
)
def test_the_transposed_decoder_is_by_far_the_less_even_one(name, unevenness, contrast, mnist):
    """By other code, over the period of two doublings; with 2 it had been the more even one."""
    found = error_phases(trained(pretrained(Settings().gallery_dir)[name], Settings().data_dir), 1000)
    assert found.unevenness == pytest.approx(unevenness, abs=0.02)
    assert found.contrast == pytest.approx(contrast, abs=0.15)


def test_the_model_that_never_saw_a_4_tells_it_by_its_error_where_pca_hardly_does(mnist):
    found = odd_one_out(trained(pretrained(Settings().gallery_dir)["aedash-odd"], Settings().data_dir))
    assert [round(score.auc, 2) for score in found.scores] == pytest.approx([0.87, 0.64, 0.49], abs=0.011)
    assert preset("aedash-odd").headline == f"Never saw a {mnist.info.classes[found.label]}"
