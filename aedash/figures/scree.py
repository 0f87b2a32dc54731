"""Scree: how the spread of codes falls from axis to axis, as bars; another space's as marks over them."""

from collections.abc import Sequence
from html import escape

from aedash.formatting import percent

SHOWN = 24  # axes
LEAST = 0.004  # of the height: a bar that is there is seen


def scree(shares: Sequence[float], other: Sequence[float], named: str) -> str:
    """HTML. shares: of the code's variance, 0..1, that each axis holds, largest first; other: those of what it is held
    against, called `named`; its marks stand on the same scale. None where there is nothing.
    """
    ours, theirs = list(shares[:SHOWN]), list(other[:SHOWN])
    top = max([*ours, *theirs, 1e-9])
    places = max(len(ours), len(theirs))
    bars = "".join(_bar(i, ours, theirs, top, named) for i in range(places))
    keys = "<span><b></b>code</span>" + f"<span><u></u>{escape(named)}</span>" * bool(theirs)
    alt = f"Share of the variance by axis: {', '.join(percent(share, 0) for share in ours)}"
    return (
        f'<div class="scree" role="img" aria-label="{escape(alt)}"><div class="top">{percent(top, 0)}{keys}</div>'
        f'<div class="bars">{bars}</div><div class="ends"><span>axis 1</span><span>{places}</span></div></div>'
    )


def _bar(place: int, ours: Sequence[float], theirs: Sequence[float], top: float, named: str) -> str:
    told, drawn = [], ""
    if place < len(ours):
        drawn += f'<b style="height:{100 * max(ours[place] / top, LEAST):.1f}%"></b>'
        told.append(f"axis {place + 1}: {percent(ours[place])}, {percent(sum(ours[: place + 1]))} with those before")
    if place < len(theirs):
        drawn += f'<u style="bottom:{100 * theirs[place] / top:.1f}%"></u>'
        told.append(f"{named}: {percent(theirs[place])}")
    return f'<i title="{escape("; ".join(told))}">{drawn}</i>'
