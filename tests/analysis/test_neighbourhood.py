"""An image is the one that its number names: its picture, class, error, code and neighbours, however it was found."""

import numpy as np
import pytest
import torch
from scipy.spatial.distance import cdist
from scipy.stats import ttest_ind

from aedash.analysis.level import apart
from aedash.analysis.neighbourhood import (
    SHOWN,
    beside,
    by_error,
    chosen,
    inspected,
    middle,
    near_in_code,
    near_in_pixels,
)
from aedash.analysis.survey import survey
from aedash.registry import Refused

COUNTS = [7, 100, 10_000]  # of the images on the map; the last: all


@pytest.fixture(scope="session", params=COUNTS)
def seen(request, small):
    """Some test images of the small network."""
    return survey(small, request.param)


def alone(trained, place):
    """(image on [0, 1], code, output), of the image at that place and of nothing else."""
    image = trained.data.test.images[place].numpy() / 255
    with torch.no_grad():
        code = trained.model.encode(torch.tensor(image, dtype=torch.float32)[None]).mean
        made = trained.model.decode(code)
    return image, code[0].flatten().numpy(), made[0].numpy()


@pytest.mark.parametrize("seed", range(3))
def test_what_is_shown_of_a_place_is_that_test_image_s(small, seen, seed):
    """Whether or not it is among the images on the map."""
    images = small.data.test.images.numpy()
    for place in np.random.default_rng(seed).integers(len(images), size=12):
        own = inspected(small, seen, int(place)).own
        image, code, made = alone(small, place)
        assert np.array_equal(own.image, images[place, 0])
        assert own.label == small.data.test.labels[place]
        np.testing.assert_allclose(own.code, code, atol=1e-5)
        assert np.abs(own.output - 255 * made[0].clip(0, 1)).max() <= 0.51
        assert own.mse == pytest.approx(np.square(made - image).mean(), rel=1e-4)
        row = seen.row(int(place))
        if row is not None:
            assert seen.mse[row] == pytest.approx(own.mse, rel=1e-4)


@pytest.mark.parametrize("space", ["code", "pixels"])
def test_neighbours_are_those_of_all_distances_and_named_by_their_places(small, seen, space):
    images = small.data.test.images.numpy()[seen.places]
    x = seen.codes if space == "code" else images.reshape(len(images), -1) / 255
    distances = cdist(x, x)
    np.fill_diagonal(distances, np.inf)
    for row in range(0, len(seen.places), max(1, len(seen.places) // 9)):
        place = int(seen.places[row])
        near = inspected(small, seen, place)
        found = near.own.nearest if space == "code" else near.pixels
        assert len(found) == min(SHOWN, len(seen.places) - 1)
        np.testing.assert_allclose([one.distance for one in found], np.sort(distances[row])[: len(found)], rtol=1e-3)
        for one in found:
            other = seen.row(one.place)
            assert distances[row, other] == pytest.approx(one.distance, rel=1e-3)
            assert one.label == small.data.test.labels[one.place]
            assert one.place != place


def test_the_nearest_of_an_image_that_is_not_on_the_map_are_on_it(small, seen):
    place = next((place for place in range(len(small.data.test)) if seen.row(place) is None), None)
    if place is None:
        return
    image = small.data.test.images.numpy()[place]
    near = near_in_pixels(seen, small.data.test.images.numpy()[seen.places], image, place)
    assert {one.place for one in near} <= set(seen.places.tolist())
    assert near == inspected(small, seen, place).pixels
    assert near_in_code(seen, inspected(small, seen, place).own.code, place)


def test_higher_and_higher_errors_lead_through_all_images(small, seen):
    way = [int(by_error(seen)[0])]
    while (higher := beside(seen, way[-1], None)[1]) is not None:
        assert beside(seen, higher, None)[0] == way[-1]
        way.append(higher)
    errors = [seen.mse[seen.row(place)] for place in way]
    assert sorted(way) == seen.places.tolist()
    assert errors == sorted(errors)


def test_an_image_that_is_not_on_the_map_stands_between_two_errors(small, seen):
    errors = np.sort(seen.mse)
    between = float(errors[2] + errors[3]) / 2
    low, high = beside(seen, -1, between)
    assert [seen.mse[seen.row(low)], seen.mse[seen.row(high)]] == [errors[2], errors[3]]
    assert beside(seen, -1, 0.0) == (None, int(by_error(seen)[0]))
    assert beside(seen, -1, None) == (None, None)


@pytest.mark.parametrize("seed", range(4))
def test_a_selection_is_of_the_images_that_were_selected(small, seen, seed):
    rng = np.random.default_rng(seed)
    rows = rng.permutation(len(seen.places))[: rng.integers(1, len(seen.places) + 1)]
    found, labels = chosen(seen, rows, 10), small.data.test.labels.numpy()
    assert found.places.tolist() == sorted(seen.places[rows].tolist())
    assert found.counts.tolist() == np.bincount(labels[found.places], minlength=10).tolist()
    assert found.of.tolist() == np.bincount(labels[seen.places], minlength=10).tolist()
    errors = {place: float(seen.mse[seen.row(place)]) for place in found.places.tolist()}
    assert np.allclose(np.sort(found.errors), sorted(errors.values()))
    assert np.allclose(np.sort(np.concatenate([found.errors, found.rest])), np.sort(seen.mse))
    ends = sorted(errors.values())
    assert [errors[place] for place in found.best.tolist()] == ends[: len(found.best)]
    assert [errors[place] for place in found.worst.tolist()] == ends[::-1][: len(found.worst)]
    assert not set(found.best.tolist()) & set(found.worst.tolist())
    assert len(found.best) + len(found.worst) == min(2 * SHOWN, len(rows))


def test_errors_that_are_not_known_are_no_extremes(small, seen):
    seen = seen.only(np.arange(7))
    seen.mse[3] = np.nan
    found = chosen(seen, np.arange(7), 10)
    assert seen.places[3] not in [*found.best, *found.worst]
    assert seen.places[3] not in by_error(seen)
    assert found.difference is None


def test_the_middle_is_of_the_mean_code_and_of_the_mean_picture(small, seen):
    rows = np.arange(0, len(seen.places), 2)
    found = middle(small, seen, rows[::-1])
    with torch.no_grad():
        made = small.model.decode(torch.from_numpy(seen.codes[rows].mean(0, keepdims=True)))[0, 0].numpy()
    mean = small.data.test.images.numpy()[seen.places[rows]].mean((0, 1))
    assert np.abs(found.decoded - 255 * made).max() <= 0.51
    assert np.abs(found.mean - mean).max() <= 0.51
    assert found.label is None


def test_a_decoder_that_is_told_the_class_is_told_the_most_frequent_one(learnt):
    trained = learnt(architecture={"name": "conditional", "widths": [16], "latent": 3})
    seen = survey(trained, 60)
    rows = np.flatnonzero(seen.labels == 4)
    others = np.flatnonzero(seen.labels != 4)[: len(rows) - 1]
    assert middle(trained, seen, np.concatenate([others, rows])).label == 4
    own = inspected(trained, seen, int(seen.places[rows[0]])).own
    with torch.no_grad():
        made = trained.model.decode(torch.from_numpy(own.code)[None], torch.tensor([4]))[0, 0].numpy()
    assert np.abs(own.output - 255 * made).max() <= 0.51


def test_a_graph_s_image_keeps_the_code_that_it_has_among_the_others(learnt):
    trained = learnt(architecture={"name": "graph", "hidden": 16, "latent": 4, "neighbours": 3})
    seen = survey(trained, 60)
    found = inspected(trained, seen, int(seen.places[7]))
    assert found.coupled
    assert np.array_equal(found.own.code, seen.codes[7])
    assert found.own.mse == pytest.approx(seen.mse[7], rel=1e-4)
    absent = next(place for place in range(100) if seen.row(place) is None)
    with pytest.raises(Refused, match="only images on the map have a code"):
        inspected(trained, seen, absent)


def test_what_is_no_image_or_no_code_is_refused(small, diverged):
    seen = survey(small, 20)
    with pytest.raises(Refused, match="There is no test image 9,999"):
        inspected(small, seen, 9_999)
    with pytest.raises(Refused, match="diverged"):
        inspected(diverged, seen, 0)


def test_groups_of_images_differ_as_welch_says():
    rng = np.random.default_rng(0)
    ours, theirs = rng.gamma(2.0, 1.0, 40), rng.gamma(2.0, 1.6, 300)
    found = apart(ours, theirs)
    interval = ttest_ind(ours, theirs, equal_var=False).confidence_interval()
    assert found.gap - found.margin == pytest.approx(interval.low)
    assert found.gap + found.margin == pytest.approx(interval.high)
    assert found.level == (interval.low <= 0 <= interval.high)
    assert apart(ours[:1], theirs).level
