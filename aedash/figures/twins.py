"""Twins as pictures: both at the same step, and how far they have come apart."""

from dataclasses import replace

import numpy as np

from aedash.events import EpochEnd, Snapshot
from aedash.figures.curves import Level, Line, LossChart
from aedash.figures.grids import Mosaic, error_map, sheet
from aedash.figures.sweep import Group, common, loss_chart
from aedash.history import History


def together(one: History, two: History) -> tuple[Snapshot, Snapshot] | None:
    """The newest snapshots of both that are no further than the slower one has come; None while there are none."""
    step = min(one.step, two.step)
    past = [[snapshot for snapshot in history.snapshots if snapshot.step <= step] for history in (one, two)]
    return (past[0][-1], past[1][-1]) if all(past) else None


def grid(one: Group, two: Group) -> Mosaic | None:
    """Test images, what each twin makes of them, and the second's output less the first's."""
    a, b = one.histories[0], two.histories[0]
    pair = together(a, b)
    if pair is None or a.probes is None:
        return None
    first, second = (snapshot.reconstructions for snapshot in pair)
    apart = (second.astype(np.float32) - first) / 255
    rows = [a.probes.originals, first, second, error_map(apart)]
    labels = ("input", one.label, two.label, "difference")
    alt = f"{len(first)} test images, the outputs of both twins and their difference"
    return Mosaic(sheet(rows), len(first), 4, labels, alt=alt, max_tile=64, min_tile=40)


def loss(one: Group, two: Group, term: str, epochs: int, unit: str) -> LossChart:
    """Both training curves, with a mark where they part."""
    chart, changed = loss_chart([one, two], term, False, epochs, unit), two.histories[0]
    per_epoch = changed.started.steps_per_epoch if changed.started else 1
    return replace(chart, marks=tuple((change.step / per_epoch, "fork") for change in changed.changes[-1:]))


def difference_chart(one: Group, two: Group, term: str, epochs: int, unit: str) -> LossChart:
    """A training curve of the second less that of the first, over the epochs that both have done."""
    curves = [group.histories[0].train(term) for group in (one, two)]
    lines: tuple[Line, ...] = ()
    if all(len(x) > 1 for x, _ in curves):
        x, values = common(curves)
        name = f"{two.label} less {one.label}"
        lines = (Line(name, x, values[1] - values[0], "member", "difference", color=two.color, smooth=False),)
    return LossChart(
        lines, (Level("no difference", 0.0),), epochs, unit, False, f"Difference of the twins' training {term}"
    )


def last_ends(one: History, two: History) -> tuple[EpochEnd, EpochEnd] | None:
    """The last epoch that both have ended; None before there is one."""
    ends = [{end.epoch: end for end in history.ends[:]} for history in (one, two)]
    both = set(ends[0]) & set(ends[1])
    return (ends[0][max(both)], ends[1][max(both)]) if both else None
