"""Scree: bars and marks on one scale."""

import re

from aedash.figures.scree import SHOWN, scree


def test_bars_and_marks_stand_on_one_scale():
    html = scree([0.5, 0.25], [0.4, 0.1, 0.05], "raw <pixels>")
    assert re.findall(r"height:([\d.]+)%", html) == ["100.0", "50.0"]
    assert re.findall(r"bottom:([\d.]+)%", html) == ["80.0", "20.0", "10.0"]
    assert "axis 2: 25.0 %, 75.0 % with those before; raw &lt;pixels&gt;: 10.0 %" in html
    assert "<pixels>" not in html


def test_no_more_axes_are_drawn_than_there_is_room_for():
    assert scree([0.01] * 100, [], "").count("<i ") == SHOWN


def test_a_code_without_spread_has_bars_without_height():
    assert "nan" not in scree([0.0, 0.0], [], "")
