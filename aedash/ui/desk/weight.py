"""How much memory a result holds."""

from dataclasses import fields, is_dataclass
from typing import Any

SMALL = 200  # bytes that anything else counts as


def weight(value: Any) -> int:
    """Bytes of the arrays, bytes and text in a value: in its fields, its items and theirs; all else counts as 200.

    An array is what tells its `nbytes`, torch's and whatever holds some, too.

    >>> weight((memoryview(bytes(4000)), {"name": b"12345"}))
    4405
    """
    if isinstance(size := getattr(value, "nbytes", None), int):
        return size
    if isinstance(value, bytes | str):
        return len(value)
    if is_dataclass(value) and not isinstance(value, type):
        return SMALL + sum(weight(getattr(value, each.name)) for each in fields(value))
    if isinstance(value, dict):
        return SMALL + sum(map(weight, value.values()))
    if isinstance(value, list | tuple):
        return SMALL + sum(map(weight, value))
    return SMALL
