"""The finished sweeps on their pages: the answer at once, without a data set and without a run of one's own."""

import re

import pytest

from aedash.store import gallery
from aedash.ui.desk import background
from aedash.ui.desk.manager import manager
from tests import fakes

SAID = {
    "lambda": ("lambda", r"Best at noise 0.4: λ = 1 ?, MSE .* below λ = 0\."),
    "noise": ("noise", "At noise 0.5 the network trained at 0.5 wins: PSNR"),
    "beta": ("sweeps", "Beta 20: no unit in use, every sample the mean picture."),
    "code": ("sweeps", "More numbers still help: 32 reach test MSE"),
    "depth": ("sweeps", r"Depth helps: hidden layers 32(-32)?, .* below none\. The deepest, 32-32-32-32"),
    "luck": ("sweeps", "6 seeds: test MSE .* Nothing else differs"),
    "checkerboard": ("sweeps", "It comes from conv transpose: untrained, it favours some pixels already"),
    "twins": ("twins", "After epoch 40, learning rate 0.01 has an error .* lower than 0.001"),
}
SHELF = gallery.shipped(fakes.GALLERY)


@pytest.fixture
def opened(open_page, monkeypatch):
    """opened(page, **query): a tab beside the real gallery, all its analyses in."""
    monkeypatch.setenv("AEDASH_GALLERY_DIR", str(fakes.GALLERY))

    def tab(page, **query):
        tab = open_page(page, **query)
        for _ in range(3):
            background.settle()
            tab.again()
        return tab

    return tab


@pytest.mark.parametrize("name", SAID)
def test_the_page_gives_the_answer(name, opened):
    page, said = SAID[name]
    tab = opened(page, sweep=SHELF.sweeps[name].id)
    assert tab.problem == ""
    assert re.search(said, tab.text), tab.text[:1500]
    assert "Stop all" not in tab.buttons
    assert "Go on" not in tab.buttons


def test_members_stand_in_no_list_and_open_as_runs(opened):
    member = SHELF.sweeps["lambda"].runs[0]
    tab = opened("train", run=member)
    assert tab.run == member
    assert tab.problem == ""
    assert manager().runs() == []
    assert "No runs yet" in tab.visit("home").text


def test_members_can_be_compared(opened):
    kept = SHELF.sweeps["code"]
    tab = opened("compare", run=[kept.runs[0], kept.runs[-1]])
    assert tab.problem == ""
    assert tab.query["run"] == [kept.runs[0], kept.runs[-1]]


def test_a_sweep_of_another_version_is_one_sentence_and_the_page_offers_its_recipe(open_page, tmp_path, monkeypatch):
    folder = tmp_path / "gallery" / "sweeps" / "lambda"
    folder.mkdir(parents=True)
    (folder / "sweep.json").write_text('{"future": 1}')
    tab = open_page("lambda", sweep=gallery.identity("lambda"))
    assert tab.problem == "The finished answer 'lambda' was made by another version of aedash, or is not whole."
    assert "Train 6 runs" in tab.buttons
