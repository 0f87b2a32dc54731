"""Own images: uploaded, looked at, made a data set, trained on, and removed; whatever cannot be is one sentence."""

import numpy as np
import pytest
import streamlit as st

from aedash.config import vary_all
from aedash.data.own import sets
from aedash.data.own.files import read
from aedash.events import RunState
from aedash.presets.base import preset
from aedash.ui.desk import background
from aedash.ui.desk.manager import manager
from aedash.ui.own_data import upload
from aedash.ui.widgets import datasets
from aedash.ui.widgets.run_words import data_title
from tests import fakes
from tests.data.own.making import folders, npy, npz, pictures, png, zipped

ENTRY = "Your own images ..."


@pytest.fixture
def uploading(quick):
    """uploading(content): a tab whose dialog has read that file."""

    def session(content, name="my things.zip"):
        tab = quick()
        tab.settle(tab.field(tab.app.selectbox, "Dataset").set_value("own...").run())
        tab.settle(tab.app.file_uploader[0].set_value((name, content, "application/zip")).run())
        background.settle()
        return tab.again()

    return session


def test_a_zip_becomes_a_data_set_that_is_trained_on(uploading):
    broken = {"things/kind 0/broken.png": png(pictures(1)[0])[:70], "things/about.txt": b"about"}
    tab = uploading(zipped(folders(30, classes=3) | broken))
    assert "90 images in grey, 3 classes." in tab.text
    assert "2 files skipped: 1 is damaged, 1 is no image." in tab.text
    assert "15 of them are kept aside for the test" in tab.text
    assert tab.html.count("<figure>") == 24
    tab.click("Use these images")
    name = sets.listed()[0].name
    assert tab.recipe.data.name == name
    assert tab.recipe.optimizer.batch_size == 75 // 4
    assert tab.value("Dataset") == name
    assert sets.own_set(name).title == "my things"
    assert not tab.app.file_uploader
    tab.click("Start training").until("finished")
    assert manager().run(tab.run).config.data.name == name


def test_dark_on_light_is_shown_beside_its_inverse_and_learnt_inverted(uploading):
    tab = uploading(npy(255 - pictures(40)), "dark.npy")
    assert "Dark on light" in tab.text
    assert tab.html.count("<figure>") == 24
    tab.click("Use these images")
    about = sets.listed()[0]
    assert about.inverted
    found = read(npy(pictures(40)))
    assert sets.keep(found, "", "anna") == about.name


def test_who_will_see_the_images_is_told_where_strangers_are(uploading, monkeypatch):
    assert upload.SEEN not in uploading(npy(pictures(40)), "alone.npy").text
    monkeypatch.setattr(upload, "shared", lambda: True)
    tab = uploading(npz(x=pictures(40), y=np.arange(40) % 2), "shared.npz")
    assert upload.SEEN in tab.text
    assert "Images of each class: 0: 20, 1: 20." in tab.text


def test_another_size_is_read_anew(uploading):
    tab = uploading(npz(x=pictures(40, 20)), "small.npz")
    assert tab.value("Size in pixels") == 20
    tab.settle(tab.field(tab.app.selectbox, "Size in pixels").set_value(32).run())
    background.settle()
    tab.again().click("Use these images")
    assert sets.listed()[0].shape == (1, 32, 32)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"nonsense", "none of those that are read here"),
        (zipped({"a.png": png(pictures(1)[0])}), "At least 8 make a data set"),
        (npy(np.array([{}, None])), "Python objects (a pickle), which are never read"),
    ],
)
def test_what_is_no_set_of_images_is_one_sentence(uploading, content, told):
    tab = uploading(content)
    assert told in tab.text
    assert "Use these images" not in tab.buttons
    assert sets.listed() == []


def test_what_is_read_does_not_stay_in_memory_once_it_is_kept(uploading):
    tab = uploading(zipped(folders(20)))
    tab.click("Use these images")
    assert not [key for key in background._results if "own images" in key]
    assert tab.app.session_state[f"{upload.KEY}-round"] == 1


def test_a_set_that_is_removed_leaves_its_runs_readable(open_page, uploading):
    tab = uploading(zipped(folders(30)))
    tab.click("Use these images").click("Start training").until("finished")
    run, name = tab.run, tab.recipe.data.name
    tab.settle(tab.field(tab.app.selectbox, "Dataset").set_value("own...").run())
    assert "my things 60 images, 28x28 in grey, 2 classes." in tab.text
    tab.click(f"own-remove-{name}")
    assert sets.listed() == []
    for page in ("train", "explore", "compare"):
        other = open_page(page, run=run)
        background.settle()
        assert "The images of my things were removed" in other.again().text
    assert not open_page("runs").problem
    assert data_title(manager().run(run)) == "my things"
    assert name not in tab.field(open_page("train").app.selectbox, "Dataset").options
    manager().store.rebuild()
    assert list(manager().store.unreadable) == []


def test_experiments_offer_own_sets_and_a_link_names_another_s(open_page, monkeypatch):
    name = sets.keep(read(zipped(folders(40))), "Mine", "anna")
    picker = open_page("noise")
    assert "Mine" in picker.field(picker.app.selectbox, "Dataset").options
    monkeypatch.setenv("AEDASH_SHARED", "true")
    manager().close()
    st.cache_resource.clear()
    stranger = open_page("noise")
    assert "Mine" not in stranger.field(stranger.app.selectbox, "Dataset").options
    linked = open_page("noise", data=name)
    assert linked.value("Dataset") == name
    trained = open_page("train", set=f'data.name="{name}"')
    assert trained.value("Dataset") == name
    assert open_page("noise", data="own-0000000000000000").value("Dataset") == "digits"


def test_eight_images_of_one_class_are_trained_on_and_looked_at(open_page):
    """Two test images, one batch, a model that is told the one class there is."""
    name = sets.keep(read(npz(x=pictures(8))), "Few", "anna")
    config = preset("aedash-conditional").config
    run = manager().submit(vary_all(config, [*datasets.changes(config, name), ("epochs", 1)]), "aedash-conditional")
    assert fakes.over(manager(), run).state is RunState.FINISHED
    for page in ("train", "explore", "compare"):
        tab = open_page(page, run=run)
        background.settle()
        assert "the log file has the details" not in tab.again().text


def test_a_person_who_has_no_room_left_is_told_and_keeps_the_page(uploading, monkeypatch):
    monkeypatch.setenv("AEDASH_SHARED", "true")
    monkeypatch.setenv("AEDASH_MAX_DISK_PER_PERSON", "0.00001")
    tab = uploading(zipped(folders(30)))
    tab.click("Use these images")
    assert "AEDASH_MAX_DISK_PER_PERSON" in tab.text
    assert "these images may need" in tab.text
    assert "Use these images" in tab.buttons
    assert sets.listed() == []
