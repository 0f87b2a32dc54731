"""PCA-equivalent size against scikit-learn's PCA, and by hand."""

from math import isnan

import numpy as np
import pytest
from sklearn.decomposition import PCA

from aedash.analysis.baselines import references, statistics
from aedash.analysis.equivalent import equivalent, milestones, pca_errors
from aedash.analysis.metrics import evaluate
from tests import fakes


@pytest.fixture(scope="module")
def errors(digits):
    return pca_errors(digits.test, statistics(digits, 0))


def test_one_pass_gives_what_scikit_learn_gives_for_each_size(errors, digits):
    train, test = (split.images.flatten(1).double().numpy() / 255 for split in (digits.train, digits.test))
    whole = PCA(svd_solver="full").fit(train)
    codes = whole.transform(test)
    for size in (0, 1, 7, 20, 64):
        restored = codes[:, :size] @ whole.components_[:size] + whole.mean_
        assert errors[size] == pytest.approx(((restored - test) ** 2).mean(), rel=1e-4)
    assert len(errors) == 785
    assert errors[-1] == 0
    assert (np.diff(errors) <= 0).all()


def test_a_pca_model_is_equivalent_to_its_own_size(errors, digits):
    config = fakes.config(architecture={"name": "pca", "latent": 13}, data={"name": "digits", "validation": 0})
    state, _ = fakes.fitted(config, digits)
    mse = evaluate(state.model, digits.test, config, digits.scaling("unit")).mse
    assert equivalent(mse, errors) == pytest.approx(13, abs=0.01)


def test_the_run_keeps_the_curve_of_the_split_that_it_watches_and_of_the_test_images(errors, digits):
    kept = references(digits, fakes.config(data={"name": "digits", "validation": 0}), 4).pca
    assert list(kept) == ["test"]
    assert kept["test"] == pytest.approx(errors, rel=1e-3)
    assert list(references(digits, fakes.config(data={"name": "digits", "validation": 0.2}), 4).pca) == [
        "validation",
        "test",
    ]


def test_errors_beyond_either_end_are_the_end(errors):
    assert equivalent(float(errors[0]) * 1.01, errors) == 0
    assert equivalent(0.0, errors) > 400  # digits were enlarged from 8 x 8: the last axes hold nothing
    assert isnan(equivalent(float("nan"), errors))
    assert equivalent(float("inf"), errors) == 0


def test_milestones_are_told_once_and_the_largest_at_a_place():
    assert milestones([], 784) == []
    assert milestones([float("nan"), 3.0, 2.0, 4.9], 784) == [(1, 2)]
    assert milestones([600.0], 100) == [(0, 100)]
