"""The Lambda page's pictures: every value keeps its row, its colour and its place in the ramp."""

import base64
import io

import numpy as np
from PIL import Image

from aedash.events import Probes, Snapshot, Started
from aedash.figures.lambdas import Curve, directions, errors, maps, pictures, robustness, spectrum
from aedash.figures.sweep import Group, colors
from aedash.figures.theme import sweep as ramp
from aedash.history import History

GROUPS = [Group(label, color, ()) for label, color in zip("abc", colors(3), strict=True)]


def tiles(mosaic):
    page = np.asarray(Image.open(io.BytesIO(base64.b64decode(mosaic.image.split(",")[1]))).convert("RGBA"))
    height, width = page.shape[0] // mosaic.rows, page.shape[1] // mosaic.columns
    return page.reshape(mosaic.rows, height, mosaic.columns, width, 4).swapaxes(1, 2)


def test_clean_stands_left_and_noisy_right_and_what_is_missing_is_empty():
    clean, noisy = np.full((2, 4, 4), 50, np.uint8), np.full((2, 4, 4), 60, np.uint8)
    made = [(clean + 1, noisy + 1), (clean + 2, None), (None, None)]
    grid = pictures(GROUPS, clean, noisy, made)
    assert (grid.columns, grid.rows, grid.group) == (4, 4, 2)
    assert grid.labels == ("input", "a", "b", "c")
    assert grid.swatches == ("", *colors(3))
    shown = tiles(grid)
    assert shown[:, 0, 0, 0, 0].tolist() == [50, 51, 52, 0]
    assert shown[:, 2, 0, 0, 0].tolist() == [60, 61, 0, 0]
    assert shown[:, 2, 0, 0, 3].tolist() == [255, 255, 0, 0]


def test_directions_are_signed_and_shown_to_their_strongest_pixel():
    direction = np.zeros((4, 4), np.float32)
    direction[0, 0], direction[1, 1] = 0.2, -0.1
    grid = directions(GROUPS, np.full((4, 4), 9, np.uint8), [(direction, -direction), (None, None), (None, None)])
    shown = tiles(grid)
    assert shown[0, 1, 0, 0].tolist() == [240, 96, 16, 255]
    assert shown[0, 1, 1, 1, :3].tolist() == [31, 127, 255]
    assert shown[0, 2, 0, 0, :3].tolist() == [31, 127, 255]
    assert not shown[1, 1:].any()
    assert (shown[:, 0, 0, 0, 0] == 9).all()


def curve(place, *values, count=3):
    return Curve(f"λ = {place}", place, count, tuple(range(len(values))), tuple((v, v, v) for v in values))


def test_lines_have_the_colours_of_their_rows():
    figure = robustness((curve(0, 1, 2), curve(2, 1, 1)), (), None, 0.5, dark=True)
    assert [line.line.color for line in figure.data] == [ramp(3, True)[0], ramp(3, True)[2]]
    assert figure.layout.showlegend is False
    assert (figure.layout.xaxis.title.text, figure.layout.yaxis.title.text) == (
        "noise sigma, on pixels 0..1",
        "MSE per pixel",
    )


def test_baselines_are_drawn_as_far_as_the_models_reach():
    figure = robustness((curve(0, 0.1, 0.2, 0.3),), (0.0, 0.2, 9.0), 0.25, 0.5, dark=False)
    names = {line.name: list(line.y) for line in figure.data}
    assert names["noisy input"] == [0.0, 0.2]
    assert names["mean picture"] == [0.25, 0.25]
    assert [note.text for note in figure.layout.annotations] == ["noisy input", "mean picture"]
    assert len(robustness((curve(0, 0.1, 0.2),), (0.0, 9.0), 9.0, 0.5, dark=False).data) == 1


def test_seeds_become_bands_around_the_error():
    spread = ((2.0, 1.0, 3.0), (4.0, 4.0, 4.0))
    figure = errors((0.0, 0.01), spread, spread, 0.4, dark=False)
    assert list(figure.data[0].y) == [1, 4, 4, 3] or list(figure.data[0].y) == [3, 4, 4, 1]
    assert list(figure.layout.xaxis.ticktext) == ["0", "0.01"]


def test_the_error_chart_starts_at_zero_and_has_the_mean_picture():
    level = ((0.0376, 0.0376, 0.0376), (0.0375, 0.0375, 0.0375))
    figure = errors((0.0, 0.01), level, level, 0.4, False, 0.039)
    assert figure.layout.yaxis.range[0] == 0
    assert figure.layout.yaxis.range[1] > 0.039
    mean = figure.data[-1]
    assert (mean.name, list(mean.y), mean.line.dash) == ("mean picture", [0.039, 0.039], "dash")
    [label] = figure.layout.annotations
    assert (label.text, label.x, label.y) == ("mean picture", -2, 0.039)
    far = errors((0.0, 0.01), level, level, 0.4, False, 0.9)
    assert [line.name for line in far.data] == ["clean", "noisy, sigma 0.4"]


def test_a_spectrum_ends_where_nothing_is_left():
    figure = spectrum((curve(0, 10, 1, 0.1).above(0.5), curve(1, 0.2).above(0.5)), dark=False)
    assert [list(line.y) for line in figure.data] == [[10, 1]]
    assert figure.layout.yaxis.type == "log"


def run(count, scale):
    """A history whose code of `count` test images was stretched."""
    history = History()
    history.append(Started(0, 1, "cpu", 1, 1))
    images, labels = np.zeros((count, 4, 4), np.uint8), np.zeros(count, np.int64)
    history.append(Probes(images[:10], images[:10], labels[:10], images, labels))
    scores = scale * np.random.default_rng(0).normal(size=(700, 3))[:count] * [3, 2, 0.1]
    tiny = np.zeros(10, np.float32)
    history.append(Snapshot(1, scores, np.eye(3), np.zeros(3), images[:10], images[:10], tiny))
    return history


def test_maps_share_a_basis_and_a_size_and_tell_the_real_one():
    groups = [Group("a", "#000000", (run(700, 1),)), Group("b", "#000000", ()), Group("c", "#000000", (run(500, 0.1),))]
    first, missing, last = maps(groups, ("0", "1"))
    assert missing is None
    assert len(first.view.points) == len(last.view.points) == len(last.view.labels) == 500
    np.testing.assert_allclose(first.view.points, last.view.points, atol=1e-3)
    assert first.view.box == last.view.box
    np.testing.assert_allclose(first.size, 10 * last.size, rtol=1e-3)
    assert maps(groups[1:2], ("0",)) == [None]
