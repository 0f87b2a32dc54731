"""Films: what each frame shows, how long it stands, and that a file stays within its bounds."""

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from aedash.figures.film import HEAD, MOST_FRAMES, REST, WIDTH, Caption, between, film, still
from aedash.figures.theme import class_color
from aedash.history import History
from aedash.registry import Refused
from tests import fakes

CLASSES = tuple("0123456789")
CAPTION = Caption("R0-simple", "Digits", 2)


@pytest.fixture(scope="module")
def history(digits):
    found = History()
    for event in fakes.fitted(fakes.config(), digits)[1]:
        found.append(event)
    return found


def opened(content):
    """(size, frames as RGB arrays, seconds of each)."""
    with Image.open(io.BytesIO(content)) as file:
        frames, seconds = [], []
        for i in range(file.n_frames):
            file.seek(i)
            file.load()
            seconds.append(file.info["duration"] / 1000)
            frames.append(np.asarray(file.convert("RGB")).astype(int))
        assert file.info.get("loop", 0) == 0
        return file.size, frames, seconds


@pytest.mark.parametrize("kind", ["reconstructions", "samples"])
@pytest.mark.parametrize("form", ["GIF", "WEBP"])
def test_a_grid_s_last_frame_shows_the_last_pictures(history, kind, form):
    content = film(history, kind, CAPTION, CLASSES, form)
    (width, height), frames, seconds = opened(content)
    assert width == WIDTH
    assert height <= 500
    assert len(content) < 2e6
    assert 1 < len(frames) <= len(history.snapshots)
    assert seconds[-1] == REST
    drawn, last = frames[-1], history.snapshots[-1]
    images = last.reconstructions if kind == "reconstructions" else last.samples
    tile = (WIDTH - 32) // 9 - 2 if kind == "samples" else (WIDTH - 92) // 10 - 2
    x, y = (16, HEAD) if kind == "samples" else (76, HEAD + tile + 2)
    shown = Image.fromarray(images[0]).resize((tile, tile), Image.Resampling.NEAREST)
    error = np.abs(drawn[y : y + tile, x : x + tile, 0] - np.asarray(shown).astype(int))
    assert error.mean() < 4  # a palette of 256 colours is not exact
    assert (frames[0] != drawn).any()
    assert (drawn[-1] == 255).all()  # the page is white
    with Image.open(io.BytesIO(still(content))) as poster:
        assert (np.asarray(poster.convert("RGB")) == drawn).all()


def test_dots_glide_in_one_scale_and_have_the_colours_of_their_classes(history):
    content = film(history, "map", CAPTION, CLASSES, "WEBP")
    size, frames, _ = opened(content)
    assert size[0] == WIDTH
    assert len(frames) <= MOST_FRAMES
    assert len(content) < 4e6
    place = frames[-1][HEAD:, : WIDTH - 140]
    for label in range(10):
        color = [int(class_color(label)[i : i + 2], 16) for i in (1, 3, 5)]
        assert (place == color).all(-1).sum() > 50
    spread = [np.ptp(np.nonzero((frame[HEAD:, : WIDTH - 140] < 255).any(-1))[0]) for frame in (frames[0], frames[-1])]
    assert spread[0] < spread[1]  # the codes move apart


@pytest.mark.parametrize("moments", [1, 2, 12, 60])
def test_however_many_moments_a_film_is_bounded(moments):
    assert 1 + between(moments) * (moments - 1) <= MOST_FRAMES


def test_one_moment_is_a_still_and_none_is_refused(history):
    one = History()
    one.started, one.probes, one.snapshots = history.started, history.probes, history.snapshots[-1:]
    assert len(opened(film(one, "map", CAPTION, CLASSES, "GIF"))[1]) == 1
    with pytest.raises(Refused, match="nothing to film"):
        film(History(), "samples", CAPTION, CLASSES, "GIF")


def test_codes_that_are_no_numbers_are_not_drawn(history):
    lost = History()
    lost.started, lost.probes = history.started, history.probes
    first, last = history.snapshots[0], history.snapshots[-1]
    lost.snapshots = [first, replace(last, scores=np.full_like(last.scores, np.nan))]
    opened(film(lost, "map", CAPTION, CLASSES, "GIF"))
    lost.snapshots = lost.snapshots[1:]
    with pytest.raises(Refused, match="no map to film"):
        film(lost, "map", CAPTION, CLASSES, "GIF")


def test_any_caption_fits_on_its_line(history):
    odd = Caption("a\nlong " * 40, "<b>" * 40, 10_000)
    assert opened(film(history, "samples", odd, CLASSES, "WEBP"))[0][0] == WIDTH
