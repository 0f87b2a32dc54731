"""The finished sweeps that come with the app: whole, small, as their recipes say, and measured on their own weights."""

import re
from base64 import b64decode
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from aedash.analysis.metrics import evaluate
from aedash.analysis.trained import trained
from aedash.figures.cards import picture
from aedash.figures.illustrations import illustration
from aedash.recipes.shipped import shipped as recipes
from aedash.store import gallery
from aedash.sweep import members
from tests import fakes

NAMES = list(recipes())
MOST = 10_000_000  # bytes of them all
SHELF = gallery.shipped(fakes.GALLERY)


def runs_of(name):
    return [SHELF.runs[identifier] for identifier in SHELF.sweeps[name].runs]


def test_every_question_comes_answered_within_its_bytes():
    assert set(SHELF.sweeps) == set(NAMES)
    assert SHELF.trouble == {}
    files = [path for path in (fakes.GALLERY / "sweeps").rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < MOST
    assert {path.suffix for path in files} == {".json", ".npz", ".safetensors"}


@pytest.mark.parametrize("name", NAMES)
def test_it_is_whole_and_what_its_recipe_says(name):
    kept, wanted = SHELF.sweeps[name], recipes()[name]
    assert kept.model_copy(update={"id": "", "created": "", "runs": ()}) == wanted
    runs = runs_of(name)
    assert [run.config for run in runs] == [member.config for member in members(kept)]
    assert all(run.whole and run.threads == 1 for run in runs)
    for run in runs:
        history = gallery.read_history(run.folder)
        assert history.ends[-1].epoch == run.config.epochs
        assert len(history.snapshots[-1].scores) == len(history.probes.images)


@pytest.mark.parametrize("name", NAMES)
def test_its_figures_are_those_of_its_weights(name, digits):
    for run in runs_of(name):
        model = trained(run, Path())
        found = evaluate(model.model, digits.test, run.config, model.scaling)
        kept = run.figures["test"]
        assert (found.loss, found.mse) == pytest.approx((kept.loss, kept.mse), rel=0.005), run.id
        assert found.code_size == kept.code_size


def grey(source):
    return np.asarray(Image.open(BytesIO(b64decode(source.partition(",")[2]))), int)


@pytest.mark.parametrize("name", NAMES)
def test_its_picture_is_measured_on_it(name):
    kept = gallery.illustration(fakes.GALLERY, name)
    found = illustration(name, SHELF.sweeps[name], runs_of(name), Path())
    assert (found.sentence, found.x, found.y, found.ticks) == (kept.sentence, kept.x, kept.y, kept.ticks)
    for one, other in zip(found.lines, kept.lines, strict=True):
        assert one.name == other.name
        assert one.y == pytest.approx(other.y, rel=1e-3)
    for one, other in zip(found.strips, kept.strips, strict=True):
        for mine, theirs in zip(one.pictures, other.pictures, strict=True):
            assert np.abs(grey(mine) - grey(theirs)).mean() < 1
    assert picture(kept) == picture(kept) != ""


def lines(name):
    return {line.name: line.y for line in gallery.illustration(fakes.GALLERY, name).lines}


def test_a_penalty_helps_noisy_images_and_costs_on_clean_ones():
    clean, noisy = lines("lambda").values()
    assert min(noisy) < 0.5 * noisy[0]
    assert clean[-1] > 1.2 * clean[0]


def test_a_denoiser_loses_where_there_is_no_noise_and_wins_where_there_is():
    plain, some, much = lines("noise").values()
    assert plain[0] < some[0] < much[0]
    assert plain[-1] > some[-1] > much[-1]


def test_too_much_beta_leaves_no_number_in_use():
    [units] = lines("beta").values()
    assert units[0] == 10
    assert list(units) == sorted(units, reverse=True)
    assert units[-1] == 0


def test_each_doubling_of_the_code_helps_less():
    [errors] = lines("code").values()
    gains = -np.diff(errors)
    assert list(gains) == sorted(gains, reverse=True)
    assert gains[-1] > 0


def test_some_depth_helps_and_more_does_not():
    [(none, one, two, four)] = lines("depth").values()
    assert max(one, two) < 0.9 * none
    assert four > 1.2 * max(one, two)


def test_luck_alone_makes_half_as_much_again():
    [errors] = lines("luck").values()
    assert max(errors) > 1.5 * min(errors)
    told = gallery.illustration(fakes.GALLERY, "luck")
    assert not told.joined
    assert re.match(r"6 seeds of one network", told.sentence)


def test_the_untrained_transposed_decoder_draws_a_grid():
    one, other = (grey(source) for source in gallery.illustration(fakes.GALLERY, "checkerboard").strips[0].pictures)
    assert gallery.illustration(fakes.GALLERY, "checkerboard").ticks == ("conv transpose", "conv upsample")
    assert uneven(one) > 3 * uneven(other)


def uneven(picture):
    """How much the means of the middle's four phases differ, beside its whole spread."""
    middle = picture[8:20, 8:20]
    return np.std([middle[i::2, j::2].mean() for i in (0, 1) for j in (0, 1)]) / (middle.std() + 1e-9)


def test_twins_that_differ_in_their_rate_part():
    slow, fast = lines("twins").values()
    assert fast[-1] < 0.8 * slow[-1]
