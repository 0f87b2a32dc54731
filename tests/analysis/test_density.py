"""Density on a mesh against the sum of normals that it stands for."""

import numpy as np
import pytest

from aedash.analysis.density import density


def normals(points, places, bandwidth):
    size = points.shape[1]
    squares = np.square(places[:, None] - points[None]).sum(2) / bandwidth**2
    return np.exp(-squares / 2).sum(1) / (2 * np.pi) ** (size / 2) / bandwidth**size


@pytest.mark.parametrize("size", [1, 2, 3])
def test_it_is_a_sum_of_normals(size):
    points = np.random.default_rng(0).standard_normal((500, size))
    found = density(points, 0.4)
    expected = normals(points, points, 0.4)
    np.testing.assert_allclose(found.at(points), expected, rtol=0.1, atol=0.02 * expected.max())
    cell = ((found.high - found.low) / len(found.values)).prod()
    assert found.values.sum() * cell == pytest.approx(500, rel=0.01)


def test_its_bandwidth_follows_the_groups_and_not_the_gaps_between_them():
    groups = [np.random.default_rng(i).standard_normal((200, 2)) for i in range(5)]
    together = density(np.concatenate(groups)).bandwidth
    apart = density(np.concatenate([group + 1000 * i for i, group in enumerate(groups)]), None)
    assert together < 1
    assert apart.bandwidth < 30  # of 4,000: the mesh has no finer cells


def test_off_the_map_there_is_nothing_and_nowhere_is_not_a_number():
    found = density(np.random.default_rng(0).standard_normal((50, 2)))
    seen = found.at(np.array([[0.0, 0.0], [1e6, 0.0], [np.nan, 0.0]]))
    assert seen[0] > 1
    assert seen[1] == 0
    assert np.isnan(seen[2])


@pytest.mark.parametrize("points", [np.zeros((0, 2)), np.ones((9, 2)), np.full((3, 2), np.nan), np.ones((1, 3))])
def test_points_without_a_spread_have_a_density(points):
    found = density(points)
    assert np.isfinite(found.values).all()
    assert found.values.min() >= 0
