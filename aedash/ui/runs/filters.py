"""Which runs the list holds, and in what order: a row of choices above it, kept in the address."""

from collections.abc import Callable, Mapping

import streamlit as st

from aedash import registry, words
from aedash.events import RunState
from aedash.formatting import count
from aedash.store.folder import LETTERS
from aedash.store.listing import SORTS, Choices, Wanted
from aedash.training.records import Page
from aedash.ui.desk.manager import manager
from aedash.ui.shell import address, notice
from aedash.ui.shell.visitor import visitor

MOST_LETTERS = 200  # of a search
WIDTH = 148  # CSS pixels of a choice
SORT, PAGE = "view-sort", "view-page"
NAMES = ("search", "state", "data", "kind", "tag", "group", "whose", "pinned")
MINE = "mine"
RISING = ("title", "state", "data", "kind", "group", "sweep", "noisy", "clean", "kl", "loss")  # at the first press


def wanted(choices: Choices) -> Wanted:
    """Draws the row; what it asks for."""
    text = address.line(
        "search",
        "Search",
        "",
        MOST_LETTERS,
        placeholder="Title, tag, note, sweep, id",
        icon=":material/search:",
        label_visibility="collapsed",
        width=250,
    )
    with st.container(key="runs_fold"):
        st.checkbox("Filters", key="runs_unfolded")
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key="runs_filters"):
        found = _chosen(choices)
        asked = {"search": text, **found}
        if any(asked.values()):
            st.button("Clear", icon=":material/filter_alt_off:", type="tertiary", on_click=_clear, help="Show all runs")
    address.write({name: value for name, value in asked.items() if value or address.named(name)})
    sort, rising = _sort()
    person = visitor() if found["whose"] else ""
    named = found["state"], found["data"], found["kind"], person, found["tag"], found["group"]
    return Wanted(text, *named, pinned=bool(found["pinned"]), sort=sort, rising=rising)


def _chosen(choices: Choices) -> dict[str, str]:
    """{parameter: value} of the choices; empty for any. Those that could not tell anything apart are not drawn."""
    state = {each.value: choices.state.get(each, 0) for each in RunState}
    pinned, mine = ({"yes": choices.pinned} if choices.pinned else {}), {}
    if manager().settings.shared:
        mine = {MINE: choices.people.get(visitor(), 0)}
    return {
        "state": _choice("state", "All states", state, words.capital),
        "data": _choice("data", "All data sets", choices.data, _data),
        "kind": _choice("kind", "All kinds", choices.kind),
        "tag": _choice("tag", "All tags", choices.tag, most=LETTERS["tag"]),
        "group": _choice("group", "All groups", choices.group, most=LETTERS["group"]),
        "whose": _choice("whose", "Everyone's", mine, words.capital),
        "pinned": _choice("pinned", "Pinned or not", pinned, lambda _: "Pinned"),
    }


def _choice(
    name: str, every: str, counts: Mapping[str, int], word: Callable[[str], str] = str, most: int = LETTERS["group"]
) -> str:
    """One of the values that there are, or of the address; every: what it is called where none is asked for."""

    def read(text: str) -> str:
        if len(text) > most:
            raise ValueError(text)
        return text

    asked = address.kept(name, "", read)
    options = ["", *sorted(counts), *([asked] if asked and asked not in counts else [])]
    if len(options) == 1:
        return ""
    return address.select(
        name,
        every,
        options,
        "",
        format_func=lambda value: f"{word(value)} ({count(counts.get(value, 0))})" if value else every,
        label_visibility="collapsed",
        width=WIDTH,
    )


def _data(name: str) -> str:
    return registry.datasets.get(name).info.title if name in registry.datasets.names() else name


def _clear() -> None:
    notice.act()
    for name in NAMES:
        address.keep(name, None)
    st.session_state[address.VERSION] = address.version() + 1  # every widget takes its value anew


def _sort() -> tuple[str, bool]:
    """(what the list is sorted by, whether the smallest stands first), in the address as clean or -clean."""

    def read(text: str) -> str:
        if text.removeprefix("-") not in SORTS:
            raise ValueError(text)
        return text

    text = address.kept(SORT, "-started", read)
    address.look(SORT, None if text == "-started" else text)
    return text.removeprefix("-"), not text.startswith("-")


def sort_by(now: Wanted, name: str) -> None:
    """Sort by that from now on; by the same, the other way round."""
    if name in SORTS:
        rising = not now.rising if name == now.sort else name in RISING
        address.keep(SORT, name if rising else f"-{name}")


def read(now: Wanted, lines: int) -> tuple[Page, int]:
    """(the page of the list that is shown, its number from 1); each list has its own. lines: of a page."""
    asked = address.kept(PAGE, 1, _number, _of(now))
    page = manager().page(now, lines, (asked - 1) * lines)
    if not page.runs and page.found:  # it has become shorter
        asked = -(-page.found // lines)
        page = manager().page(now, lines, (asked - 1) * lines)
    address.look(PAGE, str(asked) if asked > 1 else None)
    return page, asked


def turn(now: Wanted, number: str) -> None:
    """Show that page from now on; what is no number is none."""
    address.keep(PAGE, number, _of(now))


def _of(now: Wanted) -> str:
    return str(now)


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text[:9]) >= 1 and len(text) < 9):
        raise ValueError(text)
    return int(text)
