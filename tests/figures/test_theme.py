"""Colours: sweeps have as many as asked and keep their ends; the template follows the theme."""

import re

import pytest

from aedash.figures.theme import CLASSES, SWEEP_DARK, SWEEP_LIGHT, class_color, look, sweep


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("count", range(13))
def test_sweep_gives_distinct_colors_between_control_and_strongest(count, dark):
    colors = sweep(count, dark)
    assert len(set(colors)) == len(colors) == count
    assert all(re.fullmatch("#[0-9A-F]{6}", color) for color in colors)
    stops = SWEEP_DARK if dark else SWEEP_LIGHT
    assert colors[:1] == stops[: min(1, count)]
    assert count < 2 or colors[-1] == stops[-1]
    assert count < 3 or colors[1] == stops[1]


def test_six_values_take_the_designed_ramp():
    assert sweep(6, False) == SWEEP_LIGHT


def test_classes_repeat_after_ten():
    assert class_color(13) == CLASSES[3]


def test_template_follows_the_theme():
    assert look(False).layout.font.color == "#5F6B7C"
    assert look(True).layout.font.color == "#9AA6B6"
