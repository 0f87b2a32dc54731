"""Held: where a person points on the pad, and what lies on it; all of it stands in the address."""

from collections.abc import Callable
from dataclasses import dataclass

from aedash.ui.components.pad import BEHIND, MOST_ANCHORS, WAYS, Spot
from aedash.ui.shell import address

LARGEST = 1e18  # of a place on a plane, in code units: those of a run that blew up are large


@dataclass(frozen=True)
class Held:
    """spot, anchors: places on the plane, no spot while nobody has pointed; behind, way: one of BEHIND and of WAYS."""

    spot: Spot | None
    anchors: tuple[Spot, ...]
    behind: str
    way: str


def held(run: str, plane: str) -> Held:
    """Of a run's plane. Places belong to the plane, the rest to the run."""
    nowhere: Spot | None = None
    none: tuple[Spot, ...] = ()
    both = f"{run} {plane}"
    now = Held(
        address.kept("view-spot", nowhere, _spot, both),
        address.kept("view-anchors", none, _spots, both),
        address.kept("view-behind", BEHIND[0], _one_of(BEHIND), run),
        address.kept("view-way", WAYS[0], _one_of(WAYS), run),
    )
    address.look("view-spot", _text((now.spot,)) if now.spot else None)
    address.look("view-anchors", _text(now.anchors) or None)
    address.look("view-behind", now.behind if now.behind != BEHIND[0] else None)
    address.look("view-way", now.way if now.way != WAYS[0] else None)
    return now


def keepers(run: str, plane: str) -> dict[str, Callable[[str], None]]:
    """{what: keeps it as the browser told it}. Text that is none of its values is let go when it is read."""

    def keeper(name: str, context: str) -> Callable[[str], None]:
        return lambda text: address.keep(name, text or None, context)

    both = f"{run} {plane}"
    contexts = {"spot": both, "anchors": both, "behind": run, "way": run}
    return {what: keeper(f"view-{what}", context) for what, context in contexts.items()}


def _text(spots: tuple[Spot, ...]) -> str:
    return "~".join(f"{x:.4g},{y:.4g}" for x, y in spots)


def _spot(text: str) -> Spot:
    x, y = (float(part) for part in text.split(","))
    if not (abs(x) < LARGEST and abs(y) < LARGEST):
        raise ValueError(text)
    return x, y


def _spots(text: str) -> tuple[Spot, ...]:
    spots = tuple(_spot(part) for part in text.split("~"))
    if len(spots) > MOST_ANCHORS:
        raise ValueError(text)
    return spots


def _one_of(options: tuple[str, ...]) -> Callable[[str], str]:
    return {option: option for option in options}.__getitem__
