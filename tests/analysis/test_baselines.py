"""Reference lines against other people's code and against brute force."""

from dataclasses import asdict

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA
from torch.nn import functional

from aedash.analysis.baselines import pca_name, references
from aedash.analysis.equivalent import pca_errors
from aedash.analysis.metrics import evaluate
from aedash.data.image_data import Split
from aedash.data.statistics import pixel_statistics
from aedash.events import References
from aedash.store.folder import recorded
from tests import fakes

BCE = {"objective": [{"name": "reconstruction", "loss": "bce"}]}
MEAN = {"objective": [{"name": "reconstruction", "reduction": "mean"}]}


def lines(config, data, code_size=4, share=1 / 6):
    """({label: value} on the watched split, {label: mse} on the test split)."""
    config = fakes.config(**{**config.model_dump(), "data": {**config.data.model_dump(), "validation": share}})
    found = references(data, config, code_size)
    return {line.label: line.value for line in found.lines}, found.mse["test"]


def pixels(split):
    return split.images.flatten(1).double().numpy() / 255


@pytest.fixture(scope="module")
def train(digits):
    return pixels(digits.splits(1 / 6)["train"])


@pytest.fixture(scope="module")
def watched(digits):
    return pixels(digits.splits(1 / 6)["validation"])


@pytest.fixture(scope="module")
def test(digits):
    return pixels(digits.test)


def test_mean_image(digits, train, watched, test):
    values, mse = lines(fakes.config(), digits)
    assert mse["mean image"] == pytest.approx(((train.mean(0) - test) ** 2).mean(), rel=1e-5)
    assert values["mean image"] == pytest.approx(784 * ((train.mean(0) - watched) ** 2).mean(), rel=1e-5)


@pytest.mark.parametrize("size", [1, 4, 32])
@pytest.mark.parametrize("objective", [{}, MEAN], ids=["sum", "mean"])
def test_pca_is_that_of_scikit_learn_fitted_on_the_training_images(size, objective, digits, train, watched, test):
    """Not clipped, as models are not."""
    pca = PCA(size, svd_solver="full").fit(train)
    exact, seen = (((pca.inverse_transform(pca.transform(x)) - x) ** 2).mean() for x in (test, watched))
    values, mse = lines(fakes.config(**objective), digits, size)
    label = pca_name(size)
    assert mse[label] == pytest.approx(exact, rel=1e-4)
    assert values[label] == pytest.approx(seen * (1 if objective else 784), rel=1e-4)


def test_names():
    assert (pca_name(1), pca_name(20)) == ("PCA, 1 number", "PCA, 20 numbers")


@pytest.mark.parametrize("scaling", ["unit", "raw", "standardised"])
@pytest.mark.parametrize("output", ["sigmoid", "none"])
def test_mse_is_of_the_real_pca_whatever_the_run_can_express(scaling, output, digits):
    """A sigmoid on standardised pixels once made a handicapped PCA, and a run beat that."""
    run = fakes.config(data={"scaling": scaling}, architecture={"name": "dense", "output": output})
    values, mse = lines(run, digits)
    assert mse == lines(fakes.config(), digits)[1]
    handicapped = output == "sigmoid" and scaling != "unit"
    named = {"mean image through a sigmoid", "PCA through a sigmoid, 4 numbers", "sigmoid floor"}
    assert set(values) == (named if handicapped else {"mean image", "PCA, 4 numbers"})


def test_both_splits_are_held_apart(digits, train, watched):
    found = references(digits, fakes.config(data={"validation": 1 / 6}), 4).mse
    assert list(found) == ["validation", "test"]
    assert found["validation"]["mean image"] == pytest.approx(((train.mean(0) - watched) ** 2).mean(), rel=1e-5)
    assert list(references(digits, fakes.config(data={"validation": 0}), 4).mse) == ["test"]


def test_the_pca_model_is_level_with_the_baseline(digits):
    config = fakes.config(architecture={"name": "pca", "latent": 4}, data={"validation": 0})
    state, events = fakes.fitted(config, digits)
    figures = evaluate(state.model, digits.test, config, digits.scaling("unit"))
    assert figures.mse == pytest.approx(fakes.only(References, events)[0].mse["test"]["PCA, 4 numbers"], rel=1e-4)


def test_an_older_record_is_read_but_not_believed():
    """It held MSE of one split, of what the output layer could express."""
    old = {"lines": [], "mse": {"mean image": 0.0765, "PCA, 8 numbers": 0.0593}}
    assert recorded("References", old) == References(())
    new = References((), {"test": {"mean image": 0.0675}})
    assert recorded("References", asdict(new)) == new


def test_standardised_lines_are_in_their_unit(digits):
    free = fakes.config(data={"scaling": "standardised"}, architecture={"name": "dense", "output": "none"})
    values, _ = lines(free, digits)
    plain_values, _ = lines(fakes.config(), digits)
    span = digits.scaling("standardised").span / 255
    assert values["mean image"] == pytest.approx(plain_values["mean image"] / span**2, rel=1e-4)
    assert not any("floor" in label for label in values)


def test_pca_is_left_out_where_it_says_nothing(digits):
    assert "PCA, 4 numbers" not in lines(fakes.config(**BCE), digits)[0]
    assert "PCA, 4 numbers" in lines(fakes.config(**BCE), digits)[1]
    assert list(lines(fakes.config(), digits, code_size=784)[1]) == ["mean image"]


def test_nothing_beats_the_entropy_floor(digits, test):
    values, _ = lines(fakes.config(**BCE), digits, share=0)
    target = torch.from_numpy(test)

    def bce(guess):
        return functional.binary_cross_entropy(guess, target, reduction="none").sum(1).mean().item()

    floor = values["entropy floor"]
    assert floor == pytest.approx(bce(target.clone()), rel=1e-5)
    draw = torch.Generator().manual_seed(0)
    for strength in (0.01, 0.1, 1.0):
        noise = strength * torch.randn(target.shape, generator=draw, dtype=torch.float64)
        assert bce((target + noise).clamp(0, 1)) > floor
    assert values["mean image"] > floor


def test_nothing_with_a_sigmoid_beats_the_floor_of_standardised_data(digits, test):
    values, _ = lines(fakes.config(data={"scaling": "standardised"}, **MEAN), digits, share=0)
    scaling = digits.scaling("standardised")
    targets = scaling.to_model(torch.arange(256)).double().numpy()
    outputs = np.linspace(0, 1, 10_001)
    best = ((targets[:, None] - outputs[None]) ** 2).min(1)
    expected = best[(test * 255).round().astype(int)].mean()
    assert values["sigmoid floor"] == pytest.approx(expected, rel=1e-4)
    assert values["mean image through a sigmoid"] > values["sigmoid floor"] > 0.1


def test_the_baseline_is_of_the_images_trained_on(digits):
    held_out = lines(fakes.config(data={"validation": 0.5}), digits, share=0.5)[1]["mean image"]
    assert held_out != lines(fakes.config(data={"validation": 0}), digits, share=0)[1]["mean image"]


@pytest.mark.parametrize("side", [20, 38])
def test_principal_axes_of_images_in_colour_are_the_largest_ones_without_all_others(side, monkeypatch):
    """1,200 pixels: by their covariance; 4,332: by the images' products, of which every second is looked at."""
    monkeypatch.setattr("aedash.data.statistics.FEW", 60)
    draws = torch.Generator().manual_seed(0)
    deviations = torch.tensor([9.0, 5.0, 2.0])
    directions = torch.linalg.qr(torch.randn(3 * side * side, 3, generator=draws)).Q
    x = torch.randn(200, 3, generator=draws) * deviations @ directions.T + 0.5
    found = pixel_statistics(x.split(64))
    assert found.axes.shape[1] <= 512
    assert (found.axes[:, :3].T @ directions.double()).abs().diagonal().min() > 0.97
    identity = found.axes.T @ found.axes
    assert (identity - torch.eye(len(identity), dtype=torch.float64)).abs().max() < 1e-3
    assert (found.mean - x.double().mean(0)).abs().max() < 1e-5


def test_errors_of_pca_with_few_axes_are_those_of_projecting():
    images = torch.randint(0, 256, (40, 3, 20, 20), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    split = Split(images, torch.zeros(40, dtype=torch.int64))
    x = images.flatten(1).float() / 255
    found = pixel_statistics([x])
    errors = pca_errors(split, found)
    for numbers in (0, 5, 39):
        axes, mean = found.axes[:, :numbers].float(), found.mean.float()
        projected = (x - mean) @ axes @ axes.T + mean
        assert errors[numbers] == pytest.approx(float((projected - x).square().mean()), rel=1e-3, abs=1e-7)
