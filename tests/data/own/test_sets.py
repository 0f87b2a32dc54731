"""Own sets on disk: found by the registry, there once, whole or not at all, and readable once their images are gone."""

import os
import signal
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from aedash import registry
from aedash.config import parse
from aedash.data.image_data import Missing, Unavailable, forget, load
from aedash.data.own import sets, splitting
from aedash.data.own.files import read
from aedash.registry import Refused
from tests.data.own.making import folders, npz, pictures, zipped

HERE = Path()


@pytest.fixture(autouse=True)
def home(environment):
    return environment / "sets"


def kept(count=30, classes=3, owner="anna", title="Things", seed=0):
    return sets.keep(read(zipped(folders(count, classes=classes, seed=seed))), title, owner)


def test_what_is_kept_is_a_data_set_with_every_image_once():
    found = read(zipped(folders(30, classes=3)))
    originals = {image.tobytes(): label for image, label in zip(found.images, found.labels.tolist(), strict=True)}
    name = sets.keep(found, "My things", "anna")
    data = load(name, HERE)
    assert data.info.title == "My things"
    assert data.info.classes == ("kind 0", "kind 1", "kind 2")
    assert data.info.per_class == tuple(np.bincount(data.train.labels).tolist())
    assert (len(data.train), len(data.test)) == (data.info.train, data.info.test) == (75, 15)
    stored = {}
    for split in (data.train, data.test):
        for image, label in zip(split.images.numpy(), split.labels.tolist(), strict=True):
            stored[image.tobytes()] = label
    assert stored == originals
    assert parse({"data": {"name": name}}).data.name == name
    assert name not in registry.datasets.names()


def test_one_in_six_of_each_class_is_for_the_test_the_same_of_the_same_files():
    name = kept(60, 2)
    assert np.bincount(load(name, HERE).test.labels).tolist() == [10, 10]
    found = read(zipped(folders(60, classes=2)))
    backwards = read(zipped(dict(reversed(folders(60, classes=2).items()))))
    assert sets.keep(backwards, "again", "bert") == sets.keep(found, "again", "bert") == name


@pytest.mark.parametrize("count", [8, 9, 13, 70])
def test_at_least_two_are_for_the_test(count):
    _, train = splitting.order(read(npz(x=pictures(count))))
    assert count - train >= max(2, count // 6)


def test_the_test_that_the_files_keep_apart_is_kept():
    images = pictures(20)
    name = sets.keep(read(npz(x_train=images[:15], x_test=images[15:])), "Apart", "anna")
    tested = {image.tobytes() for image in load(name, HERE).test.images.numpy()}
    assert tested == {image.tobytes() for image in images[15:]}


def test_the_same_images_are_there_once_and_are_of_all_who_brought_them(home):
    name = kept(owner="anna", title="First")
    written = (home / name[4:] / sets.IMAGES).stat().st_mtime_ns
    assert kept(owner="bert", title="Second") == kept(owner="anna") == name
    assert (home / name[4:] / sets.IMAGES).stat().st_mtime_ns == written
    about = sets.own_set(name)
    assert (about.owners, about.title) == (("anna", "bert"), "First")
    assert sets.sizes() == {name: (("anna", "bert"), about.bytes)}
    assert kept(seed=5) != name


def test_the_file_is_plain_safetensors(home):
    name = kept()
    stored = load_file(home / name[4:] / sets.IMAGES)
    assert stored["images"].shape == (90, 1, 28, 28)
    assert stored["labels"].dtype == np.int64


def test_images_go_with_their_last_owner_and_what_is_known_of_them_stays(home):
    name = kept(owner="anna")
    kept(owner="bert")
    load(name, HERE)
    with pytest.raises(Refused, match="Another person"):
        sets.give_up(name, "carl")
    sets.give_up(name, "anna")
    assert len(load(name, HERE).train) == 75
    sets.give_up(name, "bert")
    assert sets.listed() == []
    entry = registry.datasets.get(name)
    assert entry.info.title == "Things"
    assert not entry.present(HERE)
    with pytest.raises(Missing, match="The images of Things were removed"):
        load(name, HERE)
    assert kept(owner="carl") == name
    assert sets.own_set(name).owners == ("carl",)
    assert len(load(name, HERE).train) == 75


def test_images_can_be_given_up_on_a_full_disk_and_again_where_that_was_not_written(home, monkeypatch):
    """What is told of them has no room either, until they have gone."""
    name = kept(owner="anna")
    images, write = home / name[4:] / sets.IMAGES, sets.write_atomically

    def full(path, content):
        raise OSError(28, "No space left on device", str(path))

    def full_with_them(path, content):
        return full(path, content) if images.exists() else write(path, content)

    kept(owner="bert")
    monkeypatch.setattr(sets, "write_atomically", full)
    with pytest.raises(Refused, match=r"^These images cannot be removed now \(No space left on device\); try again"):
        sets.give_up(name, "anna")
    assert images.exists()
    assert sets.own_set(name).owners == ("anna", "bert")
    monkeypatch.setattr(sets, "write_atomically", write)
    sets.give_up(name, "anna")
    monkeypatch.setattr(sets, "write_atomically", full_with_them)
    sets.give_up(name, "bert")
    assert not images.exists()
    assert sets.listed() == []


@pytest.mark.parametrize(
    "name", ["own-", "own-../../../etc", "own-0123456789abcdef", "own-0123456789ABCDEF", "own-" + "a" * 99]
)
def test_an_unknown_name_is_one_sentence(name):
    with pytest.raises(Refused) as caught:
        registry.datasets.get(name)
    assert len(str(caught.value)) < 200


def test_a_damaged_file_is_one_sentence(home):
    name = kept()
    path = home / name[4:] / sets.IMAGES
    whole = path.read_bytes()
    forget(name)  # of a test before
    for broken in (whole[:-9000], b"\xff" * len(whole), whole[:8] + whole[8:].replace(b"90, 1", b"30, 3", 1)):
        path.write_bytes(broken)
        with pytest.raises(Unavailable, match="Things cannot be read"):
            load(name, HERE)
    (home / name[4:] / sets.ABOUT).write_text("{}")
    with pytest.raises(Refused):
        registry.datasets.get(name)
    assert kept() == name
    path.write_bytes(whole)
    assert len(load(name, HERE).train) == 75


def test_a_full_disk_keeps_nothing_and_says_so(home, monkeypatch):
    monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(Refused, match="cannot be stored here"):
        kept()
    assert sets.listed() == []
    assert [path.name for path in home.rglob("*") if path.is_file()] == [".lock"]


def killed_at(place):
    """What replaces fsync: at its call of that number the process is killed."""
    whole, left = os.fsync, [place]

    def fsync(number):
        left[0] -= 1
        if not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)
        whole(number)

    return fsync


@pytest.mark.parametrize("place", [1, 2])
def test_a_server_that_is_killed_leaves_no_half_set(place, home):
    found = read(zipped(folders(30, classes=3)))
    if (child := os.fork()) == 0:
        os.fsync = killed_at(place)
        sets.keep(found, "Things", "anna")
        os._exit(0)
    assert os.waitpid(child, 0)[1] == signal.SIGKILL
    assert sets.listed() == []
    other = kept(seed=3)
    assert [path.name for path in home.iterdir() if path.is_dir()] == [other[4:]]
    assert len(load(kept(), HERE).train) == 75


def test_a_picture_from_elsewhere_is_laid_into_the_field_as_the_sets_own_were():
    plain = registry.datasets.get(kept())
    turned = registry.datasets.get(sets.keep(read(npz(x=255 - pictures(20))).inverted(), "Dark", "anna", inverted=True))
    light = pictures(1, 56, seed=4)[0]
    wide = np.pad(light, ((0, 0), (20, 20)))
    for framing in (plain.framing, turned.framing):
        assert framing(wide, (28, 28))[-1].picture.shape == (28, 28)
        assert (framing(wide, (28, 28))[-1].picture == framing(light, (28, 28))[-1].picture).all()
    drawn, photographed = (turned.framing(picture, (28, 28))[-1].picture for picture in (light, 255 - light))
    assert np.abs(drawn.astype(int) - photographed).max() <= 1
