"""The diagram shows how much narrower the code is than the image: its squares are true to scale."""

import re

import pytest

from aedash.analysis.trace import outline
from aedash.figures.diagram import diagram
from aedash.presets.base import preset


def test_areas_are_as_the_numbers_that_pass():
    drawn = diagram(outline(preset("R0-simple").config))
    sides = [float(side) for side in re.findall(r"height:(\d+)px", drawn)]
    areas = [(side / sides[0]) ** 2 for side in sides]
    assert areas == pytest.approx([1, 400 / 784, 20 / 784, 400 / 784, 1], abs=0.02)
