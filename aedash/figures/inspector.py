"""The card of one test image among those on the map, as data: pictures, code, and its neighbours in code and pixels."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from aedash.analysis.neighbourhood import Inspection
from aedash.analysis.specimen import Neighbour
from aedash.figures.payloads import Payload, packed
from aedash.figures.specimen import LEAST, strip, units
from aedash.figures.theme import class_color
from aedash.formatting import count, number


def inspector(place: int, found: Inspection, classes: Sequence[str]) -> Payload:
    """What the card holds of the chosen image. place: in the test split; classes: names, by label.

    `sheet`: a PNG data URI of original and output, side by side, exact; the error map is drawn from the two.
    """
    own = found.own
    assert own.image is not None and own.output is not None and own.code is not None and own.label is not None
    dead = own.in_use is not None and not own.in_use.any()
    code = own.code.astype(np.float32)
    return {
        "place": place,
        "label": own.label,
        "mse": own.mse,
        "sheet": strip([own.image, own.output]),
        "code": packed(code, "<f4"),
        "reach": max(own.reach, LEAST if dead else 0.0, float(np.abs(code).max(initial=0.0))),
        "in_use": "" if own.in_use is None else "".join("01"[int(unit)] for unit in own.in_use),
        "words": [] if own.words is None else own.words.tolist(),
        "units": units(own),
        "near": [
            _row("Nearest in the code", own.nearest, own.label, classes),
            _row("Nearest in pixels", found.pixels, own.label, classes),
        ],
    }


def palette(classes: Sequence[str]) -> Payload:
    """Names and colours of the classes, by label."""
    return {"classes": list(classes), "colors": [class_color(label) for label in range(len(classes))]}


def _row(title: str, near: Sequence[Neighbour], label: int, classes: Sequence[str]) -> dict[str, Any]:
    same = sum(one.label == label for one in near)
    return {
        "title": f"{title}: {count(same)} of {count(len(near))} of its class" if near else "",
        "images": [
            {"place": one.place, "label": classes[one.label], "distance": number(one.distance)} for one in near
        ],
    }
