"""The judge: what it reads of real digits, of nonsense, and of what models make."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from aedash.analysis import judge as judges
from aedash.analysis.identity import kept, kept_by_pca
from aedash.analysis.judge import judge_of, path_of, save, train
from aedash.registry import Refused
from aedash.store import kept as records
from aedash.store.kept import Kept
from tests import fakes


@pytest.fixture(scope="module")
def judge():
    return judge_of("digits", fakes.GALLERY)


@pytest.fixture
def quick(monkeypatch):
    """Training that takes a second."""
    monkeypatch.setattr(judges, "LEAST_STEPS", 1)


def unit(split):
    return split.images.float() / 255


@pytest.mark.parametrize("name", ["digits", "mnist", "fashion-mnist"])
def test_shipped_judges_are_small_and_say_how_good_they_are(name):
    found = judge_of(name, fakes.GALLERY)
    assert 30_000 < sum(p.numel() for p in found.net.parameters()) < 60_000
    assert path_of(fakes.GALLERY, name).stat().st_size < 120_000
    assert found.accuracy > (0.88 if name == "fashion-mnist" else 0.99)


def test_the_accuracy_that_is_stated_is_that_of_the_weights(judge, digits):
    reading = judge.read(unit(digits.test))
    right = reading.labels == digits.test.labels.numpy()
    assert float(right.mean()) == pytest.approx(judge.accuracy, abs=0.003)  # of one image, on another machine
    assert len(right) == judge.tested
    assert reading.features.shape == (len(right), judges.FEATURES)
    assert reading.features.min() >= 0
    assert reading.confidence.min() >= 0.1
    assert reading.confidence.max() <= 1


def test_training_learns_and_gives_the_same_again(quick, digits, tmp_path):
    one, two = train(digits), train(digits)
    assert not fakes.unlike(one.net, two.net)
    assert one.accuracy > 0.8
    assert torch.get_num_threads() == 1
    save(one, path_of(tmp_path, "digits"))
    again = judge_of("digits", tmp_path)
    assert not fakes.unlike(one.net, again.net)
    assert again.accuracy == one.accuracy


def test_pictures_beyond_white_and_black_are_read_as_they_are_shown(judge, digits):
    wild = unit(digits.test) * 4 - 1
    wild[0] = torch.nan
    seen = judge.read(wild)
    assert np.allclose(seen.features[1:], judge.read(wild.clamp(0, 1)).features[1:], atol=1e-4)
    assert np.allclose(seen.features[0], judge.read(torch.zeros(1, 1, 28, 28)).features[0], atol=1e-4)


@pytest.mark.parametrize("content", [None, b"nonsense", "other"])
def test_a_judge_that_is_not_there_or_broken_is_refused_in_a_sentence(content, tmp_path, judge, monkeypatch):
    place = path_of(tmp_path, "digits")
    if content == "other":
        half = replace(judge, net=torch.nn.Linear(3, 3))
        save(half, place)
    elif content:
        place.parent.mkdir(parents=True)
        place.write_bytes(content)
    with pytest.raises(Refused) as told:
        judge_of("digits", tmp_path)
    assert "judge of Digits" in str(told.value)
    assert str(tmp_path) not in str(told.value)


def test_a_model_that_returns_its_input_keeps_what_the_judge_reads(identity, judge):
    found = kept(identity(), judge)
    assert found.kept == found.read == pytest.approx(judge.accuracy, abs=0.003)
    assert (found.margin, found.images, found.level) == (0, 360, True)


def test_one_constant_picture_keeps_one_class(diverged, judge, digits):
    found = kept(diverged, judge)
    shares = np.bincount(digits.test.labels) / len(digits.test)
    assert found.kept in shares.tolist()
    assert not found.level


def test_pca_of_all_pixels_keeps_all_and_of_one_number_hardly_any(small, judge):
    assert kept_by_pca(small, judge, 784).level
    few, more = kept_by_pca(small, judge, 1), kept_by_pca(small, judge, 20)
    assert few.kept < 0.5 < more.kept
    assert kept_by_pca(small, judge) == kept_by_pca(small, judge, 4)


def test_what_was_kept_is_read_again_and_nonsense_is_not(tmp_path):
    assert records.load(tmp_path) is None
    records.write(tmp_path, Kept(0.9, 0.99, 0.01, 360))
    assert records.load(tmp_path) == Kept(0.9, 0.99, 0.01, 360)
    (tmp_path / records.FILE).write_text('{"kept": 2, "read": 1, "margin": 0, "images": 3}')
    assert records.load(tmp_path) is None


def test_every_model_that_comes_with_the_app_says_what_it_keeps():
    packed = [path.parent for path in Path(fakes.GALLERY).glob("*/run.json")]
    assert [folder.name for folder in packed if records.load(folder) is None] == []
