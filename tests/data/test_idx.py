"""What is read is what the files hold, or nothing."""

import fcntl
import gzip
import hashlib
import os
import zlib
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from aedash import registry
from aedash.data import idx as idx_module
from aedash.data.idx import IdxFiles, encoded
from aedash.data.image_data import Missing, Unavailable
from aedash.data.sources import FILES, OWNERS, SOURCES
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
        assert small.present(root)
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
    assert not small.present(tmp_path)
    with pytest.raises(Unavailable) as error:
        small.files().read(tmp_path)
    assert f"{name}.gz is missing; download it, or put it into Small/raw in the data folder (AEDASH_DATA_DIR)." in (
        one_sentence(error, tmp_path)
    )


def test_a_root_that_is_a_file_holds_nothing(tmp_path):
    root = tmp_path / "file"
    root.write_text("")
    assert not SmallSet().present(root)
    with pytest.raises(Missing, match=r"^Small is not on this machine yet: .* into Small/raw in the data folder"):
        SmallSet().files().read(root)


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_an_archive_with_any_bit_flipped_or_any_cut_is_refused_unless_its_content_is_whole(data):
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
        outcome = read(small, root)
    refused = outcome.startswith(f"Small cannot be read: {name} ")
    assert refused or (outcome == "read" and unpacked(content) == unpacked(small.packed[name]))


def unpacked(archive):
    """Its content, None where it cannot be had. A flipped bit of its header, the time say, leaves it as it is."""
    try:
        return gzip.decompress(bytes(archive))
    except (OSError, EOFError, zlib.error):
        return None


def read(small, root):
    """ "read" when exactly this set was read, else the sentence of the refusal."""
    try:
        assert small.is_read(root)
    except Unavailable as error:
        return str(error)
    return "read"


@given(st.data())
@settings(max_examples=30, deadline=None)
def test_an_unpacked_file_with_any_bit_flipped_is_refused(data):
    small = SmallSet()
    name = data.draw(st.sampled_from(NAMES))
    content = bytearray(small.plain[name])
    content[data.draw(st.integers(0, len(content) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with TemporaryDirectory() as folder:
        root = Path(folder)
        (small.write(root, plain=True) / name).write_bytes(content)
        assert not small.present(root)
        with pytest.raises(Unavailable) as error:
            small.files().read(root)
        assert f"{name} " in one_sentence(error, root)


def test_a_pixel_that_differs_is_told_as_damage(tmp_path):
    small = SmallSet()
    path = small.write(tmp_path, plain=True) / TRAIN_IMAGES
    path.write_bytes(path.read_bytes()[:-1] + bytes([path.read_bytes()[-1] ^ 1]))
    with pytest.raises(Unavailable, match=f"{TRAIN_IMAGES} is damaged, or holds other images; download it again"):
        small.files().read(tmp_path)


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("packed", [True, False])
def test_another_sets_files_under_this_ones_names_are_refused_by_name(tmp_path, monkeypatch, known, packed):
    """They have the same names and sizes, and classes that fit."""
    other, small = SmallSet(), SmallSet(known=known)
    small.values = {name: values.flip(0) for name, values in small.values.items()}
    small.plain = {name: idx(values) for name, values in small.values.items()}
    small.packed = {f"{name}.gz": gzip.compress(content, mtime=0) for name, content in small.plain.items()}
    for content in other.plain.values():
        monkeypatch.setitem(OWNERS, hashlib.md5(content).hexdigest(), "OtherMNIST")
    other.write(tmp_path, plain=not packed)
    assert not small.present(tmp_path)
    with pytest.raises(Unavailable, match=r"holds other images \(OtherMNIST\); download it again\.$") as error:
        small.files().read(tmp_path)
    one_sentence(error, tmp_path)


def test_what_is_written_is_what_is_read():
    for values in SmallSet().values.values():
        assert encoded(values) == idx(values)


def test_a_set_packed_anew_is_read(tmp_path):
    small = SmallSet()
    raw = small.write(tmp_path)
    for name, content in small.plain.items():
        (raw / f"{name}.gz").write_bytes(gzip.compress(content, compresslevel=1))
    assert small.is_read(tmp_path)


def test_a_file_is_looked_into_once_until_it_changes(tmp_path, monkeypatch):
    small = SmallSet()
    files = small.files()
    path = small.write(tmp_path, plain=True) / TRAIN_IMAGES
    looked = []
    judge = IdxFiles._judge
    monkeypatch.setattr(IdxFiles, "_judge", lambda self, *args: looked.append(args[1]) or judge(self, *args))
    files.check(tmp_path)
    files.check(tmp_path)
    assert sorted(looked) == sorted(NAMES)
    path.write_bytes(b"x" * path.stat().st_size)
    os.utime(path, ns=(1, 1))
    with pytest.raises(Unavailable):
        files.check(tmp_path)
    assert looked[4:] == [TRAIN_IMAGES]


def dotted(name):
    return name.replace("-idx", ".idx")


PLACES = {
    "without raw": lambda name: f"Small/{name}.gz",
    "without raw, unpacked": lambda name: f"Small/{name}",
    "small letters": lambda name: f"small/raw/{name}.gz",
    "small letters without raw": lambda name: f"small/{name}",
    "dots": lambda name: f"Small/raw/{dotted(name)}.gz",
    "dots, unpacked": lambda name: f"Small/raw/{dotted(name)}",
    "a folder named as the file": lambda name: f"Small/{name}/{dotted(name)}",
    "the same with dots": lambda name: f"small/{dotted(name)}/{dotted(name)}",
}


@pytest.mark.parametrize("place", PLACES)
def test_files_are_read_where_and_as_others_put_them(tmp_path, place):
    small = SmallSet()
    for name in NAMES:
        path = tmp_path / PLACES[place](name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(small.packed[f"{name}.gz"] if path.suffix == ".gz" else small.plain[name])
    assert small.present(tmp_path)
    assert small.is_read(tmp_path)


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
    "is damaged": lambda small: small.packed.update({f"{TRAIN_IMAGES}.gz": b"<html>"}),
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
    source = SOURCES[name]
    assert info.title == name
    assert (info.train, info.test, info.shape) == (60_000, 10_000, (1, 28, 28))
    assert tuple(NAMES) == FILES
    assert {f"{file}.gz": md5 for file, md5 in source.archives.items()} == dict(getattr(datasets, name).resources)
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
        assert not entry.present(tmp_path)
        with pytest.raises(Unavailable, match=f"{folder} cannot be read: {TRAIN_IMAGES}.gz is not in the idx format"):
            entry.read(tmp_path)
