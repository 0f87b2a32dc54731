"""Runs: every run in one table, and what can be done with one."""

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from aedash.config import vary_all
from aedash.events import Figures, RunState
from aedash.presets.base import preset
from aedash.store import Store
from aedash.store import sweeps as records
from aedash.store.index import MARKS
from aedash.sweep import Axis, sweep
from aedash.ui.desk.manager import manager
from aedash.ui.runs import table
from aedash.ui.runs.table import Listed
from tests import fakes

MEASURED = {"test": Figures(loss=80.0, mse=4.9e7, terms={}, code_units=20)}


@pytest.fixture
def past(house):
    """past(state, *changes, **fields): a run that ended before the server started."""

    def add(state=RunState.FINISHED, *changes, **fields):
        store = Store(house)
        config = vary_all(preset("R0-simple").config, [("data.name", "digits"), *changes])
        marks = {name: fields.pop(name) for name in MARKS if name in fields}
        made = store.create(config, "R0-simple")
        store.update(replace(made, state=state, **fields))
        run = store.mark(made.id, **marks)
        store.close()
        return run

    return add


@pytest.fixture
def chosen(open_page):
    """chosen(*runs): the Runs page with those ticked."""

    def select(*runs):
        tab = open_page("home")
        tab.app.session_state[table.CHOSEN] = [run.id for run in runs]
        return tab.open("runs")

    return select


def listed(tab):
    """Column by heading of the table on screen, as it is written."""
    found = tab.live("runs")
    if not found:
        return {}
    heads, lines = found[0]["heads"], found[0]["lines"]
    return {head["title"]: [line["cells"][i] for line in lines] for i, head in enumerate(heads)}


def test_an_empty_table_says_what_to_do(open_page):
    assert "No runs yet" in open_page("runs").text


def test_it_lists_all_runs_newest_first(past, open_page):
    runs = [past(), past(RunState.STOPPED), past(RunState.INTERRUPTED)]
    found = listed(open_page("runs"))
    assert found["Id"] == [run.id for run in reversed(runs)]
    assert found["State"] == ["Interrupted", "Stopped", "Finished"]


def test_a_line_tells_what_sets_its_run_apart(past, house, open_page):
    axes = [Axis(path="optimizer.learning_rate", values=(0.001, 0.01))]
    grid = sweep(name="How fast?", base=preset("R0-simple").config, axes=axes)
    members = [past(RunState.FINISHED, ("optimizer.learning_rate", rate)) for rate in (0.001, 0.01)]
    records.save(house, grid, [run.id for run in members])
    past(RunState.FINISHED, ("architecture.latent", 8), ("seed", 5))
    tab = open_page("runs")
    found = listed(tab)
    assert found["Run"] == [
        "R0-simple, code size 8, seed 5",
        "R0-simple, learning rate 0.01",
        "R0-simple, learning rate 0.001",
    ]
    assert found["Sweep"][1:] == ["How fast?", "How fast?"]
    assert "How fast?" not in found["Sweep"][:1]
    assert found["Code size"] == ["8", "20", "20"]
    assert found["Learning rate"] == ["0.001", "0.01", "0.001"]
    assert found["Seed"] == ["5", "1", "1"]


def test_numbers_are_written_for_people(past, open_page):
    past(seconds=1506.6, figures=MEASURED)
    shown = listed(open_page("runs"))
    assert [shown[heading] for heading in ("Test MSE", "In training")] == [["4.9e7"], ["25 min"]]


def test_a_search_looks_for_every_word_and_stands_in_the_address(past, open_page):
    past(RunState.STOPPED, ("architecture.latent", 8))
    found, _ = past(RunState.STOPPED), past(RunState.FINISHED)
    tab = open_page("runs").write("Search", "STOPPED r0-simple")
    assert len(listed(tab)["Id"]) == 2
    tab.write("Search", "stopped code")
    assert len(listed(tab)["Id"]) == 1
    tab = open_page("runs", search=f"digits {found.id[:8]}")
    assert listed(tab)["Id"] == [found.id]
    assert tab.query == {"search": [f"digits {found.id[:8]}"]}
    assert "1 of 3 runs" in tab.text
    assert tab.write("Search", "").query == {"search": [""]}
    assert "Nothing found" in tab.write("Search", "<b>no such run</b>").text
    assert listed(tab) == {}


def test_opening_a_run_shows_it(past, chosen):
    run = past()
    tab = chosen(run).click("Open")
    assert tab.run == run.id
    assert tab.status["word"] == "Finished"


def test_several_are_compared(past, chosen):
    runs = [past(RunState.FINISHED, ("seed", seed), figures=MEASURED) for seed in range(3)]
    tab = chosen(*runs, past(RunState.INTERRUPTED))
    assert tab.button("Open").disabled
    tab.click("Compare 4")
    assert sorted(tab.app.multiselect[0].value) == sorted(run.id for run in runs)
    assert tab.problem == "1 run was left out: not measured yet."


def test_more_than_compare_can_show_are_refused_with_their_count(past, chosen):
    runs = [past(RunState.FINISHED, ("seed", seed), figures=MEASURED) for seed in range(9)]
    tab = chosen(*runs).click("Compare 9")
    assert tab.problem == "9 runs are chosen; Compare takes up to 8 that have ended."
    assert "9 chosen" in chosen(*runs).text


def test_what_has_no_figures_cannot_be_compared(past, chosen):
    tab = chosen(past(RunState.INTERRUPTED)).click("Compare")
    assert tab.problem == "None of them has been measured yet; Compare takes up to 8 that have ended."


def test_a_run_without_a_process_is_interrupted_and_goes_on(past, chosen):
    long = ("epochs", 5000)
    run, other, ended = past(RunState.RUNNING, long), past(RunState.STOPPED, long, ("seed", 7)), past()
    tab = chosen(run, other, ended)
    assert "Interrupted" in listed(tab)["State"]
    tab.click("Go on 2")
    assert manager().wait(run.id, lambda history: history.step > 0, fakes.LIMIT)
    chosen(run, other, ended).click("Stop 2")
    for each in (run, other):
        assert manager().wait(each.id, lambda history: not history.state.state.alive, fakes.LIMIT)


def test_a_run_that_diverged_does_not_go_on(past, chosen):
    sentence = "Diverged in epoch 3: the loss became infinite at step 9."
    tab = chosen(past(RunState.FAILED, sentence=sentence))
    assert sentence in tab.text
    assert tab.button("Go on").disabled
    assert not chosen(past(RunState.FAILED, sentence="Out of memory.")).button("Go on").disabled


def test_deleting_runs_removes_their_folders_and_leaves_the_train_page_usable(past, chosen):
    kept, run, other = past(), past(), past()
    tab = chosen(run).click("Open").open("runs")
    tab = chosen(run, other)
    tab.app.session_state["run"] = run.id
    tab.click("Delete 2 runs")
    assert not run.folder.exists()
    assert not other.folder.exists()
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
    assert listed(tab)["Id"] == [run.id]


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


def test_what_another_tab_deleted_first_keeps_the_others_from_nothing(past, chosen):
    runs = [past() for _ in range(3)]
    tab = chosen(*runs)
    manager().delete(runs[1].id)
    tab.click("Delete 3 runs")
    assert manager().runs() == []


# -- pages, sorting, filters


@pytest.fixture
def seven(past, monkeypatch):
    """Seven runs, three on a page, of 0 to 6 epochs."""
    monkeypatch.setattr(table, "LINES", 3)
    return [past(RunState.FINISHED if n % 2 else RunState.STOPPED, ("seed", n), epochs_done=n) for n in range(7)]


def test_a_page_shows_its_own_and_makes_lines_for_no_others(seven, open_page, monkeypatch):
    built = []
    monkeypatch.setattr(table, "Listed", lambda *parts: built.append(parts) or Listed(*parts))
    tab = open_page("runs")
    assert listed(tab)["Id"] == [run.id for run in seven[:3:-1]]
    assert len(built) == 3
    assert (tab.live("runs")[0]["page"], tab.live("runs")[0]["pages"]) == (1, 3)
    tab = open_page("runs", **{"view-page": "3"})
    assert listed(tab)["Id"] == [seven[0].id]
    assert tab.query == {"view-page": ["3"]}
    assert listed(open_page("runs", **{"view-page": "999"}))["Id"] == [seven[0].id]


def test_sorting_is_of_all_runs_and_stands_in_the_address(seven, open_page):
    tab = open_page("runs", **{"view-sort": "epochs"})
    assert listed(tab)["Epochs"] == ["0", "1", "2"]
    assert (tab.live("runs")[0]["sort"], tab.live("runs")[0]["rising"]) == ("epochs", True)
    assert listed(open_page("runs", **{"view-sort": "-epochs", "view-page": "2"}))["Epochs"] == ["3", "2", "1"]
    tab = open_page("runs", **{"view-sort": "1; DROP TABLE runs"})
    assert listed(tab)["Epochs"] == ["6", "5", "4"]
    assert "could not be read" in tab.problem


def test_filters_stand_in_the_address_and_are_cleared_at_once(seven, open_page):
    manager().label(seven[3].id, tags=["odd"], group="Week 3", pinned=True)
    tab = open_page("runs").choose("All states", "finished")
    assert tab.query["state"] == ["finished"]
    assert "3 of 7 runs" in tab.text
    tab.choose("All tags", "odd").choose("Pinned or not", "yes").choose("All groups", "Week 3")
    assert listed(tab)["Id"] == [seven[3].id]
    assert listed(open_page("runs", state="finished", tag="odd", group="Week 3", pinned="yes"))["Id"] == [seven[3].id]
    assert "7 runs" in tab.click("Clear").text
    assert tab.value("All states") == ""
    tab = open_page("runs", group="nobody's", data="<b>")
    assert "Nothing found" in tab.text
    assert "0 of 7 runs" in tab.text


def test_ticks_outlive_pages_and_filters(seven, chosen):
    tab = chosen(seven[0], seven[6])
    assert "2 chosen" in tab.text
    tab.choose("All states", "finished")
    assert "2 chosen" in tab.text
    tab.click("Delete 2 runs")
    assert len(manager().runs()) == 5
    assert "chosen" not in tab.text


@pytest.mark.parametrize("told", [None, 7, "all", {"a": 1}, [None, ["x"], "../secret"]])
def test_whatever_a_browser_says_is_ticked_nothing_breaks(told, monkeypatch):
    monkeypatch.setattr(table.st, "session_state", {table.CHOSEN: ["0" * 12]})
    table._ticked(told)
    assert table.chosen_ids() == []


def test_all_that_are_found_are_ticked_at_once(seven, open_page):
    manager().label(seven[1].id, tags=["odd"])
    tab = open_page("runs").click("Choose all 7")
    assert "7 chosen" in tab.text
    assert tab.live("runs")[0]["chosen"] == [run.id for run in reversed(seven)]
    stamp = tab.live("runs")[0]["stamp"]
    assert "chosen" not in tab.click("Choose none").text
    assert tab.live("runs")[0]["stamp"] > stamp


# -- labels


def labelled(tab, name, value):
    """A field of the form of labels is given a value."""
    kinds = {"Name": "text_input", "Note": "text_area", "Group": "selectbox", "Tags": "multiselect"}
    next(each for each in getattr(tab.app, kinds[name]) if each.label.startswith(name)).set_value(value)


def test_a_run_is_named_noted_tagged_and_grouped(past, chosen):
    past(group="Week 3")
    run = past()
    tab = chosen(run)
    for name, value in (("Name", "My\tbest\none"), ("Note", "Two\nlines"), ("Tags", ["odd"]), ("Group", "Week 3")):
        labelled(tab, name, value)
    tab.click("Save")
    now = manager().run(run.id)
    assert (now.name, now.note, now.tags, now.group) == ("My best one", "Two\nlines", ("odd",), "Week 3")
    assert listed(tab)["Run"] == ["My best one", "R0-simple"]
    assert "My best one" in tab.text
    assert manager().run(chosen(run).click("Pin").click("Open").run).pinned
    assert not manager().run(chosen(run).click("Unpin").click("Open").run).pinned


def test_several_are_labelled_together_and_keep_what_is_their_own(past, chosen):
    first, second = past(name="One", tags=("own", "both")), past(tags=("both",), group="Week 3")
    tab = chosen(first, second)
    labelled(tab, "Tags", ["new"])
    tab.click("Save")
    now = [manager().run(run.id) for run in (first, second)]
    assert [(run.name, set(run.tags)) for run in now] == [("One", {"own", "new"}), ("", {"new"})]
    assert [run.group for run in now] == ["", "Week 3"]


def test_a_copy_is_edited_on_train(past, chosen):
    tab = chosen(past(RunState.FINISHED, ("architecture.latent", 7))).click("Copy")
    assert tab.recipe.architecture.latent == 7
    assert tab.status["word"] == "Ready"


# -- parallel coordinates


def test_runs_stand_across_what_differs_and_those_without_figures_are_counted(past, open_page, chosen):
    runs = [past(RunState.FINISHED, ("architecture.latent", size), figures=MEASURED) for size in (4, 8)]
    past(RunState.FAILED)
    tab = open_page("runs", **{"view-show": "Parallel coordinates"})
    assert tab.app.multiselect[0].value == ["architecture.latent"]
    assert "2 runs of the found" in tab.text
    assert "1 not measured yet is left out" in tab.text
    assert listed(tab) == {}
    assert "It takes two runs" in open_page("runs", state="failed", **{"view-show": "Parallel coordinates"}).text
    tab = chosen(*runs)
    tab = tab.goes_to(**{"view-show": "Parallel coordinates", "view-axes": "nothing,seed<b>"})
    assert "2 runs of the chosen" in tab.text
