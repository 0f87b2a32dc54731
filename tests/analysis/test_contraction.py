"""What the Lambda page measures: errors that begin at the clean one, baselines without a model, pictures of both."""

import numpy as np
import pytest

from aedash.analysis import contraction
from aedash.analysis.contraction import SIGMAS


@pytest.fixture(autouse=True)
def few(monkeypatch):
    monkeypatch.setattr(contraction, "IMAGES", 100)


def test_errors_begin_at_the_clean_one(small):
    found = contraction.measure(small)
    clean = small.spread(100).target
    made = small.model.decode(small.model.encode(clean).mean)
    assert found.errors.shape == (len(SIGMAS), 100)
    assert found.mse[0] == pytest.approx(float((made - clean)[1::2].square().mean()), rel=1e-4)
    assert len(found.mse) == len(SIGMAS)
    assert found.mse[-1] > found.mse[0]
    assert found.spectra.shape[1] == 4
    assert found.sensitivity.norm > 0
    assert 0 < found.probe.linear <= 1


def test_a_model_that_returns_its_input_adds_the_noise(identity):
    base = contraction.baseline(identity())
    assert base.clipped[0] == pytest.approx(0, abs=1e-9)
    assert base.clipped[5] < 0.25  # clipping takes some of the noise away
    clean = identity().spread(100).target
    assert base.mean_picture == pytest.approx(float((clean - clean.mean(0)).square().mean()), rel=0.05)


def test_pictures_of_every_noise(small, identity):
    inputs = contraction.inputs(small.data)
    assert inputs.shape == (11, 8, 28, 28)
    assert np.array_equal(contraction.outputs(identity()), inputs)
    assert np.array_equal(contraction.outputs(identity(data={"scaling": "standardised"})), inputs)
    made = contraction.outputs(small)
    assert made.shape == inputs.shape
    assert not np.array_equal(made[0], made[10])
    noise = inputs.astype(float) - inputs[0]
    assert np.abs(noise).mean((1, 2, 3)).argsort().tolist() == list(range(11))
