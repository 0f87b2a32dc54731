"""What lies inside a model as figures: layers, filters, channels of a code, errors by class and by rank."""

from collections.abc import Sequence
from html import escape
from math import ceil, isfinite, sqrt

import numpy as np

from aedash.analysis.inside import RANKS, ClassError, Filters, Layer
from aedash.events import Bytes, Floats
from aedash.figures.grids import Mosaic, error_map, sheet
from aedash.figures.units import grey
from aedash.formatting import count, number

CHANNELS = 16  # of a layer, in a row
CODE_CHANNELS = 64
ROOM = 11.5  # rem, for the names of layers
PER_ROW = 20  # filters
WORDS = {"encoder": "Encoder", "decoder": "Decoder"}


def toned(values: Floats, largest: float = 0.0) -> Bytes:
    """(..., H, W) as (..., H, W, 4) uint8: what is never negative from black to white, else blue below zero and orange
    above it. largest: what is drawn fullest; 0: the largest there is.
    """
    finite = np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0)
    reach = largest or float(np.abs(finite).max(initial=0.0)) or 1.0
    flat = finite.reshape(-1, *finite.shape[-2:]) / reach
    made = np.stack([grey(each) for each in flat]) if finite.min(initial=0.0) >= 0 else error_map(flat)
    return made.reshape(*finite.shape, 4)


def layer(one: Layer) -> Mosaic:
    """One row: up to 16 channels of a convolutional layer, or all units of a dense one as a square, row by row."""
    maps = one.values if one.values.ndim == 3 else square(one.values)[None]
    shown = maps[:CHANNELS]
    return Mosaic(
        sheet([toned(shown)]),
        columns=len(shown),
        rows=1,
        labels=(f"{one.name}: {size(one.values.shape)}",),
        alt=f"{WORDS[one.part]}, {one.name}: {size(one.values.shape)}",
        max_tile=52,
        min_tile=20,
        room=ROOM,
    )


def square(values: Floats) -> Floats:
    """(n,) as a square that holds them, row by row; nan where it has room left.

    >>> square(np.arange(3.0)).tolist()
    [[0.0, 1.0], [2.0, nan]]
    """
    side = ceil(sqrt(len(values)))
    padded = np.full(side * side, np.nan, values.dtype)
    padded[: len(values)] = values
    return padded.reshape(side, side)


def size(shape: Sequence[int]) -> str:
    """The size of a layer in words.

    >>> size((400,)), size((32, 14, 14))
    ('400 units', '16 of 32 channels, 14 × 14')
    """
    if len(shape) == 1:
        return f"{count(shape[0])} units"
    channels, height, width = shape
    few = f"{CHANNELS} of {count(channels)}" if channels > CHANNELS else count(channels)
    return f"{few} channel{'' if channels == 1 else 's'}, {height} × {width}"


def channels(code: Floats, live: Sequence[bool]) -> Mosaic:
    """A convolutional code, (channels, H, W), a picture a channel, all on one scale; at most 64. live: (channels,)."""
    shown = code[:CODE_CHANNELS]
    columns = min(len(shown), CHANNELS)
    rows = ceil(len(shown) / columns)
    pictures = toned(shown, float(np.abs(np.nan_to_num(code)).max(initial=0.0)))
    blank = np.zeros((rows * columns - len(shown), *pictures.shape[1:]), np.uint8)
    lines = np.concatenate([pictures, blank]).reshape(rows, columns, *pictures.shape[1:])
    foot = [f"{i + 1}{'' if live[i] else ' dead'}" for i in range(columns)] if rows == 1 else []
    return Mosaic(
        sheet(list(lines)),
        columns,
        rows,
        foot=tuple(foot),
        alt="The code, channel by channel.",
        max_tile=84,
        min_tile=30,
    )


def filters(found: Filters) -> Mosaic:
    """Weights from blue, negative, over nothing to orange, positive; all on one scale."""
    pictures = error_map(found.weights / (float(np.abs(found.weights).max(initial=0.0)) or 1.0))
    columns = min(PER_ROW, len(pictures))
    rows = ceil(len(pictures) / columns)
    blank = np.zeros((rows * columns - len(pictures), *pictures.shape[1:]), np.uint8)
    lines = np.concatenate([pictures, blank]).reshape(rows, columns, *pictures.shape[1:])
    return Mosaic(sheet(list(lines)), columns, rows, alt="Weights of the first layer.", max_tile=56, min_tile=24)


def ranks(originals: Bytes, outputs: Bytes, mse: Floats, max_tile: int = 58) -> Mosaic:
    """Best, median and worst images: (N, H, W) uint8 each, N in three equal groups; mse: (N,), of each."""
    each = len(mse) // len(RANKS)
    error = error_map((outputs.astype(np.float32) - originals) / 255)
    told = [RANKS[i // each] for i in range(len(mse))]
    return Mosaic(
        sheet([originals, outputs, error]),
        columns=len(mse),
        rows=3,
        labels=("image", "output", "error", "MSE"),
        foot=tuple(f"{rank} {_unbroken(float(value))}" for rank, value in zip(told, mse, strict=True)),
        alt="Best, median and worst reconstructions.",
        group=each,
        max_tile=max_tile,
        min_tile=26,
    )


def _unbroken(value: float) -> str:
    """A number whose power of ten stays with it."""
    return number(value).replace("-", "\N{NON-BREAKING HYPHEN}")


def class_bars(errors: Sequence[ClassError]) -> str:
    """HTML: a bar a class with its standard error; grey where it is level with the others."""
    ends = [each.mean + (each.standard_error if isfinite(each.standard_error) else 0) for each in errors]
    largest = max(filter(isfinite, ends), default=0.0) or 1.0
    return f'<div class="classbars">{"".join(_bar(each, largest) for each in errors)}</div>'


def _bar(one: ClassError, largest: float) -> str:
    told = f"{number(one.mean)} ± {number(one.standard_error)}" if isfinite(one.standard_error) else number(one.mean)
    if not isfinite(one.mean):
        return f"<span>{escape(one.name)}</span><i></i><b>{told}</b>"
    wide, off = 100 * one.mean / largest, 100 * min(one.standard_error, one.mean) / largest
    return (
        f"<span>{escape(one.name)}</span>"
        f'<i class="{"level" if one.level else "apart"}"><u style="width:{wide:.2f}%"></u>'
        f'<s style="left:{wide - off:.2f}%;width:{2 * off:.2f}%"></s></i><b>{told}</b>'
    )


def hardest(errors: Sequence[ClassError]) -> str:
    """Which classes lie apart from the others, and which are level.

    >>> hardest([ClassError("a", 9, 1.0, 0.1, False), ClassError("b", 9, 2.0, 0.1, False)])
    'Hardest: b. Easiest: a.'
    """
    apart = sorted((each for each in errors if not each.level and isfinite(each.mean)), key=lambda each: -each.mean)
    middle = float(np.mean([each.mean for each in errors])) if errors else 0.0
    hard = ", ".join(each.name for each in apart if each.mean > middle)
    easy = ", ".join(each.name for each in reversed(apart) if each.mean <= middle)
    level = ", ".join(each.name for each in errors if each.level)
    told = [("Hardest", hard), ("Easiest", easy), ("Level with the others", level)]
    return " ".join(f"{word}: {names}." for word, names in told if names)
