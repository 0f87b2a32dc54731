"""The Sweeps page: a ready-made question from its recipe to its measured answer."""

import json
import re
from threading import Event

import pytest

from aedash.figures.lines import is_wide
from aedash.formatting import number
from aedash.recipes.questions import QUESTIONS
from aedash.store import sweeps as records
from aedash.sweep import sweep
from aedash.training import sweeps, trainer
from aedash.ui.desk.background import settle
from aedash.ui.desk.manager import manager
from aedash.ui.shell import notice
from tests import fakes

UNWRITABLE = "The values of optimizer.learning_rate must be finite numbers, words, lists or objects."


@pytest.fixture
def tab(open_page):
    return open_page("sweeps")


def ask(tab, title, values=None, epochs=1):
    if title == "My own":
        tab.choose("Question", "own").choose("Vary", "rate")
    else:
        tab.choose("Question", next(name for name, question in QUESTIONS.items() if question.title == title))
    tab.type("Epochs", epochs)
    if values is not None:
        tab.write(tab.app.text_input[0].label, values)
    return tab


def finished(tab):
    [made] = records.all_of(manager().settings.runs_dir)[:1]
    for identifier in made.runs:
        assert manager().wait(identifier, lambda history: not history.state.state.alive, fakes.LIMIT)
    fakes.until(lambda: all(not run.state.alive for run in sweeps.runs_of(manager(), made)))
    return tab.again()


def shown(tab, sweep):
    """The page on a sweep that was made elsewhere, at its end."""
    for identifier in sweep.runs:
        fakes.over(manager(), identifier)
    tab.app.query_params["sweep"] = sweep.id
    return tab.again()


def test_before_it_begins_the_page_shows_what_would_be_trained(tab):
    assert "Train 6 runs" in tab.buttons
    assert "More beta: worse reconstructions" in tab.text
    assert records.all_of(manager().settings.runs_dir) == []


def test_a_sweep_that_ends_while_the_page_is_drawn_gets_the_buttons_of_its_end(tab, monkeypatch):
    step, question, go = trainer.train_step, notice.question, Event()
    monkeypatch.setattr(trainer, "train_step", lambda *args: go.wait(fakes.LIMIT) and step(*args))
    ask(tab, "What does the learning rate do?", "0.001, 0.01").click("Train 2 runs")
    [made] = records.all_of(manager().settings.runs_dir)

    def ending():
        """Stands between buttons and board."""
        go.set()
        for identifier in made.runs:
            fakes.over(manager(), identifier)
        question()

    monkeypatch.setattr(notice, "question", ending)
    assert "Stop all" in tab.buttons
    tab.again()
    assert "Stop all" not in tab.buttons


def test_a_question_is_answered_from_what_was_measured(tab):
    ask(tab, "What does the learning rate do?", "0.0001, 0.01", epochs=3).click("Train 2 runs")
    assert tab.app.title[0].value == "What does the learning rate do?"
    finished(tab)
    [made] = records.all_of(manager().settings.runs_dir)
    runs = sweeps.runs_of(manager(), made)
    assert all(run.config.data.validation for run in runs)
    best = min(runs, key=lambda run: run.figures["validation"].mse)
    worst = max(runs, key=lambda run: run.figures["test"].mse)
    assert best.config.optimizer.learning_rate == 0.01
    assert f"Lowest test MSE {number(best.figures['test'].mse)} at learning rate 0.01." in tab.text
    assert f"The highest, {number(worst.figures['test'].mse)} at learning rate 10⁻⁴, is" in tab.text
    assert "One seed: less than 5 % is level." in tab.text
    assert tab.text.count("Finished") == 2
    [chart] = tab.live("curve")
    assert [line["name"] for line in chart["lines"]] == ["10⁻⁴", "0.01"]
    assert len({line["color"] for line in chart["lines"]}) == 2
    [grid] = tab.live("mosaic")
    assert grid["labels"] == ["input", "10⁻⁴", "0.01"]
    assert len(tab.app.get("plotly_chart")) == 1


def test_a_tile_opens_the_card_of_its_run(tab, open_page):
    finished(ask(tab, "What does the learning rate do?", "0.0001, 0.01").click("Train 2 runs"))
    [made] = records.all_of(manager().settings.runs_dir)
    place = f"{made.runs[1]}.dot-3"
    again = open_page("sweeps", sweep=made.id, **{"view-touch": place})
    settle()
    [card] = again.again().live("specimen")
    assert card["title"] == "Test image 3, class 7"
    assert card["moment"] == "Learning rate 0.01. At its end, after 1 epoch."
    assert again.live("mosaic")[0]["touchable"]
    assert again.query["view-touch"] == [place]


def test_seeds_become_bands(tab):
    ask(tab, "What does the learning rate do?", "0.001", epochs=2)
    tab.type("Seeds", 2)
    finished(tab.click("Train 2 runs"))
    [line] = tab.live("curve")[0]["lines"]
    assert {"low", "high"} <= set(line)
    assert "Finished 2/2" in tab.text


def test_whole_architectures_can_be_compared(tab):
    finished(ask(tab, "Where does the checkerboard come from?").click("Train 2 runs"))
    assert tab.live("mosaic")[0]["labels"] == ["input", "conv transpose", "conv upsample"]
    settle()
    tab.again()
    assert tab.live("mosaic")[1]["labels"] == ["conv transpose", "conv upsample"]
    assert "divided by" in tab.app.caption[0].value
    assert re.search(r"It comes from conv transpose: untrained, it favours some pixels already", tab.text)
    assert re.search(r"conv transpose Finished \d\.\de-\d .* conv upsample Finished 0 ", tab.text)


def test_beta_shows_which_units_carry_something(tab):
    finished(ask(tab, "What does beta do to a VAE?", "0.5, 20", epochs=2).click("Train 2 runs"))
    settle()
    tab.again()
    assert "KL of each unit" in tab.text
    assert len(tab.app.get("plotly_chart")) == 3


def test_stopping_all_and_going_on(tab, monkeypatch):
    step, go = trainer.train_step, Event()  # else they may end by themselves
    monkeypatch.setattr(trainer, "train_step", lambda *args: go.wait(fakes.LIMIT) and step(*args))
    ask(tab, "What does the learning rate do?", "0.001, 0.01", epochs=100).click("Train 2 runs").click("Stop all")
    go.set()
    finished(tab)
    assert tab.text.count("Stopped") == 2
    go.clear()
    tab.click("Go on")
    assert "Stop all" in tab.buttons
    tab.click("Stop all")
    go.set()


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ("0.1, x", "Learning rate needs values between commas, like 0.0001, 0.001, 0.01."),
        ("-1", "Learning rate must be above 0 and up to 10; got -1."),
        ("0.1, NaN", UNWRITABLE),
        ("-Infinity", UNWRITABLE),
        ("1e999", UNWRITABLE),
        ('"\\ud800"', UNWRITABLE),
        ("[" * 999, "Learning rate needs values between commas, like 0.0001, 0.001, 0.01."),
        ("[" * 400 + "]" * 400, UNWRITABLE),
        ("", "The grid is empty: give at least one field and one value."),
        (
            ", ".join(f"0.{i:03}" for i in range(1, 102)),
            "The grid has 101 cells x 1 seed = 101 runs; allowed are 1 to 100.",
        ),
    ],
)
def test_wrong_values_are_told_in_one_sentence(tab, values, sentence):
    ask(tab, "What does the learning rate do?", values)
    assert tab.problem == sentence
    assert tab.button("Train").disabled
    assert manager().runs() == []


def test_too_many_cells_of_two_fields_are_refused_with_their_number(tab):
    ask(tab, "My own", ", ".join(f"0.{i:02}" for i in range(1, 21)))
    tab.choose("And a second field", "code").write("Code size", "1, 2, 3, 4, 5, 6")
    assert tab.problem == "The grid has 120 cells x 1 seed = 120 runs; allowed are 1 to 100."
    assert tab.button("Train").disabled


def test_a_link_shows_its_sweep_and_a_wrong_one_says_so(tab, open_page):
    finished(ask(tab, "What does the learning rate do?", "0.001").click("Train 1 run"))
    [made] = records.all_of(manager().settings.runs_dir)
    assert tab.app.query_params["sweep"] == made.id
    assert "0.001" in open_page("sweeps", sweep=made.id).text
    assert open_page("sweeps", sweep="../../etc").problem == "There is no sweep '../../etc'."


def test_a_deleted_run_leaves_its_row(tab):
    finished(ask(tab, "What does the learning rate do?", "0.001, 0.01").click("Train 2 runs"))
    [made] = records.all_of(manager().settings.runs_dir)
    manager().delete(made.runs[0])
    tab.again()
    assert re.search(
        r"Lowest test MSE 0\.\d+ at learning rate 0\.01\..* Learning rate 0\.001 deleted since\.", tab.text
    )


def test_one_that_diverges_is_named_and_not_waited_for(tab):
    base = fakes.config(**fakes.FRAGILE, epochs=3)
    axes = [{"path": "optimizer.learning_rate", "values": [0.001, 10]}]
    shown(tab, sweeps.start(manager(), sweep(name="Too far", base=base, axes=axes)))
    assert "Lowest test MSE" in tab.text
    assert "measured" not in tab.text
    assert re.search(r"Learning rate 10 failed \(diverged in epoch \d\)\.", tab.text)


def test_two_fields_become_a_heat_map_whose_best_cell_is_named(tab):
    ask(tab, "My own", "0.0001, 0.01", epochs=2)
    tab.choose("And a second field", "code").write("Code size", "2, 8, 16")
    finished(tab.click("Train 6 runs"))
    [made] = records.all_of(manager().settings.runs_dir)
    runs = sweeps.runs_of(manager(), made)
    best = min(runs, key=lambda run: run.figures["validation"].mse)
    chosen = number(best.figures["test"].mse)
    size = best.config.architecture.latent
    assert re.search(rf"test MSE {re.escape(chosen)} at learning rate 0.01 and code size {size}\.", tab.text)
    assert tab.app.title[0].value == "Learning rate × code size"
    [chart] = [json.loads(chart.proto.spec) for chart in tab.app.get("plotly_chart")]
    [cells] = chart["data"]
    assert (cells["type"], cells["x"], cells["y"]) == ("heatmap", ["10⁻⁴", "0.01"], ["2", "8", "16"])
    assert len(chart["layout"]["annotations"]) == 6
    [outline] = chart["layout"]["shapes"]
    assert (round(outline["x0"] + 0.49), round(outline["y0"] + 0.48)) == (1, [2, 8, 16].index(size))
    assert chart["layout"]["xaxis"]["title"]["text"] == "learning rate"
    assert chart["layout"]["yaxis"]["title"]["text"] == "code size, numbers"
    assert "learning rate & code size" in tab.text


def test_a_sweep_of_two_fields_that_was_made_elsewhere_is_shown(tab):
    axes = [{"path": "objective.kl.weight", "values": [1]}, {"path": "optimizer.batch_size", "values": [64, 128]}]
    made = sweep(name="CLI: <b>*two*</b>", base=fakes.config(**fakes.VARIATIONAL), axes=axes)
    shown(tab, sweeps.start(manager(), made))
    assert re.search(r"Lowest test MSE 0\.\d+ at beta 1 and batch size (64|128)\.", tab.text)
    assert tab.app.title[0].value == r"CLI\: \<b\>\*two\*\</b\>"


def test_a_sweep_can_be_named(tab, open_page):
    ask(tab, "My own", "0.001").write("Name", "  My <i>rates</i> ")
    finished(tab.click("Train 1 run"))
    [made] = records.all_of(manager().settings.runs_dir)
    assert made.name == "My <i>rates</i>"
    again = open_page("sweeps", question="own", values="1")
    [earlier] = [box for box in again.app.selectbox if box.label == "Earlier"]
    assert [option.endswith(", 1 run on Digits, My <i>rates</i>") for option in earlier.options] == [True]
    assert "<i>rates" not in tab.html


def test_what_to_look_for_is_no_part_of_the_answer(tab):
    assert "Too small crawls" in ask(tab, "What does the learning rate do?", "0.001").text
    finished(tab.click("Train 1 run"))
    [finding] = re.findall(r'class="finding info"><span[^>]*>(.*?)</span>', tab.html)
    assert "Too small crawls" not in finding
    assert "Too small crawls" in tab.text


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0.1, 0.5, 1, 20], True),
        ([2, 64], True),
        ([0, 1e-4, 5], True),
        ([1, 9], False),
        ([-1, 100], False),
        ([0], False),
    ],
)
def test_an_axis_is_logarithmic_by_the_usual_values_of_its_field(values, expected):
    assert is_wide(values) is expected
