"""The live latent map: dots that glide to the next snapshot, with the image of a dot on hover."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import lru_cache

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from aedash.figures import payloads
from aedash.figures.atlas import grid, webp
from aedash.figures.scatter import LatentMap
from aedash.ui.components.live import STILL, Feed
from aedash.ui.components.source import script, style

_mount = st.components.v2.component(
    "aedash.scatter", html='<div class="root"></div>', css=style("map", "scatter"), js=script("scatter")
)
_mount_atlas = st.components.v2.component("aedash.atlas", js=script("scatter_atlas"))


def scatter(
    view: LatentMap,
    *,
    key: str,
    height: int = 250,
    touched: int | None = None,
    followed: Sequence[int] = (),
    on_touch: Callable[[int], None] | None = None,
    on_unfollow: Callable[[int], None] | None = None,
    feed: Feed = STILL,
) -> None:
    """Draw a latent map `height` CSS pixels high.

    touched: the dot that is marked; followed: dots with a ring, listed in the map. on_touch: called with the dot that
    was clicked or entered; on_unfollow: with the one that is to be let go, -1 for all. Both before the page runs again.
    """

    def told(name: str, act: Callable[[int], None] | None) -> None:
        if act:
            act(int(st.session_state[key][name]))

    data = {"height": height, "touched": touched, "followed": list(followed), "touchable": on_touch is not None}
    _mount(
        key=key,
        data=payloads.scatter(view) | data | feed.data(),
        height=height,
        on_touched_change=lambda: told("touched", on_touch),
        on_unfollowed_change=lambda: told("unfollowed", on_unfollow),
    )


def atlas(name: str, images: NDArray[np.uint8]) -> None:
    """Send the hover images (N,H,W) of a data set once; call it outside the live fragment.

    The shell's style sheet takes the element out of the layout by its key `atlas-<name>`.
    """
    place = grid(*images.shape[:3])
    data = {"name": name, "image": _uri(images.tobytes(), images.shape)} | asdict(place)
    _mount_atlas(key=f"atlas-{name}", data=data)


@lru_cache(maxsize=8)
def _uri(pixels: bytes, shape: tuple[int, ...]) -> str:
    """The atlas of (N,H,W) images as a data URI."""
    picture = webp(np.frombuffer(pixels, np.uint8).reshape(shape))
    return "data:image/webp;base64," + base64.b64encode(picture).decode()
