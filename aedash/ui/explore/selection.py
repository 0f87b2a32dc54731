"""Selection: what is selected on the map, in pictures and numbers, and as files."""

from functools import partial
from hashlib import sha256
from html import escape

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from aedash.analysis.level import Difference
from aedash.analysis.neighbourhood import Chosen, Middle, chosen, middle
from aedash.analysis.survey import Survey
from aedash.figures.grids import Mosaic, rgba, sheet
from aedash.figures.theme import class_color
from aedash.formatting import count, many, number, percent
from aedash.ui.components.mosaic import mosaic
from aedash.ui.explore import choice
from aedash.ui.explore.bench import Bench
from aedash.ui.explore.originals import originals
from aedash.ui.shell import frame

COLUMNS, ROWS = 6, 3  # of the images that are shown of a selection
HOW = "Draw around dots with the lasso, click a class in the legend, or add dots with shift-click."


def draw(bench: Bench, survey: Survey, rows: NDArray[np.int64]) -> None:
    """The selection of the survey's rows; how to make one where there is none."""
    if not len(rows):
        frame.empty("Nothing is selected", HOW, 200)
        return
    found = chosen(survey, rows, len(bench.classes))
    total = count(len(survey.places))
    with st.container(gap="xsmall", key="explore_selection"):
        st.html(f'<p class="hint"><b>{count(len(rows))} of {total} test images</b>{escape(_error(found))}</p>')
        if boxes := _boxes(found):
            st.html(boxes)
        left, right = st.columns([0.52, 0.48], gap="small")
        with left:
            words = _middle(bench, survey, rows)
        right.html(_classes(found, bench.classes))
        if words:
            st.html(f'<p class="hint">{escape(words)}</p>')
        _extremes(bench, survey, found)
        _images(bench, found)


def _error(found: Chosen) -> str:
    if not np.isfinite(found.errors).all():
        return ". Of this moment only errors of the grid's images were kept."
    return f", mean MSE per pixel {number(float(found.errors.mean()))}{compared(found.difference)}"


def compared(difference: Difference | None) -> str:
    """The end of a sentence: a selection's mean error against that of the others."""
    if difference is None:
        return "."
    if difference.level:
        return ": level with the others."
    return f": {percent(abs(difference.share), 0)} {'lower' if difference.lower else 'higher'} than the others."


def _boxes(found: Chosen) -> str:
    """HTML: where the middle half of the errors lies, of the selection and of the others, on one scale."""
    groups = [("selected", found.errors), ("others", found.rest)]
    groups = [(name, errors) for name, errors in groups if len(errors) and np.isfinite(errors).all()]
    if not groups:
        return ""
    top = max(float(np.quantile(errors, 0.95)) for _, errors in groups) or 1.0
    drawn = "".join(_box(name, errors, top) for name, errors in groups)
    return f'<div class="boxes">{drawn}<small>Errors: nine tenths lie on the line, half in the box.</small></div>'


def _box(name: str, errors: NDArray[np.floating], top: float) -> str:
    quantiles = np.quantile(errors, (0.05, 0.25, 0.5, 0.75, 0.95))
    low, first, half, third, high = (100 * min(float(value) / top, 1.0) for value in quantiles)
    told = f"{number(float(quantiles[1]))} to {number(float(quantiles[3]))}"
    return (
        f'<div><span>{name}</span><i><s style="left:{low:.1f}%;width:{high - low:.1f}%"></s>'
        f'<b style="left:{first:.1f}%;width:{third - first:.1f}%"></b><u style="left:{half:.1f}%"></u></i>'
        f"<small>{told}</small></div>"
    )


def _classes(found: Chosen, classes: tuple[str, ...]) -> str:
    """HTML: a bar a class that is among them."""
    most = max(1, int(found.counts.max()))
    rows = (
        f"<div><span>{escape(name)}</span><i><b style='width:{100 * here / most:.1f}%;background:{class_color(label)}'>"
        f"</b></i><small title='of {count(there)}'>{count(here)}</small></div>"
        for label, (name, here, there) in enumerate(zip(classes, found.counts, found.of, strict=True))
        if here
    )
    return f'<div class="shares" role="img" aria-label="Images of each class">{"".join(rows)}</div>'


def _middle(bench: Bench, survey: Survey, rows: NDArray[np.int64]) -> str:
    """The picture of the mean code beside the mean of the pictures; what is to be said of it."""
    mean = originals(bench, survey.places[rows]).mean(0, dtype=np.float64).round().astype(np.uint8)
    found = _decoded(bench, survey, rows) if bench.snapshot is None else None
    pictures, foot = [mean], ["mean picture"]
    if found is not None:
        pictures, foot = [mean, found.decoded], [*foot, "mean code"]
    image = sheet([np.stack(pictures)])
    alt = "The mean picture, and the picture of the mean code" if found else "The mean picture"
    mosaic(Mosaic(image, len(pictures), 1, (), tuple(foot), alt, max_tile=84), key="explore-middle")
    return _beside(bench, found)


def _decoded(bench: Bench, survey: Survey, rows: NDArray[np.int64]) -> Middle | None:
    named = sha256(survey.mse.tobytes() + rows.tobytes()).hexdigest()
    return bench.ask("middle", partial(middle, survey=survey, rows=rows), bench.points, named)


def _beside(bench: Bench, found: Middle | None) -> str:
    """What the picture of a mean code lacks or was given."""
    if bench.snapshot is not None:
        return "The mean code of this moment is not decoded: weights were kept of the best epoch alone."
    if found is not None and found.label is not None:
        return f"Decoded as {bench.classes[found.label]}, their most frequent class."
    if found is not None and (told := bench.run.config.architecture.beside()):
        return f"Decoded without {told}: a mean code has none."
    return ""


def _extremes(bench: Bench, survey: Survey, found: Chosen) -> None:
    """Those with the highest error and those with the lowest, each with its error."""
    rows = [(name, places) for name, places in (("worst", found.worst), ("best", found.best)) if len(places)]
    for name, places in rows:
        errors = survey.mse[np.searchsorted(survey.places, places)]
        _grid(bench, places, f"explore-{name}", name, tuple(number(float(error)) for error in errors), len(found.best))


def _images(bench: Bench, found: Chosen) -> None:
    """The images themselves, spread evenly over all of a large selection."""
    total, most = len(found.places), COLUMNS * ROWS
    shown = found.places[np.arange(min(total, most)) * total // min(total, most)]
    _grid(bench, shown, "explore-chosen", "all" if len(shown) == total else "some", columns=COLUMNS)


def _grid(
    bench: Bench,
    places: NDArray[np.int64],
    key: str,
    label: str,
    foot: tuple[str, ...] = (),
    columns: int = 0,
) -> None:
    """Test images in rows; one that is touched becomes the chosen one."""
    columns = max(columns, 1) if not foot else max(columns, len(places))
    images = laid_out(originals(bench, places), columns)
    grid = Mosaic(
        sheet(images),
        columns,
        len(images),
        (label, *[""] * (len(images) - 1)),
        (*foot, *[""] * (columns - len(foot))) if foot else (),
        f"{many(len(places), 'test image')}: {label}",
        max_tile=46,
        min_tile=24,
        room=3.1,
    )

    def touched(row: int, column: int) -> None:
        if (at := row * columns + column) < len(places):
            choice.choose_image(bench.run, int(places[at]))

    mosaic(grid, key=key, on_touch=touched)


def laid_out(images: NDArray[np.uint8], columns: int) -> list[NDArray[np.uint8]]:
    """Rows of `columns` pictures (H, W), or in colour, with transparent ones after the last.

    >>> [row.shape for row in laid_out(np.zeros((3, 8, 8), np.uint8), 2)]
    [(2, 8, 8, 4), (2, 8, 8, 4)]
    """
    rows = -(-len(images) // columns)
    whole = np.zeros((rows * columns, *images.shape[1:3], 4), np.uint8)
    whole[: len(images)] = rgba(images)
    return list(whole.reshape(rows, columns, *whole.shape[1:]))
