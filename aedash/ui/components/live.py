"""Where a component takes from what is newer than the script that drew it, and when that script runs again."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import streamlit as st

from aedash.ui.components.source import script

_mount = st.components.v2.component("aedash.live", js=script("live"))


@dataclass(frozen=True)
class Feed:
    """The parts of a channel that a component shows once they are newer than what the script gave it.

    channel: "run/<id>", or empty: nothing is newer; parts: names, later ones lie over earlier ones; live: whether news
    may come, else only recorded moments; moment: the step that the script drew, None live; edition: what the recorded
    moments of a channel depend on besides their step.
    """

    channel: str = ""
    parts: tuple[str, ...] = ()
    live: bool = True
    moment: int | None = None
    edition: str = ""

    def data(self) -> dict[str, Any]:
        """For the component, beside its payload, which is as new as this moment."""
        if not self.channel:
            return {}
        wire = {"channel": self.channel, "parts": list(self.parts), "live": self.live, "moment": self.moment}
        return {"wire": wire | {"edition": self.edition}, "stamp": time.time()}


STILL = Feed()


def live(channel: str, version: str, *, key: str, also: str = "", news: bool = True, moment: int | None = None) -> None:
    """Run the fragment that this stands in once more, when the channel's version is not the one that was drawn.

    also: a part whose change counts as well; news: False where only recorded moments may be asked for; moment: as in
    `Feed`. It shows nothing; what was marked by `words` follows its part.
    """
    feed = Feed(channel, live=news, moment=moment)
    _mount(key=f"wire-{key}", data={"version": version, "also": also} | feed.data(), on_changed_change=lambda: None)


def words(html: str, feed: Feed) -> str:
    """HTML that follows a part of the channel, `{"html": ...}`, as long as `live` stands on the page."""
    if not feed.channel:
        return html
    return f'<div class="wired" data-channel="{feed.channel}" data-part="{feed.parts[0]}">{html}</div>'
