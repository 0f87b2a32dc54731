"""Edit: the code of an image under the hand, along the decoder's own directions there and unit by unit."""

from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aedash.analysis.directions import REACH
from aedash.analysis.editing import Place, Strongest, around, redrawn, strongest
from aedash.analysis.survey import Survey
from aedash.figures import units as figures
from aedash.figures.edit import EditCard, Edits, Slider
from aedash.figures.grids import sheet
from aedash.formatting import many, number
from aedash.ui.components.edit import edit
from aedash.ui.explore.bench import Bench
from aedash.ui.explore.tools.units import fired, latent_shape, seen_by, surveyed
from aedash.ui.explore.travelling import decoder
from aedash.ui.shell import address, frame

HEIGHT = 320
EDIT = "view-edit"
MOVED = "Beside a unit: its absolute change over 5 to 95 % of its values, added up, in pixels from black to white."
HINT = "Move the code of the chosen image: what changes together, and where does the picture fall apart?"


def draw(bench: Bench, chosen: NDArray[np.int64]) -> None:
    """The card of edits. chosen: rows of the survey, not looked at here."""
    with frame.card("Edit", HINT, "explore_edit"):
        context = f"{bench.run.id}.{bench.place}"
        edits = address.kept(EDIT, Edits(), Edits.read, context)  # before anything is computed: a wish is forgotten
        seen = surveyed(bench)
        most = None if seen is None else _most(bench, seen)
        travels = decoder(bench)
        if seen is None or most is None or travels is None:
            here = None
        else:
            here = bench.ask("edit", partial(around, seen=seen, most=most, place=bench.place), *_of(bench))
        if seen is None or most is None or travels is None or here is None:
            frame.pending("No code", "The image is encoded.", bench.desk.refusals, HEIGHT)
            return
        if not edits.fits(seen.codes.shape[1]):
            address.keep(EDIT, None, context)
            address.leave_out(EDIT)
            edits = Edits()
        address.look(EDIT, str(edits) or None)
        _card(bench, most, here, travels, edits)


def _most(bench: Bench, seen: Survey) -> Strongest | None:
    found = fired(bench, seen)
    if found is None:
        return None
    return bench.ask("strongest", partial(strongest, seen=seen, found=found), *seen_by(bench))


def _of(bench: Bench) -> tuple[Any, ...]:
    return *seen_by(bench), bench.place


def _card(bench: Bench, most: Strongest, here: Place, travels: str, edits: Edits) -> None:
    context, latent = f"{bench.run.id}.{bench.place}", len(here.origin.code)
    beside = here.origin.context if isinstance(here.origin.context, tuple) else None
    travels = "" if beside else travels  # the browser decodes a code alone
    made = None
    if not travels and str(edits):
        made = bench.ask(
            "edited",
            partial(redrawn, here=here, steps=dict(edits.steps), units=dict(edits.units)),
            *_of(bench),
            str(edits),
        )
    shape = latent_shape(bench) or (latent,)
    found = here.found
    edit(
        EditCard(
            key=f"{context} {bench.version[1]} {bench.points}",
            code=here.origin.code.numpy(),
            steps=np.zeros((0, latent)) if found is None else found.steps,
            rows="" if found is None else sheet(list(found.rows)),
            strengths=() if found is None else tuple(number(float(value)) for value in found.values),
            reach=REACH,
            sliders=_sliders(most, shape),
            ends=sheet(list(here.ends)),
            own=sheet([here.own]),
            shape=bench.shape,
            decoder=travels,
            picture="" if made is None else sheet([made]),
            text=str(edits),
            note=_note(bench, here, travels),
            why=here.why,
        ),
        key=f"edit-{bench.run.id}",
        on_edit=lambda text: address.keep(EDIT, text or None, context),
    )


def _sliders(most: Strongest, shape: tuple[int, ...]) -> tuple[Slider, ...]:
    return tuple(
        Slider(int(unit), figures.name(int(unit), shape), float(low), float(high), many(round(float(pixels)), "pixel"))
        for unit, pixels, low, high in zip(most.units, most.pixels, most.low, most.high, strict=True)
    )


def _note(bench: Bench, here: Place, travels: str) -> str:
    """What the numbers on the card are, and who decodes."""
    length = "Before a row: how far the picture moves, as the length of its change, for units that move by one "
    told = ["" if here.why else f"{length}deviation together.", MOVED]
    if not travels:
        beside = bench.run.config.architecture.beside()
        own = f" with {beside}, as in image {bench.place}" if here.origin.context is not None and beside else ""
        told.append(f"The server decodes this model{own} as you let go.")
    return " ".join(filter(None, told))
