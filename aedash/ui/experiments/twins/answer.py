"""What the Twins page says in words, made from the measured numbers alone."""

from collections.abc import Sequence
from typing import Any

from aedash import words
from aedash.analysis.level import ONE_SEED
from aedash.events import EpochEnd
from aedash.figures.sweep import Group
from aedash.figures.twins import fork_of, last_ends
from aedash.formatting import number, percent, setting
from aedash.history import History
from aedash.sweep import Sweep
from aedash.training.trends import jitter
from aedash.ui.experiments.shared.cells import Cell
from aedash.ui.experiments.shared.remarks import answered
from aedash.ui.shell import frame

LOOK_FOR = "Both start from the same numbers. Small differences later may be chance: the smallest change causes some."
STEADY = 2.0  # deviations of one epoch's ratio from the trend of the ratios: what lies within is jitter


def comparable(shown: Sweep) -> bool:
    """Whether both minimise the same sum on the same inputs."""
    return shown.axes[0].path.split(".")[0] not in ("objective", "corruption")


def sentence(shown: Sweep, found: list[Cell]) -> str:
    """What the change has done by the last epoch that both have ended, in figures."""
    one, two = (cell.group for cell in found)
    pair = last_ends(one.histories[0], two.histories[0])
    if pair is None:
        return frame.note(LOOK_FOR)
    first, second = pair
    fork = fork_of(one, two, shown.axes[0])
    if first.epoch <= fork:
        return frame.note(f"One run up to now: they part after epoch {setting(fork)}.")
    a, b = (_error(shown, end) for end in pair)
    floor = chance(_ratios(shown, one.histories[0], two.histories[0], fork))
    name, (ours, theirs) = words.field(shown.axes[0].path), _labels(two, one, shown.axes[0].values)
    kind = "clean" if first.figures.mse_corrupted is None or not comparable(shown) else "noisy"
    rest = f" on {kind} {first.split} images: MSE per pixel {number(b)} against {number(a)}."
    if comparable(shown):
        losses = [number(end.figures.loss) for end in (second, first)]
        rest += f" {first.split.capitalize()} loss {losses[0]} against {losses[1]}."
    rest += f" One pair: less than {percent(floor, 0)} may be chance."
    return answered("info", f"After epoch {first.epoch}, {name} {_beside(ours, theirs, b / a, floor)}", rest)


def _labels(two: Group, one: Group, values: tuple[Any, ...]) -> tuple[str, str]:
    """The second's value and the first's; every digit where few would make them the same. values: the first's first."""
    if two.label != one.label:
        return two.label, one.label
    return str(values[-1]), str(values[0])


def _error(shown: Sweep, end: EpochEnd) -> float:
    """MSE per pixel at what both are trained for; where noise or objective differ, from clean images."""
    return end.figures.task_mse if comparable(shown) else end.figures.mse


def _ratios(shown: Sweep, one: History, two: History, fork: float) -> list[float]:
    """The second's error over the first's, after each epoch behind the fork that both have ended."""
    ends = {end.epoch: end for end in one.ends[:]}
    pairs = [(ends[end.epoch], end) for end in two.ends[:] if end.epoch in ends and end.epoch > fork]
    errors = [(_error(shown, first), _error(shown, second)) for first, second in pairs]
    return [b / a for a, b in errors if a]


def chance(ratios: Sequence[float]) -> float:
    """What a change of nothing to speak of may do to a ratio of errors: 5 %, or twice its jitter from epoch to epoch,
    see `trends.jitter`.

    A learning rate changed by one part in 10,000 moved the error of R1-dense by up to 3.4 % within 20 epochs of the
    digits and R0-vae-meant's by 1.9 %; by one part in 1,000, R1-conv's by 4.8 %.
    """
    return max(ONE_SEED, STEADY * jitter(ratios))


def _beside(ours: str, theirs: str, ratio: float, floor: float) -> str:
    """Our error beside theirs. ratio: of the two; floor: what of it may be chance."""
    apart = percent(abs(ratio - 1))
    if ratio == 1:
        return f"{ours} has the same error as {theirs}"
    if abs(ratio - 1) <= floor:
        return f"{ours} and {theirs} are level, {apart} apart"
    if ratio >= 2:
        return f"{ours} has {number(ratio)} times the error of {theirs}"
    return f"{ours} has an error {apart} {'lower' if ratio < 1 else 'higher'} than {theirs}"
