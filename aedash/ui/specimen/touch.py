"""What was touched: kept in the address, so that a link opens the same card."""

from dataclasses import dataclass

import streamlit as st

from aedash.analysis.specimen import Touched
from aedash.ui.shell import address

CARD, FOLLOWED, DOCKED = "view-touch", "view-follow", "docked"
MOST_FOLLOWED = 8


@dataclass(frozen=True)
class Place:
    """A dot or a sample of a run. run: its id; empty on a page that shows one run only."""

    touched: Touched
    run: str = ""

    def __str__(self) -> str:
        return f"{self.run}.{self.touched}" if self.run else str(self.touched)

    @classmethod
    def read(cls, text: str) -> "Place":
        """What the address says. Raises ValueError for any other text."""
        run, _, what = text.rpartition(".")
        return cls(Touched.read(what), run)


def touched(context: str = "") -> Place | None:
    """What the card shows. context: the run of a page that shows one, whose card it is."""
    return address.kept(CARD, None, Place.read, context)


def touch(place: Place, context: str = "") -> None:
    """Open the card of something, in the place of the one that is open."""
    address.keep(CARD, str(place), context)


def leave(context: str = "") -> None:
    """Close the card."""
    address.keep(CARD, None, context)


def linked() -> bool:
    """Whether the address asks for a card, or has dots followed."""
    return bool({CARD, FOLLOWED} & (address.wish() or {}).keys())


def changed() -> bool:
    """Whether something was touched since the dock was drawn."""
    return bool(touched() != st.session_state.get(DOCKED))


def tell(asked: Place | None, place: Place | None) -> None:
    """Write into the address what the card shows. asked: what was touched, which may not be there."""
    st.session_state[DOCKED] = asked
    address.look(CARD, None if place is None else str(place))


def dot(context: str, count: int) -> int | None:
    """The dot, of so many, whose card is open; None of a sample."""
    place = touched(context)
    if place is None or place.touched.kind != "dot" or place.touched.place >= count:
        return None
    return place.touched.place


def followed(run: str, count: int) -> list[int]:
    """The dots, of so many, whose way is drawn on the map."""
    dots = _followed(run)
    address.look(FOLLOWED, "-".join(map(str, dots)) or None)
    return [one for one in dots if one < count]


def follow(run: str, one: int) -> None:
    """Follow a dot, or no longer; the oldest of more than eight is let go."""
    dots = _followed(run)
    now = [other for other in dots if other != one] if one in dots else [*dots, one][-MOST_FOLLOWED:]
    address.keep(FOLLOWED, "-".join(map(str, now)) or None, run)


def follow_none(run: str) -> None:
    """Let all dots go."""
    address.keep(FOLLOWED, None, run)


def _followed(run: str) -> list[int]:
    none: list[int] = []
    return address.kept(FOLLOWED, none, _dots, run)


def _dots(text: str) -> list[int]:
    dots = [int(part) for part in text.split("-")]
    if len(dots) > MOST_FOLLOWED or any(not 0 <= one < 10_000 for one in dots):
        raise ValueError(text)
    return list(dict.fromkeys(dots))
