"""Between images as figures: rows of pictures with what the judge reads, and what is said of them."""

from collections.abc import Sequence

from aedash.analysis.between import Row
from aedash.analysis.own_image import Typical
from aedash.events import Bytes
from aedash.figures.grids import Mosaic, error_map, sheet
from aedash.formatting import number, percent

NAMES = {"code": "through the code", "spherical": "on a sphere", "pixels": "blended pixels"}
TILE, LEAST = 64, 26  # CSS pixels: a way stays whole on a phone
ROOM = 4.9  # rem, for the names
JUDGED = "Below each picture stands what the judge reads, a small classifier that knows clean images alone."


def rows(found: dict[str, Row], classes: Sequence[str], names: dict[str, str], alt: str) -> list[Mosaic]:
    """A grid a row, with what the judge reads below; last, what the first row has and the last has not."""
    grids = []
    for name, row in found.items():
        told = (names[name],), _read(row, classes), f"{alt}: {names[name]}"
        grids.append(Mosaic(sheet([row.pictures]), len(row.pictures), 1, *told, min_tile=LEAST, room=ROOM))
    first, last = (list(found.values())[at].pictures.astype(float) for at in (0, -1))
    apart = sheet([error_map((first - last) / 255)])
    told = ("difference",), (), f"{alt}: code less pixels"
    return [*grids, Mosaic(apart, len(first), 1, *told, min_tile=LEAST, room=ROOM)]


def _read(row: Row, classes: Sequence[str]) -> tuple[str, ...]:
    return () if row.labels is None else tuple(classes[label] for label in row.labels)


def halfway(found: dict[str, Row], classes: Sequence[str], usual: Typical | None) -> str:
    """What one sees in the middle of the ways."""
    told = "; ".join(f"{NAMES[name]} {_middle(row, classes)}" for name, row in found.items())
    text = f"Half-way, and how far from the nearest training image (MSE per pixel): {told}."
    if usual:
        text += f" For test images {number(usual.image[0])} to {number(usual.image[2])} is usual."
    if any(row.labels is not None for row in found.values()):
        text += f" {JUDGED}"
    return text


def _middle(row: Row, classes: Sequence[str]) -> str:
    at = len(row.off) // 2
    told = number(float(row.off[at]))
    if row.labels is None or row.sureness is None:
        return told
    return f"{told}, read as {classes[row.labels[at]]} ({percent(float(row.sureness[at]), 0)})"


def reached(row: Row, amounts: Sequence[float], plus: int, name: str) -> str:
    """From which amount on the judge reads the class that is added."""
    if row.labels is None:
        return ""
    ahead = [(amount, label) for amount, label in zip(amounts, row.labels, strict=True) if amount >= 0]
    turned = next((i for i, (_, label) in enumerate(ahead) if label == plus), None)
    if turned is None:
        return f"Up to {ahead[-1][0]:g} times the difference the judge reads no {name}."
    return f"From {ahead[turned][0]:g} times the difference on the judge reads {name}."


def amount_words(amounts: Sequence[float]) -> tuple[str, ...]:
    """Each amount with its sign.

    >>> amount_words((-0.5, 0.0, 1.0))
    ('−0.5', '0', '+1')
    """
    return tuple(f"{amount:+g}".replace("-", "−") if amount else "0" for amount in amounts)


def styles(pictures: Bytes, classes: Sequence[str]) -> Mosaic:
    """pictures: (images, 1 + classes, H, W): each image, then its style in every class."""
    image, columns = sheet(list(pictures)), pictures.shape[1]
    return Mosaic(
        image,
        columns,
        len(pictures),
        foot=("image", *classes),
        alt="Styles in every class",
        max_tile=TILE,
        min_tile=LEAST,
    )
