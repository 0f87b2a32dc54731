"""The decoder that travels to the page, for every card that decodes in the browser."""

from functools import partial

from aedash.analysis.trained import Trained
from aedash.models.travelling import travelling
from aedash.registry import Refused
from aedash.ui.explore.bench import Bench

STAYS = "Its decoder is no list of plain layers."


def decoder(bench: Bench) -> str | None:
    """The name of the decoder's parcel; empty where it cannot travel, see `stays`; None until that is known.

    A model that is told a class draws that of the chosen image.
    """
    why = stays(bench)
    if why is None or why:
        return why and ""
    place = _place(bench)
    return bench.parcel("decoder", partial(_packed, place), "application/octet-stream", place)


def stays(bench: Bench) -> str | None:
    """Why the decoder cannot travel, a sentence; empty where it can; None until that is known."""
    place = _place(bench)
    return bench.ask("travels", partial(_why, place), place)


def _place(bench: Bench) -> int:
    """The image that the decoder depends on: any, where it is told no class, so that it is made once for all."""
    return bench.place if bench.run.config.architecture.beside() else 0


def label_of(trained: Trained, place: int) -> int:
    """The class that is drawn: that of the test image; 0 where there is no such image."""
    labels = trained.data.test.labels
    return int(labels[place]) if 0 <= place < len(labels) else 0


def _why(place: int, trained: Trained) -> str:
    try:
        return "" if _packed(place, trained) else STAYS
    except Refused as error:
        return str(error)


def _packed(place: int, trained: Trained) -> bytes:
    return travelling(trained.model, trained.scaling, label_of(trained, place)) or b""
