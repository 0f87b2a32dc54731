"""Reference lines against other people's code and against brute force."""

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA
from torch.nn import functional

from aedash.analysis.baselines import references
from tests import fakes

BCE = {"objective": [{"name": "reconstruction", "loss": "bce"}]}
MEAN = {"objective": [{"name": "reconstruction", "reduction": "mean"}]}


def lines(config, data, code_size=4, share=1 / 6):
    """({label: value}, {label: mse}) on the test split."""
    found = references(data, config, data.splits(share)["test"], code_size)
    return {line.label: line.value for line in found.lines}, found.mse


def pixels(split):
    return split.images.flatten(1).double().numpy() / 255


@pytest.fixture(scope="module")
def train(digits):
    return pixels(digits.splits(1 / 6)["train"])


@pytest.fixture(scope="module")
def test(digits):
    return pixels(digits.test)


def test_mean_image(digits, train, test):
    values, mse = lines(fakes.config(), digits)
    expected = ((train.mean(0) - test) ** 2).mean()
    assert mse["mean image"] == pytest.approx(expected, rel=1e-5)
    assert values["mean image"] == pytest.approx(784 * expected, rel=1e-5)


@pytest.mark.parametrize("size", [1, 4, 32])
@pytest.mark.parametrize("objective", [{}, MEAN], ids=["sum", "mean"])
def test_pca_is_that_of_scikit_learn_fitted_on_the_training_images(size, objective, digits, train, test):
    pca = PCA(size, svd_solver="full").fit(train)
    expected = ((pca.inverse_transform(pca.transform(test)).clip(0, 1) - test) ** 2).mean()
    values, mse = lines(fakes.config(**objective), digits, size)
    label = f"PCA, {size} numbers"
    assert mse[label] == pytest.approx(expected, rel=1e-4)
    assert values[label] == pytest.approx(expected * (1 if objective else 784), rel=1e-4)


def test_standardised_lines_have_the_same_mse(digits, test):
    free = fakes.config(data={"scaling": "standardised"}, architecture={"name": "dense", "output": "none"})
    values, mse = lines(free, digits)
    plain_values, plain = lines(fakes.config(), digits)
    assert mse == pytest.approx(plain, rel=1e-4)
    span = digits.scaling("standardised").span / 255
    assert values["mean image"] == pytest.approx(plain_values["mean image"] / span**2, rel=1e-4)
    assert not any("floor" in label for label in values)


def test_pca_is_left_out_where_it_says_nothing(digits):
    assert "PCA, 4 numbers" not in lines(fakes.config(**BCE), digits)[0]
    assert "PCA, 4 numbers" in lines(fakes.config(**BCE), digits)[1]
    assert list(lines(fakes.config(), digits, code_size=784)[1]) == ["mean image"]


def test_nothing_beats_the_entropy_floor(digits, test):
    values, _ = lines(fakes.config(**BCE), digits)
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
    values, _ = lines(fakes.config(data={"scaling": "standardised"}, **MEAN), digits)
    scaling = digits.scaling("standardised")
    targets = scaling.to_model(torch.arange(256)).double().numpy()
    outputs = np.linspace(0, 1, 10_001)
    best = ((targets[:, None] - outputs[None]) ** 2).min(1)
    expected = best[(test * 255).round().astype(int)].mean()
    assert values["sigmoid floor"] == pytest.approx(expected, rel=1e-4)
    assert values["mean image"] > values["sigmoid floor"] > 0.1


def test_the_baseline_is_of_the_images_trained_on(digits):
    held_out = lines(fakes.config(data={"validation": 0.5}), digits, share=0.5)[1]["mean image"]
    assert held_out != lines(fakes.config(data={"validation": 0}), digits, share=0)[1]["mean image"]
