"""A drawing surface over a ground picture: finger, pen, mouse or keys; what is drawn comes back as small grey bytes."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from aedash.figures.payloads import packed
from aedash.ui.components.source import script, style

SENT = 4  # times as many pixels as the field, each way

_mount = st.components.v2.component(
    "aedash.canvas", html='<div class="root"></div>', css=style("canvas"), js=script("canvas")
)


@dataclass(frozen=True, eq=False)
class Ground:
    """What is drawn on. key: names it: strokes belong to it; picture: (H, W) uint8."""

    key: str
    picture: NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Drawing:
    """number: which of the browser's tellings; picture: (4 H, 4 W) uint8, None where nothing is drawn on the ground."""

    number: int
    picture: NDArray[np.uint8] | None


@dataclass(frozen=True, eq=False)
class Answer:
    """What a model says of it, for the page's other cards. code: (latent,); output: (H, W) uint8, or (H, W, 3);
    near: the numbers of the test images whose codes are nearest.
    """

    code: NDArray[np.floating]
    output: NDArray[np.uint8]
    near: Sequence[int]


NOTHING = Drawing(0, None)


def drawn(ground: Ground, *, key: str) -> Drawing:
    """What the browser has told of this ground; of another one nothing. What cannot be read is nothing, too."""
    told = (st.session_state.get(key) or {}).get("drawing") or {}
    try:
        number, ink = int(told["number"]), base64.b64decode(told["ink"], validate=True)
        height, width = (SENT * side for side in ground.picture.shape)
        if told["key"] != ground.key or not ink:
            return Drawing(number, None)
        return Drawing(number, np.frombuffer(ink, np.uint8).reshape(height, width))
    except (KeyError, TypeError, ValueError, binascii.Error):
        return NOTHING


def canvas(ground: Ground, answered: int, answer: Answer | None, *, key: str) -> None:
    """Draw it. answered: number of the telling that `answer` is of, or of one that needs none; the browser tells the
    next one then.
    """
    data = {
        "key": ground.key,
        "shape": list(ground.picture.shape),
        "ground": packed(ground.picture, "u1"),
        "answered": answered,
    }
    if answer is not None:
        data |= {
            "code": packed(answer.code, "<f4"),
            "output": packed(np.moveaxis(answer.output, -1, 0) if answer.output.ndim == 3 else answer.output, "u1"),
            "near": [int(one) for one in answer.near],
        }
    _mount(key=key, data=data, on_drawing_change=lambda: None)
