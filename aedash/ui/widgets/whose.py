"""Whose runs a list shows: mine or everyone's, where strangers use the server."""

from aedash.ui.shell import address
from aedash.ui.shell.visitor import shared, visitor

EVERYONE, MINE = "Everyone's", "Mine"


def whose(key: str) -> str:
    """The switch, kept in the address; whose runs to list, as `owning.holds` takes them: empty for everyone's.

    key: of the widget. Nothing is drawn on a server that is not shared.
    """
    if not shared():
        return ""
    chosen = address.switch("view-whose", "Whose runs", [EVERYONE, MINE], EVERYONE, key=key)
    return visitor() if chosen == MINE else ""
