"""Runs: every run in one table, and what can be done with one."""

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from aedash.config import vary
from aedash.events import RunState
from aedash.presets.base import preset
from aedash.store import Store
from aedash.ui.desk.manager import manager


@pytest.fixture
def past(house):
    """past(state, **fields): a run that ended before the server started."""

    def add(state=RunState.FINISHED, **fields):
        store = Store(house)
        config = vary(preset("R0-simple").config, "data.name", "digits")
        run = replace(store.create(config, "R0-simple"), state=state, **fields)
        store.update(run)
        store.close()
        return run

    return add


@pytest.fixture
def chosen(open_page):
    """chosen(run): the Runs page with that run selected."""

    def select(run):
        tab = open_page("runs")
        at = [each.id for each in manager().runs()].index(run.id)
        tab.app.session_state[f"runs-{manager().runs()[0].id}-{len(manager().runs())}"] = {
            "selection": {"rows": [at], "columns": []}
        }
        return tab.again()

    return select


def test_an_empty_table_says_what_to_do(open_page):
    assert "No runs yet" in open_page("runs").text


def test_it_lists_all_runs_newest_first(past, open_page):
    runs = [past(), past(RunState.STOPPED), past(RunState.INTERRUPTED)]
    table = open_page("runs").app.dataframe[0].value
    assert list(table["Run"]) == [run.id for run in reversed(runs)]
    assert list(table["State"]) == ["Interrupted", "Stopped", "Finished"]


def test_opening_a_run_shows_it(past, chosen):
    run = past()
    tab = chosen(run).click("Open")
    assert tab.run == run.id
    assert tab.status["word"] == "Finished"


def test_a_run_without_a_process_is_interrupted_and_goes_on(past, chosen):
    run = past(RunState.RUNNING)
    tab = chosen(run)
    assert "Interrupted" in tab.text
    tab.click("Go on with it")
    assert manager().wait(run.id, lambda history: history.step > 0, 60)
    manager().stop(run.id)
    assert manager().wait(run.id, lambda history: not history.state.state.alive, 60)


def test_a_run_that_diverged_does_not_go_on(past, chosen):
    sentence = "Diverged in epoch 3: the loss became infinite at step 9."
    tab = chosen(past(RunState.FAILED, sentence=sentence))
    assert "Go on with it" not in tab.buttons
    assert "Go on with it" in chosen(past(RunState.FAILED, sentence="Out of memory.")).buttons


def test_deleting_a_run_removes_its_folder_and_leaves_the_train_page_usable(past, chosen):
    kept, run = past(), past()
    tab = chosen(run).click("Open").open("runs")
    tab.app.session_state[f"runs-{run.id}-{len(manager().runs())}"] = {"selection": {"rows": [0], "columns": []}}
    tab.again().click("Delete this run")
    assert not run.folder.exists()
    assert [each.id for each in manager().runs()] == [kept.id]
    assert tab.problem == ""
    assert tab.open("train").status["word"] == "Ready"


def test_a_foreign_folder_is_named_and_hides_nothing(house, past, open_page):
    run = past()
    (house / "holiday <b>pictures").mkdir()
    old = house / "abcdefabcdef"
    old.mkdir()
    (old / "run.json").write_text(json.dumps({"schema": 99}))
    Path(os.fsdecode(os.fsencode(house) + b"/\xff")).mkdir()
    for name, change in (("feedfeedfeed", {"created": "soon"}), ("deafdeafdeaf", {"sentence": "\ud800"})):
        (house / name).mkdir()
        raw = json.loads((run.folder / "run.json").read_text())
        (house / name / "run.json").write_text(json.dumps({**raw, **change}))
    (house / "aedash.sqlite").write_bytes(b"garbage")
    tab = open_page("runs")
    assert "The index of the runs was damaged or removed; it was rebuilt from the run folders" in tab.text
    assert tab.text.count("was left alone") == 5
    assert "The folder holiday <b>pictures in the runs folder was left alone" in tab.text
    assert "The folder abcdefabcdef in the runs folder was left alone" in tab.text
    assert "<b>pictures" not in tab.html
    assert list(tab.app.dataframe[0].value["Run"]) == [run.id]


@pytest.mark.parametrize("page", ["home", "train"])
def test_a_name_with_html_is_text(past, open_page, page):
    past(RunState.FAILED, preset="<img src=x>", sentence="It broke: <script>alert(1)</script>")
    run = manager().runs()[0]
    tab = open_page(page, run=run.id) if page == "train" else open_page(page)
    assert "<img src=x" not in tab.html
    assert "<script" not in tab.html


def test_a_name_with_html_is_text_in_the_table(past, chosen):
    run = past(RunState.FAILED, preset="<img src=x>", sentence="It broke: <script>alert(1)</script> $x$ **y**")
    tab = chosen(run)
    assert "<img src=x" not in tab.html
    assert "<script" not in tab.html
    assert "&lt;img" in tab.html
