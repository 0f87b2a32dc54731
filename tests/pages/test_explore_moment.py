"""Explore at a recorded moment, decoded with the weights that the run had there."""

import numpy as np
import pytest

from aedash.analysis.projection import codes
from aedash.config import vary_all
from aedash.presets.base import preset
from aedash.training import again
from aedash.ui.desk.manager import manager
from aedash.ui.explore import board
from tests import fakes
from tests.pages.conftest import SMALL
from tests.pages.test_explore import settled

STEP = 8
BUTTON = "explore-weights-then"


@pytest.fixture
def run(house):
    """A finished run on digits, on one thread."""
    one = manager().submit(vary_all(preset("R0-simple").config, [*SMALL, ("threads", 1)]), "R0-simple")
    fakes.over(manager(), one)
    return manager().run(one)


@pytest.fixture
def benches(monkeypatch):
    """What lay on the page in each pass."""
    seen = []
    monkeypatch.setattr(board.image, "card", lambda bench, chosen: seen.append(bench))
    return seen


def moment(run, step=STEP):
    """(what an address says of it, what was recorded)."""
    history = manager().history(run)
    snapshot = next(each for each in history.snapshots if each.step == step)
    return {"view-at": f"{step / (run.config.epochs * history.started.steps_per_epoch):.5f}"}, snapshot


def test_a_link_to_a_moment_s_weights_shows_codes_and_pictures_of_that_moment(open_page, run, benches):
    at, recorded = moment(run)
    tab = settled(open_page("explore", run=run.id, **at, **{"view-weights": "then"}))
    assert not tab.problem
    assert f"Trained again up to step {STEP}: its codes are the recorded ones" in tab.text
    bench = benches[-1]
    assert bench.version == (run.id, STEP)
    assert np.isfinite(bench.survey.mse).all()
    assert np.abs(bench.survey.codes - codes(recorded)).max() < 2e-3 * np.abs(codes(recorded)).max()
    best = settled(open_page("explore", run=run.id)) and benches[-1].survey
    assert np.abs(best.codes - bench.survey.codes).max() > 0.1
    assert best.mse.mean() < bench.survey.mse.mean()


def test_the_button_leads_there_and_back_and_another_moment_has_its_own(open_page, run, benches):
    at, _ = moment(run)
    tab = settled(open_page("explore", run=run.id, **at))
    assert "as they were recorded" in tab.text
    assert "(about 1 s)" in tab.button(BUTTON).label
    settled(tab.click(BUTTON))
    assert tab.query["view-weights"] == ["then"]
    assert benches[-1].step == STEP
    later, _ = moment(run, 16)
    tab = settled(open_page("explore", run=run.id, **later, **{"view-weights": "then"}))
    assert benches[-1].version == (run.id, 16)
    settled(tab.click("Back to the best weights"))
    assert benches[-1].again is None
    assert "view-weights" not in tab.query


@pytest.mark.parametrize("tool", board.TOOLS)
def test_every_tool_works_on_it(open_page, run, tool):
    at, _ = moment(run)
    tab = settled(open_page("explore", run=run.id, **at, **{"view-weights": "then", "view-tool": tool}))
    assert "Trained again up to step" in tab.text
    assert not tab.problem


def test_what_takes_too_long_is_said_and_nothing_is_trained(open_page, run, benches, monkeypatch):
    monkeypatch.setattr(again, "MOST_SECONDS", -1.0)
    at, _ = moment(run)
    tab = settled(open_page("explore", run=run.id, **at, **{"view-weights": "then"}))
    assert f"To train to step {STEP} again would take" in tab.text
    assert benches[-1].again is None
    assert not tab.problem


def test_nonsense_is_told(open_page, run):
    tab = settled(open_page("explore", run=run.id, **moment(run)[0], **{"view-weights": "now"}))
    assert tab.problem == "The link's weights could not be read and was left out."
