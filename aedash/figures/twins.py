"""Twins as pictures: both at the same step, and how far they have come apart."""

from dataclasses import replace

import numpy as np

from aedash.events import Bytes, EpochEnd, Floats, Snapshot
from aedash.figures.curves import Level, Line, LossChart
from aedash.figures.grids import Mosaic, error_map, sheet
from aedash.figures.sweep import Group, common, loss_chart
from aedash.history import History
from aedash.sweep import Axis


def together(one: History, two: History) -> tuple[Snapshot, Snapshot] | None:
    """The newest snapshots of both that are no further than the slower one has come; None while there are none.

    They need not be of the same step: each took its own in time.
    """
    step = min(one.step, two.step)
    past = [[snapshot for snapshot in history.snapshots if snapshot.step <= step] for history in (one, two)]
    return (past[0][-1], past[1][-1]) if all(past) else None


def grid(one: Group, two: Group) -> Mosaic | None:
    """Test images, what each twin makes of them, and the second's output less the first's; None while one has no
    picture.

    The difference is signed, on [-1, 1]: orange where the second is brighter, blue where it is darker.
    """
    a, b = one.histories[0], two.histories[0]
    pair = together(a, b)
    if pair is None or a.probes is None:
        return None
    first, second = (snapshot.reconstructions for snapshot in pair)
    apart = (second.astype(np.float32) - first) / 255
    given = _inputs(one, two)
    rows = [*given.values(), first, second, error_map(apart)]
    labels = (*given, one.label, two.label, "difference")
    alt = f"{len(first)} test images, the outputs of both twins and their difference"
    return Mosaic(sheet(rows), len(first), len(rows), labels, alt=alt, max_tile=64, min_tile=40)


def _inputs(one: Group, two: Group) -> dict[str, Bytes]:
    """{label: images}: what the twins see and, where that is spoilt, the clean images above; each where it differs."""
    a, b = (group.histories[0].probes for group in (one, two))
    if a is None:
        return {}
    seen = {"input": a.inputs}
    if b is not None and not np.array_equal(a.inputs, b.inputs):
        seen = {f"input, {one.label}": a.inputs, f"input, {two.label}": b.inputs}
    spoilt = any(not np.array_equal(a.originals, images) for images in seen.values())
    return {**({"clean": a.originals} if spoilt else {}), **seen}


def loss(one: Group, two: Group, fork: float, term: str, epochs: int, unit: str) -> LossChart:
    """Both training curves, with a mark where they part, see `fork_of`; smoothing would begin that too early.

    term: "loss" or a term's name; epochs: planned; unit: of the term, at the axis.
    """
    chart = loss_chart([one, two], term, False, epochs, unit)
    lines = tuple(replace(line, smooth=False) for line in chart.lines)
    return replace(chart, lines=lines, marks=_mark(fork), start=_start(fork, epochs))


def fork_of(one: Group, two: Group, varied: Axis) -> float:
    """The epoch after which the second twin is another, with a fraction; 0 where that is the start.

    varied: the field and its two values. Other changes, made before the fork or on the way since, are no fork.
    """
    first, second = one.histories[0], two.histories[0]
    own = [change for change in second.changes if change not in first.changes]
    steps = [change.step for change in own if (change.path, change.value) == (varied.path, varied.values[-1])]
    return steps[0] / second.started.steps_per_epoch if steps and second.started else 0.0


def difference_chart(one: Group, two: Group, fork: float, term: str, epochs: int, unit: str) -> LossChart:
    """A training curve of the second less that of the first, from the fork on: before it they are one.

    term, epochs, unit: as in `loss`. No line while either has under two points. Where both replay the way to the fork,
    their blocks of steps differ, and so do means over blocks.
    """
    curves = [_behind(group.histories[0].train(term), fork) for group in (one, two)]
    lines: tuple[Line, ...] = ()
    if all(len(x) > 1 for x, _ in curves):
        x, values = common(curves)
        name = f"{two.label} less {one.label}"
        lines = (Line(name, x, values[1] - values[0], "member", "difference", color=two.color, smooth=False),)
    alt = f"Difference of the twins' training {term}"
    return LossChart(
        lines, (Level("no difference", 0.0),), epochs, unit, False, alt, marks=_mark(fork), start=_start(fork, epochs)
    )


def _mark(fork: float) -> tuple[tuple[float, str], ...]:
    return ((fork, "fork"),) if fork else ()


def _start(fork: float, epochs: int) -> float:
    """The first epoch in view: a little of what both have in common, then what sets them apart.

    >>> _start(12, 16), _start(0, 16)
    (11.0, 0.0)
    """
    return max(0.0, fork - (epochs - fork) / 4)


def _behind(curve: tuple[Floats, Floats], epoch: float) -> tuple[Floats, Floats]:
    x, y = curve
    return x[x >= epoch], y[x >= epoch]


def last_ends(one: History, two: History) -> tuple[EpochEnd, EpochEnd] | None:
    """The last epoch that both have ended, of each; None before there is one."""
    ends = [{end.epoch: end for end in history.ends[:]} for history in (one, two)]
    both = set(ends[0]) & set(ends[1])
    return (ends[0][max(both)], ends[1][max(both)]) if both else None
