"""Inputs that several recipes of comparisons share, and how numbers between commas are read."""

from math import inf, isfinite, nan

from aedash import registry
from aedash.data.own import sets
from aedash.registry import Refused
from aedash.ui.desk.manager import present
from aedash.ui.shell import address
from aedash.ui.widgets import datasets


def dataset(wanted: str = "mnist", context: str = "") -> str:
    """A picker of the data sets that are there; returns the name of one, at first the wanted one or the digits."""
    names = [name for name in datasets.names(_linked(context)) if present(name)]
    first = wanted if wanted in names else "digits"
    return address.select("data", "Dataset", names, first, context, format_func=datasets.title, width=130)


def _linked(context: str) -> str:
    """Own images that a link names, maybe somebody else's; empty where there are none."""
    asked = address.kept("data", "", str, context)
    try:
        return registry.datasets.get(asked).info.name if asked.startswith(sets.PREFIX) else ""
    except Refused:
        return ""


def length(usual: int, context: str) -> int:
    """How many epochs, as they are typed; the usual number at first. context: what it is usual for."""
    return int(address.number("epochs", "Epochs", usual, context, width=105))


def repeats(what: str) -> int:
    """How many seeds, as they are typed. what: has as many runs, in words."""
    return int(address.number("seeds", "Seeds", 1, width=95, help=f"Runs of each {what}, shown as mean and range."))


def bounded(epochs: int, seeds: int) -> None:
    """Raises Refused when either is not what a comparison may have."""
    address.within("Epochs", epochs, 1, 100)
    address.within("Seeds", seeds, 1, 10)


def numbers(text: str, what: str, field: str, most: float = inf) -> set[float]:
    """The numbers from 0 to `most` that stand between commas. Raises Refused with one sentence."""
    allowed, found = f"0 to {most:g}" if isfinite(most) else "0 up", set()
    for part in filter(None, map(str.strip, text.split(","))):
        try:
            value = float(part)
        except ValueError:
            value = nan
        if not isfinite(value) or not 0 <= value <= most:
            sentence = f"{what} must be numbers from {allowed}, between commas; got '{part[:20]}'."
            raise Refused(sentence, field, allowed)
        found.add(value)
    return found
