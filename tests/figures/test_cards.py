"""Pictures of finished answers: the figures that were kept, as HTML, and nothing for what cannot be read."""

import json
import re
from base64 import b64decode
from dataclasses import asdict

import numpy as np
import pytest

from aedash.figures.cards import HEIGHT, WIDTH, bounds, picture
from aedash.figures.grids import png_uri
from aedash.store import illustrations
from aedash.store.illustrations import Illustration, Line, Strip

TILE = png_uri(np.zeros((2, 2), np.uint8))
DRAWN = Illustration(
    "More <helps>.",
    "code size",
    "error",
    ("2", "4", "8"),
    (Line("clean", (4.0, 2.0, 1.0), (3.0, 2.0, 0.5), (5.0, 2.0, 1.5)), Line("noisy", (5.0, 5.0, 5.0))),
    (Strip("rebuilt", (TILE, TILE, "")),),
)


def masks(html):
    """The drawings that lie in the HTML."""
    return [b64decode(code).decode() for code in re.findall(r"svg\+xml;base64,([^)]+)\)", html)]


def test_a_line_stands_where_its_figures_say():
    band, line, _ = masks(picture(DRAWN))
    assert "<polygon" in band
    points = [tuple(map(float, point.split(","))) for point in re.search('points="([^"]+)"', line)[1].split()]
    assert [x for x, _ in points] == pytest.approx([WIDTH * (i + 0.5) / 3 for i in range(3)])
    heights = [HEIGHT - y for _, y in points]
    assert (heights[0] - heights[1]) == pytest.approx(2 * (heights[1] - heights[2]), abs=0.2)
    assert line.count("h0") == 3


def test_luck_is_dots_without_a_line():
    apart = Illustration("", "seed", "error", ("0", "1"), (Line("", (1.0, 2.0)),), joined=False)
    assert "polyline" not in masks(picture(apart))[0]
    assert masks(picture(apart))[0].count("h0") == 2


def test_it_is_told_to_those_who_do_not_see_it_and_escaped():
    html = picture(DRAWN)
    assert 'role="img" aria-label="error, clean and noisy, by code size. More &lt;helps&gt;."' in html
    assert html.count("<img") == 2
    assert "<helps>" not in html


def test_without_lines_the_pictures_are_the_answer():
    shown = Illustration("", "decoder", "", ("a", "b"), (), (Strip("", (TILE, TILE)),))
    assert 'class="answer pictures"' in picture(shown)
    assert masks(picture(shown)) == []


def test_nothing_is_drawn_of_nothing():
    assert picture(None) == ""


def test_values_that_are_all_alike_are_drawn():
    flat = Illustration("", "x", "y", ("0", "1"), (Line("", (2.0, 2.0)),))
    assert bounds(flat.lines) == (2.0, 2.0)
    assert masks(picture(flat))


def test_an_illustration_comes_back_as_it_was_written(tmp_path):
    illustrations.write(tmp_path, DRAWN)
    assert illustrations.load(tmp_path) == DRAWN


DAMAGE = {
    "a field of tomorrow": {"future": 1},
    "too few values": {"ticks": ["2", "4"]},
    "no picture": {"strips": [{"name": "", "pictures": ["data:text/html;base64,AAAA", "", ""]}]},
    "a picture of elsewhere": {"strips": [{"name": "", "pictures": ["https://example.org/a.png", "", ""]}]},
    "no number": {"lines": [{"name": "", "y": [1, 2, None]}]},
    "a long text": {"sentence": "x" * 1000},
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_what_cannot_be_read_is_no_illustration(damage, tmp_path):
    (tmp_path / illustrations.FILE).write_text(json.dumps({**asdict(DRAWN), **DAMAGE[damage]}))
    assert illustrations.load(tmp_path) is None


def test_an_infinite_number_is_none(tmp_path):
    (tmp_path / illustrations.FILE).write_text(json.dumps(asdict(DRAWN)).replace("4.0", "Infinity"))
    assert illustrations.load(tmp_path) is None
    assert illustrations.load(tmp_path / "none") is None
