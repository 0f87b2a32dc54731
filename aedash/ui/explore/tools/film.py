"""Film: the training of the model as a file for slides."""

from html import escape
from typing import get_args

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from aedash.events import RunState
from aedash.figures.film import Caption, Form, Kind, film, still
from aedash.formatting import many, number
from aedash.ui.desk.parcels import parcels
from aedash.ui.explore.bench import Bench
from aedash.ui.shell import address, frame
from aedash.ui.widgets.run_words import data_title, title

COLUMNS = [0.5, 0.5]
HEIGHT = 420  # pixels of the preview, kept free for it
HINT = "From the first step to the last: what moves early, and what keeps changing. For slides, in the light theme."
KINDS: dict[str, Kind] = {"Map": "map", "Reconstructions": "reconstructions", "Samples": "samples"}
FORMS: tuple[Form, ...] = get_args(Form)
LOOK = {
    "Map": "Each dot is a test image, in the main directions of the last moment. All moments share one scale: a cloud "
    "that grows is a code that spreads, and groups part as the model learns to tell their images apart.",
    "Reconstructions": "Test images, what is made of them, and by how much that is off: blue is too dark, orange too "
    "bright. First comes the mean of all images, then the class, and last what only this image has.",
    "Samples": "The same random codes at each moment. What they become says how well the model fills the space between "
    "the codes of its images.",
}
WORDS = {"GIF": "GIF", "WEBP": "WebP"}


def draw(bench: Bench, chosen: NDArray[np.int64]) -> None:
    """What is filmed and in which form, the film itself, and its file."""
    with frame.card("Film", HINT, "explore_film"):
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            kind = address.switch("view-film", "Film of", list(KINDS), "Map", bench.run.id, "film-kind")
            form = address.switch("view-form", "File", list(WORDS.values()), "GIF", bench.run.id, "film-form")
            place = st.container()
        _shown(bench, kind, next(each for each in FORMS if WORDS[each] == form), place)


def _shown(bench: Bench, kind: str, form: Form, place: "st.delta_generator.DeltaGenerator") -> None:
    run, history = bench.run, bench.history
    caption = Caption(title(run), data_title(run), run.config.epochs)
    last = history.snapshots[-1].step if history.snapshots else -1
    media, key = f"image/{form.lower()}", ("film", run.id, run.state, last, caption, kind, form)
    name = bench.desk.post(key, lambda: film(history, KINDS[kind], caption, bench.classes, form), media, long=True)
    parcel = parcels.get(name) if name else None
    poster = parcel and bench.desk.post((*key, "still"), lambda: still(parcel.content), "image/webp")
    if parcel is None or poster is None:
        frame.pending("No film", "It is being drawn.", bench.desk.refusals, HEIGHT)
        return
    told = f"{caption.model}: {kind.lower()} while it trained"
    so_far = "" if run.state is RunState.FINISHED else " so far"
    size = f"{number(len(parcel.content) / 1e6)} MB"
    about = f"{many(len(history.snapshots), 'recorded moment')}{so_far}, {size}, repeats for ever."
    picture, words = st.columns(COLUMNS, gap="medium")
    for kind_of, source in (("film", name), ("film still", poster)):
        picture.html(f'<img class="{kind_of}" src="wire/parcel/{source}" alt="{escape(told)}" loading="lazy">')
    words.html(f'<p class="hint">{LOOK[kind]}</p><p class="hint">{about}</p>')
    file = f"{run.id}-{KINDS[kind]}.{form.lower()}"
    with place:
        st.download_button(
            "Download", parcel.content, file, media, key="film-download", icon=":material/download:", on_click="ignore"
        )
