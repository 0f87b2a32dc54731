"""The gallery on Home: trained runs that come with the app, as cards."""

from collections.abc import Callable
from html import escape

import streamlit as st

from aedash import words
from aedash.analysis.equivalent import recorded
from aedash.figures.grids import Mosaic, sheet
from aedash.formatting import count, number, percent
from aedash.history import Run
from aedash.kinds import KINDS, kind
from aedash.presets.base import Preset, preset
from aedash.store import kept as records
from aedash.ui.components.mosaic import mosaic
from aedash.ui.desk.manager import manager
from aedash.ui.shell import address, frame
from aedash.ui.shell.terms import explain
from aedash.ui.widgets import exploring, rest
from aedash.ui.widgets.measured import task_words
from aedash.ui.widgets.run_words import data_title
from aedash.ui.widgets.steer import show
from aedash.ui.widgets.verdict import judged

SHOWN = 6
FIRST = 8  # cards before one asks for all: Home stays short, and quick
ALL = "All"


# what a stranger sees first: one of each kind, a VAE beside the same one spoilt by its beta
BEGIN = (
    *("R0-simple", "R4-denoising-meant", "R0-vae-meant", "R0-vae"),
    *("R0-elaborate", "R1-conv", "aedash-vq", "R4-conv-vae-meant"),
)
SUGGESTED = "to begin with"
ORDERS: dict[str, Callable[[Run], float]] = {
    SUGGESTED: lambda run: BEGIN.index(run.preset) if run.preset in BEGIN else len(BEGIN),
    "by source": lambda run: 0,
    "smallest code first": lambda run: run.figures["test"].code_units or 0,
    "lowest error first": lambda run: run.figures["test"].task_mse,
}


def gallery(runs: dict[str, Run]) -> None:
    """Cards of the trained runs, filtered by source and by kind, in the chosen order."""
    st.html(
        '<div class="section"><h2>Trained models</h2><p>Ready to explore. R0 to R4 are five public repositories, '
        "trained again as they published them; <i>mended</i> is one without a flaw of theirs.</p></div>"
    )
    family, sort, order = _filter(runs)
    names = sorted(selected(runs, family, sort), key=lambda name: ORDERS[order](runs[name]))
    if not names:
        frame.empty("None of this kind from this source", "Choose another kind, or all.", 120)
    shown = rest.first_of(names, FIRST)
    with st.container(key="cards-gallery"):
        for name in shown:
            with st.container(border=True, key=f"card-{name}"):
                card(name, runs[name])
    rest.offer(len(shown), len(names))


def selected(runs: dict[str, Run], family: str, sort: str) -> list[str]:
    """Names of the runs from that source and of that kind; "All" takes any."""
    return [
        name for name, run in runs.items() if family in (ALL, preset(name).family) and sort in (ALL, kind(run.config))
    ]


def _filter(runs: dict[str, Run]) -> tuple[str, str, str]:
    """The chosen source and kind, of those that there are, and order."""
    families = sorted({preset(name).family for name in runs})
    found = {kind(run.config) for run in runs.values()}
    kinds = [word for word in KINDS if word in found] + sorted(found - set(KINDS))
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="gallery_filter"):
        family = address.switch("view-source", "Source", [ALL, *families], ALL, key="gallery_source")
        hidden = {"label_visibility": "collapsed"}
        words = {ALL: "all kinds"}
        sort = address.select(
            "view-kind",
            "Kind",
            [ALL, *kinds],
            ALL,
            key="gallery_kind",
            format_func=lambda word: words.get(word, word),
            width=170,
            **hidden,
        )
        orders = list(ORDERS)
        order = address.select("view-order", "Order", orders, orders[0], key="gallery_order", width=190, **hidden)
    return family, sort, order


def card(name: str, run: Run) -> None:
    """What it is in plain words, a strip of reconstructions, its measure, and its source as small print."""
    model = preset(name)
    about = explain(escape(model.plain), f"about-{name}")
    st.html(f'<div class="cardhead"><h3>{escape(model.headline)}</h3><p>{about}</p></div>')
    history = manager().history(run)
    if history.probes and history.snapshots:
        spoilt = run.config.corruption.name != "none"
        given = history.probes.inputs if spoilt else history.probes.originals
        alt = f"{SHOWN} test images{', noisy,' * spoilt} over what {words.model(name)} makes of them"
        rows = [given[:SHOWN], history.snapshots[-1].reconstructions[:SHOWN]]
        mosaic(Mosaic(sheet(rows), SHOWN, 2, alt=alt, max_tile=56, min_tile=28), key=f"strip-{name}")
    figures = explain(_figures(run), f"figures-{name}")
    st.html(
        f'<div class="meta">{figures}</div><p class="source">{escape(_source(model, run))} {exploring.link(run)}</p>'
    )
    if st.button("Open", key=f"see-{name}", icon=":material/arrow_forward:", type="tertiary"):
        show(run.id)
        st.switch_page("pages/train/train.py")


def _figures(run: Run) -> str:
    figures = run.figures["test"]
    numbers = f"<b>{count(figures.code_units or 0)}</b> numbers"
    used = "" if figures.code_size == figures.code_units else f", {count(figures.code_size or 0)} in use"
    told = [escape(data_title(run)), f"{numbers}{used}", f"test {task_words(figures)}", *_measures(run)]
    return "".join(f"<span>{each}</span>" for each in told)


def _measures(run: Run) -> list[str]:
    """What the error amounts to, as far as it was measured when the model was packed."""
    figures = run.figures["test"]
    size, kept = recorded(figures.mse, manager().history(run).references, "test"), records.load(run.folder)
    return [
        *([] if size is None else [f"PCA needs <b>{number(size)}</b> numbers"]),
        *([] if kept is None else [f"kept identity <b>{percent(kept.kept, 0)}</b>"]),
    ]


def _source(model: Preset, run: Run) -> str:
    """Small print: name, layers, and how its source's own figure came out."""
    return ", ".join(filter(None, (words.model(model.id), model.title, judged(run))))
