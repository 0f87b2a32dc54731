"""Owner, stranger and teacher at the pages of a shared server: what each sees, and what a forged message does."""

from html import unescape

import pytest
from streamlit.testing.v1 import AppTest

from aedash.config import vary_all
from aedash.events import RunState
from aedash.presets.base import preset
from aedash.sweep import Axis, sweep
from aedash.training import sweeps
from aedash.training.classroom import PAUSED
from aedash.training.clearing import of_others
from aedash.ui.desk.manager import manager
from aedash.ui.runs import table
from aedash.ui.shell import visitor
from aedash.ui.widgets.steer import NOT_YOURS
from tests import fakes

pytestmark = pytest.mark.usefixtures("shared")
QUICK = [("data.name", "digits"), ("architecture.widths", [16]), ("epochs", 1)]
LONG = [*QUICK[:2], ("epochs", 5000)]


def recipe(*changes, seed=1):
    return vary_all(preset("R0-simple").config, [*changes, ("seed", seed)])


@pytest.fixture
def runs(seat, monkeypatch):
    """Anna's: one under way, one stopped, one finished, and a sweep of hers. Whoever is seated next is a stranger."""
    monkeypatch.setenv("AEDASH_MAX_CONCURRENT_RUNS", "2")
    monkeypatch.setenv("AEDASH_MAX_RUNNING_PER_PERSON", "2")
    anna = visitor.named("anna")
    over = fakes.over(manager(), manager().submit(recipe(*QUICK), "R0-simple", anna))
    stopped = manager().submit(recipe(*LONG), "R0-simple", anna)
    fakes.training(manager(), stopped)
    manager().stop(stopped)
    fakes.over(manager(), stopped)
    running = manager().submit(recipe(*LONG, seed=2), "R0-simple", anna)
    fakes.training(manager(), running)
    grid = sweep(name="s", base=recipe(*LONG, seed=2), axes=[Axis(path="optimizer.batch_size", values=(128, 64))])
    started = sweeps.start(manager(), grid, anna)
    seat("anna")
    yield {"over": over.id, "stopped": stopped, "running": running, "sweep": started.id}
    for run in manager().runs():
        manager().stop(run.id)


def as_it_was(runs):
    """All that is kept of the runs and sweeps, but how far they are."""
    kept = [manager().run(runs[name]) for name in ("over", "stopped", "running")]
    told = [
        (run.config, run.changes, run.owner, run.joined, run.name, run.pinned, run.state, run.folder.is_dir())
        for run in kept
    ]
    return told, [each.id for each in manager().sweeps()], manager().classroom.frozen


FORGED = {
    "stop": "steer.stop(running)",
    "pause": "steer.pause(running)",
    "go on": "steer.resume(stopped)",
    "change": "changes.change(running, 'optimizer.learning_rate', 0.5)",
    "stop, of Runs": "actions._stop([manager().run(running)])",
    "go on, of Runs": "actions._go_on([manager().run(stopped)])",
    "delete": "actions._delete([manager().run(over), manager().run(stopped)])",
    "pin": "labels.pin([manager().run(over)], True)",
    "label": "st.session_state['k-name'] = 'mine now'; labels._save([manager().run(over)], 'k')",
    "stop all": "steering._stop(manager().sweep(group))",
    "go on with all": "steering._go_on(manager().sweep(group))",
    "forget": "steering._forget(manager().sweep(group))",
    "freeze": "teacher.freeze(True)",
    "stop all of others": "teacher.stop()",
    "clear": "teacher.clear()",
    "enter": "st.session_state['teacher-key'] = 'sesame'; teacher.enter()",  # tells beside the key
}
SCRIPT = """
import streamlit as st
from aedash.ui.desk.manager import manager
from aedash.ui.experiments.shared import steering
from aedash.ui.runs import actions, labels
from aedash.ui.shell import address
from aedash.ui.train import changes
from aedash.ui.widgets import steer, teacher
over, stopped, running, group = {over!r}, {stopped!r}, {running!r}, {sweep!r}
st.session_state["told"] = told = []
address.opened("twins")
"""
NEXT = """
told.append(st.session_state["notice"])
"""


def test_a_forged_message_does_nothing_to_another_s(runs, seat):
    before = as_it_was(runs)
    for name in ("ben", ""):  # another browser, and one that keeps no cookie
        seat(name)
        script = SCRIPT.format(**runs) + NEXT.join([*FORGED.values(), ""])
        session = AppTest.from_string(script, default_timeout=fakes.LIMIT).run()
        assert [each.message for each in session.exception] == []
        told = dict(zip(FORGED, session.session_state["told"], strict=True))
        assert [name for name, sentence in told.items() if not sentence] == ["forget", "enter"]
        assert session.session_state["teacher-refused"] == "This is not the teacher's key."
        assert as_it_was(runs) == before


def test_what_was_drawn_for_the_owner_does_nothing_for_a_stranger(runs, seat, open_page):
    """The owner's page with all its buttons, and the messages of another browser."""

    def page(name, *ticked, **query):
        tab = open_page("home")
        tab.app.session_state[table.CHOSEN] = list(ticked)
        return tab.open(name, **query)

    under_way, both, group = runs["running"], (runs["over"], runs["stopped"]), runs["sweep"]
    presses = {
        "Stop": lambda: page("train", run=under_way),
        "Pause": lambda: page("train", run=under_way),
        "Go on": lambda: page("train", run=runs["stopped"]),
        "Delete 2 runs": lambda: page("runs", *both),
        "runs-resume": lambda: page("runs", runs["stopped"]),
        "runs-stop": lambda: page("runs", under_way),
        "Stop all": lambda: page("sweeps", sweep=group),
    }
    for label, draw in presses.items():
        seat("anna")
        tab, before = draw(), as_it_was(runs)
        assert not tab.button(label).disabled
        seat("ben")
        tab.click(label)
        assert as_it_was(runs) == before
        assert "only they can" in tab.text or label == "Go on"  # which is not even there any more
    seat("anna")
    tab = page("train", run=under_way)
    seat("ben")
    assert "only they can change it" in tab.type("Learning rate", 0.5).text
    assert as_it_was(runs) == before


def test_a_stranger_is_offered_what_they_may_do(runs, seat, open_page):
    seat("ben")
    tab = open_page("train", run=runs["running"])
    assert tab.button("Stop").disabled
    assert tab.button("Stop").help == NOT_YOURS
    assert not {"Pause", "Change"} & set(tab.buttons)
    assert not tab.button("Train yours").disabled
    tab = open_page("train", run=runs["stopped"])
    assert "Go on" not in tab.buttons
    before = as_it_was(runs)
    tab.click("Repeat")
    assert manager().run(tab.run).owner == visitor.named("ben")
    manager().stop(tab.run)
    tab = open_page("sweeps", sweep=runs["sweep"])
    assert {"Stop all", "Go on"}.isdisjoint(tab.buttons)
    assert "Ask it anew" in tab.buttons
    tab = open_page("home")
    tab.app.session_state[table.CHOSEN] = [runs["over"], runs["running"]]
    tab.open("runs")
    assert all(tab.button(key).disabled for key in ("runs-resume", "runs-stop"))
    assert not tab.button("Compare 2").disabled
    assert as_it_was(runs) == before


def test_home_lists_everyone_s_or_mine(runs, seat, open_page):
    seat("ben")
    tab = open_page("home")
    assert unescape(tab.html).count('class="pill') >= 3
    tab = open_page("home", **{"view-whose": "Mine"})
    assert "None of yours yet" in tab.text
    seat("anna")
    tab = open_page("home", **{"view-whose": "Mine"})
    assert "None of yours yet" not in tab.text
    assert tab.text.count("yours") >= 3


def test_the_teacher_enters_freezes_and_clears(runs, seat, open_page):
    seat("grace")
    tab = open_page("runs")

    def enter(key):  # what is typed in a form comes with its button
        tab.field(tab.app.text_input, "Key").set_value(key)
        tab.click("Enter")

    enter("sesame")
    assert tab.problem == "This is not the teacher's key."
    enter("open sesame")
    tab.settle(tab.field(tab.app.toggle, "Others start no runs").set_value(True).run())
    seat("anna")
    student = open_page("train", preset="R0-simple", set=['data.name="digits"', "epochs=3"])
    assert PAUSED in student.text
    assert student.click("Start training").problem == PAUSED
    assert "Teacher" not in open_page("train").text
    seat("grace")
    assert PAUSED not in open_page("train").text
    tab.again().click("Clear the board")
    assert "Clear the board of others: stop 2 runs and delete 2 runs?" in tab.text
    assert len(of_others(manager(), visitor.who())) == 4
    tab.click("Leave them")
    assert len(of_others(manager(), visitor.who())) == 4
    ids = [button.proto.id for button in tab.again().click("Clear the board").app.button]
    assert len(ids) == len(set(ids))
    [answer] = [each for each in tab.app.button if each.label == "Clear the board" and not each.proto.icon]
    tab.settle(answer.click().run())
    assert fakes.over(manager(), runs["running"]).state is RunState.STOPPED
    assert {runs["over"], runs["stopped"]}.isdisjoint(run.id for run in manager().runs())
    tab.again().settle(tab.field(tab.app.toggle, "Others start no runs").set_value(False).run())
    tab.click("Leave")
    assert not visitor.who().free


def test_without_a_key_nobody_is_offered_to_be_the_teacher(open_page, monkeypatch):
    monkeypatch.setenv("AEDASH_TEACHER_KEY", "")
    assert "Enter" not in open_page("runs").buttons


def test_nothing_of_all_this_is_felt_where_nothing_is_shared(runs, seat, open_page, monkeypatch):
    monkeypatch.setattr(manager(), "settings", manager().settings.model_copy(update={"shared": False}))
    monkeypatch.setattr(manager().classroom, "_shared", False)
    seat("ben")
    tab = open_page("home")
    assert "yours" not in tab.text
    assert not tab.app.get("button_group")
    assert "Enter" not in open_page("runs").buttons
    tab = open_page("train", run=runs["running"]).click("Stop").until("stopped")
    assert tab.problem == ""
