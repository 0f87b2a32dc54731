"""The finished sweeps on their pages: the answer at once, without a data set and without a run of one's own."""

import re
import shutil

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


def test_a_member_whose_curves_are_damaged_shows_its_pictures(open_page, tmp_path):
    kept = SHELF.sweeps["twins"]
    shutil.copytree(fakes.GALLERY / "sweeps" / "twins", tmp_path / "gallery" / "sweeps" / "twins")
    (tmp_path / "gallery" / "sweeps" / "twins" / kept.runs[0] / "history.json").write_text(
        '{"events": [["Later", {}]]}'
    )
    for page, query in {"twins": {"sweep": kept.id}, "compare": {"run": kept.runs[:2]}}.items():
        assert open_page(page, **query).problem == ""
    tab = open_page("train", run=kept.runs[0], **{"view-touch": "dot-5"})
    assert [each["title"][:19] for each in tab.live("specimen")] == ["Test image 5, class"]


def test_a_yardstick_without_pictures_is_none(tmp_path, open_page):
    for name in ("R1-dense", "R1-conv"):
        shutil.copytree(fakes.GALLERY / name, tmp_path / "gallery" / name)
    shutil.rmtree(tmp_path / "gallery" / "R1-conv" / "snapshots")
    tab = open_page("train", run=gallery.pretrained(fakes.GALLERY)["R1-dense"].id)
    assert tab.live("scatter")
