"""What answers add of members that did not go as planned, in words that fit one line."""

from dataclasses import replace

import pytest

from aedash.events import Changed, RunState
from aedash.ui.experiments.shared.remarks import answered, expected, progress, reason, remarks
from tests.ui import cells

FINE = cells.cell("0.1", RunState.FINISHED)


def with_run(cell, **fields):
    return replace(cell, runs=(replace(cell.runs[0], **fields),))


def test_a_run_that_learnt_nothing_or_goes_on_has_no_figures_that_count():
    stopped = cells.cell("0.1", RunState.STOPPED)
    assert stopped.finished
    assert not with_run(stopped, epochs_done=0).finished
    assert not with_run(stopped, state=RunState.RUNNING).finished


def test_what_went_as_planned_needs_no_remark():
    assert remarks([FINE, cells.cell("1", RunState.RUNNING), cells.cell("2", RunState.QUEUED)], "Rate") == ""


def test_failures_are_named_with_their_reason():
    runs = [FINE, *(cells.cell(label, RunState.FAILED) for label in ("1", "5", "10"))]
    assert remarks(runs, "Rate") == " Rate 1, 5 and 10 failed (diverged in epoch 1)."
    many = [cells.cell(str(i), RunState.FAILED) for i in range(12)]
    assert remarks(many, "Rate") == " 12 values failed (diverged in epoch 1)."


@pytest.mark.parametrize("state", [RunState.STOPPED, RunState.INTERRUPTED])
def test_one_that_ended_early_is_named_with_its_epochs(state):
    assert remarks([with_run(cells.cell("1", state), epochs_done=1)], "Rate") == f" Rate 1 {state} after 1 of 2 epochs."


def test_one_that_was_changed_on_the_way_is_named_with_the_field():
    changes = (Changed(3, "optimizer.learning_rate", 0.1), Changed(9, "optimizer.learning_rate", 0.2))
    assert remarks([with_run(FINE, changes=changes)], "Rate") == " Rate 0.1 changed on the way (learning rate)."


def test_one_that_was_deleted_is_named_once_anything_has_begun():
    gone = cells.cell("1")
    assert remarks([FINE, gone], "Rate") == " Rate 1 deleted since."
    assert remarks([gone, gone], "Rate") == ""


def test_seeds_are_counted():
    cell = cells.cell("1", RunState.FINISHED, RunState.FAILED, RunState.FINISHED)
    assert remarks([cell], "Rate") == " Rate 1 (1 of 3 seeds) failed (diverged in epoch 1)."


def test_only_those_that_can_get_figures_are_waited_for():
    states = [RunState.FINISHED, RunState.RUNNING, RunState.QUEUED, RunState.FAILED, RunState.INTERRUPTED]
    assert expected([cells.cell("1", state) for state in states] + [cells.cell("2")]) == 3


def test_figures_of_a_run_that_goes_on_do_not_count():
    again = with_run(cells.cell("1", RunState.RUNNING), figures=FINE.runs[0].figures)
    assert progress(2, [FINE, again]) == "1 of 2 runs are measured."
    assert progress(1, [FINE, cells.cell("1", RunState.FAILED)]) == ""


@pytest.mark.parametrize(
    ("sentence", "clause"),
    [
        ("Diverged in epoch 3: the loss became infinite at step 9. Try less.", "diverged in epoch 3"),
        ("MNIST is damaged. Download it again.", "MNIST is damaged"),
        ("Training failed.", "training failed"),
        ("x" * 200, "x" * 59 + "…"),
        ("", ""),
    ],
)
def test_a_reason_is_the_first_clause(sentence, clause):
    assert reason(sentence) == clause


def test_all_text_is_escaped():
    made = answered("good", "<b>a</b>", '"c"')
    assert made.count("<b>") == 1
    assert "&lt;b&gt;a&lt;/b&gt;" in made
    assert 'title="&lt;b&gt;a&lt;/b&gt;&quot;c&quot;"' in made
