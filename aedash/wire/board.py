"""Board: all that is shown of one subject at a moment, the same for everybody who watches it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from time import time
from typing import Any


@dataclass(frozen=True)
class Board:
    """parts: {name: JSON-able payload}, without nan; version: another one where a page's script must run, say for
    another state, not with every number; stamp: seconds since 1970, when building began, set by the hub. of: other
    channels' names whose news concern this board, too, say those of a sweep's runs.
    """

    parts: Mapping[str, Any]
    version: str
    stamp: float = field(default_factory=time)
    of: frozenset[str] = frozenset()


def packed(payload: Any) -> bytes:
    """A payload as JSON without a line break, so that it is one line of an event. Raises ValueError for nan, TypeError
    for what JSON does not know.

    >>> packed({"x": [1.5, None], "name": "a\\nb"})
    b'{"x":[1.5,null],"name":"a\\\\nb"}'
    """
    return json.dumps(payload, separators=(",", ":"), allow_nan=False).encode()


def message(channel: str, board: Board, parts: Mapping[str, bytes], whole: bool) -> bytes:
    """What is said of a channel. parts: packed; whole: whether they are all of them, or those that changed."""
    inside = b",".join(packed(name) + b":" + part for name, part in parts.items())
    head = packed({"channel": channel, "version": board.version, "stamp": board.stamp, "whole": whole})
    return head[:-1] + b',"parts":{' + inside + b"}}"
