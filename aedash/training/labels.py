"""Labels: what people write to a run, so that they find it again. Made one line, and refused where it is long."""

import re
import unicodedata
from collections.abc import Iterable
from typing import Any

from aedash.data.own.naming import BLANK
from aedash.formatting import count
from aedash.registry import Refused
from aedash.store.folder import LETTERS, MOST_TAGS

_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")  # they write the rest of a line from the other side
TYPED = 4  # times as many letters may be typed as are kept; more is not looked at: marks that combine take n^2 to order
_NOT_SHOWN = ("Cc", "Cs", "Zl", "Zp")  # categories of Unicode: control characters, half ones, ends of lines
_BESIDE = ("Cf", "Mn", "Me", "Zs")  # joiners, marks, blanks: alone they show nothing


def labels(
    name: str | None, note: str | None, tags: Iterable[str] | None, group: str | None, pinned: bool | None
) -> dict[str, Any]:
    """The fields of a run that are given, as they are kept; None: not given. Raises Refused for what is too long."""
    found = {
        "name": None if name is None else line("name", name),
        "note": None if note is None else lines(note),
        "tags": None if tags is None else words(tags),
        "group": None if group is None else line("group", group),
        "pinned": pinned,
    }
    return {field: value for field, value in found.items() if value is not None}


def line(what: str, text: str) -> str:
    """The text on one line, without what cannot be seen; empty where nothing of it can.

    what: a key of LETTERS. Raises Refused where it is too long.

    >>> line("name", "  a\\tname\\n"), line("name", "\\u200b\\u200d")
    ('a name', '')
    """
    told = " ".join(_seen(_bounded(what, text, TYPED), "").split())
    return _bounded(what, told) if any(unicodedata.category(each) not in _BESIDE for each in told) else ""


def lines(text: str) -> str:
    """The text with its line breaks, without what cannot be seen. Raises Refused where it is too long."""
    typed = _bounded("note", text, TYPED).replace("\r\n", "\n").replace("\r", "\n")
    rows = [" ".join(each.split()) for each in _seen(typed, "\n").split("\n")]
    return _bounded("note", "\n".join(rows).strip())


def words(tags: Iterable[str]) -> tuple[str, ...]:
    """Each tag once, whatever its capitals. Raises Refused where one is too long, or there are too many.

    >>> words(["for later", "Odd", "odd", ""])
    ('for later', 'Odd')
    """
    told = [line("tag", tag.replace(",", " ")) for tag in tags]
    found = {tag.casefold(): tag for tag in reversed(told) if tag}
    if len(found) > MOST_TAGS:
        raise Refused(f"A run has at most {MOST_TAGS} tags; got {count(len(found))}.", "tags", f"up to {MOST_TAGS}")
    return tuple(reversed(found.values()))


def _seen(text: str, kept: str) -> str:
    plain = unicodedata.normalize("NFC", _TURNING.sub("", text))
    return "".join(each if each in kept or _is_shown(each) else " " for each in plain)


def _is_shown(letter: str) -> bool:
    return letter not in BLANK and unicodedata.category(letter) not in _NOT_SHOWN


def _bounded(what: str, text: str, times: int = 1) -> str:
    most = LETTERS[what]
    if len(text) > times * most:
        allowed = f"up to {count(most)} letters"
        raise Refused(f"A {what} has {allowed}; got {count(len(text))}.", what, allowed)
    return text
