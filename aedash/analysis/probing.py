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
from aedash.analysis.trained import Trained, evenly
from aedash.data.image_data import Split
from aedash.events import Floats

FITTED = 2000  # training images that the classifiers see
NEIGHBOURS = 5
ITERATIONS = 100  # of the logistic regression, converged or not: the last per mille takes longest


Truths = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Probe:
    """How well a code tells the classes apart; by chance one in as many as there are classes is right.

    by_linear, by_nearest: (tested,) whether a test image's class is told rightly, by a linear classifier and by the 5
    nearest codes. fitted: number of training images.
    """

    by_linear: Truths
    by_nearest: Truths
    fitted: int

    @property
    def linear(self) -> float:
        """Share of the test images, 0..1."""
        return float(self.by_linear.mean())

    @property
    def nearest(self) -> float:
        """Share of the test images, 0..1."""
        return float(self.by_nearest.mean())

    @property
    def tested(self) -> int:
        """Number of test images."""
        return len(self.by_linear)


def probe(trained: Trained, count: int = 1000, fitted: int = FITTED) -> Probe:
    """Of the mean codes: classifiers fitted on the first `fitted` training images, judged on `count` test images,
    spread evenly over all. Raises Refused as `latent.mean_codes` does.
    """
    train, test = splits(trained, count, fitted)
    x = [_codes(trained, split) for split in (train, test)]
    return accuracies(x[0], train.labels.numpy(), x[1], test.labels.numpy())


def splits(trained: Trained, count: int, fitted: int) -> tuple[Split, Split]:
    """(images that classifiers are fitted on, images that they are judged on), fewer where the set has no more."""
    return trained.data.train[slice(0, fitted)], trained.data.test[evenly(len(trained.data.test), count)]


def _codes(trained: Trained, split: Split) -> Floats:
    batches = clean_batches(split, trained.scaling, trained.model.chunk)
    return cat([mean_codes(trained, batch) for batch in batches]).numpy()


def accuracies(x: Floats, labels: NDArray[np.int64], test: Floats, test_labels: NDArray[np.int64]) -> Probe:
    """Fit a logistic regression and 5 nearest neighbours, and judge both (linear probes: Alain and Bengio 2016).

    x: (N, D) features with (N,) labels to fit on; test, test_labels: (M, D) and (M,) to judge on. Standardised for the
    linear probe, which is regularised; as they are for the neighbours, since a unit that hardly moves would be blown up
    to as much noise. Where all N are of one class, that class is the answer of both.

    >>> x, labels = np.array([[0.0], [0.1], [1.0], [1.1]]), np.array([0, 0, 1, 1])
    >>> accuracies(x, labels, np.array([[-1.0], [2.0]]), np.array([0, 1])).linear
    1.0
    """
    if len(np.unique(labels)) < 2:
        right = test_labels == labels[0]
        return Probe(right, right, len(x))
    scale = StandardScaler().fit(x)
    nearest = KNeighborsClassifier(min(NEIGHBOURS, len(x)), algorithm="brute")
    with threadpool_limits(1), warnings.catch_warnings():  # a run may compute beside this
        warnings.simplefilter("ignore", ConvergenceWarning)
        linear = LogisticRegression(max_iter=ITERATIONS).fit(scale.transform(x), labels)
        return Probe(
            linear.predict(scale.transform(test)) == test_labels,
            nearest.fit(x, labels).predict(test) == test_labels,
            len(x),
        )
