"""Awaited: a page that asks for results runs again when one of them is there, and no other page does."""

from aedash.ui.components.live import live
from aedash.ui.desk.desk import Desk


def awaited(desk: Desk, key: str = "desk") -> None:
    """Run the fragment that this stands in again as results come, twice a second at most; nothing while none is waited
    for. Called last, when all has been asked. key: where several stand on a page.
    """
    if desk.waiting:
        live(desk.channel, desk.version, key=key)
