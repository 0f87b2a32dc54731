"""While a run trains: what is remembered of its newest weights is never of the survey of those before them."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from aedash.analysis.survey import Survey
from aedash.analysis.trained import Trained
from aedash.history import History
from aedash.ui.desk import background, desk
from aedash.ui.desk.desk import Desk
from aedash.ui.explore import bench as benches
from aedash.ui.explore.bench import Bench
from aedash.ui.explore.tools.units import fired
from tests.ui import cells

RUN = cells.cell("1", cells.RunState.FINISHED).runs[0]


@pytest.fixture(autouse=True)
def model(environment, digits, monkeypatch):
    background.forget()
    made = Trained(RUN.config, SimpleNamespace(latent_shape=(2,)), digits, digits.scaling("unit"))
    monkeypatch.setattr(desk, "trained", lambda *_: made)
    yield made
    background.forget()


def seen(*deviations):
    codes = np.array([[-1.0, -1.0], [1.0, 1.0]], np.float32) * deviations
    return Survey(np.arange(2), np.arange(2), codes.astype(np.float32), None, np.zeros(2, np.float32))


def strengths(one):
    fired(one, one.survey)
    background.settle()
    return fired(replace(one, desk=Desk()), one.survey).strength.tolist()


def test_units_are_of_the_survey_that_the_page_shows():
    before = Bench(RUN, History(), Desk(), seen(1, 2), None, 0, 2, of=(RUN.id, 1))
    assert strengths(before) == pytest.approx([1, 2])
    after = replace(before, survey=seen(4, 3), of=(RUN.id, 2))
    assert strengths(after) == pytest.approx([4, 3])


def test_the_version_of_the_weights_is_one_in_all_of_a_pass(monkeypatch):
    told = iter(range(1, 9))
    monkeypatch.setattr(benches, "written", lambda _: next(told))
    one = Bench(RUN, History(), Desk(), None, None, 0, 2)
    assert one.version == one.version == (RUN.id, 1)
