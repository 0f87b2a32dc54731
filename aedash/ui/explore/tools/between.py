"""Between images: a way from one to another, a class added to one, and the style of one in every class."""

from dataclasses import replace
from functools import partial
from html import escape
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from aedash import registry
from aedash.analysis.between import Means, Row, means, styles, summed, way
from aedash.analysis.own_image import typical
from aedash.analysis.trained import Trained
from aedash.analysis.traversal import shown
from aedash.figures import between as figures
from aedash.figures.grids import Mosaic, sheet
from aedash.ui.components.mosaic import mosaic
from aedash.ui.desk.awaited import awaited
from aedash.ui.desk.desk import Desk
from aedash.ui.explore.bench import Bench
from aedash.ui.explore.choice import PATIENCE
from aedash.ui.explore.judging import judge
from aedash.ui.shell import address, frame

WAY, SUM, STYLES = "From one to another", "Plus a class", "Styles"
AMOUNTS = (-1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.0)  # of the row
FINE = [f"{step / 8:g}" for step in range(-8, 17)]  # of the slider
HEIGHT = 240


def draw(bench: Bench, chosen: NDArray[np.int64]) -> None:
    """The tool's content, a fragment of its own: its slider runs it alone. chosen: is not looked at."""
    st.fragment(lambda: _drawn(replace(bench, desk=Desk(PATIENCE))))()


def _drawn(bench: Bench) -> None:
    with st.container(border=True, key="between_box"):
        told = bench.run.config.architecture.beside() == "the class"
        kinds = [WAY, SUM, *([STYLES] if told else [])]
        kind = address.switch("view-between", "Between", kinds, WAY, bench.run.id, "explore-between")
        asked = _asked(bench)
        labels = bench.desk.ask(bench.run, "test labels", _labels, bench.run.config.data.name)
        if labels is None:
            frame.pending("No pictures", "Between test images.", bench.desk.refusals, HEIGHT)
        elif kind == SUM:
            _sum(bench, labels)
        else:
            {WAY: _way, STYLES: _styles}[kind](bench, labels, *_ends(bench, labels, asked))
        awaited(bench.desk, "between")


def _images_there(bench: Bench) -> int:
    return registry.datasets.get(bench.run.config.data.name).info.test


def _asked(bench: Bench) -> tuple[int | None, int | None]:
    """Numbers of the two images that a person or the link chose. All that a link asks for is read in the first pass,
    before any label is there; what the widgets take is read for its sentence alone.
    """

    def number(text: str) -> int:
        if not 0 <= int(text) < _images_there(bench):
            raise ValueError(text)
        return int(text)

    one_of = {"view-plus": bench.classes, "view-minus": bench.classes, "view-amount": FINE}
    for name, texts in one_of.items():
        address.kept(name, "", {text: text for text in texts}.__getitem__, bench.run.id)
    none: int | None = None
    first, last = (address.kept(name, none, number, bench.run.id) for name in ("view-from", "view-to"))
    return first, last


def _labels(trained: Trained) -> NDArray[np.int64]:
    return trained.data.test.labels.numpy()


def _ends(bench: Bench, labels: NDArray[np.int64], asked: tuple[int | None, int | None]) -> tuple[int, int]:
    """Numbers of both ends: the first is the chosen image until another is fixed, the last is one of another class."""
    first = bench.place if asked[0] is None else asked[0]
    other = int(np.argmax(labels != labels[first]))
    last = other if asked[1] is None else asked[1]
    address.look("view-from", None if first == bench.place else str(first))
    address.look("view-to", None if last == other else str(last))
    return first, last


def _way(bench: Bench, labels: NDArray[np.int64], first: int, last: int) -> None:
    left, right = st.columns([0.27, 0.73], gap="medium")
    with left:
        _chosen(bench, labels, first, last)
        _others(bench, labels, last)
    with right:
        reader = judge(bench)

        def work(trained: Trained) -> dict[str, Row]:
            return way(trained, first, last, reader())

        found = bench.ask("way", work, first, last)
        if found is None:
            frame.pending("No pictures", "A way from one image to another.", bench.desk.refusals, HEIGHT)
            return
        _rows(figures.rows(found, bench.classes, figures.NAMES, "A way"), "way")
        usual = bench.ask("usual distances", typical, long=True)
        _tell(figures.halfway(found, bench.classes, usual) + _beside(bench, WAY))


def _chosen(bench: Bench, labels: NDArray[np.int64], first: int, last: int) -> None:
    """The two ends, and what makes the chosen image one of them."""
    pair = bench.desk.ask(
        bench.run, "two images", partial(shown, places=np.array([first, last])), bench.version, first, last
    )
    words = [f"{number}: {bench.classes[labels[number]]}" for number in (first, last)]
    image = "" if pair is None else sheet([pair])
    mosaic(Mosaic(image, 2, 1, foot=tuple(words), alt="Both ends", max_tile=112), key="between-ends")
    with st.container(horizontal=True, gap="small"):
        for name, word in (("view-from", "Start at"), ("view-to", "End at")):
            st.button(
                f"{word} image {bench.place}",
                key=f"between-{name}",
                on_click=address.keep,
                args=(name, str(bench.place), bench.run.id),
            )


def _others(bench: Bench, labels: NDArray[np.int64], last: int) -> None:
    """One image of each class, to go to."""
    ends = [int(found[0]) for label in range(len(bench.classes)) if len(found := np.flatnonzero(labels == label))]
    images = bench.desk.ask(bench.run, "one of each", partial(shown, places=np.array(ends)), bench.version)
    grid = Mosaic("" if images is None else sheet([images]), len(ends), 1, alt="Go to", max_tile=34, min_tile=24)

    def go(_: int, column: int) -> None:
        address.keep("view-to", str(ends[column]), bench.run.id)

    _tell("Or go to one of these; any other one is chosen on the map.")
    mosaic(grid, key="between-others", on_touch=go, touched=ends.index(last) if last in ends else None)


def _sum(bench: Bench, labels: NDArray[np.int64]) -> None:
    mine = int(labels[bench.place])
    plus, minus, amount = _terms(bench, mine)
    found = bench.ask("class means", means, long=True)
    row = _added(bench, found, plus, minus, AMOUNTS) if found else None
    one = _added(bench, found, plus, minus, (amount,)) if found else None
    if found is None or row is None or one is None:
        frame.pending("No pictures", "An image plus a class.", bench.desk.refusals, HEIGHT)
        return
    left, right = st.columns([0.27, 0.73], gap="medium")
    names = {"code": "added in the code", "pixels": "added in pixels"}
    with left:
        pair = sheet([np.concatenate([one[name].pictures for name in names])])
        grid = Mosaic(pair, 2, 1, foot=("in the code", "in pixels"), alt=f"Amount {amount:g}", max_tile=112)
        mosaic(grid, key="between-amount")
        sign = figures.amount_words((amount,))[0]
        _tell(f"Test image {bench.place} {sign} × (mean {bench.classes[plus]} less mean {bench.classes[minus]}).")
    with right:
        grids = figures.rows(row, bench.classes, names, "An image plus a class")
        _rows([*grids[:-1], replace(grids[-1], foot=figures.amount_words(AMOUNTS))], "sum")
        reached = figures.reached(row["code"], AMOUNTS, plus, bench.classes[plus])
        _tell(f"{reached} Means of the classes are over {found.count:,} test images.{_beside(bench, SUM)}")


def _beside(bench: Bench, kind: str) -> str:
    """What the decoder is told beside the code, where it is: that, too, makes the pictures."""
    told = bench.run.config.architecture.beside()
    whose = {WAY: "of the nearer end", SUM: "of the image"}[kind]
    return f" Beside the code the decoder is told {told}: {whose}." if told else ""


def _terms(bench: Bench, mine: int) -> tuple[int, int, float]:
    """(class that is added, class that is taken away, how many times)."""
    classes, run = list(bench.classes), bench.run.id
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        other = classes[(mine + 1) % len(classes)]
        plus = address.select("view-plus", "Plus the mean", classes, other, run, f"explore-plus-{mine}", width=150)
        minus = address.select(
            "view-minus", "less the mean", classes, classes[mine], run, f"explore-minus-{mine}", width=150
        )

        def slide(value: str, **on: Any) -> str:
            return st.select_slider("times", FINE, value, width=320, **on)

        amount = address.chosen("view-amount", FINE, "1", slide, run, "explore-amount")
    return classes.index(plus), classes.index(minus), float(amount)


def _added(bench: Bench, found: Means, plus: int, minus: int, amounts: tuple[float, ...]) -> dict[str, Row] | None:
    step, shift = found.codes[plus] - found.codes[minus], found.images[plus] - found.images[minus]
    if not np.isfinite(step).all():
        bench.desk.refusals["Of one of these classes there is no test image."] = None
        return None
    reader = judge(bench)

    def work(trained: Trained) -> dict[str, Row]:
        return summed(trained, bench.place, step, shift, amounts, reader())

    return bench.ask("sum", work, bench.place, plus, minus, amounts)


def _styles(bench: Bench, labels: NDArray[np.int64], first: int, last: int) -> None:
    found = bench.ask("styles", partial(styles, numbers=(first, last)), first, last)
    if found is None:
        frame.pending("No pictures", "The style of one image in every class.", bench.desk.refusals, HEIGHT)
        return
    mosaic(figures.styles(found, bench.classes), key="between-styles")
    _tell(
        "The code of each image, decoded as every class: what stays the same along a row (slant, width of the stroke) "
        "is what the code calls style."
    )
    with st.container(width=360):
        _chosen(bench, labels, first, last)


def _rows(grids: list[Mosaic], name: str) -> None:
    for i, grid in enumerate(grids):
        mosaic(grid, key=f"between-{name}-{i}")


def _tell(sentence: str) -> None:
    st.html(f'<p class="owntold">{escape(sentence)}</p>')
