"""The decoder that travels to the page, for every card that decodes in the browser."""

from functools import partial

from aedash.analysis.trained import Trained
from aedash.models.travelling import travelling
from aedash.registry import Refused
from aedash.ui.explore.bench import Bench

STAYS = "Its decoder is no list of plain layers."


def decoder(bench: Bench, label: int | None = None) -> str | None:
    """The name of the decoder's parcel; empty where it cannot travel, see `stays`; None until that is known.

    label: the class that is drawn by a model that is told one; None: the chosen image's.
    """
    why = stays(bench, label)
    if why is None or why:
        return why and ""
    return bench.parcel("decoder", partial(_packed, bench.place, label), "application/octet-stream", bench.place, label)


def stays(bench: Bench, label: int | None = None) -> str | None:
    """Why the decoder cannot travel, a sentence; empty where it can; None until that is known."""
    return bench.ask("travels", partial(_why, bench.place, label), bench.place, label)


def label_of(trained: Trained, place: int, label: int | None = None) -> int:
    """The class that is drawn: the one given, else that of the test image; 0 where there is no such image."""
    labels = trained.data.test.labels
    return int(labels[place]) if label is None and 0 <= place < len(labels) else label or 0


def _why(place: int, label: int | None, trained: Trained) -> str:
    try:
        return "" if _packed(place, label, trained) else STAYS
    except Refused as error:
        return str(error)


def _packed(place: int, label: int | None, trained: Trained) -> bytes:
    return travelling(trained.model, trained.scaling, label_of(trained, place, label)) or b""
