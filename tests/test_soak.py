"""`soak`: its table, and a few of its kills, each at a told place."""

import json
from pathlib import Path

import pytest

from aedash.__main__ import main
from aedash.commands import soak
from aedash.commands.soak import kills
from aedash.commands.soak.kills import Blow, Told
from aedash.commands.soak.outcome import Outcome
from aedash.commands.soak.victim import Work
from aedash.events import EpochEnd, Figures, RunState, StepBlock
from aedash.history import History, Run
from tests import fakes


@pytest.fixture(scope="module")
def helper():
    with kills.stable() as helper:
        yield helper


KILLS = {  # scenario, executor, and the word at which the server is killed
    "a changed run in its fourth epoch": ("changed", "thread", lambda words: words.get("epochs") == 3),
    "a fork as it begins to train": ("fork", "thread", lambda words: words.get("epochs") == 4 and words["place"] > 1),
    "a sweep in processes": ("sweep", "process", lambda words: words.get("epochs") == 2),
}


@pytest.mark.parametrize("place", KILLS)
def test_a_server_that_is_killed_loses_nothing_that_was_told(place, helper, tmp_path):
    scenario, executor, at = KILLS[place]
    work, told = Work(scenario, executor, str(tmp_path)), Told()
    assert not kills.attempt(helper, work, told, Blow(at=at))
    assert told.kills == 1
    assert kills.missing(work, told) == []
    kills.finish(helper, work, told)
    assert told.faults == []
    assert len(told.pairs) == {"changed": 1, "fork": 3, "sweep": 4}[scenario]


def test_a_case_that_fails_or_breaks_fails_the_soak(monkeypatch, environment, capsys):
    def breaks(quick):
        raise ValueError("a bug")

    def fails(quick):
        return Outcome({"kills": 3}, ("A run is not listed.",))

    monkeypatch.setattr(soak, "cases", lambda: {"bad": fails, "broken": breaks, "good": lambda quick: Outcome()})
    assert main(["soak", "--quick", "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert [(row["case"], row["passed"]) for row in told["rows"]] == [("bad", False), ("broken", False), ("good", True)]
    assert "ValueError" in told["rows"][1]["faults"][0]
    assert main(["soak", "--only", "bad"]) == 1
    assert "FAIL" in capsys.readouterr().out
    assert main(["soak", "--only", "good"]) == 0
    assert main(["soak", "--only", "nothing"]) == 2


def test_a_hole_in_a_curve_and_an_epoch_that_is_there_twice_are_found():
    config = fakes.config(epochs=2)
    images = fakes.training_images(config)
    ends = [EpochEnd(epoch, 19 * epoch, "test", {}, Figures(1.0, 1.0, {}), True) for epoch in (1, 2)]
    history, run = History(), Run("0" * 12, 1, config, RunState.FINISHED, Path(), "", "")
    history.blocks = [StepBlock(19, {"loss": 1.0}, images, 0.1), StepBlock(38, {"loss": 1.0}, images, 0.1)]
    history.ends = ends
    assert list(kills.holes(history, run)) == []
    history.blocks, history.ends = history.blocks[1:], [*ends, ends[1]]
    assert [found.split(" ")[:3] for found in kills.holes(history, run)] == [
        ["has", "a", "curve"],
        ["has", "the", "epochs"],
    ]
