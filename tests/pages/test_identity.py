"""Kept identity and PCA-equivalent size, on the pages that show a model."""

import re

import pytest

from aedash.analysis.equivalent import equivalent
from aedash.analysis.judge import path_of
from aedash.formatting import number
from aedash.store import kept as records
from aedash.ui.compare import selection
from aedash.ui.compare import table as compare_table
from aedash.ui.desk import background
from aedash.ui.desk.desk import Desk
from aedash.ui.desk.manager import manager
from tests import fakes


@pytest.fixture
def judged(house, monkeypatch, tmp_path):
    """A gallery with no model but the judge of the digits."""
    there = path_of(tmp_path / "gallery", "digits")
    there.parent.mkdir(parents=True)
    there.write_bytes(path_of(fakes.GALLERY, "digits").read_bytes())


@pytest.fixture
def learnt(open_page):
    """learnt(): a tab with a finished run that learnt more than the mean image in a second."""

    def session():
        fast = ['data.name="digits"', "architecture.widths=[64]", "epochs=8", "optimizer.learning_rate=0.005"]
        return open_page("train", preset="R0-simple", set=fast).click("Start training").until("finished")

    return session


def test_the_status_row_and_the_curve_tell_the_size_of_pca(learnt):
    tab = learnt()
    run = manager().run(tab.run)
    history = manager().history(run)
    size = equivalent(run.figures["test"].mse, history.references.pca["test"])
    assert {label: value for value, label in tab.status["metrics"]}["numbers PCA needs"] == number(size)
    marks = tab.live("curve")[0]["marks"]
    assert marks
    passed = int(marks[-1][1].removeprefix("PCA-").removesuffix(" passed"))
    end = next(end for end in history.ends if end.epoch == marks[-1][0])
    assert end.figures.mse <= history.references.pca[end.split][passed]


def test_a_denoiser_s_size_is_said_to_be_of_clean_input(open_page):
    changes = ['data.name="digits"', "architecture.widths=[16]", "epochs=1", 'corruption={"name":"gaussian"}']
    tab = open_page("train", preset="R0-simple", set=changes).click("Start training").until("finished")
    assert "PCA needs, clean input" in [label for _, label in tab.status["metrics"]]


def test_train_and_compare_tell_what_is_kept_beside_the_originals(judged, learnt):
    tab = learnt()
    background.settle()
    tab.again()
    assert re.search(r"Kept identity, of 360: \d\d\.\d %, originals 99\.2 %\.", tab.text)
    models = selection.models([manager().run(tab.run)])
    compare_table.rows(models, Desk())
    background.settle()
    rows = {row.name: row.figures for row in compare_table.rows(models, Desk())}
    own, linear, originals = rows.values()
    assert list(rows)[1:] == ["PCA-20", "Digits images"]
    assert originals["kept"] == pytest.approx(99.17, abs=0.3)
    assert 20 < own["kept"] < linear["kept"] <= originals["kept"]
    assert linear["pca"] == 20


def test_without_a_judge_nothing_is_asked(quick):
    tab = quick().click("Start training").until("finished")
    background.settle()
    assert "Kept identity" not in tab.again().text
    found = compare_table.rows(selection.models([manager().run(tab.run)]), Desk())
    assert "kept" not in compare_table.columns_of(found)


def test_a_broken_judge_costs_its_own_line_alone(judged, learnt, tmp_path):
    path_of(tmp_path / "gallery", "digits").write_bytes(b"no")
    tab = learnt()
    background.settle()
    assert "Kept identity" not in tab.again().text
    assert not tab.problem


def test_the_gallery_tells_both_without_images(open_page, monkeypatch):
    monkeypatch.setenv("AEDASH_GALLERY_DIR", str(fakes.GALLERY))
    tab = open_page("home")
    run = manager().gallery()["R0-simple"]
    size = equivalent(run.figures["test"].mse, manager().history(run).references.pca["test"])
    assert f"PCA needs {number(size)} numbers" in tab.text
    assert f"kept identity {records.load(run.folder).kept * 100:.0f} %" in tab.text
