"""Colours: sweeps have as many as asked and keep their ends; the template follows the theme."""

import re
from pathlib import Path

import numpy as np
import pytest
from skimage.color import rgb2lab

import aedash
from aedash.figures.theme import CLASSES, ROLES, SWEEP_DARK, SWEEP_LIGHT, class_color, contrast, legible, look, sweep


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


def test_a_value_keeps_its_hue_from_theme_to_theme():
    for light, dark in zip(SWEEP_LIGHT[1:], SWEEP_DARK[1:], strict=True):
        apart = abs(hue(light) - hue(dark))
        assert min(apart, 360 - apart) < 20


@pytest.mark.parametrize("dark", [False, True])
def test_a_higher_value_stands_out_more(dark):
    page = ROLES["page"][dark]
    ratios = [contrast(color, page) for color in sweep(6, dark)[1:]]
    assert ratios == sorted(ratios)


def hue(color):
    """Degrees, in CIELAB."""
    _, a, b = rgb2lab([int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    return np.degrees(np.arctan2(b, a)) % 360


def test_classes_repeat_after_ten():
    assert class_color(13) == CLASSES[3]


def test_template_follows_the_theme():
    assert look(False).layout.font.color == "#5F6B7C"
    assert look(True).layout.font.color == "#9AA6B6"


def test_contrast_is_that_of_wcag():
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("color", [*CLASSES, *sweep(12, False), *sweep(12, True)])
def test_names_in_series_colours_can_be_read_in_both_themes(color):
    light, dark = re.findall("#[0-9A-F]{6}", legible(color))
    assert contrast(light, ROLES["page"][0]) >= 4.5
    assert contrast(dark, ROLES["page"][1]) >= 4.5


def test_a_colour_that_can_be_read_stays_as_it_is():
    assert legible("light-dark(#2B59C3,#7FA9FF)") == "light-dark(#2B59C3,#7FA9FF)"
    assert legible("") == ""


STYLES = Path(aedash.__file__).parent / "ui" / "components"


@pytest.mark.parametrize("name", ["train", "second", "reference", "term0", "term1", "term2"])
def test_names_of_a_charts_own_lines_can_be_read(name):
    text = (STYLES / "base.css").read_text("utf-8") + (STYLES / "curve.css").read_text("utf-8")
    light, dark = re.search(rf"{name}[^;]*: light-dark\((#\w+), (#\w+)\)", text).groups()
    assert min(contrast(light, ROLES["page"][0]), contrast(dark, ROLES["page"][1])) >= 4.5
