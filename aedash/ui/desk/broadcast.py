"""Broadcast: what a desk's channel says, another version as a result is there that its session waited for."""

from aedash.ui.desk.visit import visit_of
from aedash.wire.board import Board


def board(token: str) -> Board | None:
    """The desk of that token; None once its session has gone."""
    found = visit_of(token)
    return Board({}, str(found.version)) if found else None
