"""Preview: what was read of an upload, as HTML: images with their classes, and sentences."""

from collections.abc import Iterable
from html import escape

import numpy as np

from aedash.data.own.reading import Reading
from aedash.events import Bytes
from aedash.figures.grids import png_uri
from aedash.formatting import count

SHOWN = 24
MANY = 12  # classes whose numbers are told one by one


def spread(found: Reading, most: int) -> list[int]:
    """Places of at most so many images, of all classes in turn, spread over each.

    >>> from aedash.data.own.reading import Reading
    >>> labels = np.array([0, 0, 0, 0, 1, 1])
    >>> spread(Reading(np.zeros((6, 1, 2, 2), np.uint8), labels, ("a", "b"), None, 0, False, ()), 4)
    [0, 4, 2, 5]
    """
    each = [np.flatnonzero(found.labels == label) for label in range(len(found.classes))]
    share = -(-most // max(1, len(each)))
    picked = [places[:: max(1, len(places) // share)] for places in each]
    rounds = [int(places[turn]) for turn in range(most) for places in picked if turn < len(places)]
    return rounds[:most]


def tiles(found: Reading, places: Iterable[int], inverted: bool, alt: str) -> str:
    """HTML: these images, each with the name of its class."""
    drawn = [_tile(found, place, inverted) for place in places]
    return f'<div class="ownset" role="group" aria-label="{escape(alt)}">{"".join(drawn)}</div>'


def _tile(found: Reading, place: int, inverted: bool) -> str:
    name = escape(found.classes[int(found.labels[place])])
    image = found.images[place]
    return (
        f'<figure><img src="{_uri(255 - image if inverted else image)}" alt=""><figcaption>{name}</figcaption></figure>'
    )


def _uri(image: Bytes) -> str:
    """image: (1 or 3, H, W) uint8."""
    if len(image) == 1:
        return png_uri(image[0])
    opaque = np.full(image.shape[1:], 255, np.uint8)
    return png_uri(np.ascontiguousarray(np.stack([*image, opaque], -1)))


def notes(found: Reading) -> str:
    """HTML: what was read and done, a line each, and how the images are shared out."""
    lines = [*found.notes, _classes(found), _split(found)]
    return f'<ul class="ownnotes">{"".join(f"<li>{escape(line)}</li>" for line in lines if line)}</ul>'


def _classes(found: Reading) -> str:
    if len(found.classes) == 1:
        return ""
    told = [f"{name}: {count(number)}" for name, number in zip(found.classes, found.counts, strict=True)]
    more = f" and {count(len(told) - MANY)} more" if len(told) > MANY else ""
    return f"Images of each class: {', '.join(told[:MANY])}{more}."


def _split(found: Reading) -> str:
    if found.test is not None:
        aside, how = int(found.test.sum()), "as the file says"
    else:
        aside, how = -(-(len(found.images) - 1) // 6), "one in six of each class"
    return f"{count(aside)} of them are kept aside for the test, {how}; the rest is to train on."
