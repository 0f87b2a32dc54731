"""A recorded moment on Explore: its codes as they were recorded, or on request its model, trained again up to there."""

from dataclasses import replace

import streamlit as st

from aedash.events import Snapshot
from aedash.formatting import percent
from aedash.training.again import Again, obstacle, seconds, weights_at
from aedash.ui.desk.background import told
from aedash.ui.desk.manager import manager, present
from aedash.ui.explore.bench import Bench
from aedash.ui.shell import address, frame

WEIGHTS, THEN = "view-weights", "then"
ROUNDED = 0.002  # up to 0.18 % were seen at step 0, where the weights are the same: half precision


def by_its_weights(bench: Bench) -> Bench:
    """The same with the model of the moment, where that is asked for and there; else it waits for it."""
    wanted, snapshot = _wanted(bench), bench.snapshot
    address.look(WEIGHTS, THEN if wanted and snapshot else None)
    if not wanted or snapshot is None or _obstacle(bench, snapshot):
        return bench
    again = _again(bench, snapshot)[0]
    return bench if again is None else replace(bench, snapshot=None, again=again)


def slot(bench: Bench, wrong: str) -> None:
    """What the page shows of a moment, or HTML of what went wrong, and the way to the moment's weights or back."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="explore_moment"):
        frame.slot(wrong or frame.note(_words(bench)))
        if _wanted(bench):
            _button("Back to the best weights", None, bench)
        elif bench.snapshot and not _obstacle(bench, bench.snapshot):
            took = max(1.0, seconds(bench.run, bench.history, bench.snapshot.step))
            _button(f"Decode with the weights of this moment (about {took:.0f} s)", THEN, bench)


def _wanted(bench: Bench) -> bool:
    return address.kept(WEIGHTS, False, {THEN: True}.__getitem__, bench.run.id)


def _obstacle(bench: Bench, snapshot: Snapshot) -> str:
    """Why the moment's weights cannot be had, in a sentence; empty where they can."""
    if not present(bench.run.config.data.name):
        return "Its own weights would need the training images."
    return obstacle(bench.run, bench.history, snapshot.step)


def _again(bench: Bench, snapshot: Snapshot) -> tuple[Again | None, float]:
    """(the model of the moment or None, which share is done); the desk keeps it as it keeps any result."""
    run, history, root = bench.run, bench.history, manager().settings.data_dir
    key = ("again", run.id, snapshot.step, history.changes)
    return bench.desk.growing(key, lambda: weights_at(run, history, snapshot, root, told))


def _button(label: str, weights: str | None, bench: Bench) -> None:
    key = f"explore-weights-{weights or 'best'}"
    st.button(label, key=key, on_click=address.keep, args=(WEIGHTS, weights, bench.run.id), width="content")


def _words(bench: Bench) -> str:
    if bench.again:
        return f"Trained again up to step {bench.again.step:,}: {verdict(bench.again.difference)}."
    assert bench.snapshot is not None
    seen, why = 0 if bench.survey is None else len(bench.survey.places), _obstacle(bench, bench.snapshot)
    shown = f"Codes of the first {seen} test images at step {bench.snapshot.step:,}, as they were recorded"
    if _wanted(bench) and not why:
        return f"{shown}. The run is trained again up to there, {percent(_again(bench, bench.snapshot)[1], 0)} done."
    return f"{shown}; what is decoded is decoded by the best weights, the only ones kept. {why}".rstrip()


def verdict(difference: float) -> str:
    """How far a model's codes are from those that the run recorded, as a share of their spread.

    >>> verdict(0.0)
    'its codes are the recorded ones, to the last digit that was kept'
    >>> verdict(0.0123)
    'its codes differ from the recorded ones by 1.23 % of their spread'
    """
    if not difference:
        return "its codes are the recorded ones, to the last digit that was kept"
    if difference < ROUNDED:
        share = percent(max(difference, 1e-4), 2)
        return f"its codes are the recorded ones within {share} of their spread, which is how the record rounds"
    return f"its codes differ from the recorded ones by {percent(difference, 2)} of their spread"
