"""The Noise page: from its recipe to what was measured, and what the slider and wrong input do to it."""

import json
import re

import pytest

from aedash.analysis import noise as analysis
from aedash.data.corruption import GaussianCorruption, NoCorruption
from aedash.recipes import noise
from aedash.store import sweeps as records
from aedash.sweep import Axis, sweep
from aedash.training import sweeps
from aedash.ui.desk import background
from aedash.ui.desk.manager import manager
from tests import fakes


@pytest.fixture
def tab(open_page, monkeypatch):
    """The page, which here measures at five noises and on few images."""
    monkeypatch.setattr(noise, "STEPS", 4)
    monkeypatch.setattr(analysis, "MEASURED", 20)
    return open_page("noise")


def trained(tab, levels="0.5", epochs=2, seeds=1):
    tab.write("Noise levels", levels)
    tab.type("Epochs", epochs)
    tab.type("Seeds", seeds)
    tab.click(next(label for label in tab.buttons if label.startswith("Train ")))
    [made] = records.all_of(manager().settings.runs_dir)
    for identifier in made.runs:
        assert manager().wait(identifier, lambda history: not history.state.state.alive, fakes.LIMIT)
    fakes.until(lambda: all(not run.state.alive for run in sweeps.runs_of(manager(), made)))
    return measured(tab)


def measured(tab):
    tab.again()
    background.settle()
    return tab.again()


def drag(tab, noise):
    return tab.settle(tab.app.select_slider[0].set_value(noise).run())


def charts(tab):
    return [json.loads(chart.proto.spec) for chart in tab.app.get("plotly_chart")]


def test_before_training_the_slider_already_shows_noise_and_filters(tab):
    assert "Train 5 runs" in tab.buttons
    assert "A plain network and some that train on noise" in tab.text
    measured(tab)
    [grid] = tab.live("mosaic")
    assert grid["labels"] == ["clean", "noisy", "0", "0.1", "0.3", "0.5", "0.8", "median", "Wiener", "non-local"]
    before = grid["image"]
    drag(tab, 1.5)
    assert measured(tab).live("mosaic")[0]["image"] != before
    assert charts(tab) == []
    assert records.all_of(manager().settings.runs_dir) == []


def test_a_sweep_ends_in_matrix_grid_curves_and_a_sentence(tab):
    trained(tab, "0.5")
    [made] = records.all_of(manager().settings.runs_dir)
    plain, noisy = sweeps.runs_of(manager(), made)
    assert (plain.config.corruption, noisy.config.corruption) == (NoCorruption(), GaussianCorruption(sigma=0.5))
    matrix, robustness = charts(tab)
    assert matrix["data"][0]["y"] == matrix["data"][0]["x"] == ["0", "0.5"]
    assert len(matrix["layout"]["annotations"]) == 4
    assert [line["name"] for line in robustness["data"]] == [
        "trained at 0",
        "trained at 0.5",
        "noisy input",
        "mean picture",
        "median",
        "Wiener",
        "non-local means",
    ]
    [best] = re.findall(r"At noise 0.5 (?:the network trained at|no network beats) ", tab.text)
    assert best
    assert tab.text.count("Finished") == 2
    [chart] = tab.live("curve")
    assert [line["name"] for line in chart["lines"]] == ["0", "0.5"]
    assert "mean picture no network" in tab.text


def test_the_slider_changes_grid_table_and_sentences(tab):
    trained(tab)
    before = tab.live("mosaic")[0]["image"]
    assert "MSE at 0.5" in tab.text
    drag(tab, 2.0)
    assert tab.live("mosaic")[0]["image"] != before
    assert "MSE at 2" in tab.text
    assert re.search(r"(beats|worse than) the mean picture at noise 2", tab.text)
    drag(tab, 0.0)
    assert re.search(r"On clean images (the network trained at|all networks are level)", tab.text)


def test_the_matrix_has_two_measures(tab):
    trained(tab)
    decibels = charts(tab)[0]["data"][0]["z"]
    switch = next(each for each in tab.app.segmented_control if "PSNR" in each.options)
    tab.settle(switch.set_value("MSE").run())
    assert charts(tab)[0]["data"][0]["z"] != decibels
    assert charts(tab)[0]["data"][0]["reversescale"]


def test_seeds_become_means_and_ranges(tab):
    trained(tab, seeds=2, epochs=1)
    assert tab.text.count("Finished 2/2") == 2
    assert len(re.findall(r"<small>[0-9]", tab.html)) == 6


def test_other_kinds_of_noise(tab):
    tab.choose("Noise", "masking")
    trained(tab, "0.25", epochs=1)
    assert tab.app.select_slider[0].options[-1] == "1"
    assert "share of the pixels that are set to black" in charts(tab)[0]["layout"]["xaxis"]["title"]["text"]


@pytest.mark.parametrize(
    ("kind", "levels", "sentence"),
    [
        ("gaussian", "0.1, x", "Noise levels must be numbers from 0 to 2, between commas; got 'x'."),
        ("gaussian", "-1", "Noise levels must be numbers from 0 to 2, between commas; got '-1'."),
        ("masking", "1.5", "Noise levels must be numbers from 0 to 1, between commas; got '1.5'."),
        ("gaussian", "0", "Noise levels must be 1 to 9 besides 0; got 0."),
        ("gaussian", "<b>", "Noise levels must be numbers from 0 to 2, between commas; got '<b>'."),
    ],
)
def test_wrong_levels_are_told_in_one_sentence_and_nothing_is_lost(tab, kind, levels, sentence):
    tab.choose("Noise", kind)
    tab.write("Noise levels", levels)
    assert tab.problem == sentence
    assert tab.button("Train").disabled
    assert measured(tab).problem == sentence
    assert tab.live("mosaic")[0]["labels"][2:4] == ["0", "0.1"]
    assert manager().runs() == []


def test_a_link_shows_its_sweep_and_another_is_refused(tab, open_page):
    trained(tab, epochs=1)
    [made] = records.all_of(manager().settings.runs_dir)
    assert tab.app.query_params["sweep"] == made.id
    other = open_page("noise", sweep=made.id)
    assert "Dense 400-32, Gaussian noise, on Digits, 1 epoch" in measured(other).text
    assert open_page("noise", sweep="../../etc").problem == "There is no sweep '../../etc'."
    axes = [Axis(path="optimizer.learning_rate", values=(0.1,))]
    one = made.runs[:1]
    rates = records.save(manager().settings.runs_dir, sweep(name="Rates", base=made.base, axes=axes), list(one))
    page = open_page("noise", sweep=rates.id)
    assert page.problem == "The sweep 'Rates' does not vary noise alone; open it under Experiments."
    assert "Train 5 runs" in page.buttons


@pytest.mark.parametrize(
    ("scaling", "path", "shown"),
    [
        ("standardised", "corruption.sigma", False),
        ("raw", "corruption.sigma", False),
        ("unit", "corruption.sigma", True),
        ("standardised", "corruption.p", True),
    ],
)
def test_noise_that_is_not_on_pixels_is_refused(open_page, scaling, path, shown):
    corruption = "gaussian" if path.endswith("sigma") else "masking"
    base = fakes.config(data={"name": "digits", "scaling": scaling}, corruption=corruption)
    made = sweeps.start(manager(), sweep(name="Other", base=base, axes=[{"path": path, "values": [0.3]}]))
    fakes.over(manager(), made.runs[0])
    page = open_page("noise", sweep=made.id)
    sentence = f"The sweep 'Other' has its noise on {scaling} pixels, and tests here are on 0 to 1."
    assert page.problem == ("" if shown else sentence)


def test_a_deleted_run_leaves_its_row(tab):
    trained(tab, epochs=1)
    [made] = records.all_of(manager().settings.runs_dir)
    manager().delete(made.runs[0])
    measured(tab)
    assert len(charts(tab)[0]["layout"]["annotations"]) == 2
    assert "At noise 0.5" in tab.text
