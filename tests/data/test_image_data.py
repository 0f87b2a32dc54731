"""Splits, scalings and the bundled digits."""

from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.datasets import load_digits
from torch.nn import functional

from aedash import registry
from aedash.config import DataConfig, training_images
from aedash.data.image_data import Dataset, ImageData, Split, Unavailable, images_of, load
from tests.data.small_set import SmallSet


def numbered(train=100, test=7):
    """Images that carry their own number, which is their label too."""
    info = SmallSet(train, test).info

    def split(start, count):
        numbers = torch.arange(start, start + count)
        return Split(numbers.to(torch.uint8).view(-1, 1, 1, 1).expand(-1, *info.shape).contiguous(), numbers)

    return ImageData(info, split(0, train), split(train, test))


@given(train=st.integers(1, 200), share=st.floats(0, 0.9))
def test_splits_share_out_every_training_image_once(train, share):
    data = numbered(train)
    splits = data.splits(share)
    held_out = len(splits["validation"]) if "validation" in splits else 0
    assert held_out == round(train * share)
    assert len(splits["train"]) == training_images(DataConfig(validation=share), data.info)
    labels = [label for name in ("train", "validation") if name in splits for label in splits[name].labels.tolist()]
    assert sorted(labels) == list(range(train))
    assert splits["test"].labels.tolist() == list(range(train, train + 7))


@pytest.mark.parametrize("share", [0, 1 / 6])
def test_a_class_left_out_is_in_no_training_and_in_no_validation_image(digits, share):
    config = DataConfig(without=3, validation=share)
    data = images_of(config, Path())
    splits = data.splits(share)
    assert len(splits["train"]) == training_images(config, data.info)
    parts = [split for name, split in splits.items() if name != "test"]
    assert all(3 not in part.labels for part in parts)
    kept = digits.train[digits.train.labels != 3]
    assert sum(map(len, parts)) == len(kept) == digits.info.train - digits.info.per_class[3]
    assert data.test is digits.test


def test_what_is_computed_without_a_class_is_of_the_others(digits):
    data = images_of(DataConfig(without=3), Path())
    assert data is images_of(DataConfig(without=3, validation=0), Path())
    assert data.digest != digits.digest
    assert data.scaling("standardised") != digits.scaling("standardised")
    seen = data.scaling("standardised").to_model(data.train.images).double()
    assert float(seen.mean()) == pytest.approx(0, abs=1e-6)
    moved = data.to(torch.device("meta"))
    assert (moved.digest, len(moved.train)) == (data.digest, len(data.train))
    assert images_of(DataConfig(), Path()) is digits


def test_the_counts_of_the_classes_are_those_of_the_images(digits):
    assert tuple(digits.train.labels.bincount().tolist()) == digits.info.per_class


def test_labels_stay_with_their_images():
    for split in numbered().splits(1 / 6).values():
        assert split.images[:, 0, 0, 0].equal(split.labels.to(torch.uint8))


def test_what_is_computed_from_the_images_is_computed_once_and_goes_with_them(monkeypatch):
    data = numbered()
    digest, scaling, kept = data.digest, data.scaling("standardised"), data.splits(1 / 6)
    assert data.to(torch.device("cpu")) is data
    moved = data.to(torch.device("meta"))  # stands for a GPU: there is nothing to compute from
    assert moved.train.images.is_meta
    assert (moved.digest, moved.scaling("standardised")) == (digest, scaling)
    monkeypatch.setattr(torch, "bincount", None)
    monkeypatch.setattr(torch, "randperm", None)
    assert data.scaling("standardised") == scaling
    assert data.splits(1 / 6)["train"] is kept["train"]


def test_another_share_is_split_anew():
    data = numbered()
    shares = [len(data.splits(share)["validation"]) for share in (0.5, 0.25, 0.5)]
    assert shares == [50, 25, 50]


def test_splits_are_the_same_each_time_and_whatever_the_seed():
    torch.manual_seed(1)
    first = numbered().splits(1 / 6)
    torch.manual_seed(2)
    second = numbered().splits(1 / 6)
    assert all(first[name].labels.equal(second[name].labels) for name in ("train", "validation", "test"))


def test_held_out_images_are_drawn_from_everywhere():
    held_out = numbered().splits(0.5)["validation"].labels
    assert held_out.min() < 10
    assert held_out.max() >= 90


def test_no_validation_share_leaves_all_images_in_their_order():
    splits = numbered().splits(0)
    assert set(splits) == {"train", "test"}
    assert splits["train"].labels.tolist() == list(range(100))


@pytest.mark.parametrize("name", ["unit", "raw", "standardised"])
def test_every_pixel_value_survives_the_way_to_the_model_and_back(name):
    scaling = load("digits", Path()).scaling(name)
    pixels = torch.arange(256, dtype=torch.uint8).view(1, 1, 16, 16)
    seen = scaling.to_model(pixels)
    assert seen.dtype == torch.float32
    torch.testing.assert_close(scaling.to_unit(seen), pixels / 255, atol=1e-6, rtol=0)
    assert pixels.flatten().tolist() == list(range(256))


@pytest.mark.parametrize(("name", "white"), [("unit", 1.0), ("raw", 255.0)])
def test_unit_and_raw_start_at_zero_and_end_at(name, white):
    scaling = load("digits", Path()).scaling(name)
    ends = torch.tensor([0, 255], dtype=torch.uint8)
    assert scaling.to_model(ends).tolist() == [0.0, white]


def test_standardised_training_images_have_mean_0_and_deviation_1():
    data = load("digits", Path())
    seen = data.scaling("standardised").to_model(data.train.images).double()
    assert float(seen.mean()) == pytest.approx(0, abs=1e-6)
    assert float(seen.std(correction=0)) == pytest.approx(1, abs=1e-6)


def test_images_of_one_value_are_standardised_to_zero():
    split = Split(torch.full((3, 1, 2, 2), 7, dtype=torch.uint8), torch.zeros(3, dtype=torch.int64))
    scaling = ImageData(SmallSet().info, split, split).scaling("standardised")
    assert not scaling.to_model(split.images).any()
    assert scaling.to_unit(torch.zeros(1)).item() == pytest.approx(7 / 255)


def test_the_digest_tells_images_apart():
    one, same, other = numbered(), numbered(), numbered()
    other.train.images[3, 0, 0, 0] += 1
    assert one.digest == same.digest != other.digest
    assert one.to(torch.device("cpu")).digest == one.digest


def test_digits_are_the_bundled_ones_in_28x28():
    data = load("digits", Path())
    assert data.train.images.shape == (data.info.train, *data.info.shape)
    assert data.test.images.shape == (data.info.test, *data.info.shape)
    assert data.train.images.dtype == torch.uint8
    images = torch.cat([data.train.images, data.test.images])
    labels = torch.cat([data.train.labels, data.test.labels])
    known = load_digits()
    assert torch.bincount(labels).tolist() == torch.bincount(torch.from_numpy(known.target)).tolist()
    assert set(data.test.labels.tolist()) == set(range(len(data.info.classes)))
    # enlarged, not changed: nothing outside the middle 20x20, whose mean image, made small again, is the known one
    middle = images[..., 4:24, 4:24].float() / 255
    assert images[..., 4:24, 4:24].sum() == images.sum()
    small = functional.adaptive_avg_pool2d(middle.mean(0), 8)[0]
    torch.testing.assert_close(small, torch.from_numpy(known.images.mean(0) / 16).float(), atol=0.12, rtol=0)


def test_digits_are_the_same_each_time():
    entry = registry.datasets.get("digits")
    for one, other in zip(entry.read(Path()), entry.read(Path()), strict=True):
        assert one.images.equal(other.images)
        assert one.labels.equal(other.labels)


def test_a_set_is_loaded_once_and_a_failure_is_not_remembered(tmp_path):
    small = SmallSet()
    files = small.files()
    registry.datasets.add("small", Dataset(small.info, files.read, files.check, files.fetch))
    try:
        with pytest.raises(Unavailable):
            load("small", tmp_path)
        small.write(tmp_path)
        assert load("small", tmp_path) is load("small", tmp_path)
    finally:
        registry.datasets.remove("small")
