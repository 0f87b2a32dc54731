"""Probes of codes that tell the label, of codes that tell nothing, and of pixels."""

import numpy as np
import pytest
from sklearn.neighbors import KNeighborsClassifier

from aedash.analysis import probing
from aedash.analysis.probing import accuracies, probe
from aedash.analysis.trained import evenly


def test_codes_that_are_the_label_tell_it():
    labels = np.arange(300) % 10
    codes = np.eye(10, dtype=np.float32)[labels]
    found = accuracies(codes[:200], labels[:200], codes[200:], labels[200:])
    assert (found.linear, found.nearest, found.fitted, found.tested) == (1, 1, 200, 100)


def test_codes_that_never_vary_tell_the_commonest_class():
    labels = np.array([0, 0, 0, 1] * 20)
    codes = np.zeros((80, 3), dtype=np.float32)
    assert accuracies(codes, labels, codes, labels).linear == pytest.approx(0.75)


def test_labels_of_one_class_are_always_told():
    codes, labels = np.zeros((4, 2), dtype=np.float32), np.full(4, 7)
    assert accuracies(codes, labels, codes, np.array([7, 7, 1, 7])).linear == 0.75


def test_a_regression_that_does_not_converge_says_nothing(monkeypatch):
    monkeypatch.setattr(probing, "ITERATIONS", 1)
    x = np.random.default_rng(0).normal(size=(200, 30)).astype(np.float32)
    assert 0 <= accuracies(x, np.arange(200) % 10, x, np.arange(200) % 10).linear <= 1


def test_the_probe_of_the_image_itself_is_that_of_the_pixels(identity, digits):
    found = probe(identity(), 200, 500)
    test = digits.test[evenly(len(digits.test), 200)]
    x = [split.images.flatten(1).numpy() / 255 for split in (digits.train[slice(0, 500)], test)]
    truth = KNeighborsClassifier(5).fit(x[0], digits.train.labels[:500]).score(x[1], test.labels)
    assert found.nearest == pytest.approx(truth)
    assert found.linear > 0.85


def test_a_probe_is_fitted_on_training_images_and_bounded_by_what_there_is(small, digits):
    found = probe(small)
    assert (found.fitted, found.tested) == (len(digits.train), len(digits.test))
    again = probe(small)
    assert (found.by_linear == again.by_linear).all()
    assert (found.by_nearest == again.by_nearest).all()
    assert found.linear > 0.2
