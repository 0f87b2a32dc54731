"""`soak`: its table, and a few of its kills, each at a told place."""

import json
from pathlib import Path

import pytest

from aedash.__main__ import main
from aedash.commands import soak
from aedash.commands.soak import faults, kills, steady
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


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """(tensors of a run that was left alone, how many files it wrote)."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AEDASH_LOG_FILE", str(tmp_path_factory.mktemp("log") / "log"))
        with faults.opened(tmp_path_factory.mktemp("alone")) as manager:
            yield faults._alone(manager)


@pytest.mark.parametrize("share", [0.0, 0.3, 0.6, 0.9])
def test_a_write_without_room_hurts_no_save_and_no_other_run(share, alone, environment):
    right, writes = alone
    with faults.opened(environment) as manager:
        assert list(faults.full(manager, int(share * writes), right)) == []


@pytest.mark.parametrize("stage", faults.STAGES)
def test_an_error_at_any_stage_of_a_worker_is_its_run_s_alone(stage, environment):
    with faults.opened(environment) as manager:
        assert list(faults.broken(manager, stage, ValueError("a bug"))) == []


def test_what_a_server_may_not_hold_on_to_is_found():
    steady_server = [{"bytes": 100, "threads": 9, "files": 20}] * 6
    grown = [*steady_server[:4], *[{"bytes": 106, "threads": 10, "files": 20}] * 2]
    assert steady.judged(steady_server, 7).faults == ()
    assert steady.judged(grown, 7).faults == ("Memory grew by 6.0%, from 0 MB.", "Threads: 9 became 10.")


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
