"""The card of one test image among those on the map, as data: pictures, code, and its neighbours in code and pixels."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from aedash.analysis.neighbourhood import Inspection
from aedash.analysis.specimen import Neighbour, Specimen
from aedash.figures.payloads import Payload, packed
from aedash.figures.specimen import LEAST, strip, units
from aedash.formatting import count, number


def inspector(found: Inspection, classes: Sequence[str], by: str = "") -> Payload:
    """What the card holds of the chosen image. classes: names, by label; by: who made the output, where that is another
    state of the model than the code is of.

    sheet: a PNG data URI of original and output, side by side, exact, from which the error map is drawn; empty
    where they are not known. made: whether there is an output.
    """
    own = found.own
    code = np.zeros(0, np.float32) if own.code is None else own.code.astype(np.float32)
    dead = own.in_use is not None and not own.in_use.any()
    return {
        "label": own.label,
        "mse": own.mse,
        "sheet": _pair(own),
        "made": own.output is not None,
        "by": by,
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


def absent(why: str) -> Payload:
    """The card of an image that cannot be shown, and why: a sentence. Another one can be chosen on it."""
    return inspector(Inspection(Specimen(), ()), ()) | {"units": "", "notes": [why]}


def _pair(own: Specimen) -> str:
    if own.image is None:
        return ""
    return strip([own.image, np.zeros_like(own.image) if own.output is None else own.output])


def _row(title: str, near: Sequence[Neighbour], label: int | None, classes: Sequence[str]) -> dict[str, Any]:
    same = [one.label == label for one in near]
    images = [
        {"place": one.place, "label": classes[one.label], "distance": number(one.distance), "same": alike}
        for one, alike in zip(near, same, strict=True)
    ]
    told = f"{title}: {count(sum(same))} of {count(len(near))} of its class" if near else ""
    return {"title": told, "images": images}
