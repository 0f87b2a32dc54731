"""Home: what this is, in one screen."""

from collections.abc import Iterable, Sequence
from html import escape

import numpy as np
import streamlit as st

from aedash.analysis.projection import codes
from aedash.config import RunConfig, vary_all
from aedash.events import Bytes, Floats, RunState
from aedash.figures.grids import sheet
from aedash.formatting import count
from aedash.history import Run
from aedash.presets.base import preset
from aedash.training.pace import images_of, step_of
from aedash.ui.desk.manager import manager, present
from aedash.ui.shell import frame
from aedash.ui.shell.links import FIRST_PRESET
from aedash.ui.shell.visitor import mine, shared
from aedash.ui.widgets import datasets, draft, exploring
from aedash.ui.widgets.measured import error_words
from aedash.ui.widgets.run_words import duration, stands_beside, titles
from aedash.ui.widgets.steer import show

HEADLINE = (
    "<h1>Watch an autoencoder learn</h1>"
    '<p class="lede">It squeezes an image through a few numbers and rebuilds it. Pick a data set and a model, '
    "press Start, and see what the numbers come to mean.</p>"
)


ROWS, BARS = 3, 24


def quick_recipe() -> RunConfig:
    """Something soon worth watching: MNIST for 3 epochs, or the bundled digits."""
    first = preset(FIRST_PRESET).config
    return vary_all(first, [("epochs", 3)]) if present(first.data.name) else draft.starting_point()


def duration_here(config: RunConfig, runs: Iterable[Run]) -> str:
    """How long a recipe trains on this machine at the pace of the newest run alike; empty where none is.

    runs: newest first.
    """
    last = next((run for run in runs if run.images and step_of(run.config) == step_of(config)), None)
    seconds = last.seconds / last.images * images_of(config) if last else 0.0
    return f"About {duration(seconds)} of training here, at the pace of the last run like it." if seconds else ""


def to_touch(trained: dict[str, Run]) -> Run | None:
    """The trained model that a stranger touches first; None without any."""
    return next((trained[name] for name in exploring.FIRST if name in trained), None)


def squeeze(runs: Iterable[Run]) -> str:
    """The idea as a picture, measured on the first finished run with a short code; nothing without one."""
    for run in runs:
        if run.state is RunState.FINISHED:
            history = manager().history(run)
            if history.probes and history.snapshots and history.snapshots[-1].components.shape[1] <= BARS:
                last, probes = history.snapshots[-1], history.probes
                return _rows(
                    probes.originals[:ROWS], codes(last)[probes.shown[:ROWS]], last.reconstructions[:ROWS], run
                )
    return ""


def _rows(images: Bytes, numbers: Floats, outputs: Bytes, run: Run) -> str:
    pixels = f"{count(images[0].size)} pixels"
    captions = (pixels, "", f"{count(numbers.shape[1])} numbers", "", pixels)
    head = "".join(f"<span>{text}</span>" for text in captions)
    scale = float(np.abs(numbers).max()) or 1.0
    body = "".join(
        f'<div class="row">{_image(image)}<u class="funnel"></u><div class="code">{_bars(code / scale)}</div>'
        f'<u class="funnel out"></u>{_image(output)}</div>'
        for image, code, output in zip(images, numbers, outputs, strict=True)
    )
    told = f"Test images through {escape(run.title)}: image, its code, what the code alone gives back."
    return f'<div class="hero" title="{told}"><div class="row caption">{head}</div>{body}</div>'


def _image(pixels: Bytes) -> str:
    return f'<img src="{sheet([pixels[None]])}" alt="">'


def _bars(code: Floats) -> str:
    """Bars up and down from the middle line. code: (latent,) in -1..1."""
    width = 100 / len(code)
    return "".join(
        f'<i class="{"plus" if value > 0 else "minus"}" style="left:{i * width:.1f}%;'
        f'{"bottom" if value > 0 else "top"}:50%;height:{abs(value) * 32:.0f}px"></i>'
        for i, value in enumerate(code)
    )


def recent(runs: Sequence[Run]) -> None:
    """A line for each run."""
    if not runs:
        frame.empty("None of yours yet", "What you start stands here, and what you watch with others as your own.", 120)
    told = titles(runs, {run.id: " ".join(stands_beside(run)) for run in runs})
    for run in runs:
        run_line(run, told[run.id])


def run_line(run: Run, title: str) -> None:
    """State, title and figure of a run, and a way into it."""
    data, done, when = stands_beside(run)
    figure = f"<span>test {error_words(run.figures['test'])}</span>" if "test" in run.figures else ""
    whose = '<span class="badge">yours</span>' * (shared() and mine(run))
    words = f"<b>{escape(title)}</b><span>{escape(data)}</span><span>{done}</span>{figure}<span>{when}</span>{whose}"
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"line-{run.id}"):
        st.html(f'<div class="meta">{frame.pill(run)}{words}</div>', width="content")
        if st.button("Open", key=f"open-{run.id}", icon=":material/arrow_forward:", type="tertiary"):
            show(run.id)
            st.switch_page("pages/train/train.py")
        exploring.button(run, f"explore-{run.id}")


def data_sets() -> str:
    """HTML: the way to the page of each data set, as small print."""
    links = ", ".join(frame.link("data", {"data": name}, datasets.title(name)) for name in datasets.names())
    return f'<p class="source">About the images: {links}.</p>'
