"""Probing: how well a code tells the classes apart, by the simplest classifiers (Alain and Bengio 2016)."""

import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits
from torch import cat

from aedash.analysis.latent import mean_codes
from aedash.analysis.metrics import clean_batches
from aedash.analysis.trained import Trained
from aedash.data.image_data import Split
from aedash.events import Floats

FITTED = 2000  # training images that the classifiers see
NEIGHBOURS = 5
ITERATIONS = 100  # of the logistic regression, converged or not: the last per mille takes longest


@dataclass(frozen=True)
class Probe:
    """Shares of test images whose class is told rightly, 0..1, by a linear classifier and by the 5 nearest codes.

    fitted, tested: numbers of training and of test images.
    """

    linear: float
    nearest: float
    fitted: int
    tested: int


def probe(trained: Trained, count: int = 1000, fitted: int = FITTED) -> Probe:
    """Of the mean codes: classifiers fitted on the first `fitted` training images, judged on the first test images."""
    train, test = trained.data.train[slice(0, fitted)], trained.data.test[slice(0, count)]
    x = [_codes(trained, split) for split in (train, test)]
    return accuracies(x[0], train.labels.numpy(), x[1], test.labels.numpy())


def _codes(trained: Trained, split: Split) -> Floats:
    batches = clean_batches(split, trained.scaling, trained.model.chunk)
    return cat([mean_codes(trained, batch) for batch in batches]).numpy()


def accuracies(x: Floats, labels: NDArray[np.int64], test: Floats, test_labels: NDArray[np.int64]) -> Probe:
    """x: (N, D) features with (N,) labels to fit on; test: features to judge on.

    Standardised for the linear probe, which is regularised; as they are for the neighbours, since a unit that hardly
    moves would be blown up to as much noise.
    """
    if len(np.unique(labels)) < 2:
        right = float((test_labels == labels[0]).mean())
        return Probe(right, right, len(x), len(test))
    scale = StandardScaler().fit(x)
    nearest = KNeighborsClassifier(min(NEIGHBOURS, len(x)), algorithm="brute")
    with threadpool_limits(1), warnings.catch_warnings():  # a run may compute beside this
        warnings.simplefilter("ignore", ConvergenceWarning)
        linear = LogisticRegression(max_iter=ITERATIONS).fit(scale.transform(x), labels)
        return Probe(
            float(linear.score(scale.transform(test), test_labels)),
            float(nearest.fit(x, labels).score(test, test_labels)),
            len(x),
            len(test),
        )
