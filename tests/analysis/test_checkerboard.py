"""Phases of pictures that are made up, and of the two decoders of the notes."""

import numpy as np
import pytest
import torch

from aedash.analysis.checkerboard import error_phases, period, phases, untrained
from aedash.analysis.quality import quality
from aedash.recipes.questions import QUESTIONS
from aedash.sweep import Axis
from tests import fakes

AXIS: Axis = QUESTIONS["checkerboard"].axis


def first_picture(architecture, digits, seed=0):
    return untrained(fakes.config(architecture=architecture).architecture, digits.info, seed)


def test_phases_of_a_made_up_picture():
    x = torch.zeros(2, 1, 6, 6)
    x[..., 1::2, 0::2] = 4
    found = phases(x, 2)
    np.testing.assert_array_equal(found.values, [[0, 0], [4, 0]])
    assert found.unevenness == pytest.approx(3**0.5)
    assert phases(x, 3).unevenness == pytest.approx(0)
    assert phases(torch.zeros(1, 1, 4, 4), 2).unevenness == 0


def test_overlapping_filters_favour_some_pixels_and_upsampling_none(digits):
    transposed, upsampled = (AXIS.values[0], AXIS.values[1])
    for seed in range(5):
        uneven, even = (first_picture(a, digits, seed) for a in (transposed, upsampled))
        assert even.variance < 1e-12 < 1e-6 < uneven.variance
        assert uneven.picture.shape == (1, 28, 28)
        assert uneven.variance == pytest.approx(uneven.phases.values.var())


@pytest.mark.parametrize(("name", "k"), [("conv_transpose", 4), ("conv_upsample", 4), ("conv_vae", 4), ("dense", 2)])
def test_the_period_is_the_product_of_the_decoder_s_enlargements(name, k, begun):
    """By 2 the transposed decoder looked the more even of the two."""
    trained = begun(architecture=name)
    assert period(trained.model) == k
    assert error_phases(trained, 20).values.shape == (k, k)
    assert untrained(trained.config.architecture, trained.data.info).phases.values.shape == (k, k)


def test_a_pattern_of_period_four_is_found_though_it_is_even_by_two():
    x = torch.ones(1, 1, 8, 8)
    x[..., 0::4, :] = 2
    x[..., 1::4, :] = 2
    assert phases(x, 2).unevenness == pytest.approx(0)
    assert phases(x, 4).unevenness == pytest.approx(1 / 3)
    assert phases(x, 4).contrast == 2


def test_an_untrained_picture_depends_on_its_seed_alone(digits):
    one, same, other = (first_picture("conv_transpose", digits, seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one.picture, same.picture)
    assert not np.array_equal(one.picture, other.picture)


def test_phases_of_the_error_average_to_the_error(small):
    found = error_phases(small, 360)
    assert found.values.shape == (2, 2)
    assert found.values.mean() == pytest.approx(quality(small, 360).quality.mse, rel=1e-5)
    assert error_phases(small, 20, 4).values.shape == (4, 4)


@pytest.mark.parametrize("scaling", ["raw", "standardised"])
def test_a_model_that_returns_its_input_has_no_error_in_any_phase(scaling, identity):
    assert error_phases(identity(data={"scaling": scaling}), 10).values == pytest.approx(np.zeros((2, 2)), abs=1e-12)
