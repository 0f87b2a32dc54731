"""The table of the Compare page: measured figures of each model, PCA of the same code size, and what differs."""

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from html import escape
from math import floor, isfinite, log10
from typing import Any

import pandas as pd
import streamlit as st

from aedash.analysis import identity
from aedash.analysis.judge import judge_of
from aedash.analysis.probing import FITTED, probe
from aedash.analysis.quality import Report, pca, quality
from aedash.analysis.trace import outline
from aedash.analysis.versus import pca_probe
from aedash.config import flat
from aedash.figures.tables import plain
from aedash.formatting import MISSING, count, percent
from aedash.recipe_words import class_left_out, differing, value_words
from aedash.store.kept import Kept
from aedash.ui.compare.linear import equivalent_size, errors, stored_pca
from aedash.ui.compare.selection import Images, Model
from aedash.ui.desk.desk import Desk
from aedash.ui.desk.manager import manager
from aedash.ui.widgets import exploring
from aedash.ui.widgets.identity import is_judged, kept
from aedash.ui.widgets.measured import CLEAN, NOISY
from aedash.ui.widgets.run_words import duration

JUDGED = 1000  # test images for PSNR, SSIM and the probes, spread evenly over all
ROW, HEAD = 33, 45  # CSS pixels; the headings grow with a projector's type
APART = 1e4  # errors that differ by more have no number of decimals in common
LETTER, WIDEST = 7.2, 420  # CSS pixels of a letter of a name; of its column
SWATCH = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' width='24' height='24'%3E{}%3C/svg%3E"
SQUARE = "%3Crect x='6' y='6' width='12' height='12' rx='2' fill='%23{}'/%3E"
FEW = f"Mean over up to {JUDGED:,} test images spread over all; not clipped, neither is PCA."
ALL = "Mean over all test images, from {}, decoded from the mean code; not clipped, neither is PCA."
READ = f"Share of up to {identity.JUDGED:,} test images whose class a small classifier reads in their reconstruction."
TOLD = f"Share of those test images whose class {{}} tells from the code, fitted on {FITTED:,} training images."


@dataclass(frozen=True)
class Column:
    """A measured figure. heading: with its unit; form: as st.column_config.NumberColumn takes it, or empty: `decimals`
    of its values; or text: how a number is written."""

    heading: str
    form: str
    help: str
    text: Callable[[float], str] | None = None


COLUMNS = {
    "noisy": Column(f"Test MSE, {NOISY}", "", ALL.format(f"{NOISY} with the noise it was trained for")),
    "mse": Column("Test MSE per pixel", "", ALL.format(CLEAN)),
    "pca": Column("Numbers PCA needs", "%.1f", f"Size of the PCA that has this test MSE from {CLEAN}, on a line."),
    "kept": Column("Kept identity, %", "%.1f", READ),
    "psnr": Column("PSNR, dB", "%.2f", f"{FEW} Higher is better; 3 dB more is half the error."),
    "ssim": Column("SSIM", "%.3f", f"Structural similarity, at most 1. {FEW}"),
    "code": Column("Numbers in code", "localized", "Size of the code; a VQ-VAE's before rounding to words."),
    "alive": Column("In use", "localized", "Numbers of the code that carry anything on test images."),
    "ratio": Column("Pixels a number", "%.1f", "Compression ratio: pixels of an image over numbers in its code."),
    "parameters": Column("Parameters", "localized", "Weights and biases; of PCA: its mean and its axes."),
    "seconds": Column("In training", "", "Time in training steps; PCA has none, it is solved.", duration),
    "linear": Column("Linear probe, %", "%.1f", TOLD.format("a linear classifier")),
    "nearest": Column("5-NN, %", "%.1f", TOLD.format("a vote of the 5 nearest codes")),
}


RARE = ("noisy", "kept")  # a denoiser's error, and what needs a judge of the images


@dataclass(frozen=True)
class Row:
    """figures: by the keys of COLUMNS, None while they are not measured. model: None for a baseline."""

    name: str
    data: str
    figures: dict[str, float | None]
    model: Model | None = None


def rows(models: Sequence[Model], desk: Desk) -> list[Row]:
    """Every model, then PCA for each code size among them and each set of training images."""
    found = [Row(model.name, model.data, _figures(model, desk), model) for model in models]
    solved: dict[tuple[Images, int], Model] = {}
    for model in models:
        if 0 < model.code < model.pixels:
            solved.setdefault((model.images, model.code), model)
    linear = [Row(_pca_name(model, solved), model.data, _pca_figures(model, desk)) for model in solved.values()]
    return [*found, *linear, *_originals(models, desk)]


def _originals(models: Sequence[Model], desk: Desk) -> list[Row]:
    """What the judge reads of the images themselves, a row a data set: nothing can be expected to keep more."""
    read = {model.data: found.read for model in models if (found := kept(model.run, desk))}
    return [
        Row(f"{data} images", data, dict.fromkeys(COLUMNS) | {"kept": round(100 * share, 9)})
        for data, share in read.items()
    ]


def _share(found: Kept | None) -> float | None:
    """In per cent."""
    return None if found is None else round(100 * found.kept, 9)


def _kept_by_pca(model: Model, desk: Desk) -> Kept | None:
    gallery = manager().settings.gallery_dir
    return desk.ask(
        model.run,
        "kept by PCA",
        lambda trained: identity.kept_by_pca(trained, judge_of(trained.config.data.name, gallery)),
        *model.images,
        model.code,
    )


def _pca_name(model: Model, solved: Iterable[tuple[Images, int]]) -> str:
    """PCA-20; where several were fitted to one data set, with the share of it that was held out; a class left out."""
    name, held_out, _ = model.images
    same = [key for key in solved if key[0][0] == name and key[1] == model.code]
    without = f", without {missing}" if (missing := class_left_out(model.run.config.data)) else ""
    return f"PCA-{count(model.code)}{without}" + f", {percent(held_out, 0)} held out" * (len(same) > 1)


def _figures(model: Model, desk: Desk) -> dict[str, float | None]:
    run, test = model.run, model.run.figures["test"]
    report = desk.ask(run, "quality", lambda trained: quality(trained, JUDGED))
    told = desk.ask(run, "probe", lambda trained: probe(trained, JUDGED))
    known = {
        "noisy": test.mse_corrupted,
        "mse": test.mse,
        "pca": equivalent_size(model, desk),
        "kept": _share(kept(run, desk)),
        "code": test.code_units,
        "alive": test.code_size,
        "ratio": model.pixels / model.code if model.code else None,
        "parameters": outline(run.config).parameters,
        "seconds": run.seconds or None,
    }
    return {**_measured(report, told), **known}


def _pca_figures(model: Model, desk: Desk) -> dict[str, float | None]:
    size, key = model.code, (*model.images, model.code)
    report = desk.ask(model.run, "pca", lambda trained: pca(trained, JUDGED), *key)
    told = desk.ask(model.run, "pca probe", lambda trained: pca_probe(trained, JUDGED), *key)
    curve = errors(model, desk)
    exact = stored_pca(model) if curve is None else float(curve[size]) if size < len(curve) else None
    still = _kept_by_pca(model, desk) if is_judged(model.run.config.data.name) else None
    known = {"mse": exact, "pca": size, "kept": _share(still), "code": size, "alive": size}
    shape = {"ratio": model.pixels / size, "parameters": model.pixels * (size + 1)}
    return {**_measured(report, told), **known, **shape, "seconds": None}


def _measured(report: Report | None, told: Any) -> dict[str, float | None]:
    figures: dict[str, float | None] = dict.fromkeys(COLUMNS)
    if report:
        figures |= {"psnr": report.quality.psnr, "ssim": report.quality.ssim}
    if told:
        figures |= {"linear": round(100 * told.linear, 9), "nearest": round(100 * told.nearest, 9)}
    return figures


def columns_of(found: Sequence[Row]) -> dict[str, Column]:
    """All columns, but for those that no row has; where a denoiser is among the rows both errors, each named."""
    without = {key for key in RARE if not any(row.figures[key] is not None for row in found)}
    columns = {key: column for key, column in COLUMNS.items() if key not in without}
    return columns if "noisy" in without else {**columns, "mse": replace(COLUMNS["mse"], heading=f"Test MSE, {CLEAN}")}


def show(found: list[Row]) -> None:
    """The sortable table and its download."""
    several = len({row.data for row in found}) > 1
    table: dict[str, list[Any]] = {
        "": [SWATCH.format(SQUARE.format(row.model.color[1:]) if row.model else "") for row in found],
        "Model": [row.name if row.model else f"{row.name}, baseline" for row in found],
    }
    if several:
        table["Data set"] = [row.data for row in found]
    columns = columns_of(found)
    table |= {column.heading: [row.figures[key] for row in found] for key, column in columns.items()}
    config = {column.heading: _config(column, table[column.heading]) for column in columns.values()}
    config[""] = st.column_config.ImageColumn(width=36, pinned=True)
    config["Model"] = st.column_config.TextColumn(width=int(min(24 + LETTER * max(map(len, table["Model"])), WIDEST)))
    texts = {column.heading: column.text for column in columns.values() if column.text}
    height = ROW * len(found) + HEAD + 2  # before it is loaded the table has none, and what lies below would jump
    with st.container(height=height + 6, border=False, key="table_room"):
        st.dataframe(
            pd.DataFrame(table).style.format(texts, na_rep=MISSING),
            column_config=config,
            hide_index=True,
            placeholder=MISSING,
            key="compare-table",
            height=height,
            row_height=ROW,
            alt="Measured figures of each model and of PCA with as many numbers",
        )


def ways(models: Sequence[Model]) -> None:
    """A link for each model to the page where it can be touched."""
    links = [link for model in models if (link := exploring.link(model.run, model.name))]
    if links:
        st.html(f'<p class="beside">Explore {", ".join(links)}</p>')


def _config(column: Column, values: Iterable[float | None]) -> Any:
    if column.text:
        return st.column_config.Column(help=column.help)
    return st.column_config.NumberColumn(format=column.form or decimals(values), help=column.help)


def decimals(values: Iterable[float | None]) -> str:
    """One form for a column of errors, in which the least above 0 has three digits; apart by powers of ten, each its
    own three."""
    sizes = [value for value in values if value and isfinite(value)] or [1.0]
    if max(sizes) > APART * min(sizes):
        return "%.3g"
    return f"%.{min(max(2 - floor(log10(min(sizes))), 0), 10)}f"


def download(models: Sequence[Model], found: list[Row]) -> None:
    """The table as it was measured, unrounded, with the fields of the configs that differ."""
    st.download_button(
        "CSV",
        csv_text(models, found),
        "compare.csv",
        "text/csv",
        icon=":material/download:",
        type="tertiary",
        on_click="ignore",
        key="switch-csv",
    )


def csv_text(models: Sequence[Model], found: list[Row]) -> str:
    """A line a model and baseline, numbers unrounded, units in the headings; a cell without a figure is empty."""
    paths = list(differing([model.run.config for model in models])) if len(models) > 1 else []
    into = io.StringIO()
    out = csv.writer(into, lineterminator="\n")
    columns = columns_of(found)
    headings = [f"{column.heading}, s" if column.text is duration else column.heading for column in columns.values()]
    out.writerow(["model", "kind", "run", "data set", *headings, *paths])
    for row in found:
        run = row.model.run if row.model else None
        leaves = flat(run.config) if run else {}
        figures = ["" if row.figures[key] is None else row.figures[key] for key in columns]
        kind = "model" if run else "baseline"
        cells = [row.name, kind, run.id if run else "", row.data, *figures, *(leaves.get(p, "") for p in paths)]
        out.writerow([plain(cell) if isinstance(cell, str) else cell for cell in cells])
    return into.getvalue()


def differences(models: Sequence[Model]) -> str:
    """HTML: a row for each field of the configs that differs, a column a model; equal fields are left out."""
    heads = "".join(
        f'<th class="text"><i class="swatch" style="background:{model.color}"></i>{escape(model.name)}</th>'
        for model in models
    )
    body = "".join(
        f'<tr><td class="text"><code>{escape(path)}</code></td>'
        + "".join(f'<td class="text">{escape(value)}</td>' for value in value_words(values))
        + "</tr>"
        for path, values in differing([model.run.config for model in models]).items()
    )
    return f'<div class="scroll"><table class="table"><tr><th class="text">field</th>{heads}</tr>{body}</table></div>'
