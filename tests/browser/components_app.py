"""Mounts the live components with synthetic data that grows each second; `?still=1` freezes it at the end."""

from __future__ import annotations

from functools import partial

import numpy as np
import streamlit as st
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from aedash.figures.curves import Level, Line, LossChart
from aedash.figures.grids import Mosaic, error_map, sheet
from aedash.figures.scatter import LatentMap, box
from aedash.formatting import number
from aedash.ui.components.curve import curve
from aedash.ui.components.mosaic import mosaic
from aedash.ui.components.scatter import atlas, scatter
from aedash.ui.components.source import deliver
from aedash.ui.components.status import Status, status
from aedash.ui.shell.first_paint import sheet as sheet_of_styles

EPOCHS = 25
STEP = 0.02  # share of the training done in one tick
POINTS = int(st.query_params.get("points", 700))

st.set_page_config(page_title="components", page_icon="🧪", layout="wide")
deliver()
st.html(f"<style>{sheet_of_styles()}</style>")


@st.cache_data
def digits(count: int) -> np.ndarray:
    """Draw `count` slightly different digits, (N,28,28) uint8."""
    rng = np.random.default_rng(0)
    font = ImageFont.load_default(24)
    pictures = []
    for index in range(count):
        picture = Image.new("L", (28, 28))
        shift = rng.uniform(-2, 2, 2)
        ImageDraw.Draw(picture).text((14 + shift[0], 14 + shift[1]), str(index % 10), 255, font, anchor="mm")
        picture = picture.rotate(rng.uniform(-18, 18), Image.Resampling.BICUBIC)
        pictures.append(np.asarray(picture.filter(ImageFilter.GaussianBlur(0.5))))
    return np.stack(pictures)


@st.cache_data
def blurred(count: int, radius: float) -> np.ndarray:
    """Blur the digits: outputs of a model that is still learning."""
    shapes = [Image.fromarray(picture).filter(ImageFilter.GaussianBlur(radius)) for picture in digits(count)]
    return np.stack([np.asarray(shape) for shape in shapes])


def chart(done: float, marker: float | None) -> LossChart:
    """Make loss curves of `done` (0 to 1) of the run."""
    rng = np.random.default_rng(0)
    x = np.linspace(0.02, EPOCHS, 4000)
    fall = lambda at: 65 + 130 * (0.62 * np.exp(-3.2 * at) + 0.28 * np.exp(-0.7 * at) + 0.1 * np.exp(-0.12 * at))  # noqa: E731
    noisy = fall(x) * (1 + rng.normal(0, 0.03, len(x)))
    whole = np.arange(1, EPOCHS + 1)
    valid = fall(whole) * 1.012 + 0.25 * np.maximum(0, whole - 12) ** 1.4
    upto, ended = int(done * len(x)), int(done * EPOCHS + 1e-9)
    none = done == 0
    best = None if ended == 0 else (float(whole[:ended][valid[:ended].argmin()]), float(valid[:ended].min()))
    lines = [
        Line("published", whole, 64 + 40 * np.exp(-0.5 * whole), "published", "publ."),
        Line("earlier run", whole, fall(whole) * 1.1 + 4, "earlier", "earlier"),
    ]
    if not none:
        lines += [
            Line("train", x[:upto], noisy[:upto], "train", "train"),
            Line("validation", whole[:ended], valid[:ended], "second", "valid."),
            Line("kl", x[:upto:20], 25 - 10 * np.exp(-x[:upto:20]), "term", "kl", shown=False),
            Line("mmd", x[:upto:20], np.where(np.arange(upto)[::20] % 400, 30.0, -1e-3), "term", "mmd", shown=False),
            Line("lost", x[:upto:20], np.where(x[:upto:20] > 5, 1e40, 80.0), "term", "lost", shown=False),
        ]
    levels = (Level("PCA, 20 numbers", 72.4), Level("mean image", 206.0), Level("entropy floor", 41.0))
    marks = ((3.2, "lr 0.0005"), (3.5, "kl 2"), (3.5, "sigma 0.3"), (24.8, "lr 0.0001"))
    return LossChart(
        tuple(lines), levels, EPOCHS, "BCE, nats per image", True, "Training and validation loss", best, marker, marks
    )


def positions(done: float) -> np.ndarray:
    """Place the latent points of a moment, (N,2)."""
    rng = np.random.default_rng(1)
    kind = np.arange(POINTS) % 10
    centre = np.stack([np.cos(kind * 0.63), np.sin(kind * 0.63)], 1) * 3
    return rng.normal(0, 0.8, (POINTS, 2)) * (1.2 - 0.5 * done) + centre * done


def note(name: str, what: object) -> None:
    """Keep what was touched, for the facts at the foot."""
    st.session_state[name] = what


def main() -> None:
    """Draw one tick."""
    still = "still" in st.query_params
    tick = st.session_state.get("tick", 0)
    st.session_state["tick"] = tick + (0 if still else 1)
    done = float(st.query_params.get("at", 0.62)) if still else min(1.0, 0.1 + tick * STEP)
    frames = tuple(np.linspace(0, done, 1 if done == 0 else 12).tolist())
    numbers = (("15.5 / 25", "epoch"), ("41,200", "images per second"), ("24 s", "left"))
    numbers += (("67.6", "validation loss"), ("0.0239", "test MSE per pixel"))
    state, word = ("running", "Running") if done else ("", "Ready")
    seen = status(Status(st.query_params.get("state", state), word, done, frames, numbers), key="status")
    moment = done if seen is None else frames[seen]
    left, right = st.columns([0.635, 0.365], gap="small")
    with left.container(border=True, height="stretch", key="reconstruction_box"):
        st.html('<div class="cardhead"><h3>Reconstruction</h3><p>Same 10 test images all along.</p></div>')
        images = digits(10)
        outputs = blurred(10, round(3 * (1 - moment), 1))
        rows = [images, outputs, error_map((outputs.astype(float) - images) / 255)]
        errors = [number(value) for value in ((outputs / 255 - images / 255) ** 2).mean((1, 2))]
        labels = ("input", "output", "error", "MSE")
        grid = Mosaic(
            sheet(rows if done else rows[:1]), 10, 3, labels, tuple(errors), "10 images", filled=3 if done else 1
        )
        mosaic(grid, key="reconstruction", on_touch=lambda *at: note("tile", at))
    with right.container(border=True, height="stretch", key="latent_box"):
        st.html('<div class="cardhead"><h3>Latent map</h3><p>Hover a dot to see its image.</p></div>')
        points = positions(moment)
        names = tuple("0123456789") if "words" not in st.query_params else WORDS
        followed = [st.session_state["touched"]] if "touched" in st.session_state else []
        trails = tuple((i, np.stack([positions(f)[i] for f in frames if f <= moment])) for i in followed)
        view = LatentMap(points, np.arange(POINTS) % 10, names, box(points), "digits", trails, "Latent codes")
        scatter(
            view,
            key="latent",
            touched=st.session_state.get("touched"),
            followed=followed,
            on_touch=partial(note, "touched"),
            on_unfollow=partial(note, "unfollowed"),
        )
    left, right = st.columns([0.635, 0.365], gap="small")
    with left.container(border=True, height="stretch", key="loss_box"):
        st.html('<div class="cardhead"><h3>Loss</h3><p>Lower is better.</p></div>')
        curve(chart(done, None if seen is None else moment * EPOCHS), key="loss")
    with right.container(border=True, height="stretch", key="samples_box"):
        st.html('<div class="cardhead"><h3>Samples</h3><p>Decoded from random codes.</p></div>')
        many = blurred(45, round(2.5 * (1 - moment), 1))
        image = sheet([many[start : start + 9] for start in range(0, 45, 9)]) if done else ""
        mosaic(Mosaic(image, 9, 5, max_tile=60, min_tile=33, alt="45 samples"), key="samples")
    told = " ".join(
        f"{name} {st.session_state[name]}" for name in ("touched", "unfollowed", "tile") if name in st.session_state
    )
    st.html(f'<p class="facts">tick {tick} frame {seen} {told}</p>')


WORDS = ("T-shirt", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot")

atlas("digits", digits(POINTS))
st.fragment(main, run_every=None if "still" in st.query_params else 1.0)()
