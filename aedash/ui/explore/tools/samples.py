"""Samples: pictures of random codes from three samplers, and how a classifier judges them."""

from functools import partial
from html import escape

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from aedash import words
from aedash.analysis.judge import judge_of
from aedash.analysis.samplers import samplers
from aedash.analysis.samples import MEAN, NEAR, NOISE, REAL, RESTORED, Drawn, Row, Table, drawn, table
from aedash.analysis.trained import Trained
from aedash.figures.grids import Mosaic, sheet
from aedash.formatting import count, number, percent
from aedash.registry import Refused
from aedash.ui.components.mosaic import mosaic
from aedash.ui.desk.manager import manager
from aedash.ui.explore.bench import Bench
from aedash.ui.shell import address, frame
from aedash.ui.widgets.identity import is_judged

COLUMNS, ROWS = 8, 2  # samples of each sampler on screen
HEIGHT = 200
HALF = 0.5  # share from which a figure counts as fooled
DRAW, MOST = "view-draw", 999
ABOUT = {
    "N(0, I)": "What a VAE is trained for.",
    "Gaussian": "Fitted to codes of training images.",
    "mixture": "Fitted likewise; held-out codes chose the parts.",
}
HEADS = {
    "Near": f"Share of {NEAR} whose nearest training image is no further, in pixels, than that of 95 % of test images.",
    "Sure": "Share that the classifier reads with a probability of 0.9 or more.",
    "Kinds": "How many classes there are in effect: exp of the entropy over the classes that are read.",
    "Precision": "Share of pictures that lie among test images.",
    "Recall": "Share of test images that lie among the pictures.",
    "Density": "In how many neighbourhoods of test images a picture lies, over 5; about 1 for test images.",
    "Coverage": "Share of test images that have a picture in their neighbourhood.",
    "Kernel distance": "Between the two crowds in the classifier's features; 0 where nothing differs.",
}


def draw(bench: Bench, chosen: NDArray[np.int64]) -> None:
    """Pictures, and the table below them. chosen: rows of the survey, not looked at here."""
    number_of = address.kept(DRAW, 0, _read, bench.run.id)
    address.look(DRAW, str(number_of) if number_of else None)
    with frame.card("Samples", "Random codes, decoded; beneath each the nearest training image.", "explore_samples"):
        _pictures(bench, number_of)
        st.button(
            "Draw others",
            icon=":material/casino:",
            key="samples_draw",
            on_click=address.keep,
            args=(DRAW, str((number_of + 1) % (MOST + 1)), bench.run.id),
        )
    with frame.card("Judged", _judged_by(bench), "explore_judged"):
        _table(bench)


def _read(text: str) -> int:
    if not 0 <= int(text) <= MOST:
        raise ValueError(text)
    return int(text)


def _pictures(bench: Bench, number_of: int) -> None:
    found = bench.ask("samples", partial(_drawn, number_of=number_of), number_of, long=True)
    if found is None:
        frame.pending("No samples", "Samplers are being fitted to the codes.", bench.desk.refusals, HEIGHT)
        return
    for place, one in zip(st.columns(3, gap="small"), found, strict=True):
        with place:
            title = one.name[0].upper() + one.name[1:]
            st.html(f'<p class="hint"><b>{escape(title)}</b> {escape(_about(one.name))}</p>')
            mosaic(_grid(one), key=f"samples-{one.name.split()[0]}")


def _about(name: str) -> str:
    return ABOUT.get(name, ABOUT["mixture"])


def _grid(one: Drawn) -> Mosaic:
    """Each row of samples over the row of their nearest training images."""
    cuts = [slice(row * COLUMNS, (row + 1) * COLUMNS) for row in range(ROWS)]
    rows = [part[cut] for cut in cuts for part in (one.pictures, one.nearest)]
    alt = f"{len(one.pictures)} pictures drawn from {one.name}, each above the training image that is nearest to it"
    labels = ("sample", "nearest") * ROWS
    return Mosaic(sheet(rows), COLUMNS, 2 * ROWS, labels, alt=alt, max_tile=48, min_tile=28)


def _drawn(trained: Trained, number_of: int) -> tuple[Drawn, ...]:
    return drawn(trained, samplers(trained), COLUMNS * ROWS, number_of)


def _judged_by(bench: Bench) -> str:
    if not is_judged(bench.run.config.data.name):
        return "No classifier of these images is here."
    return "Read a column with its last rows: test images are what can be had, the two below them fool some."


def _table(bench: Bench) -> None:
    gallery, name = manager().settings.gallery_dir, bench.run.config.data.name
    if not is_judged(name):
        try:
            judge_of(name, gallery)
        except Refused as error:
            frame.empty("Not judged", str(error), HEIGHT)
        return

    def judged(trained: Trained) -> Table:
        return table(trained, judge_of(name, gallery), samplers(trained))

    found = bench.ask("samples judged", judged, long=True)
    if found is None:
        frame.pending("No figures", "Thousands of samples are being judged: some seconds.", bench.desk.refusals, HEIGHT)
        return
    st.html(frame.note(sentence(found)))
    st.html(f'<div class="scroll">{rows(found)}</div>')
    st.caption(frame.literal(aside(bench, found)))
    with st.expander("What the columns say"):
        st.markdown("\n".join(f"- **{_head(name, found)}**: {frame.literal(told)}" for name, told in HEADS.items()))


def rows(found: Table) -> str:
    """HTML: a row a sampler, then what can be had, then what fools."""
    heads = "".join(f'<th title="{escape(told)}">{escape(_head(name, found))}</th>' for name, told in HEADS.items())
    body = "".join(_row(row) for row in found.rows)
    return (
        f'<table class="table"><tr><th class="text">{count(found.images)} pictures each</th>{heads}</tr>{body}</table>'
    )


def _head(name: str, found: Table) -> str:
    return f"Kinds of {found.classes}" if name == "Kinds" else name


def _row(row: Row) -> str:
    shares = [percent(share, 0) for share in (row.near, row.confident)]
    crowd = [percent(share, 0) for share in (row.precision, row.recall)]
    cells = [*shares, f"{row.kinds:.1f}", *crowd, f"{row.density:.2f}", percent(row.coverage, 0), number(row.distance)]
    return f'<tr><td class="text">{escape(row.name)}</td>{"".join(f"<td>{cell}</td>" for cell in cells)}</tr>'


def sentence(found: Table) -> str:
    """What the figures say, and why none of them says it alone."""
    own = [row for row in found.rows if row.name not in (RESTORED, REAL, MEAN, NOISE)]
    first, fitted = own[0], max(own[1:], key=lambda row: row.coverage)
    behind, ahead = sorted((first, fitted), key=lambda row: row.coverage)
    margin = 2 * (max(ahead.coverage * (1 - ahead.coverage), 0.01) * 2 / found.images) ** 0.5
    least, most = (percent(row.coverage, 0) for row in (behind, ahead))
    if ahead.coverage - behind.coverage <= margin:
        return f"{fooled(found)} By coverage {first.name} is level with what was fitted: {percent(first.coverage, 0)}."
    called = {first.name: first.name, fitted.name: f"the {fitted.name}"}
    restored = percent(found.row(RESTORED).coverage, 0)
    return (
        f"{fooled(found)} By coverage {called[ahead.name]} is ahead, {most} against {least} from "
        f"{called[behind.name]}; the decoder's own reconstructions reach {restored}."
    )


def fooled(found: Table) -> str:
    """Which figures the mean picture and random pixels have as good as anybody."""
    mean, noise = found.row(MEAN), found.row(NOISE)
    told = [f"the mean picture is {percent(mean.near, 0)} near"] if mean.near > HALF else []
    told += [f"random pixels are read with confidence, {percent(noise.confident, 0)}"] if noise.confident > HALF else []
    told += [f"random pixels have a precision of {percent(noise.precision, 0)}"] if noise.precision > HALF else []
    return f"No column counts alone: {words.listed(told)}." if told else "No column counts alone."


def aside(bench: Bench, found: Table) -> str:
    """What the table stands on."""
    beside = bench.run.config.architecture.beside()
    told = {"": "", "the class": " Each sample is told a class, in turn."}.get(beside, f" Samples lack {beside}.")
    return (
        f"In the features of a small classifier that reads {percent(found.accuracy)} of all test images rightly, "
        f"against {count(found.images)} other test images. Codes of training images lie {number(found.gap)} from "
        f"N(0, I): squared MMD, of draws of N(0, I) themselves {number(found.chance)}.{told} Best weights."
    )
