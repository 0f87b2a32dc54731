"""Planes through code space: where they lie, what lies on them, and how a decoder stretches them."""

import numpy as np
import pytest
import torch

from aedash.analysis import plane as planes
from aedash.analysis.plane import Cloud, Plane, code_of, drawn, ground, pictures, principal_axes, spanned, stretch
from aedash.analysis.survey import Survey, survey
from aedash.registry import Refused

RNG = np.random.default_rng(0)


def surveyed(codes, log_var=None):
    count = len(codes)
    places = np.arange(count)
    return Survey(places, np.zeros(count, np.int64), codes.astype(np.float32), log_var, np.zeros(count, np.float32))


def square(latent=2, half=4.0):
    axes = np.eye(latent, dtype=np.float32)
    low = np.full(2, -half, np.float32)
    return Plane(np.zeros(latent, np.float32), axes[0], axes[1], low, -low)


def test_a_plane_holds_the_code_and_both_directions():
    codes = RNG.normal(size=(300, 5)).astype(np.float32)
    origin, one, other = codes[7], codes[20], codes[33]
    plane = spanned(origin, [one - origin, other - origin], codes, np.stack([one, other]))
    marked = np.stack([origin, one, other])
    assert plane.codes(plane.places(marked)) == pytest.approx(marked, abs=1e-5)
    assert plane.places(origin[None])[0] == pytest.approx([0, 0], abs=1e-6)
    for place in plane.places(marked):
        assert (plane.low < place).all()
        assert (place < plane.high).all()
    ways = np.stack([plane.across, plane.up])
    assert ways @ ways.T == pytest.approx(np.eye(2), abs=1e-5)


@pytest.mark.parametrize("directions", [[], [[0, 0, 0]], [[1, 2, 3], [-2, -4, -6]]])
def test_directions_that_span_nothing_are_made_up_for(directions):
    codes = RNG.normal(size=(50, 3)).astype(np.float32)
    plane = spanned(codes[0], [np.array(each, np.float32) for each in directions], codes)
    ways = np.stack([plane.across, plane.up])
    assert ways @ ways.T == pytest.approx(np.eye(2), abs=1e-5)


def test_a_code_of_one_number_is_a_line_and_equal_codes_have_room():
    line = spanned(
        np.zeros(1, np.float32), principal_axes(RNG.normal(size=(50, 1)).astype(np.float32)), np.ones((50, 1))
    )
    assert not line.up.any()
    assert (line.high > line.low).all()
    still = np.full((20, 4), 3, np.float32)
    plane = spanned(still[0], principal_axes(still), still)
    found = ground(plane, Cloud(drawn(surveyed(still))))
    assert (plane.high > plane.low).all()
    assert all(np.isfinite(each).all() for each in (found.density, found.common, found.prior))
    assert found.holes == 1.0


def test_principal_axes_are_those_along_which_codes_vary_most():
    codes = RNG.normal(size=(500, 3)).astype(np.float32) * [1, 5, 0.1]
    first, second = principal_axes(codes.astype(np.float32))
    assert np.abs(first) == pytest.approx([0, 1, 0], abs=0.05)
    assert np.abs(second) == pytest.approx([1, 0, 0], abs=0.05)


def test_density_is_high_where_the_data_are_and_a_far_place_is_sparser_than_around_all_of_them():
    codes = np.concatenate([RNG.normal(-2, 0.3, (200, 2)), RNG.normal(2, 0.3, (200, 2))])
    cloud = Cloud(codes.astype(np.float32))
    middle, group, far = cloud.at(np.array([[0, 0], [2, 2], [9, 9]]))
    assert group > middle > far
    assert cloud.common(np.array([group, middle, far])) == pytest.approx([1, 0, 0], abs=0.3)
    assert np.median(cloud.common(cloud.own)) == pytest.approx(0.5, abs=0.01)


def test_the_codes_of_a_run_that_blew_up_have_a_density_too():
    codes = RNG.normal(size=(300, 10)).astype(np.float32)
    few, many = Cloud(codes), Cloud(codes * np.float32(1e13))
    assert many.width == pytest.approx(few.width * 1e13, rel=1e-3)
    assert many.at(codes[:5] * np.float32(1e13)) == pytest.approx(few.at(codes[:5]), rel=1e-2)


def test_the_prior_has_holes_where_codes_leave_it_empty_and_none_where_they_fill_it():
    filled = RNG.normal(size=(1500, 2))
    assert ground(square(), Cloud(drawn(surveyed(filled)))).holes < 0.05
    ring = filled[np.linalg.norm(filled, axis=1) > 1]
    found = ground(square(), Cloud(drawn(surveyed(ring))))
    inside = np.linalg.norm(square().mesh(planes.SIDE), axis=1) < 0.35
    assert 0.1 < found.holes < 0.5
    assert (found.common.flatten()[inside] < planes.RARE).all()
    assert found.prior.flatten()[inside].min() > 0.8


def test_a_variational_code_is_looked_at_as_it_is_drawn():
    """Means alone lie within the prior's middle, and would leave most of it empty."""
    means = 0.3 * RNG.normal(size=(1000, 2))
    log_var = np.full((1000, 2), np.log(1 - 0.09), np.float32)
    assert drawn(surveyed(means, log_var)).std(0) == pytest.approx([1, 1], abs=0.1)
    assert Cloud(drawn(surveyed(means, log_var))).holes < 0.05 < Cloud(drawn(surveyed(means))).holes


def test_stretch_is_what_autograd_says(small):
    codes = survey(small, 100).codes
    plane = spanned(codes[0], principal_axes(codes), codes)
    found = stretch(small, plane).flatten()
    points = plane.codes(plane.mesh(planes.STRETCHED))
    ways = torch.from_numpy(np.stack([plane.across, plane.up], 1))
    for place in (0, 500, 1023):
        jacobian = torch.autograd.functional.jacobian(
            lambda z: small.scaling.to_unit(small.model.decode(z[None])).flatten(), torch.from_numpy(points[place])
        )
        columns = (jacobian @ ways).double()
        assert found[place] == pytest.approx(float(torch.logdet(columns.T @ columns)) / 2 / np.log(10), abs=1e-3)


def test_stretch_along_a_line_and_of_words(begun):
    line = begun(architecture={"name": "dense", "widths": [8], "latent": 1})
    codes = survey(line, 50).codes
    assert np.isfinite(stretch(line, spanned(codes[0], [], codes))).all()
    words = begun(architecture={"name": "vq"})
    codes = survey(words, 20).codes
    assert np.isneginf(stretch(words, spanned(codes[0], [], codes))).all()


def test_pictures_are_the_decoder_s_and_a_class_is_drawn_where_one_is_told(begun):
    told = begun(architecture={"name": "conditional", "latent": 2})
    codes = RNG.normal(size=(3, 2)).astype(np.float32)
    wanted = told.model.decode(torch.from_numpy(codes), torch.full((3,), 7))
    assert np.array_equal(pictures(told, codes, 7), (wanted.clamp(0, 1) * 255).round().byte().numpy())
    assert not np.array_equal(pictures(told, codes, 7), pictures(told, codes, 1))


def test_a_chosen_image_has_its_code_whether_or_not_it_was_surveyed(small):
    few = survey(small, 10)
    assert np.array_equal(code_of(small, few, 36), few.codes[1])
    whole = survey(small, 360)
    assert code_of(small, few, 5) == pytest.approx(whole.codes[5], abs=1e-5)
    with pytest.raises(Refused, match="There is no test image 360; the last is 359"):
        code_of(small, few, 360)
