"""The badge beside a run: the published figure, ours, and the verdict of the command line."""

from dataclasses import replace
from pathlib import Path

import pytest

from aedash.presets.base import preset
from aedash.store.gallery import pretrained
from aedash.ui.widgets.verdict import verdict

GALLERY = pretrained(Path(__file__).parents[2] / "checkpoints")


def badge(name, value):
    """Of the shipped run, as if its published figure had come out as `value`."""
    run, split = GALLERY[name], preset(name).published[0].split
    return verdict(replace(run, figures={split: replace(run.figures[split], loss=value)}))


@pytest.mark.parametrize(
    ("name", "value", "grade", "words"),
    [
        ("R3-transpose", 0.0182, "", "-45.5 %, one draw"),
        ("R3-transpose", 0.0334, "", "0.0 %, one draw"),
        ("R3-upsample", 0.00756, "", "-93.2 %, one draw"),
        ("R0-simple", 65.31, "ok", "+0.0 %, reproduced"),
        ("R0-simple", 60.0, "", "-8.1 %, below"),
        ("R0-simple", 70.0, "off", "+7.2 %, missed"),
    ],
)
def test_a_badge_says_no_more_than_one_seed_can(name, value, grade, words):
    assert f'<span class="{grade}">{words}</span>' in badge(name, value)
    assert words.endswith(preset(name).published[0].verdict([value]))
