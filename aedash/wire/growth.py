"""Growth: of a curve that only got longer, what was appended."""

from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from typing import Any

POINTS = ("x", "y", "low", "high")


def appended(before: Any, after: Any) -> Any:
    """The payload `after` with the new points of its lines alone and `append: true`; itself where more has changed.

    A payload has lines where it says `lines: [{name, x, y, ...}]`; x, y and of a band low, high: lists, or numbers of 4
    bytes as base64.

    >>> one = {"lines": [{"name": "loss", "x": [1, 2], "y": [9, 8]}]}
    >>> appended(one, {"lines": [{"name": "loss", "x": [1, 2, 3], "y": [9, 8, 7]}], "best": 7})
    {'lines': [{'name': 'loss', 'x': [3], 'y': [7]}], 'best': 7, 'append': True}
    >>> appended(one, {"lines": [{"name": "loss", "x": [2, 3], "y": [8, 7]}]})
    {'lines': [{'name': 'loss', 'x': [2, 3], 'y': [8, 7]}]}
    """
    lines, older = _lines(after), _lines(before)
    if not lines or len(older) != len(lines):
        return after
    grown = [_grown(*pair) for pair in zip(older, lines, strict=True)]
    return after if None in grown else {**after, "lines": grown, "append": True}


def _lines(payload: Any) -> Sequence[Any]:
    """The lines of a curve; none of what is no curve."""
    lines = payload.get("lines") if isinstance(payload, Mapping) else None
    if not isinstance(lines, list | tuple):
        return ()
    return lines if all(isinstance(line, Mapping) and line.keys() >= {"name", "x", "y"} for line in lines) else ()


def _grown(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any] | None:
    """The line with its new points alone; None where it is another line, or its points were moved."""
    if before.keys() != after.keys() or before["name"] != after["name"]:
        return None
    tails = {name: _tail(before[name], after[name]) for name in POINTS if name in after}
    return None if None in tails.values() else {**after, **tails}


def _tail(before: Any, after: Any) -> Any:
    """What stands behind `before`; None where `after` does not begin with it."""
    if isinstance(after, str):
        first, all_of_them = b64decode(before), b64decode(after)
        return b64encode(all_of_them[len(first) :]).decode() if all_of_them.startswith(first) else None
    return after[len(before) :] if list(after[: len(before)]) == list(before) else None
