"""A comparison's channel: what it builds, when, and when a page's script must run."""

from dataclasses import replace

import numpy as np
import pytest

from aedash.events import Probes, RunState, Started, StepBlock
from aedash.figures import payloads
from aedash.figures.curves import steady
from aedash.figures.sweep import loss_chart
from aedash.registry import Refused
from aedash.ui.components.live import STILL
from aedash.ui.experiments.lambdas import measures
from aedash.ui.experiments.shared import broadcast
from aedash.ui.experiments.shared.broadcast import version
from aedash.wire.growth import appended
from tests import fakes
from tests.ui.cells import cell


class Sweep:
    """As much of one as a channel asks for."""

    id, runs = "a" * 12, ("0" * 12, "1" * 12)


@pytest.fixture
def found():
    """Two values that train; each has begun."""
    values = [cell("0.1", RunState.RUNNING), cell("0.2", RunState.RUNNING)]
    for value in values:
        [history] = value.group.histories
        history.append(Started(0, 100, "cpu", 1, 1000))
    return values


@pytest.fixture
def channel(found, monkeypatch):
    """channel(): the parts of the sweep's board now."""
    monkeypatch.setattr(broadcast, "_shown", type(broadcast._shown)())
    monkeypatch.setattr(broadcast, "manager", lambda: type("Manager", (), {"sweep": lambda _, name: Sweep})())
    monkeypatch.setattr(broadcast, "cells", lambda _: found)
    return lambda: dict(broadcast.board(Sweep.id).parts)


def trains(value, until):
    """Blocks of the run's first steps."""
    [history] = value.group.histories
    for step in range(history.step + 1, until + 1):
        history.append(StepBlock(step, {"loss": 1 / step, "reconstruction": 1 / step}, 10, 0.05))


def losses(found):
    chart = loss_chart([value.group for value in found], "reconstruction", False, 10, "BCE")
    return payloads.curve(chart, steady)


def test_only_what_a_page_shows_is_built(found, channel):
    assert channel() == {}
    feed = broadcast.feed(Sweep, found, "loss", losses)
    assert (feed.channel, feed.parts) == (f"sweep/{Sweep.id}", ("loss",))
    trains(found[0], 3)
    assert channel() == {"loss": losses(found)}
    assert broadcast.board(Sweep.id).of == {f"run/{run}" for run in Sweep.runs}


def test_once_all_rest_nothing_is_watched(found, channel):
    resting = [replace(value, runs=(replace(value.runs[0], state=RunState.STOPPED),)) for value in found]
    assert broadcast.feed(Sweep, resting, "loss", losses) is STILL
    assert channel() == {}


def test_what_is_dear_is_built_less_often(found, channel, monkeypatch):
    time, built = [100.0], []
    monkeypatch.setattr(broadcast, "monotonic", lambda: time[0])
    broadcast.feed(Sweep, found, "map", lambda now: built.append(1) or {"n": len(built)}, every=3.0)
    for time[0] in (100.0, 101.0, 102.9):
        assert channel() == {"map": {"n": 1}}
    time[0] = 103.0
    assert channel() == {"map": {"n": 2}}


def test_there_is_no_channel_of_an_unknown_sweep(monkeypatch):
    def refuse(_, name):
        raise Refused("There is no such sweep.", "sweep")

    monkeypatch.setattr(broadcast, "manager", lambda: type("Manager", (), {"sweep": refuse})())
    assert broadcast.board("b" * 12) is None


def test_increments_add_up_to_the_whole(found):
    """Of curves long enough to be thinned, one of which doubles its groups on the way."""
    trains(found[0], 590)
    trains(found[1], 3)
    shown, sent = losses(found), 0
    for until in range(595, 640, 5):
        trains(found[0], until)
        trains(found[1], until - 500)
        whole = losses(found)
        part = appended(shown, whole)
        sent += "append" in part
        shown = merged(shown, part) if "append" in part else part
        assert shown == whole
    assert sent == 8  # all but the step in which the first line got its band


def merged(before, part):
    """What a browser does with an increment."""
    lines = []
    for old, new in zip(before["lines"], part["lines"], strict=True):
        edges = [name for name in ("x", "y", "low", "high") if name in new]
        grown = {name: np.concatenate([unpacked(old[name]), unpacked(new[name])]) for name in edges}
        lines.append(new | {name: payloads.packed(edge, "<f4") for name, edge in grown.items()})
    return {name: value for name, value in part.items() if name != "append"} | {"lines": lines}


def unpacked(text):
    return np.frombuffer(fakes.b64decode(text), "<f4")


def test_numbers_alone_run_no_script(found):
    trains(found[0], 2)
    before = version(found)
    trains(found[0], 90)
    trains(found[1], 10)
    assert version(found) == before


def state(run):
    return replace(run, state=RunState.PAUSED)


def figures(run):
    return replace(run, figures=cell("", RunState.FINISHED).runs[0].figures)


def changes(run):
    return replace(run, changes=("a change",))


@pytest.mark.parametrize("happens", [state, figures, changes], ids=lambda each: each.__name__)
def test_what_happens_to_a_member_runs_a_script(found, happens):
    now = [replace(found[0], runs=(happens(found[0].runs[0]),)), found[1]]
    assert version(now) != version(found)


def test_a_deleted_member_runs_a_script(found):
    bare = replace(found[0], runs=(), group=replace(found[0].group, histories=()))
    assert version([bare, found[1]]) != version(found)


def test_first_pictures_run_a_script_and_later_ones_none(found):
    [history] = found[0].group.histories
    versions = [version(found)]
    images, places = np.zeros((1, 2, 2), np.uint8), np.zeros(1, np.int64)
    history.append(Probes(images, images, places, images, places))
    versions.append(version(found))
    for step in (1, 2):
        history.append(fakes.blank_snapshot(step))
        versions.append(version(found))
    assert len(set(versions)) == 3
    assert versions[-1] == versions[-2]


class Slow:
    """A desk whose results are there when they are asked for the second time."""

    refused = ()

    def __init__(self):
        self.begun = []

    def ask(self, run, what, work, *key):
        if key in self.begun:
            return key[1]
        self.begun.append(key)
        return None


def test_outputs_follow_weights_that_are_written_faster_than_they_come(found, monkeypatch):
    monkeypatch.setattr(measures, "_outputs", type(measures._outputs)())
    desk, shown = Slow(), []
    for weights in (1, 2, 3, 4, 4, 4):
        monkeypatch.setattr(measures, "written", lambda run, weights=weights: weights)
        shown.append(measures.outputs(found[0], desk))
    assert shown == [None, 1, 2, 3, 4, 4]
