"""Errors and layers as figures: level classes are grey, rows hold what they say."""

import re

import numpy as np

from aedash.analysis.inside import ClassError, Filters, Layer
from aedash.figures.inside import channels, class_bars, filters, hardest, layer, ranks, toned

CLASSES = (
    ClassError("one", 90, 0.01, 0.001, False),
    ClassError("<b>", 80, 0.03, 0.002, True),
    ClassError("two", 70, 0.05, 0.003, False),
)


def test_bars_are_as_long_as_errors_and_grey_where_level():
    drawn = class_bars(CLASSES)
    widths = [float(each) for each in re.findall(r'<u style="width:([\d.]+)%"', drawn)]
    np.testing.assert_allclose(widths, [100 * mean / 0.053 for mean in (0.01, 0.03, 0.05)], atol=0.01)
    assert re.findall('<i class="(level|apart)">', drawn) == ["apart", "level", "apart"]
    assert "&lt;b&gt;" in drawn
    assert "0.0500 ± 0.0030" in drawn or "0.0500 ± 0.00300" in drawn


def test_what_is_hard_is_told_and_what_is_level():
    assert hardest(CLASSES) == "Hardest: two. Easiest: one. Level with the others: <b>."
    assert hardest(()) == ""


def test_bars_of_a_model_that_diverged_are_empty():
    drawn = class_bars([ClassError("one", 3, float("nan"), float("nan"), True)])
    assert "<u" not in drawn


def test_what_is_never_negative_is_grey_and_else_two_tones():
    assert toned(np.float32([[[0, 2]]])).tolist() == [[[[0, 0, 0, 255], [255, 255, 255, 255]]]]
    two = toned(np.float32([[[-1, 1]]]))
    assert two[0, 0, 0, 2] > two[0, 0, 0, 0]
    assert two[0, 0, 1, 0] > two[0, 0, 1, 2]


def test_rows_say_how_much_of_a_layer_they_show():
    shown = layer(Layer("encoder", "convolution", np.zeros((32, 3, 3), np.float32)))
    assert (shown.columns, shown.labels) == (16, ("convolution: 16 of 32 channels, 3 × 3",))
    assert layer(Layer("decoder", "dense", np.ones(400, np.float32))).columns == 1
    code = channels(np.ones((4, 7, 7), np.float32), [True, False, True, True])
    assert code.foot == ("1", "2 dead", "3", "4")
    held = filters(Filters(np.ones((45, 28, 28), np.float32), np.arange(45), 400, True))
    assert (held.columns, held.rows) == (20, 3)


def test_ranks_name_each_image():
    drawn = ranks(*(np.zeros((6, 4, 4), np.uint8),) * 2, np.float32([0.1, 0.2, 0.3, 0.4, 0.5, 0.6]))
    assert drawn.foot == ("best 0.100", "best 0.200", "median 0.300", "median 0.400", "worst 0.500", "worst 0.600")
    assert drawn.group == 2
