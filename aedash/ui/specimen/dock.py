"""The dock: where the card of what was touched stands, at the lower edge of the window, over whatever page it is."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from aedash import registry
from aedash.analysis.specimen import Specimen, Touched, asked, recorded, sample_codes, there
from aedash.analysis.trained import written
from aedash.events import Probes, Snapshot
from aedash.figures.board import at_moment
from aedash.figures.specimen import card
from aedash.formatting import count, many
from aedash.history import History, Run
from aedash.ui.components.specimen import specimen
from aedash.ui.desk.awaited import awaited
from aedash.ui.desk.desk import Desk
from aedash.ui.desk.manager import manager
from aedash.ui.shell import address, notice
from aedash.ui.specimen import touch
from aedash.ui.specimen.touch import Place
from aedash.ui.widgets import exploring

KEY, LAST = "specimen", "specimen_last"


@dataclass(frozen=True)
class Subject:
    """A run that has something to touch. snapshot: of the moment that is travelled to, None live; name: where there
    are several.
    """

    run: Run
    history: History
    snapshot: Snapshot | None = None
    name: str = ""


@dataclass(frozen=True)
class Known:
    """own: what is known of it; moment: of which state of the model; by: whose the output is where that is another."""

    own: Specimen
    moment: str
    by: str = ""
    notes: tuple[str, ...] = ()


def dock(subjects: Mapping[str, Subject], context: str = "", desk: Desk | None = None) -> None:
    """Draw the card of what is touched, nothing where nothing is. Called last on a page: it shows what stands above.

    subjects: by run id; of a page that shows one run, by "", and its id is the context. desk: of a page that waits for
    other results, too; None: the dock waits by itself.
    """
    place = touch.touched(context)
    subject = subjects.get(place.run) if place else None
    if place is None or subject is None or not _has(subject, place.touched):
        _absent(place, subject, context)
        return
    touch.tell(place, place)
    mine = Desk()
    with st.container(key=KEY):
        _card(place, subject, context, mine)
    if desk is None:
        awaited(mine, "card")
    else:
        desk.waiting += mine.waiting


def _absent(place: Place | None, subject: Subject | None, context: str) -> None:
    """No card; a link to what no run on the page has is told, in the slot above, by drawing the page once more."""
    if place and touch.linked() and (subject is None or subject.history.snapshots):
        touch.leave(context)
        address.leave_out(touch.CARD)
    touch.tell(touch.touched(context), None)
    if touch.linked() and notice.untold():
        st.rerun()


def _has(subject: Subject, touched: Touched) -> bool:
    history = subject.history
    return history.probes is not None and bool(history.snapshots) and there(touched, history.probes, _moment(subject))


def _card(place: Place, subject: Subject, context: str, desk: Desk) -> None:
    probes = subject.history.probes
    assert probes is not None
    known = _known(place.touched, subject, probes, desk)
    classes = registry.datasets.get(subject.run.config.data.name).info.classes
    followed = touch.followed(context, len(probes.labels)) if context else []

    def go(dot: int) -> None:
        touch.touch(Place(Touched("dot", dot), place.run), context)

    specimen(
        card(place.touched, known.own, probes.images, classes, known.moment, known.by, known.notes),
        key=f"{KEY}-card",
        on_go=go,
        on_close=lambda: touch.leave(context),
        on_follow=(lambda dot: touch.follow(context, dot)) if context else None,
        followed=place.touched.kind == "dot" and place.touched.place in followed,
        explore=exploring.href(subject.run, place.touched.place if place.touched.kind == "dot" else None),
    )


def _known(touched: Touched, subject: Subject, probes: Probes, desk: Desk) -> Known:
    """At its end what the best weights say, exactly; at any other moment what was kept of it.

    An image that is none of the ten has no output kept: the weights that there are make one.
    """
    snapshot, history, run = _moment(subject), subject.history, subject.run
    exact = _exact(touched, subject, desk)
    name = f"{subject.name}. " if subject.name else ""
    if exact and subject.snapshot is None and not run.state.alive:
        return Known(exact, name + _end(run, history))
    kept = replace(recorded(touched, probes, snapshot, _drawn(subject)), in_use=_in_use(subject))
    notes = tuple(desk.refusals)
    if len(snapshot.components) < len(snapshot.centre) and touched.kind == "dot":
        notes += (f"Of this moment the code's {count(len(snapshot.components))} main directions are kept.",)
    known = Known(kept, f"{name}At epoch {_epoch(history, snapshot)}.", notes=notes)
    if kept.output is None and exact is not None:
        own = replace(kept, input=exact.input, output=exact.output, mse=exact.mse)
        return replace(known, own=own, by="last saved weights" if run.state.alive else "best weights")
    return known


def _moment(subject: Subject) -> Snapshot:
    return subject.snapshot or subject.history.snapshots[-1]


def _drawn(subject: Subject) -> Any:
    """The run's random codes, (samples, latent), or None."""
    started = subject.history.started
    device = started.device if started else "cpu"
    return sample_codes(subject.run.config.seed, len(_moment(subject).centre), device)


def _in_use(subject: Subject) -> NDArray[np.bool_] | None:
    """(latent,), where all units or none were in use at the end of the epoch before; else it was not kept which."""
    end = at_moment(subject.history, subject.snapshot)
    units = len(_moment(subject).centre)
    if end is None or end.figures.code_size not in (0, units):
        return None
    return np.full(units, end.figures.code_size == units)


def _end(run: Run, history: History) -> str:
    if run.uploaded:
        return "By the uploaded weights."
    best = history.best()
    if best is not None and best.epoch != run.epochs_done:
        return f"By its best weights, those after epoch {best.epoch}; the page shows epoch {run.epochs_done}."
    return f"At its end, after {many(run.epochs_done, 'epoch')}."


def _epoch(history: History, snapshot: Snapshot) -> str:
    return f"{snapshot.step / history.started.steps_per_epoch:.2f}" if history.started else "0"


def _exact(touched: Touched, subject: Subject, desk: Desk) -> Specimen | None:
    """By the weights; those of an epoch that has just ended are asked beside the page, which shows the last answer."""
    if not written(subject.run):
        return None
    key, found = (subject.run.id, touched), _ask(touched, subject, desk)
    if found:
        st.session_state[LAST] = key, found
    last = st.session_state.get(LAST)
    return last[1] if last and last[0] == key else None


def _ask(touched: Touched, subject: Subject, desk: Desk) -> Specimen | None:
    run, probes, drawn = subject.run, subject.history.probes, _drawn(subject)
    assert probes is not None
    root = manager().settings.data_dir
    return desk.look((KEY, run.id, written(run), touched), lambda: asked(run, touched, probes, drawn, root))
