"""The live board: status row with the time machine, and the four cards, refreshed while a run lives."""

from dataclasses import replace

import streamlit as st

from aedash.config import RunConfig
from aedash.figures import board
from aedash.figures.board import Earlier
from aedash.history import History, Run
from aedash.ui.components.live import live
from aedash.ui.components.scatter import atlas
from aedash.ui.components.status import looking, nearest, status
from aedash.ui.desk.awaited import awaited
from aedash.ui.desk.desk import Desk
from aedash.ui.desk.manager import manager, run_of
from aedash.ui.shell import address, machine
from aedash.ui.specimen import touch
from aedash.ui.specimen.dock import Subject, dock
from aedash.ui.train import cards, errors, picker
from aedash.ui.train.broadcast import feed, settled, version
from aedash.ui.train.pictures import before
from aedash.ui.train.row import row
from aedash.ui.train.slot import slot
from aedash.ui.train.view import View

COLUMNS = [0.635, 0.365]


def outset(run: Run | None) -> str:
    """What the page's buttons will say, told before they are drawn: a run may end while they are."""
    return settled(View(run.config, manager().history(run), run)) if run else ""


def panel(run: Run | None, config: RunConfig, page: str) -> None:
    """The board of a run, or the empty one of a recipe. It follows the wire as long as the run lives.

    page: the `outset` of the page around it, which is drawn anew where that is no longer true.
    Both have the same place in the page's tree: a browser that finds the cards elsewhere takes them away first.
    """
    hovered = st.empty()
    if run is None:
        with st.container():  # as a fragment has one
            draw(View(config, History()), earlier=before(config, None))
        return
    drawn = View(run.config, manager().history(run), run)
    began = bool(drawn.history.blocks)
    earlier = before(run.config, run)
    if drawn.history.probes is not None:
        with hovered:
            atlas(run.id, drawn.history.probes.images)

    def again() -> None:
        now = run_of(run.id)
        if now is None:
            st.rerun()
        view = View(run.config, manager().history(now), now)
        if settled(view) != page and not (began and picker.is_open()):  # that would close the dialog and open it anew
            st.rerun()  # the page's buttons and numbers with it
        draw(view, earlier)

    st.fragment(again)()


def draw(view: View, earlier: Earlier | None) -> None:
    """Slot, status row and the four cards."""
    desk = Desk()
    told = version(view)  # of before it is drawn: what comes meanwhile is drawn once more
    with st.container(key="board"):
        place = st.container(horizontal=True, vertical_alignment="center", gap="small", key="slot_row")
        view = _status(view)
        with place:
            slot(view, feed(view, "slot"))
            machine.popover()
        with st.container(key="live"):
            left, right = st.columns(COLUMNS, gap="small")
            with left:
                cards.reconstruction(view, desk)
            with right:
                cards.latent_map(view)
            left, right = st.columns(COLUMNS, gap="small")
            with left:
                cards.loss(view, earlier)
            with right:
                cards.samples(view)
        if view.run:
            dock({"": Subject(view.run, view.history, None if view.live else view.snapshot)}, view.run.id)
    if view.run:
        _follow(view, told)
    awaited(desk, key="kept")


def _follow(view: View, told: str) -> None:
    """What is the person's own, each snapshot draws anew: the card of what was touched, and errors by newer weights."""
    here, run = feed(view), view.run
    assert run is not None
    own = touch.touched(run.id) or errors.chosen(view) != errors.SHOWN[0]
    also = "timeline" if view.live and own else ""
    live(here.channel, told, key=run.id, also=also, news=here.live, moment=here.moment)


def _status(view: View) -> View:
    """Draw the status row; the view at the moment that the person travelled to."""
    positions = board.frames(view.history, view.config)
    name = view.run.id if view.run else "none"
    key, at = f"status-{name}#{address.version()}", address.kept("view-at", None, _moment, name)
    at = looking(key, at) if positions else at
    address.keep("view-at", None if at is None else f"{at:.5f}", name)
    address.look("view-at", None if at is None else f"{at:.5f}")
    view = _travelled(view, nearest(positions, at))
    status(row(view), key=key, position=at, feed=feed(view, "status", "timeline"))
    return view


def _moment(text: str) -> float | None:
    """A place on the time line, 0 to 1."""
    if not 0 <= float(text) <= 1:
        raise ValueError(text)
    return float(text)


def _travelled(view: View, at: int | None) -> View:
    """The view at a snapshot's index; None = the newest, live."""
    snapshots = view.history.snapshots
    if not snapshots:
        return view
    snapshot = snapshots[-1] if at is None else snapshots[min(at, len(snapshots) - 1)]
    return replace(view, snapshot=snapshot, live=at is None)
