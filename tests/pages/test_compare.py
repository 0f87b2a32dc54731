"""The Compare page: any measured runs side by side, with PCA of the same code size."""

import csv
import io
from pathlib import Path

import pytest

from aedash import recipe_words, words
from aedash.config import vary, vary_all
from aedash.presets.base import preset
from aedash.store import sweeps as records
from aedash.sweep import sweep
from aedash.training import sweeps
from aedash.ui.compare import selection
from aedash.ui.compare import table as compare_table
from aedash.ui.desk import background
from aedash.ui.desk.desk import Desk
from aedash.ui.desk.manager import manager
from aedash.ui.widgets import comparing, run_words
from tests import fakes

GALLERY = Path(__file__).parents[2] / "checkpoints"
SMALL = [("data.name", "digits"), ("architecture.widths", [16]), ("architecture.latent", 4), ("epochs", 1)]


@pytest.fixture
def trained(house):
    """trained(**changes): a finished run on digits; its id."""

    def train(*changes, base="R0-simple"):
        config = vary_all(preset(base).config, [*SMALL, *changes])
        run = manager().submit(config, base)
        assert manager().wait(run, lambda history: not history.state.state.alive, fakes.LIMIT)
        fakes.until(lambda: not manager().run(run).state.alive)
        return run

    return train


@pytest.fixture
def complete():
    """complete(tab): the page once all analyses are there."""

    def finish(tab):
        for _ in range(6):
            background.settle(300)
            tab.again()
        return tab

    return finish


def table(tab):
    """{name: {heading: value}} of the table on screen."""
    shown = tab.app.dataframe[0].value
    return {row["Model"]: row for row in shown.to_dict("records")}


def models_of(tab):
    """Names of the rows that are no baselines."""
    return [name for name in table(tab) if not name.endswith(", baseline")]


@pytest.mark.parametrize(
    ("values", "form"),
    [
        ([0.0072634, 0.029, None], "%.5f"),
        ([0.0072634, float("nan"), 0.0], "%.5f"),
        ([0.12], "%.3f"),
        ([1.0, 30.0], "%.2f"),
        ([250.0], "%.0f"),
        ([1e-12], "%.10f"),
        ([0.007, 4.9e7], "%.3g"),
        ([None], "%.2f"),
    ],
)
def test_errors_are_written_with_decimals_of_the_least(values, form):
    assert compare_table.decimals(values) == form


def test_without_runs_it_says_what_to_do(open_page):
    assert "No runs to compare yet" in open_page("compare").text


def test_two_runs_stand_beside_pca_of_their_code_sizes(trained, open_page, complete):
    small, large = trained(), trained(("architecture.latent", 8))
    tab = open_page("compare", run=[small, large])
    assert "Measuring 2 of 2 models: a dash is a figure to come." in tab.text
    assert "Measuring" not in complete(tab).text
    found = table(tab)
    assert list(found) == ["code size 4", "code size 8", "PCA-4, baseline", "PCA-8, baseline"]
    assert found["code size 4"]["Test MSE per pixel"] == manager().run(small).figures["test"].mse
    for name, row in found.items():
        missing = [heading for heading, value in row.items() if value != value or value is None]
        assert missing == ([] if "PCA" not in name else ["In training"]), name
    assert found["PCA-8, baseline"]["Test MSE per pixel"] < found["PCA-4, baseline"]["Test MSE per pixel"]
    assert found["code size 8"]["Pixels a number"] == 98


def test_pca_is_fitted_to_each_set_of_training_images(trained):
    runs = [trained(("data.validation", share), ("seed", seed)) for share, seed in ((0, 0), (0.25, 1), (0.25, 2))]
    found = compare_table.rows(selection.models([manager().run(run) for run in runs]), Desk())
    assert [row.name for row in found if row.model is None] == ["PCA-4, 0 % held out", "PCA-4, 25 % held out"]


def test_only_fields_that_differ_are_shown(trained, open_page, complete):
    runs = [trained(), trained(("architecture.latent", 8), ("optimizer.learning_rate", 0.01))]
    tab = open_page("compare", run=runs)
    assert "They differ only in code size (4 and 8) and learning rate (0.001 and 0.01)." in tab.text
    assert "architecture.latent" in tab.text
    assert "architecture.widths" not in tab.text
    assert "epochs" not in tab.text.split("What differs")[1]


def test_the_download_is_unrounded_with_units_and_differing_fields(trained, house):
    runs = [manager().run(trained()), manager().run(trained(("architecture.latent", 8)))]
    models = selection.models(runs)
    compare_table.rows(models, Desk())
    background.settle(300)
    text = compare_table.csv_text(models, compare_table.rows(models, Desk()))
    lines = list(csv.DictReader(io.StringIO(text)))
    assert [line["kind"] for line in lines] == ["model", "model", "baseline", "baseline"]
    assert [line["architecture.latent"] for line in lines] == ["4", "8", "", ""]
    assert [float(line["Test MSE per pixel"]) for line in lines[:2]] == [run.figures["test"].mse for run in runs]
    assert {"PSNR, dB", "In training, s", "Linear probe, %"} <= set(lines[0])
    assert lines[2]["In training, s"] == ""


def test_the_address_says_what_is_on_screen(trained, open_page):
    runs = [trained(), trained(("architecture.latent", 8))]
    tab = open_page("compare", run=runs)
    assert tab.app.multiselect[0].value == runs
    tab.settle(tab.app.multiselect[0].set_value(runs[:1]).run())
    assert tab.run == runs[0]
    assert open_page("compare", run=runs[:1]).app.multiselect[0].value == runs[:1]
    tab.settle(tab.app.multiselect[0].set_value([]).run())
    assert "Nothing chosen" in tab.text


def test_a_deleted_run_in_the_link_is_told_in_one_sentence(trained, open_page):
    kept, gone = trained(), trained()
    manager().delete(gone)
    tab = open_page("compare", run=[kept, gone])
    assert tab.problem == f"Run {gone} is gone or not measured yet, and left out."
    assert tab.app.multiselect[0].value == [kept]
    assert tab.run == kept
    assert "<script" not in open_page("compare", run=["<script>alert(1)</script>", kept]).html


def test_more_than_eight_are_cut_and_told(trained, open_page):
    runs = [trained(("seed", seed)) for seed in range(9)]
    tab = open_page("compare", run=runs)
    assert tab.problem == "9 runs were asked for; the first 8 are shown."
    assert tab.app.multiselect[0].value == runs[:8]
    assert len(set(table(tab))) == 9


def test_all_runs_of_a_sweep_at_once(trained, open_page):
    made = sweeps.start(
        manager(),
        sweep(
            name="What does the code size do?",
            base=vary_all(preset("R0-simple").config, SMALL),
            axes=[{"path": "architecture.latent", "values": [2, 3]}],
            preset="R0-simple",
        ),
    )
    fakes.until(lambda: all(not run.state.alive for run in sweeps.runs_of(manager(), made) if run))
    tab = open_page("compare")
    assert records.all_of(manager().settings.runs_dir)
    tab.choose("All of a sweep", made.id)
    assert tab.app.multiselect[0].value == list(made.runs)
    assert list(table(tab))[:2] == ["code size 2", "code size 3"]


def test_of_many_runs_the_newest_are_listed_and_a_link_opens_any(trained, open_page, monkeypatch):
    monkeypatch.setattr(comparing, "LISTED", 2)
    first, *newest = runs = [trained(("seed", seed)) for seed in range(3)]
    tab = open_page("compare", run=newest)
    assert len(tab.app.multiselect[0].options) == 2
    assert "The newest 2 of 3 runs are listed. To get any other, find and tick it on Runs" in tab.text
    tab = open_page("compare", run=[first, newest[0]])
    assert not tab.problem
    assert tab.app.multiselect[0].value == [first, newest[0]]
    assert len(tab.app.multiselect[0].options) == 3
    monkeypatch.setattr(comparing, "LISTED", len(runs))
    assert "are listed" not in tab.again().text


def test_images_rows_wipe_and_duel_show_the_same_models(trained, open_page, complete):
    tab = complete(open_page("compare", run=[trained(), trained(("architecture.latent", 8))]))
    rows, bytes_ = tab.live("mosaic")
    assert rows["labels"] == ["test image", "code size 4", "code size 8"]
    assert rows["image"]
    assert bytes_["labels"] == ["test image", "code size 4", "PCA", "WebP", "JPEG"]
    [pair] = tab.live("wipe")
    assert [side["name"] for side in pair["sides"]] == ["code size 4", "code size 8"]
    assert all(side["image"] for side in pair["sides"])
    tab.choose("Right", "test images")
    assert [side["name"] for side in tab.live("wipe")[0]["sides"]] == ["code size 4", "test images"]
    assert len(tab.app.get("plotly_chart")) == 2
    assert "2 bytes an image" in tab.text
    assert "its smallest files" in tab.text


def test_curves_share_an_axis_only_in_one_unit(trained, open_page):
    runs = [trained(), trained(("architecture.latent", 8)), trained(("objective.reconstruction.loss", "mse"))]
    tab = open_page("compare", run=runs)
    assert len(tab.live("curve")[0]["lines"]) == 3
    tab.choose("Term", "whole objective")
    assert len(tab.live("curve")[0]["lines"]) == 2
    assert tab.live("curve")[0]["unit"] == "BCE, nats per image"
    assert "is left out: only curves in BCE, nats per image share this axis." in tab.text


def test_models_of_other_images_stay_out_of_the_pictures(trained, open_page, monkeypatch):
    monkeypatch.setenv("AEDASH_GALLERY_DIR", str(GALLERY))
    mnist = manager().gallery()["R0-simple"].id
    tab = open_page("compare", run=[trained(), trained(("seed", 5)), mnist])
    assert "Pictures and charts are of Digits: MNIST, seed 1 saw other images." in tab.text
    assert models_of(tab) == ["Digits, seed 1", "Digits, seed 5", "MNIST, seed 1"]
    assert len(tab.live("curve")[0]["lines"]) == 2
    assert {"PCA-4, baseline", "PCA-20, baseline"} < set(table(tab))


@pytest.fixture
def bare(open_page, monkeypatch):
    """bare(*presets): the page with these shipped models, or those of the lesson, where no MNIST is."""
    monkeypatch.setenv("AEDASH_GALLERY_DIR", str(GALLERY))

    def open_bare(*names):
        runs = {"run": [manager().gallery()[name].id for name in names]} if names else {}
        return open_page("compare", **runs)

    return open_bare


def test_without_images_it_shows_what_the_runs_have_stored(bare):
    tab = bare()
    assert not tab.problem
    found = table(tab)
    assert found["R1-dense"]["Parameters"] == 484_346
    assert found["R1-dense"]["Pixels a number"] == 78.4
    assert found["PCA-10, baseline"]["Test MSE per pixel"] == pytest.approx(0.03407, abs=1e-5)
    [rows] = tab.live("mosaic")
    assert rows["image"]
    assert rows["columns"] == 10
    assert all(side["image"] for side in tab.live("wipe")[0]["sides"])
    assert len(tab.app.get("plotly_chart")) == 1
    assert "Not without the images" in tab.text


def test_without_images_it_offers_them_once(bare, dataset):
    asked = []
    dataset("mnist", fetch=lambda root, progress: asked.append(root))
    tab = bare()
    assert "MNIST is not on this machine yet: download it (11.6 MB)" in tab.text
    assert tab.buttons.count("Download MNIST") == 1
    tab.click("Download MNIST")
    assert len(asked) == 1


def test_stored_pictures_of_noisy_images_are_told(bare):
    assert "through each model; R2-denoising saw noisy ones." in bare("R0-simple", "R2-denoising").text


def test_models_whose_images_are_gone_are_told(bare, complete):
    tab = complete(bare())
    assert models_of(tab) == [words.model(name) for name in comparing.LESSON]
    assert "MNIST is not on this machine yet" in tab.text
    assert len(tab.live("curve")[0]["lines"]) == 3


def test_a_finished_run_leads_here(quick):
    first = quick().click("Start training").until("finished").run
    tab = quick(epochs=5).click("Start training").until("finished")
    second = tab.run
    tab.click("Compare")
    assert tab.app.multiselect[0].value == [second, first]


def test_names_tell_runs_apart(trained):
    runs = [manager().run(trained(("seed", seed))) for seed in (1, 1, 2)]
    first, second, third = run_words.names(runs)
    assert first.startswith("seed 1, ")
    assert second.startswith("seed 1, ")
    assert first != second
    assert third == "seed 2"
    config = runs[0].config
    assert recipe_words.differing([config, config]) == {}
    assert len(recipe_words.differing([config, vary(config, "optimizer.learning_rate", 0.5)])) == 1
