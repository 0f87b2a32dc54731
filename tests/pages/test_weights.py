"""Weights on the pages: taken along from Train, brought on Runs, and shown everywhere without a training."""

import pytest

from aedash.config import vary_all
from aedash.presets.base import preset
from aedash.training.classroom import PAUSED
from aedash.training.imported import exported
from aedash.ui.desk import background
from aedash.ui.desk.manager import manager
from tests import fakes
from tests.pages.conftest import SMALL
from tests.training import malformed

HURDLES = {
    "pickle": (b"\x80\x04nonsense", "This is a pickle"),
    "noise": (b"nonsense" * 9, "no safetensors file"),
    "bare": (malformed.file_of({"<b>x</b>": {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]}}), "is missing"),
}


@pytest.fixture
def dialog(open_page, trained):
    """A tab on Runs with the dialog open."""
    tab = open_page("runs").click("Upload weights")
    assert [widget.label for widget in tab.app.file_uploader] == ["Weights"]
    return tab


def upload(tab, content):
    tab.app.file_uploader[0].set_value(("mine.safetensors", content, "")).run()
    background.settle()
    return tab.again() if "Keep it as a run" not in tab.buttons else tab


def test_a_file_that_is_brought_becomes_a_run_that_every_page_shows(dialog, trained, open_page):
    tab = upload(dialog, exported(manager().run(trained)))
    assert "Dense autoencoder with a code of 4 numbers: test MSE" in tab.text
    tab.click("Keep it as a run")
    made = next(run for run in manager().runs() if run.uploaded)
    assert made.figures["test"].mse == pytest.approx(manager().run(trained).figures["test"].mse)
    train = open_page("train", run=made.id)
    assert train.status["word"] == "Uploaded"
    assert {"epoch", "in training"}.isdisjoint(label for _, label in train.status["metrics"])
    assert "Uploaded, not trained here: " in train.text
    assert "No curves" in train.text
    assert "More epochs" not in [each.label for each in train.app.number_input]
    assert "has none" in open_page("compare", run=made.id).text
    for page in ("explore", "home", "twins"):
        assert not open_page(page, run=made.id).problem


def test_while_the_teacher_has_paused_new_runs_no_weights_become_one(dialog, trained, monkeypatch):
    tab = upload(dialog, exported(manager().run(trained)))
    monkeypatch.setattr(manager().classroom, "frozen", True)
    tab.click("Keep it as a run")
    assert PAUSED in tab.problem
    assert not [run for run in manager().runs() if run.uploaded]


@pytest.mark.parametrize("name", HURDLES)
def test_what_cannot_be_taken_is_a_sentence_in_the_dialog(dialog, name):
    content, told = HURDLES[name]
    tab = upload(dialog, content)
    assert told in tab.problem
    assert "Keep it as a run" not in tab.buttons
    assert "<b>" not in tab.problem


def test_a_model_that_came_with_its_weights_can_be_taken_along(open_page, house):
    run = manager().submit(vary_all(preset("R0-simple").config, SMALL))
    fakes.over(manager(), run)
    assert "Weights" in [each.proto.label for each in open_page("train", run=run).app.get("download_button")]
