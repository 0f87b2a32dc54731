"""The address: what is on screen, as query parameters. One mechanism keeps and tells what is chosen on any page.

What a person chose is kept for the session as the text that stands in the address, so that it survives a visit to
another page, a reload and a link. An address that differs from the one written last is somebody's wish (a link, Back,
Forward): every input takes its value from it. What it lacks becomes the default; what cannot be read, too, and is told.
Without any parameter, as behind the page's name in the navigation, it wishes for nothing: what was there is shown.

Parameters that begin with `view-` only say how the same thing is looked at; see `components/history.js`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import Any, TypeVar

import streamlit as st

from aedash.registry import Refused
from aedash.ui.shell import notice

T = TypeVar("T")
Query = dict[str, list[str]]
LOOK = "view-"
LARGEST = 1e12  # of a number: the browser is exact up to 9e15
ADDRESS, KEPT, VERSION = "address", "kept", "address_version"  # keys of the session


@dataclass
class Address:
    """A page's parameters. wish: asked for; main, looks: of what is on screen; fields: of the widgets of this pass.

    taken: names that were asked for and are in force; wrong: names of those that could not be read.
    """

    page: str
    wish: Query | None = None
    main: Query = field(default_factory=dict)
    fields: Query = field(default_factory=dict)
    looks: Query = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)


def opened(page: str) -> None:
    """Begin a pass over a page: find out whether anything is asked for, or it goes on with what it showed."""
    before: Address | None = st.session_state.get(ADDRESS)
    acted, query = notice.acted(), _query()  # a click may be quicker than the address that the last one wrote
    if before is None or before.page != page:
        notice.leave()
        before = None
    same = before is not None and _main(query) == before.main and (before.main or query == before.looks)
    now = Address(page, None if not query or acted or same else query)
    if before is not None:
        now.main, now.looks = before.main, before.looks
    if now.wish is not None:
        st.session_state[VERSION] = version() + 1
    st.session_state[ADDRESS] = now


def page() -> str:
    """Name of the page on screen."""
    return _now().page


def wish() -> Query | None:
    """The parameters that are asked for; None where the page goes on with what it showed."""
    return _now().wish


def version() -> int:
    """Part of every widget's key: with another wish they take their values anew."""
    return int(st.session_state.get(VERSION, 0))


def named(name: str) -> bool:
    """Whether the address on screen has that parameter."""
    return name in _now().main


def write(main: Mapping[str, str | Sequence[str]]) -> None:
    """Say what is on screen; how it is looked at is said by its own widgets."""
    now, new = _now(), {name: [each] if isinstance(each, str) else list(each) for name, each in main.items()}
    if new != now.main:  # of what was on screen before
        now.main, now.looks = new, {}
    _send(now)


def look(name: str, text: str | None) -> None:
    """Say how it is looked at; None: as at first, which needs no word."""
    now = _now()
    now.looks = {other: texts for other, texts in now.looks.items() if other != name} | ({name: [text]} if text else {})
    _send(now)


def leave_out(name: str) -> None:
    """Tell that a parameter could not be read."""
    now = _now()
    now.wrong = list(dict.fromkeys([*now.wrong, name.removeprefix(LOOK)]))
    notice.say(notice.unread(now.wrong))


def kept(name: str, default: T, read: Callable[[str], T], context: str = "") -> T:
    """The value of a parameter: what is asked for, else what was chosen before, else the default.

    read: raises ValueError or KeyError for a text that is none of its values. context: what the choice belongs to; what
    was chosen with another one is kept beside it.
    """
    now, texts, slot = _now(), _texts(), _slot(name, context)
    if now.wish is not None and name not in now.taken:
        now.taken.add(name)
        texts.pop(slot, None)
        if asked := now.wish.get(name):
            texts[slot] = asked[-1]
    if slot not in texts:
        return default
    try:
        return read(texts[slot])
    except (ValueError, KeyError, OverflowError):
        del texts[slot]
        if name in now.taken:
            leave_out(name)
        return default


def keep(name: str, text: str | None, context: str = "", page: str = "") -> None:
    """Keep what was chosen, on this page or for another; None: nothing, the default."""
    texts, slot = _texts(), _slot(name, context, page)
    texts.pop(slot, None)
    if text is not None:
        texts[slot] = text


def chosen(
    name: str,
    options: Sequence[T],
    default: T,
    draw: Callable[..., T | None],
    context: str = "",
    key: str = "",
    text: Callable[[T], str] = str,
) -> T:
    """One of some options, chosen with a widget. draw(value, key=..., on_change=...): draws it."""
    by_text = {text(option): option for option in options}
    default = default if default in by_text.values() else options[0]
    value, key = kept(name, default, by_text.__getitem__, context), _key(name, context, key)

    def changed() -> None:
        now = st.session_state[key]
        if now is None or now in options:  # an option whose words have changed comes back as those words
            _typed(name, None if now is None else text(now), context)

    drawn = draw(value, key=key, on_change=changed)
    result = value if drawn is None else drawn
    _tell(name, text(result), text(default))
    return result


def select(
    name: str, label: str, options: Sequence[str], default: str, context: str = "", key: str = "", **how: Any
) -> str:
    """A choice from a list that opens."""

    def draw(value: str, **on: Any) -> str | None:
        return st.selectbox(label, options, options.index(value), **on, **how)

    return chosen(name, options, default, draw, context, key)


def switch(
    name: str, label: str, options: Sequence[str], default: str, context: str = "", key: str = "", **more: Any
) -> str:
    """A choice from a few words in a row."""

    def draw(value: str, **on: Any) -> str | None:
        how: dict[str, Any] = {"label_visibility": "collapsed", "required": True} | more
        return st.segmented_control(label, options, default=value, **how, **on)

    return chosen(name, options, default, draw, context, key)


def number(name: str, label: str, default: float, context: str = "", key: str = "", **how: Any) -> Any:
    """A number of the default's type, without bounds: the browser would keep one beyond to itself."""
    kind, key = type(default), _key(name, context, key)

    def read(text: str) -> float:
        value = kind(text)
        if not isfinite(value) or abs(value) > LARGEST:
            raise ValueError(text)
        return value

    def changed() -> None:
        now = st.session_state[key]
        _typed(name, None if now is None else _plain(now), context)

    drawn = st.number_input(label, None, None, kept(name, default, read, context), key=key, on_change=changed, **how)
    result = default if drawn is None else drawn
    _tell(name, _plain(result), _plain(default))
    return result


def line(name: str, label: str, default: str, max_chars: int, context: str = "", key: str = "", **how: Any) -> str:
    """A line of text."""
    key = _key(name, context, key)

    def read(text: str) -> str:
        if len(text) > max_chars:
            raise ValueError(text)
        return text

    def changed() -> None:
        _typed(name, st.session_state[key], context)

    text = str(st.text_input(label, kept(name, default, read, context), max_chars, key, on_change=changed, **how))
    if text or default:
        _tell(name, text, default)
    return text


def fields() -> Query:
    """What the widgets of this pass say, but for looks."""
    return _now().fields


def within(what: str, value: float, low: float, high: float) -> Any:
    """The number. Raises Refused with one sentence when it is not between the bounds."""
    if low <= value <= high:
        return value
    allowed = f"{low:,} to {high:,}"
    raise Refused(f"{what} must be {allowed}; got {value:.12g}.", what.lower(), allowed)


def _typed(name: str, text: str | None, context: str) -> None:
    """A person did it."""
    if not name.startswith(LOOK):
        notice.act()
    keep(name, text, context)


def _tell(name: str, text: str, default: str) -> None:
    if name.startswith(LOOK):
        look(name, None if text == default else text)
    else:
        _now().fields[name] = [text]


def _plain(value: float) -> str:
    return f"{value:.12g}"


def _query() -> Query:
    return {name: st.query_params.get_all(name) for name in st.query_params}


def _main(query: Query) -> Query:
    return {name: texts for name, texts in query.items() if not name.startswith(LOOK)}


def _now() -> Address:
    now: Address = st.session_state[ADDRESS]
    return now


def _texts() -> dict[str, str]:
    texts: dict[str, str] = st.session_state.setdefault(KEPT, {})
    return texts


def _slot(name: str, context: str, page: str = "") -> str:
    return f"{page or _now().page}:{name}:{context}"


def _key(name: str, context: str, key: str) -> str:
    return f"{key or f'{_now().page}-{name}'}-{context}#{version()}"


def _send(now: Address) -> None:
    if _query() != now.main | now.looks:
        st.query_params.from_dict(now.main | now.looks)
