"""A sweep as pictures: means and ranges over seeds, rows that keep their place, values in few letters."""

from base64 import b64decode
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from aedash.events import EpochEnd, Figures, Snapshot, Started, StepBlock
from aedash.figures.compare import error_chart
from aedash.figures.sweep import Group, colors, common, loss_chart, matrix, rows
from aedash.formatting import value_label
from aedash.history import History


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0, "0"),
        (1e-4, "10⁻⁴"),
        (2.5e-5, "2.5·10⁻⁵"),
        (0.001, "0.001"),
        (0.0010000001, "0.0010000001"),
        (1.0000001e-4, "1.0000001·10⁻⁴"),
        (0.3, "0.3"),
        (5, "5"),
        (1024, "1,024"),
        (1020, "1,020"),
        (1500.0, "1,500"),
        (1_000_000, "1,000,000"),
        (2_147_483_647, "2,147,483,647"),
        (1234.5, "1,234.5"),
        (0.01234, "0.01234"),
        (1.5e20, "1.5·10²⁰"),
        ([1024, 512], "1,024-512"),
        ([], "none"),
        ({"name": "conv_transpose"}, "conv transpose"),
        ({"name": "salt_and_pepper", "p": 0.3}, "salt and pepper 0.3"),
        ({"name": "conv_transpose", "encoder": []}, "conv transpose"),
        ("bce", "bce"),
        (True, "True"),
    ],
)
def test_values_are_written_short(value, words):
    assert value_label(value) == words


def test_the_control_is_grey_and_all_differ():
    found = colors(6)
    assert found[0] == "light-dark(#747B82,#9EA5AD)"
    assert len(set(found)) == 6


def history(values, per_epoch=10):
    made = History()
    made.append(Started(0, per_epoch, "cpu", 1, 1))
    for i, value in enumerate(values):
        made.append(StepBlock(i + 1, {"loss": 2 * value, "reconstruction": value}, 4, 0.1))
    return made


def test_one_seed_is_drawn_as_it_is():
    chart = loss_chart([Group("0.1", "#123456", (history([3, 2, 1]),))], "reconstruction", False, 2, "nats per image")
    [line] = chart.lines
    assert (line.name, line.color, line.low, chart.log, chart.epochs) == ("0.1", "#123456", None, True, 2)
    assert line.x.tolist() == [0.1, 0.2, 0.3]
    assert line.y.tolist() == [3, 2, 1]


def test_figures_of_an_epoch_are_never_smoothed():
    run = history([3, 2, 1])
    run.append(EpochEnd(1, 10, "test", {"loss": 3.0}, Figures(loss=2.0, mse=0.1, terms={}), best=True))
    groups = [Group("a", "#123456", (run,))]
    drawn = {second: loss_chart(groups, "loss", second, 2, "u").lines[0].smooth for second in (False, True)}
    assert drawn == {False: True, True: False}
    assert error_chart(groups, 2).lines[0].smooth is False


def test_seeds_are_drawn_as_mean_and_range():
    group = Group("a", "#123456", (history([4, 2, 1]), history([2, 4, 3])))
    [line] = loss_chart([group], "loss", False, 2, "MSE per pixel").lines
    assert line.y.tolist() == [6, 6, 4]
    assert line.low.tolist() == [4, 4, 2]
    assert line.high.tolist() == [8, 8, 6]


def test_seeds_share_only_the_epochs_that_all_have():
    x, values = common([(np.arange(5.0), np.arange(5.0)), (np.arange(3.0), np.ones(3))])
    assert x.tolist() == [0, 1, 2]
    assert values.tolist() == [[0, 1, 2], [1, 1, 1]]


def test_long_curves_become_means_over_the_same_stretches():
    x = np.linspace(0, 10, 4001)
    grid, values = common([(x, np.sin(x)), (x, 2 + 0 * x)])
    assert len(grid) <= 160
    np.testing.assert_allclose(values[0], np.sin(grid), atol=0.01)
    np.testing.assert_allclose(values[1], 2)


def test_a_value_without_runs_has_no_curve():
    assert (
        loss_chart([Group("a", "#000000", ()), Group("b", "#000000", (History(),))], "loss", False, 1, "u").lines == ()
    )


def test_a_value_without_pictures_keeps_its_row():
    images = np.full((10, 4, 4), 9, np.uint8)
    some = history([1])
    nothing = np.zeros((1, 1), np.float16)
    some.append(Snapshot(1, nothing, nothing, nothing[0], images, images, nothing[0]))
    groups = [Group("a", "#000000", (History(),)), Group("b", "#000000", (some,))]
    grid = rows(groups, images, lambda snapshot: snapshot.reconstructions)
    assert (grid.labels, grid.rows, grid.columns) == (("input", "a", "b"), 3, 10)
    assert rows(groups[:1], None, lambda snapshot: snapshot.samples) is None
    assert rows(groups, None, lambda snapshot: snapshot.samples).labels == ("a", "b")


def test_two_fields_lie_as_columns_and_rows():
    images = np.full((10, 4, 4), 9, np.uint8)
    some = history([1])
    nothing = np.zeros((1, 1), np.float16)
    some.append(Snapshot(1, nothing, nothing, nothing[0], images, images, nothing[0]))
    groups = [Group(str(i), "#000000", (some if i == 4 else History(),)) for i in range(6)]
    grid = matrix(groups, ("a", "b"), ("x", "y", "z"), images[0])
    assert (grid.columns, grid.rows, grid.labels, grid.foot) == (3, 3, ("x", "y", "z"), ("input", "a", "b"))
    pixels = np.array(Image.open(BytesIO(b64decode(grid.image.split(",")[1]))).convert("RGBA"))
    opaque = pixels[..., 3].reshape(3, 4, 3, 4).any((1, 3))
    assert opaque.tolist() == [[True, False, False], [True, False, True], [True, False, False]]
    assert matrix(groups[:2], ("a",), ("x", "y"), images[0]) is None
