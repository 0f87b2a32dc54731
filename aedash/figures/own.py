"""An own image as figures: the steps of its framing, its code among others', and what is said of it."""

from base64 import b64encode
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from aedash.analysis.own_image import Own, Read, Typical
from aedash.data.framing import Step
from aedash.events import Bytes, Floats
from aedash.formatting import count, number, percent

TILE = 112  # pixels a side of a step's picture
MOST_BARS = 256  # of a code with more numbers as many are drawn, those that differ most from what is usual


def tiles(steps: Sequence[Step]) -> list[Bytes]:
    """(1, TILE, TILE, 4) RGBA each: every step at the same size, its pixels as even squares, nothing around it."""
    return [_tile(step.picture)[None] for step in steps]


def _tile(picture: Bytes) -> Bytes:
    height, width = picture.shape
    if max(height, width) > TILE:
        scale = TILE / max(height, width)
        size = max(1, round(width * scale)), max(1, round(height * scale))
        grey = np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.BOX))
    else:
        times = TILE // max(28, height, width)
        grey = np.kron(picture, np.ones((times, times), np.uint8))
    whole = np.zeros((TILE, TILE, 4), np.uint8)
    top, left = ((TILE - side) // 2 for side in grey.shape)
    part = whole[top : top + grey.shape[0], left : left + grey.shape[1]]
    part[..., :3], part[..., 3] = grey[..., None], 255
    return whole


def bars(code: Floats, deviation: Floats | None, known: Floats) -> str:
    """HTML: a bar a number of the code, over the range of the middle 90 % of `known`, (N, latent), with its spread.

    deviation: (latent,) of a variational code, None of another.
    """
    low, high = np.percentile(known, [5, 95], axis=0) if len(known) else (code, code)
    if len(code) > MOST_BARS:
        beyond = np.maximum(code - high, low - code)
        shown = np.sort(np.argsort(-beyond, kind="stable")[:MOST_BARS])
        code, low, high = code[shown], low[shown], high[shown]
        deviation = None if deviation is None else deviation[shown]
    spread = np.zeros_like(code) if deviation is None else deviation
    floor, top = float(min(0, low.min(), (code - spread).min())), float(max(0, high.max(), (code + spread).max()))
    scale = 100 / max(top - floor, 1e-9)

    def y(values: Floats) -> Floats:
        return (top - values) * scale

    layers = {"usual": (low, high, 0.72), "zero": (0 * code, 0 * code, 1.0), "bar": (0 * code, code, 0.36)}
    if deviation is not None:
        layers["spread"] = (code - spread, code + spread, 0.1)
    drawn = [_layer(name, y(starts), y(ends), width) for name, (starts, ends, width) in layers.items()]
    return f'<div class="codebars" role="img" aria-label="The code, a bar a number">{"".join(drawn)}</div>'


def _layer(name: str, starts: Floats, ends: Floats, width: float) -> str:
    """Uprights, one a number, as a mask that the style sheet colours; what has no height is as fine as a line."""
    left = (1 - width) / 2
    tops, heights = np.minimum(starts, ends), np.maximum(np.abs(ends - starts), 1.2)
    bars = "".join(
        f"M{i + left:g} {top:g}v{height:g}h{width:g}v-{height:g}z"
        for i, (top, height) in enumerate(zip(tops.round(2), heights.round(2), strict=True))
    )
    box = f'viewBox="0 0 {len(starts)} 100" preserveAspectRatio="none"'
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" {box}><path d="{bars}"/></svg>'
    picture = b64encode(svg.encode()).decode()
    return f'<i class="{name}" style="mask-image:url(data:image/svg+xml;base64,{picture})"></i>'


def erring(own: Own, errors: Floats) -> str:
    """How its error stands among those of test images. errors: (N,), nan where it is not known."""
    known = errors[np.isfinite(errors)]
    if len(known) < 2:
        return f"Error {number(own.mse)}, MSE per pixel."
    share = percent(float((known < own.mse).mean()), 0)
    return f"Error {number(own.mse)}, MSE per pixel: larger than that of {share} of {count(len(known))} test images."


def read(given: Read, output: Read, classes: Sequence[str]) -> str:
    """Whether the judge still reads in the output what it reads in yours."""
    yours, made = (f"{classes[one.label]} ({percent(one.sureness, 0)})" for one in (given, output))
    kept = "kept" if given.label == output.label else "lost"
    return f"Its class is {kept}: the judge, a small classifier, reads yours as {yours} and the output as {made}."


def placed(labels: NDArray[np.int64], classes: Sequence[str], images: int) -> str:
    """Among which classes its code lies. labels: of its nearest codes; images: how many codes there are."""
    counts = np.bincount(labels, minlength=len(classes))
    order = [label for label in np.argsort(-counts, kind="stable") if counts[label]]
    told = ", ".join(f"{counts[label]} are {classes[label]}" for label in order[:3])
    return f"Of the {len(labels)} nearest codes of {count(images)} test images {told}."


def familiar(own: Own, usual: Typical) -> str:
    """How near the picture itself comes to what was learnt."""
    mse, (low, _, high) = own.nearest[0].mse, usual.image
    told = f"The nearest of all training images differs from yours by {number(mse)}"
    if mse > high:
        return f"{told}, more than for 90 % of test images (up to {number(high)}): it is a stranger to this data."
    return f"{told}; test images differ by {number(low)} to {number(high)} from theirs: it might be one of them."


def copying(own: Own, usual: Typical) -> str:
    """Whether the output is a training image again. A blurred picture is near to many: nearness alone is no proof."""
    mse, (low, middle, _) = own.copied[0].mse, usual.output
    if mse < low and mse < own.mse:
        return (
            f"Perhaps a copy: the output differs by {number(mse)} from a training image, and by {number(own.mse)} from "
            f"yours. Of test images' outputs 90 % stay further away, {number(low)} or more."
        )
    if mse < own.mse:
        return (
            f"It draws what it has learnt rather than yours: the output differs by {number(own.mse)} from yours, by "
            f"{number(mse)} from a training image. Not a copy: of test images' outputs {number(middle)} is usual."
        )
    return (
        f"It does not copy: the output is nearer to yours, {number(own.mse)}, than to any training image, "
        f"{number(mse)} ({number(middle)} is usual)."
    )
