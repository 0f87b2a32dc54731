"""The Samples tool of Explore: pictures of three samplers, the table, and what is said where there is none."""

import re

import pytest

from aedash.analysis.judge import path_of
from aedash.analysis.samples import MEAN, NOISE, REAL, RESTORED, Row, Table
from aedash.ui.desk import background
from aedash.ui.explore.tools.samples import sentence
from tests.pages.test_identity import judged, learnt

__all__ = ["judged", "learnt"]


@pytest.fixture
def sampled(learnt, open_page):
    """sampled(): the tool on a finished run, once all is there."""

    def session(**query):
        run = learnt().run
        tab = open_page("explore", run=run, **{"view-tool": "Samples", **query})
        for _ in range(4):
            background.settle(300)
            tab.again()
        return tab

    return session


def grids(tab):
    return [each for each in tab.live("mosaic") if each["rows"] == 4 and each["columns"] == 8]


def test_three_samplers_stand_side_by_side_and_are_judged(judged, sampled):
    tab = sampled()
    before = [grid["image"] for grid in grids(tab)]
    assert len(set(before)) == 3
    assert "No column counts alone" in tab.text
    assert "a small classifier that reads 99.2 % of all test images rightly" in " ".join(
        caption.value.replace("\\", "") for caption in tab.app.caption
    )
    rows = re.findall(r'<tr><td class="text">(.*?)</td>', tab.html)
    assert rows[-4:] == ["reconstructions", "test images", "mean picture", "random pixels"]
    assert rows[-7:-5] == ["N(0, I)", "Gaussian"]
    assert "kept identity, originals" in [label for _, label in tab.status["metrics"]]
    tab.click("Draw others")
    background.settle(300)
    tab.again()
    assert tab.query["view-draw"] == ["1"]
    assert not set(before) & {grid["image"] for grid in grids(tab)}


def test_without_a_judge_pictures_stay_and_a_sentence_says_what_to_do(sampled):
    tab = sampled()
    assert len(grids(tab)) == 3
    assert "There is no judge of Digits yet: `python -m aedash pretrain judges` trains one." in tab.text
    assert not tab.problem


def test_a_broken_judge_and_a_link_with_nonsense_cost_a_sentence_each(judged, sampled, tmp_path):
    path_of(tmp_path / "gallery", "digits").write_bytes(b"no")
    tab = sampled(**{"view-draw": "many"})
    assert len(grids(tab)) == 3
    assert "The judge of Digits cannot be read: train it again." in tab.text
    assert "draw" in tab.text


def test_the_sentence_says_level_where_chance_may_be_all():
    def row(name, coverage, near=0.5, sure=0.5):
        return Row(name, 0.5, 0.5, 1.0, coverage, 0.1, 9.0, sure, near)

    beside = [row(RESTORED, 0.9), row(REAL, 0.95), row(MEAN, 0, near=1), row(NOISE, 0, sure=0.98)]

    def told(first, best):
        own = [row("N(0, I)", first), row("Gaussian", 0.1), row("mixture of 5", best)]
        return sentence(Table((*own, *beside), 180, 10, 1.0, 0.0, 0.99))

    assert "the mean picture is 100 % near and random pixels are read with confidence, 98 %." in told(0.5, 0.52)
    assert told(0.5, 0.52).endswith("By coverage N(0, I) is level with what was fitted: 50 %.")
    assert "the mixture of 5 is ahead, 80 % against 50 % from N(0, I)" in told(0.5, 0.8)
    assert "N(0, I) is ahead, 80 % against 50 % from the mixture of 5" in told(0.8, 0.5)
