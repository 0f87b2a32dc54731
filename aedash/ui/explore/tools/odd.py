"""Odd one out: a model that was never shown one class, and whether its error tells that class's images."""

from dataclasses import asdict
from functools import partial
from html import escape
from math import isfinite

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from aedash.analysis.odd import ANOTHER_SEED, OddOneOut, Score, names, odd_one_out, packed, pictured
from aedash.analysis.trace import outline
from aedash.analysis.trained import Trained
from aedash.analysis.traversal import shown
from aedash.config import vary
from aedash.figures.atlas import grid, webp
from aedash.formatting import percent
from aedash.recipe_words import class_left_out
from aedash.ui.components import odd as component
from aedash.ui.desk.manager import manager, present
from aedash.ui.explore import choice
from aedash.ui.explore.bench import Bench
from aedash.ui.shell import address, frame, notice
from aedash.ui.shell.links import FIRST_PRESET
from aedash.ui.widgets import draft, exploring, steer

HEIGHT = 420  # pixels of the whole, so that nothing moves when it comes
HINT = "Does the error alone tell images of a class that was never trained on? Drag the threshold."
HALF, ALMOST = 0.5, 0.9
NAME, READY = "Odd one out", "aedash-odd"  # the tool; a preset that the gallery has trained for it


def draw(bench: Bench, chosen: NDArray[np.int64]) -> None:
    """Errors of both kinds with their threshold; of a model that was trained with all classes the way to one that was
    not.
    """
    with frame.card(NAME, HINT, "explore_odd"):
        if bench.run.config.data.without is None:
            _invite(bench)
        else:
            _judged(bench)


def _invite(bench: Bench) -> None:
    classes = bench.classes
    st.html(
        '<p class="hint">This model was trained with all classes: none of them is odd to it. Trained without one, it '
        f"has never seen its images, and their error may give them away.{_ready()}</p>"
    )
    if len(classes) < 2:
        return
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        name = address.select("view-odd", "Leave out", list(classes), classes[0], bench.run.id, width=180)
        if st.button(f"Train this model without {frame.literal(name)}", icon=":material/tune:", key="odd-train"):
            with notice.acting():
                recipe = vary(bench.run.config, "data.without", classes.index(name))
                draft.load(bench.run.preset or FIRST_PRESET, recipe)
                steer.show("")
            st.switch_page("pages/train/train.py")


def _ready() -> str:
    """HTML: the way to the trained model without a class; nothing where it, or its images, are not there."""
    run = manager().gallery().get(READY)
    if run is None or not present(run.config.data.name):
        return ""
    odd = escape(class_left_out(run.config.data))
    return f" One that comes with the app never saw a {odd}: {exploring.link(run, 'look at it', NAME)}."


def _judged(bench: Bench) -> None:
    shape, run = outline(bench.run.config), bench.run.id
    scores = names(shape.code, shape.pixels)  # known before anything is measured: a link's choice is read at once
    place = st.container()
    score = scores.index(address.switch("view-score", "Error of", list(scores), scores[0], run, "odd-score"))
    belongs = f"{run}-{score}"
    at = address.kept("view-threshold", None, _error, belongs)
    address.look("view-threshold", None if at is None else f"{at:.5g}")
    found = bench.ask("odd one out", odd_one_out, long=True)
    key = ("odd pack", *bench.version)
    pack = found and bench.desk.post(key, lambda: packed(found, pictured(found)), "application/octet-stream")
    tiles = found and bench.parcel("odd atlas", partial(_atlas, found=found), "image/webp")
    if not found or not pack or not tiles:
        frame.pending("No errors", "All test images are being decoded.", bench.desk.refusals, HEIGHT)
        return
    place.html(f'<p class="hint">{escape(verdict(found, bench.classes[found.label]) + _beside(bench))}</p>')
    atlas = asdict(grid(len(pictured(found)), *bench.shape)) | {"name": tiles}
    areas = tuple(each.auc for each in found.scores)
    component.odd(
        component.Odd(pack, atlas, scores, areas, score, bench.classes[found.label], at),
        key=f"odd-{run}#{address.version()}",
        on_threshold=lambda error: address.keep("view-threshold", f"{error:.5g}", belongs),
        on_pick=partial(choice.choose_image, bench.run),
    )


def _beside(bench: Bench) -> str:
    beside = bench.run.config.architecture.beside()
    return f" Its decoder gets more than the code: {beside}." if beside else ""


def _atlas(trained: Trained, found: OddOneOut) -> bytes:
    return webp(shown(trained, pictured(found)))


def _error(text: str) -> float | None:
    """An error that was written in the address. Raises ValueError for what is none."""
    error = float(text)
    if not isfinite(error) or not 0 <= error < 1e9:
        raise ValueError(text)
    return error


def verdict(found: OddOneOut, name: str) -> str:
    """What came of it, in words. name: of the class left out."""
    model, *others = found.scores
    ends = (f"{min(1.0, max(0.0, model.auc + side * model.margin)):.3f}" for side in (-1, 1))
    head = f"AUC {model.auc:.3f} ({' to '.join(ends)}, 95 % over all {len(found.odd):,} test images; another seed may "
    head += f"move it by up to {ANOTHER_SEED}): "
    sure = max(model.margin, ANOTHER_SEED)
    low, high = model.auc - sure, model.auc + sure
    if low > ALMOST:
        said = f"images of {name} stand out."
    elif low > HALF:
        said = f"an image of {name} has the higher error in {percent(model.auc, 0)} of all pairs with another one."
    elif high < HALF:
        said = f"images of {name} are decoded better than the others, though none was ever seen: they are simple."
    else:
        said = f"images of {name} cannot be told from the others by their error."
    return f"{head}{said} {' '.join(_against(each) for each in others)}"


def _against(score: Score) -> str:
    name = f"{score.name[0].upper()}{score.name[1:]}"
    how = "level" if score.level else "higher" if score.gap > 0 else "lower"
    return f"{name}: {score.auc:.3f}, {how}."
