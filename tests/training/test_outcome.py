"""What a finished run is worth: held against PCA of as many numbers on the test images, or against the mean image."""

from pathlib import Path

import pytest

from aedash.events import Figures, References
from aedash.store.gallery import pretrained, read_history
from aedash.training.outcome import result
from tests import fakes

BASELINES = {"mean image": 0.0675, "PCA, 20 numbers": 0.0235}
MNIST = {"name": "mnist", "validation": 0}
GALLERY = Path(__file__).parents[2] / "checkpoints"


def closing(mse, baselines=BASELINES, noisy=None, **fields):
    figures = Figures(loss=1.0, mse=mse, terms={}, mse_corrupted=noisy, code_units=20)
    return result(figures, References((), {"test": baselines}), fakes.config(**{"data": MNIST, **fields}))


@pytest.mark.parametrize(
    ("mse", "severity", "words"),
    [
        (0.007, "good", "Test MSE 0.00700: 30 % of the error of PCA, 20 numbers (0.0235)."),
        (0.03, "info", "1.28 times the error of PCA, 20 numbers (0.0235)."),
        (0.0234, "info", "level with PCA, 20 numbers (0.0235)."),
        (0.0237, "info", "level with PCA, 20 numbers (0.0235)."),
    ],
)
def test_a_finished_run_is_held_against_pca(mse, severity, words):
    found = closing(mse)
    assert found.severity == severity
    assert words in found.headline
    assert found.detail.startswith("Look next: " if mse < 0.024 else "Train longer")


def test_without_pca_it_is_held_against_the_mean_image():
    assert (
        closing(0.01, {"mean image": 0.04}).headline == "Test MSE 0.0100: 25 % of the error of the mean image (0.0400)."
    )
    assert closing(0.01, {}) is None
    assert result(Figures(1.0, 0.01, {}), None, fakes.config()) is None


def test_a_validation_baseline_judges_no_test_figure():
    lines = References((), {"validation": BASELINES})
    assert result(Figures(1.0, 0.01, {}), lines, fakes.config()) is None


def test_a_denoiser_is_judged_from_noisy_input():
    """PCA of clean images has an easier task, and the clean-input error is another figure."""
    found = closing(0.001, noisy=0.03, corruption="gaussian")
    assert found.headline == "Test MSE from noisy input 0.0300: 44 % of the error of the mean image (0.0675)."
    assert "how much noise it takes" in found.detail


@pytest.mark.parametrize(
    ("mse", "fields", "words"),
    [
        (0.0235, {"architecture": {"name": "pca", "latent": 20}}, "No linear code of this size does better"),
        (0.01, fakes.VARIATIONAL, "random codes should decode"),
        (0.01, {}, "Halve the code"),
        (0.03, {}, "Train longer, or with wider layers."),
        (0.03, fakes.VARIATIONAL, "a smaller beta of 0.5."),
        (0.03, {"data": MNIST | {"scaling": "standardised"}}, "a sigmoid ends at 1"),
    ],
)
def test_what_to_do_next_fits_the_model(mse, fields, words):
    assert words in closing(mse, **fields).detail


def test_a_code_that_cannot_be_halved_is_not_to_be():
    figures = Figures(1.0, 0.01, {}, code_units=4)
    assert "latent map" in result(figures, References((), {"test": BASELINES}), fakes.config(data=MNIST)).detail


def test_on_the_way_it_is_held_against_the_baselines_of_its_own_split():
    lines = References((), {"validation": {"mean image": 0.04, "PCA, 20 numbers": 0.02}})
    config = fakes.config(data={"name": "mnist", "validation": 1 / 6})
    found = result(Figures(1.0, 0.03, {}), lines, config, "validation", "After epoch 3: ")
    assert found.headline == "After epoch 3: validation MSE 0.0300: 1.50 times the error of PCA, 20 numbers (0.0200)."
    assert found.detail == ""


@pytest.mark.parametrize("leak", [True, False])
def test_a_decoder_that_gets_more_than_the_code_is_not_praised_for_it(leak):
    found = closing(0.01, architecture={"name": "conv_vae", "leak": leak}, objective=["reconstruction", "kl"])
    assert found.severity == ("info" if leak else "good")
    assert ("where each maximum of its pools was" in found.headline) == leak
    assert ("Erase the code" in found.detail) == leak


@pytest.mark.parametrize(
    ("preset", "severity", "words"),
    [
        ("R2-simple-linear", "info", "1.52 times the error of PCA, 8 numbers (0.0374)"),
        ("R2-contractive-5", "info", "6.96 times the error of PCA, 64 numbers (0.00905)"),
        ("R2-deep-linear", "info", "1.54 times the error of PCA, 3 numbers (0.0516)"),
        ("R2-denoising", "good", "Test MSE from noisy input 0.0453: 67 % of the error of the mean image (0.0675)"),
        ("aedash-pca", "info", "level with PCA, 20 numbers (0.0235)"),
        ("R4-conv-vae", "info", "its decoder gets more than the code"),
        ("R0-simple", "good", "31 % of the error of PCA, 20 numbers (0.0235)"),
        ("R3-ffnn", "info", "1.93 times the error of PCA, 32 numbers (0.0168)"),
    ],
)
def test_the_gallery_says_what_is_true(preset, severity, words):
    """Baselines as scikit-learn has them on the real test images, not clipped, whatever a sigmoid can express."""
    run = pretrained(GALLERY)[preset]
    found = result(run.figures["test"], read_history(run.folder).references, run.config)
    assert found.severity == severity
    assert words in found.headline


def test_every_gallery_run_has_baselines_of_the_test_images():
    runs = pretrained(GALLERY)
    assert len(runs) == 34
    found = {name: read_history(run.folder).references for name, run in runs.items()}
    means = {name: round(lines.mean_image("test"), 5) for name, lines in found.items()}
    assert means.pop("aedash-odd") == 0.0676  # the mean of nine digits
    assert set(means.values()) <= {0.06747, 0.08664}


def test_the_gallery_calls_no_noise_overfitting():
    kinds = {one.kind for end in read_history(pretrained(GALLERY)["R3-ffnn"].folder).ends for one in end.findings}
    assert "overfitting" not in kinds
    black = read_history(pretrained(GALLERY)["R3-upsample"].folder).ends[8].findings
    assert [one.kind for one in black] == ["collapse"]
