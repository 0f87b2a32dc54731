"""Pace: how long a recipe takes on this machine, as the runs like it did that are there."""

from collections.abc import Callable, Iterable, Sequence
from math import inf
from typing import Any

from aedash import registry
from aedash.config import RunConfig, training_images
from aedash.events import RunState
from aedash.history import History, Run
from aedash.training.queue import Queue


def images_of(config: RunConfig) -> int:
    """Images that a whole run of it trains on, over all epochs."""
    return config.epochs * training_images(config.data, registry.datasets.get(config.data.name).info)


def step_of(config: RunConfig) -> tuple[Any, ...]:
    """What decides how long a step takes: another seed, rate or number of epochs does not matter."""
    parts = (config.data, config.architecture, config.corruption, config.objective)
    return (*parts, config.optimizer.batch_size)


def pace(history: History) -> float:
    """Seconds an image, evaluations among them; inf before a second was measured: the first steps are slow."""
    measured = history.images > 0 and (history.seconds >= 1.0 or not history.state.state.alive)
    evaluations = sum(end.seconds for end in history.ends[:])
    return (history.seconds + evaluations) / history.images if measured else inf


def paces(runs: Iterable[Run], history_of: Callable[[Run], History]) -> Callable[[RunConfig], float]:
    """The pace of a recipe: that of the first of the runs like it that was measured, inf where none was."""
    alike: dict[tuple[Any, ...], list[Run]] = {}
    for run in runs:
        alike.setdefault(step_of(run.config), []).append(run)
    known: dict[tuple[Any, ...], float] = {}

    def of(config: RunConfig) -> float:
        step = step_of(config)
        if step not in known:
            measured = (found for run in alike.get(step, ()) if (found := pace(history_of(run))) < inf)
            known[step] = next(measured, inf)
        return known[step]

    return of


def usual_pace(config: RunConfig, runs: Iterable[Run], history_of: Callable[[Run], History]) -> float:
    """The pace of one recipe, as `paces` knows it, without a look at all runs."""
    step = step_of(config)
    alike = (pace(history_of(run)) for run in runs if run.images and step_of(run.config) == step)
    return next((each for each in alike if each < inf), inf)


def seconds_left(run: Run, history: History, usual: float, most: float = inf) -> float:
    """How long a run takes yet, at its own pace once it has one, else at the usual one, in seconds an image.

    One that is paused takes as long as somebody likes: inf. most: seconds after which one is stopped, each time that
    it goes on.
    """
    own = pace(history)
    if run.state is RunState.PAUSED:
        return inf
    left = (own if own < inf else usual) * images_of(run.config) * max(0.0, 1 - history.epoch / run.config.epochs)
    had = history.seconds % most if run.state is RunState.RUNNING else 0.0
    return min(left, most - had) if left < inf else inf


def waits(queue: Queue, runs: Sequence[Run], history_of: Callable[[Run], History], most: float) -> dict[str, float]:
    """{id: seconds until it begins} of all that wait in a queue, as far as runs like those before them were measured.

    runs: all that there are, the newest first; most: as in `seconds_left`.
    """
    members = queue.members
    inside = [run for run in runs if run.id in members]
    usual = paces([*inside, *(run for run in runs if run.images)], history_of)
    left = {run.id: seconds_left(run, history_of(run), usual(run.config), most) for run in inside}
    begins = queue.forecast(lambda each: left.get(each, inf))
    return {each: seconds for each, seconds in begins.items() if seconds < inf}
