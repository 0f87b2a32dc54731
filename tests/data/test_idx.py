"""What is read is what the files hold, or nothing."""

import fcntl
import gzip
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from aedash import registry
from aedash.data import idx as idx_module
from aedash.data.image_data import Unavailable
from tests.data.small_set import NAMES, TEST_LABELS, TRAIN_IMAGES, TRAIN_LABELS, SmallSet, idx, one_sentence

sizes = st.integers(1, 6)


@given(train=sizes, test=sizes, height=sizes, width=sizes, forms=st.lists(st.integers(1, 3), min_size=4, max_size=4))
@settings(max_examples=30, deadline=None)
def test_reads_every_size_in_every_mixture_of_forms(train, test, height, width, forms):
    small = SmallSet(train, test, height, width)
    with TemporaryDirectory() as folder:
        root = Path(folder)
        raw = small.write(root)
        small.write(root, plain=True)
        for name, form in zip(NAMES, forms, strict=True):  # 1: archive alone, 2: unpacked alone, 3: both
            if form == 1:
                (raw / name).unlink()
            if form == 2:
                (raw / f"{name}.gz").unlink()
        assert small.files().present(root)
        assert small.is_read(root)


def test_shapes_and_types(tmp_path):
    small = SmallSet()
    small.write(tmp_path)
    train, test = small.files().read(tmp_path)
    assert train.images.shape == (12, 1, 5, 4)
    assert train.images.dtype == torch.uint8
    assert test.labels.shape == (6,)
    assert test.labels.dtype == torch.int64


@pytest.mark.parametrize("name", NAMES)
def test_a_missing_file_is_named(tmp_path, name):
    small = SmallSet()
    (small.write(tmp_path) / f"{name}.gz").unlink()
    assert not small.files().present(tmp_path)
    with pytest.raises(Unavailable) as error:
        small.files().read(tmp_path)
    assert f"{name}.gz is missing; download it" in one_sentence(error, tmp_path)


def test_a_root_that_is_a_file_holds_nothing(tmp_path):
    root = tmp_path / "file"
    root.write_text("")
    assert not SmallSet().files().present(root)
    with pytest.raises(Unavailable, match="missing"):
        SmallSet().files().read(root)


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_an_archive_with_any_bit_flipped_or_any_cut_is_refused(data):
    small = SmallSet()
    name = data.draw(st.sampled_from(sorted(small.packed)))
    content = bytearray(small.packed[name])
    place = data.draw(st.integers(0, len(content) - 1))
    if data.draw(st.booleans()):
        content[place] ^= 1 << data.draw(st.integers(0, 7))
    else:
        del content[place:]
    with TemporaryDirectory() as folder:
        root = Path(folder)
        (small.write(root) / name).write_bytes(content)
        with pytest.raises(Unavailable) as error:
            small.files().read(root)
        assert f"{name} is damaged; download it again" in one_sentence(error, root)


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_an_unpacked_file_with_another_length_or_header_is_refused(data):
    small = SmallSet()
    name = data.draw(st.sampled_from(NAMES))
    content = bytearray(small.plain[name])
    fault = data.draw(st.sampled_from(["cut", "longer", "header"]))
    if fault == "cut":
        del content[data.draw(st.integers(0, len(content) - 1)) :]
    elif fault == "longer":
        content += bytes(data.draw(st.integers(1, 50)))
    else:
        header = len(content) - small.values[name].numel()
        content[data.draw(st.integers(0, header - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with TemporaryDirectory() as folder:
        root = Path(folder)
        (small.write(root, plain=True) / name).write_bytes(content)
        with pytest.raises(Unavailable) as error:
            small.files().read(root)
        text = one_sentence(error, root)
    assert name in text
    assert "download it again" in text


WRONG = {
    "is no gzip archive": lambda small: small.packed.update({f"{TRAIN_IMAGES}.gz": b"<html>"}),
    "is not in the idx format": lambda small: small.replace(TRAIN_IMAGES, b"\x01" + small.plain[TRAIN_IMAGES][1:]),
    "holds another number": lambda small: small.replace(TRAIN_IMAGES, idx(small.values[TRAIN_IMAGES][1:])),
    "is cut off or too long": lambda small: small.replace(TRAIN_IMAGES, small.plain[TRAIN_IMAGES][:-1]),
    "holds a label of no known class": lambda small: small.replace(
        TEST_LABELS, idx(torch.full((6,), 10, dtype=torch.uint8))
    ),
}


@pytest.mark.parametrize("reason", WRONG)
def test_an_archive_with_the_right_sum_is_still_checked_inside(tmp_path, reason):
    small = SmallSet()
    WRONG[reason](small)
    small.write(tmp_path)
    with pytest.raises(Unavailable, match=reason) as error:
        small.files().read(tmp_path)
    assert ".gz" in one_sentence(error, tmp_path)


def test_an_archive_is_unpacked_no_further_than_the_set_is_long(tmp_path, monkeypatch):
    small = SmallSet()
    small.replace(TRAIN_IMAGES, small.plain[TRAIN_IMAGES] + bytes(2**20))
    small.write(tmp_path)
    seen = []
    parse = idx_module._parse
    monkeypatch.setattr(idx_module, "_parse", lambda content, dims: seen.append(len(content)) or parse(content, dims))
    with pytest.raises(Unavailable, match="too long"):
        small.files().read(tmp_path)
    assert max(seen) == len(small.plain[TRAIN_IMAGES]) + 1


def test_an_unpacked_file_stands_in_for_a_damaged_archive(tmp_path):
    small = SmallSet()
    raw = small.write(tmp_path)
    small.write(tmp_path, plain=True)
    (raw / f"{TRAIN_IMAGES}.gz").write_bytes(b"damaged")
    assert small.is_read(tmp_path)


def test_the_archive_counts_more_than_an_unpacked_file(tmp_path):
    small = SmallSet()
    raw = small.write(tmp_path)
    (raw / TRAIN_LABELS).write_bytes(idx(torch.zeros(12, dtype=torch.uint8)))
    assert small.is_read(tmp_path)


def test_where_both_forms_are_damaged_the_archive_is_named(tmp_path):
    small = SmallSet()
    raw = small.write(tmp_path)
    (raw / f"{TRAIN_IMAGES}.gz").write_bytes(b"damaged")
    (raw / TRAIN_IMAGES).write_bytes(small.plain[TRAIN_IMAGES][:-1])
    with pytest.raises(Unavailable, match=f"{TRAIN_IMAGES}.gz is damaged"):
        small.files().read(tmp_path)


def test_a_folder_in_the_place_of_a_file_is_refused(tmp_path):
    small = SmallSet()
    path = small.write(tmp_path) / f"{TRAIN_IMAGES}.gz"
    path.unlink()
    path.mkdir()
    with pytest.raises(Unavailable) as error:
        small.files().read(tmp_path)
    assert path.name in one_sentence(error, tmp_path)


def test_reading_and_fetching_a_complete_set_writes_nothing(tmp_path, monkeypatch):
    small = SmallSet()
    raw = small.write(tmp_path)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    for folder in (raw, raw.parent, tmp_path):
        folder.chmod(0o555)
    monkeypatch.setattr(fcntl, "flock", None)  # root is not stopped by the mode, so the lock itself must not be reached
    assert small.is_read(tmp_path)
    small.files().fetch(tmp_path, lambda done, total: pytest.fail("nothing is to be fetched"))
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before
    for folder in (tmp_path, raw.parent, raw):
        folder.chmod(0o755)  # or pytest cannot clear it away


@pytest.mark.parametrize("name", ["MNIST", "FashionMNIST", "KMNIST"])
def test_each_registered_set_matches_torchvision(name):
    from torchvision import datasets

    info = registry.datasets.get({"FashionMNIST": "fashion-mnist"}.get(name, name.lower())).info
    source = idx_module.from_torchvision(name)
    assert info.title == name
    assert (info.train, info.test, info.shape) == (60_000, 10_000, (1, 28, 28))
    assert sorted(source.md5) == sorted(f"{file}.gz" for file in NAMES)
    assert list(source.mirrors) == getattr(datasets, name).mirrors
    assert [known.split(" - ")[0] for known in getattr(datasets, name).classes] == list(info.classes)


def test_a_registered_set_lies_where_torchvision_puts_it(tmp_path):
    """Files with torchvision's names at its place are found; only their sums are wrong."""
    for name, folder in (("mnist", "MNIST"), ("fashion-mnist", "FashionMNIST"), ("kmnist", "KMNIST")):
        entry = registry.datasets.get(name)
        assert not entry.present(tmp_path)
        raw = tmp_path / folder / "raw"
        raw.mkdir(parents=True)
        for file in NAMES:
            (raw / f"{file}.gz").write_bytes(gzip.compress(b"other"))
        assert entry.present(tmp_path)
        with pytest.raises(Unavailable, match=f"{folder} cannot be read: {TRAIN_IMAGES}.gz is damaged"):
            entry.read(tmp_path)
