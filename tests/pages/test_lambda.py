"""The Lambda page: a sweep of the contractive penalty, from its recipe to what its figures say."""

import re
from threading import Event

import pytest

from aedash.analysis import contraction
from aedash.recipes import lambdas
from aedash.registry import Refused
from aedash.store import sweeps as records
from aedash.training import sweeps
from aedash.ui.desk import background
from aedash.ui.desk.background import Waiting
from aedash.ui.desk.manager import manager
from aedash.ui.experiments.lambdas import board
from aedash.ui.experiments.shared import broadcast
from tests import fakes

EPOCHS = 12  # of 23 steps: enough to beat the mean picture


@pytest.fixture
def tab(open_page, monkeypatch):
    monkeypatch.setattr(contraction, "IMAGES", 60)
    tab = open_page("lambda")
    tab.type("Epochs", EPOCHS)
    return tab


def newest():
    return records.all_of(manager().settings.runs_dir)[0]


def finished(tab):
    """All runs over, all analyses in."""
    for identifier in newest().runs:
        assert manager().wait(identifier, lambda history: not history.state.state.alive, fakes.LIMIT)
    fakes.until(lambda: all(run and not run.state.alive for run in sweeps.runs_of(manager(), newest())))
    for _ in range(3):
        tab.again()
        background.settle()
    return tab.again()


def trained(tab, values="0, 5", seeds=1):
    tab.write("Lambdas", values)
    tab.type("Seeds", seeds)
    many = len(values.split(",")) * seeds
    return finished(tab.click(f"Train {many} run{'s' * (many > 1)}"))


def test_before_it_begins_the_page_shows_what_would_be_trained(tab):
    background.settle()
    tab.again()
    assert tab.app.title[0].value == "What does the contractive penalty do?"
    assert "Train 6 runs" in tab.buttons
    assert "A good lambda loses little" in tab.text
    assert "λ · ‖∂z/∂x‖² (exact)" in tab.text
    grid = next(grid for grid in tab.live("mosaic") if grid["columns"] == 16)
    assert grid["labels"] == ["input", "0", "10⁻⁴", "0.01", "0.1", "1", "5"]
    assert records.all_of(manager().settings.runs_dir) == []


def test_a_sweep_shows_rows_table_charts_maps_and_words(tab):
    trained(tab)
    rows, directions = tab.live("mosaic")
    assert (rows["labels"], rows["group"]) == (["input", "0", "5"], 8)
    assert (directions["columns"], directions["labels"]) == (3, ["0", "5"])
    assert tab.text.count("Finished") == 2
    [chart] = tab.live("curve")
    assert [line["name"] for line in chart["lines"]] == ["0", "5"]
    assert len(tab.app.get("plotly_chart")) == 3
    assert len(tab.live("scatter")) == 2
    for heading in ("MSE clean", "noise 0.4", "‖J‖²", "shift", "linear", "nearest"):
        assert heading in tab.text
    parts = broadcast.board(newest().id).parts  # what those who watched it train see at its end
    assert parts["lambda-rows-4"]["image"] == rows["image"]
    assert parts["lambda-loss-train"]["lines"] == chart["lines"]
    assert newest().kind == "lambda"
    assert [run.config.objective[-1].name for run in sweeps.runs_of(manager(), newest())] == [
        "reconstruction",
        "contractive",
    ]


def test_the_sentence_follows_the_measured_numbers(tab):
    trained(tab)
    told = re.search(r"Best at noise 0.4: λ = (\S+) , MSE (\d\.\d+)", tab.text)
    assert told, tab.text
    row = re.search(r"noise 0.4.*? 0 Finished (\S+) (\S+) .*? 5 Finished (\S+) (\S+) ", tab.text)
    noisy = {"0": float(row[2]), "5": float(row[4])}
    assert float(told[2]) == min(noisy.values())
    assert noisy[told[1]] == min(noisy.values())
    tab.app.slider[0].set_value(1.0).run()
    assert "Best at noise 1:" in tab.text
    assert "Noise 1 " in tab.text


def test_models_that_have_learnt_nothing_are_told_so(tab):
    tab.type("Epochs", 1)
    trained(tab, "0, 1")
    assert "Nothing has been learnt yet." in tab.text


def test_seeds_are_told_as_mean_and_range(tab):
    trained(tab, seeds=2)
    assert "Finished 2/2" in tab.text
    assert re.search(r"of 2 seeds\)", tab.text) or "Best at noise 0.4: λ = 0" in tab.text
    assert re.search(r"\d\.\d{4} to \d\.\d{4}", tab.text)
    assert re.search(r"<small>\d\.\d{4}–\d\.\d{4}</small>", tab.html)


def test_the_published_form_has_a_board_of_its_own(tab):
    trained(tab, "0")
    first = newest()
    switch = next(each for each in tab.app.segmented_control if each.label == "Penalty")
    tab.settle(switch.set_value("As published").run())
    assert "sweep" not in tab.app.query_params
    assert "published form" in tab.text
    assert tab.field(tab.app.text_input, "Lambdas").value == "0, 1e-4, 5"
    tab.type("Epochs", 1)
    trained(tab, "5")
    assert lambdas.form(newest().base) == "published"
    assert newest().base.data.scaling == "standardised"
    switch = next(each for each in tab.app.segmented_control if each.label == "Penalty")
    tab.settle(switch.set_value("Per image").run())
    assert tab.app.query_params["sweep"] in (first.id, [first.id])


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ("", "Lambdas must be 1 to 12 different numbers; got 0."),
        ("0.1, x", "Lambdas must be numbers from 0 up, between commas; got 'x'."),
        ("0, -1", "Lambdas must be numbers from 0 up, between commas; got '-1'."),
        ("nan", "Lambdas must be numbers from 0 up, between commas; got 'nan'."),
        (", ".join(map(str, range(13))), "Lambdas must be 1 to 12 different numbers; got 13."),
    ],
)
def test_wrong_values_are_told_in_one_sentence_and_nothing_is_lost(tab, values, sentence):
    tab.write("Lambdas", values)
    assert tab.problem == sentence
    assert tab.button("Train").disabled
    assert tab.field(tab.app.text_input, "Lambdas").value == values
    assert tab.value("Epochs") == EPOCHS
    assert tab.live("mosaic")[0]["labels"][0] == "input"
    tab.write("Lambdas", "1, 0, 1")
    assert tab.problem == ""
    assert "Train 2 runs" in tab.buttons


def test_a_weight_beyond_its_bound_is_refused(tab):
    tab.write("Lambdas", "1e9")
    assert "must be" in tab.problem
    assert manager().runs() == []


def test_a_link_shows_its_sweep_and_a_wrong_one_says_so(tab, open_page):
    trained(tab, "0, 1")
    assert "λ = 1" in open_page("lambda", sweep=newest().id).text
    assert open_page("lambda", sweep="../../etc").problem == "There is no sweep '../../etc'."


def test_a_sweep_of_something_else_is_refused(tab, open_page):
    other = open_page("sweeps")
    other.type("Epochs", 1)
    other.click("Train 6 runs")
    sweeps.stop(manager(), newest())
    assert "does not vary lambda alone" in open_page("lambda", sweep=newest().id).problem


def test_a_deleted_run_leaves_its_row(tab):
    trained(tab, "0, 1")
    manager().delete(newest().runs[0])
    assert "λ = 0 deleted since." in tab.again().text


def test_what_cannot_be_measured_is_told_once_and_not_waited_for(tab, monkeypatch):
    begun = []

    def measure(_):
        begun.append(1)
        raise Refused("The Jacobian is taken of codes of up to 6,400 numbers; this one has 7,056.")

    monkeypatch.setattr(contraction, "measure", measure)
    monkeypatch.setattr(background, "RETRY_SECONDS", -1)
    trained(tab, "0, 1")
    why = "cannot be measured (the Jacobian is taken of codes of up to 6,400 numbers)"
    assert f"Nothing could be measured. λ = 0 and 1 {why}." in tab.text
    assert len(begun) == 2
    assert not tab.watched


def test_another_visitor_s_analysis_draws_nothing_anew_here(tab, monkeypatch):
    trained(tab, "0")
    go, drawn = Event(), []
    with pytest.raises(Waiting):
        background.computed("another's", lambda: go.wait(300), "another visitor")
    headline = board.headline
    monkeypatch.setattr(board, "headline", lambda *how: drawn.append(1) or headline(*how))
    tab.again()
    go.set()
    assert drawn == [1]
    assert not tab.watched


def test_how_many_images_stand_behind_a_figure_is_told(tab, monkeypatch):
    monkeypatch.setattr(contraction, "IMAGES", 121)
    trained(tab, "0")
    assert "Of 121 test images spread over all, 60 are quoted; the other 61 choose the best λ" in tab.text
    assert "Norms on 100." in tab.text  # of a code of 64
