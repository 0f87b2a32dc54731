"""The bytes duel: one model's code, cut to few bits, against PCA, WebP and JPEG on the same images."""

from collections.abc import Sequence
from html import escape
from typing import Any

import streamlit as st

from aedash.analysis.compression import CODED, Compressed, decoder_bytes, jpeg, png, quantised, quantised_pca, webp
from aedash.analysis.quality import originals
from aedash.analysis.versus import Rate, codec_rates, faces
from aedash.figures.compare import Mark, Track, image_rows, plane
from aedash.figures.theme import ROLES, SWEEP_DARK, SWEEP_LIGHT
from aedash.formatting import MISSING, count, number, percent, setting
from aedash.ui.compare.selection import Model
from aedash.ui.components.mosaic import mosaic
from aedash.ui.desk.desk import Desk
from aedash.ui.shell import address, frame

BITS = tuple(range(1, 9))
TILES = 10
HEIGHT = 290  # CSS pixels of the chart
CODECS = {"WebP": webp, "JPEG": jpeg}
GREY = ROLES["reference"]
COLORS = {"PCA": GREY, "WebP": ROLES["second"], "JPEG": (SWEEP_LIGHT[3], SWEEP_DARK[3])}
Contenders = dict[str, Compressed | None]


def duel(models: Sequence[Model], desk: Desk) -> None:
    """The card."""
    with frame.card("Bytes duel", "The code at a few bits a number, against files of as many bytes.", "duel"):
        if all(model.run.config.data.name in desk.absent for model in models):
            frame.empty("Not without the images", "Each file is made of them: download the data set above.", HEIGHT)
            return
        left, right = st.columns([0.6, 0.4], gap="medium")
        with left, st.container(horizontal=True, gap="medium", vertical_alignment="bottom", key="duel_pickers"):
            names = [model.name for model in models]
            model = models[names.index(address.select("view-duel", "Model", names, names[0], width=210))]
            bits = address.chosen("view-bits", BITS, 4, _bits)
        found = contenders(model, bits, desk)
        with left:
            _pictures(model, found, desk)
            st.html(f'<p class="hint">{sentences(model, found, desk)}</p>')
        with right:
            _chart(model, found[model.name], desk)
            st.html(table(found))


def _bits(value: int, **on: Any) -> int:
    return st.select_slider("Bits a number of the code", BITS, value, **on)


def contenders(model: Model, bits: int, desk: Desk) -> Contenders:
    """{name: what it makes of 200 test images spread over all}, the model first; None while it is computed."""
    own = _own(model, bits, desk)
    found: Contenders = {model.name: own}
    if 0 < model.code < model.pixels:
        found["PCA"] = _pca(model, bits, desk)
    for name in CODECS:
        found[name] = _file(model, name, own.bytes, desk) if own else None
    found["PNG"] = desk.ask(model.run, "PNG", lambda trained: png(originals(trained, CODED)), model.data)
    return found


def _own(model: Model, bits: int, desk: Desk) -> Compressed | None:
    key = (model.run.id, model.run.images, bits)
    return desk.ask(model.run, "duel", lambda trained: quantised(trained, bits, CODED), *key)


def _pca(model: Model, bits: int, desk: Desk) -> Compressed | None:
    key = (*model.images, model.code, bits)
    return desk.ask(model.run, "duel PCA", lambda trained: quantised_pca(trained, bits, CODED), *key)


def _file(model: Model, name: str, budget: float, desk: Desk) -> Compressed | None:
    codec = CODECS[name]
    return desk.ask(model.run, name, lambda trained: codec(originals(trained, CODED), budget), model.data, budget)


def _pictures(model: Model, found: Contenders, desk: Desk) -> None:
    given = desk.ask(model.run, "faces", lambda trained: faces(trained, TILES), model.data)
    where, images = given or ([], None)
    color = {model.name: model.color} | {name: f"light-dark({light},{dark})" for name, (light, dark) in COLORS.items()}
    rows = [
        (name, color[name], each.pictures[where] if each else None) for name, each in found.items() if name in color
    ]
    mosaic(image_rows(images, rows, TILES), key="duel-rows")


def table(found: Contenders) -> str:
    """HTML: bytes, error and likeness of each contender."""
    heads = "".join(f"<th>{text}</th>" for text in ("bytes an image", "MSE per pixel", "SSIM"))
    body = "".join(_row(name, each) for name, each in found.items())
    many = max((each.images for each in found.values() if each), default=CODED)
    images = f"{count(many)} test images spread over all, all clipped to 0..1"
    return f'<table class="table"><tr><th class="text">{images}</th>{heads}</tr>{body}</table>'


def _row(name: str, each: Compressed | None) -> str:
    cells = (number(each.bytes), number(each.quality.mse), number(each.quality.ssim)) if each else (MISSING,) * 3
    said = f' <span class="badge">{remark(name, each)}</span>' if each and remark(name, each) else ""
    return f'<tr><td class="text">{escape(name)}{said}</td>{"".join(f"<td>{cell}</td>" for cell in cells)}</tr>'


def remark(name: str, each: Compressed) -> str:
    """What must be known beside the numbers of a contender; empty when nothing."""
    if name == "PNG":
        return "without loss"
    if each.over == 1:
        return "its smallest files"
    if each.over > 0:
        return f"{percent(each.over, 0)} of its files cannot be that small"
    return "" if each.complete else "its decoder gets more than these bytes"


def _chart(model: Model, now: Compressed | None, desk: Desk) -> None:
    own = [each for bits in BITS if (each := _own(model, bits, desk))]
    linear = [each for bits in BITS if (each := _pca(model, bits, desk))] if model.code < model.pixels else []
    files = {name: _rates(model, name, desk) for name in CODECS}
    if now is None or len(own) < len(BITS) or len(linear) not in (0, len(BITS)) or None in files.values():
        frame.pending("No curves", "Every number of bits is being tried.", desk.refusals, HEIGHT)
        return
    tracks = [_track(model.name, [Rate(each.bytes, each.quality.mse) for each in own], (model.color,) * 2)]
    if linear:
        tracks.append(_track("PCA", [Rate(each.bytes, each.quality.mse) for each in linear], GREY))
    tracks += [_track(name, rates or [], COLORS[name], "first") for name, rates in files.items()]
    mark = Mark("", now.bytes, now.quality.mse, model.color)
    figure = plane([mark], tracks, ("bytes an image", "MSE per pixel"), frame.dark(), HEIGHT)
    alt = f"Error against bytes an image: {model.name} at 1 to 8 bits a number, PCA, WebP and JPEG"
    st.plotly_chart(figure, theme=None, key="duel-chart", config=frame.QUIET, alt=alt)


def _rates(model: Model, name: str, desk: Desk) -> list[Rate] | None:
    return desk.ask(model.run, "rates", lambda trained: codec_rates(trained, name), model.data, name)


def _track(name: str, rates: Sequence[Rate], color: tuple[str, str], end: str = "last") -> Track:
    return Track(name, [rate.bytes for rate in rates], [rate.mse for rate in rates], color, markers=True, end=end)


def sentences(model: Model, found: Contenders, desk: Desk) -> str:
    """HTML: what the numbers say, and what the code's own bytes leave out."""
    size = desk.ask(model.run, "decoder", decoder_bytes)
    own, jpegs, webps = found[model.name], found["JPEG"], found["WebP"]
    if own is None or jpegs is None or webps is None or size is None:
        return "&nbsp;"
    files = {"JPEG": jpegs, "WebP": webps}
    least = " and ".join(f"{name} {number(each.bytes)}" for name, each in files.items() if each.over == 1)
    said = f"With its header no file is that small: the smallest take, in bytes, {least}. " if least else ""
    return (
        f"<b>{setting(own.bytes)} byte{'s' * (own.bytes != 1)} an image, error {number(own.quality.mse)}.</b> {said}"
        f"The decoder itself takes <b>{_large(size)}</b> in half precision, as much as {number(size / webps.bytes)} of "
        "these WebP files; each JPEG and WebP is a file of its own."
    )


def _large(size: int) -> str:
    return f"{number(size / 1e6)} MB" if size >= 1e6 else f"{number(size / 1e3)} kB"
