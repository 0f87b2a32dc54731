"""What the picture of a finished answer shows, measured on the shipped sweep itself: called once, as it is packed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from aedash import registry
from aedash.analysis import contraction, noise
from aedash.analysis.checkerboard import error_phases, untrained
from aedash.analysis.level import compare, quoted, spread
from aedash.analysis.trained import trained
from aedash.config import DataConfig
from aedash.events import Bytes, Figures, Snapshot
from aedash.figures.grids import png_uri, stretched
from aedash.formatting import count, number, percent, value_label
from aedash.history import Run
from aedash.recipes import noise as recipe
from aedash.store.gallery import read_history
from aedash.store.illustrations import Illustration, Line, Strip
from aedash.sweep import Sweep, members
from aedash.words import listed

AT = 4  # of contraction.SIGMAS: noise 0.4, at which lambda is judged
NOISES = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
DIGIT = 3  # which of the images in the grid is shown
ERROR = "error: test MSE per pixel"
PHASES = 360  # test images whose error is told by a pixel's place: all of the digits'


@dataclass(frozen=True)
class Value:
    """One value of a shipped sweep: what it is called, and its runs, one a seed."""

    label: str
    setting: object
    runs: tuple[Run, ...]

    @property
    def first(self) -> Run:
        return self.runs[0]

    def tests(self, figure: Callable[[Figures], float]) -> list[float]:
        """A figure on the test images, one a seed."""
        return [figure(run.figures["test"]) for run in self.runs]

    @property
    def last(self) -> Snapshot:
        """What the first seed made of the fixed images at its end."""
        return read_history(self.first.folder).snapshots[-1]


def values(sweep: Sweep, runs: Sequence[Run]) -> list[Value]:
    """The values in their order. runs: in the order of the sweep's members."""
    planned = members(sweep)
    cells = [[i for i, member in enumerate(planned) if member.cell == cell] for cell in range(planned[-1].cell + 1)]
    settings = [next(iter(planned[cell[0]].varied.values())) for cell in cells]
    found = zip(settings, cells, strict=True)
    return [Value(value_label(setting), setting, tuple(runs[i] for i in cell)) for setting, cell in found]


def illustration(name: str, sweep: Sweep, runs: Sequence[Run], root: Path) -> Illustration:
    """Figures, pictures, sentence of a shipped sweep. name: its question's, else KeyError; root: of the data sets."""
    return _DRAWN[name](values(sweep, runs), root)


def _lambda(found: list[Value], root: Path) -> Illustration:
    measured = [[contraction.measure(trained(run, root)) for run in value.runs] for value in found]
    clean, noisy = (
        [[float(quoted(each.errors[at]).mean(dtype=float)) for each in seeds] for seeds in measured] for at in (0, AT)
    )
    lines = [_line("clean images", clean), _line(f"noise {contraction.SIGMAS[AT]:g}", noisy)]
    best = int(np.argmin(lines[1].y))
    sentence = (
        f"With λ = {found[best].label} the error on noisy images is "
        f"{_apart(noisy[best], noisy[0], 'without the penalty')}; on clean ones it is {_apart(clean[best], clean[0])}."
    )
    drawn = [contraction.outputs(trained(value.first, root))[AT][DIGIT] for value in found]
    strip = _strip("A noisy digit, rebuilt at each λ", drawn)
    return _error(sentence, "λ, weight of the penalty", found, lines, [strip])


def _noise(found: list[Value], root: Path) -> Illustration:
    kinds = [recipe.noise("gaussian", level) for level in NOISES]
    levels = [recipe.level_of(value.first.config.corruption) for value in found]
    made = [[noise.through(trained(run, root), kinds) for run in value.runs] for value in found]
    errors = [[[seed[i].mse for seed in seeds] for i in range(len(NOISES))] for seeds in made]
    at = NOISES.index(0.4)
    best = min(range(len(found)), key=lambda i: _mean(errors[i][at]))
    shown = sorted({0, levels.index(0.3), best})
    names = ["plain", *(f"trained at {levels[i]:g}" for i in shown[1:])]
    lines = [_line(name, errors[i]) for name, i in zip(names, shown, strict=True)]
    sentence = (
        f"At noise 0.4 the network trained at {levels[best]:g} has an error "
        f"{_apart(errors[best][at], errors[0][at], 'the plain one')}; on clean images its error is "
        f"{_mean(errors[best][0]) / _mean(errors[0][0]):.1f} times that."
    )
    noisy = [
        noise.without_model(DataConfig(name="digits", validation=0), root, kind)["noisy input"].pictures[DIGIT]
        for kind in kinds
    ]
    strips = [
        _strip("Input", noisy),
        _strip(f"Output, trained at {levels[best]:g}", [each.pictures[DIGIT] for each in made[best][0]]),
    ]
    ticks = tuple(f"{level:g}" for level in NOISES)
    return Illustration(sentence, "noise in the image, deviation", ERROR, ticks, tuple(lines), tuple(strips))


def _beta(found: list[Value], _root: Path) -> Illustration:
    units = [value.tests(lambda test: float(test.code_size or 0)) for value in found]
    empty = [value.label for value, seeds in zip(found, units, strict=True) if not any(seeds)]
    rest = f"beta {found[-1].label} {_mean(units[-1]):.3g}."
    if empty:
        rest = f"at beta {listed(empty)} none is, and every sample is the mean picture."
    sentence = f"Beta {found[0].label} keeps {_mean(units[0]):.3g} numbers of the code in use; {rest}"
    strips = [_strip("Samples", [value.last.samples[i] for value in found]) for i in (0, 1)]
    strips = [strips[0], Strip("", strips[1].pictures)]
    ticks = tuple(value.label for value in found)
    return Illustration(sentence, "beta", "numbers of the code in use", ticks, (_line("", units),), tuple(strips))


def _code(found: list[Value], _root: Path) -> Illustration:
    errors = [value.tests(_mse) for value in found]
    first, *_, before, last = map(_mean, errors)
    sentence = (
        f"From {found[0].label} to {found[-2].label} numbers the error falls {first / before:.1f}-fold, "
        f"from {number(first)} to {number(before)}; with {found[-1].label} it is {number(last)}."
    )
    return _error(sentence, "code size, numbers", found, [_line("", errors)], [_rebuilt(found)])


def _depth(found: list[Value], _root: Path) -> Illustration:
    errors = [value.tests(_mse) for value in found]
    best = int(np.argmin([_mean(seeds) for seeds in errors]))
    sentence = (
        f"Hidden layers of {found[best].label} have an error {_apart(errors[best], errors[0], 'none')}; "
        f"that of the deepest, {found[-1].label}, is {_apart(errors[-1], errors[best], 'theirs')}."
    )
    return _error(sentence, "hidden layers, units in each", found, [_line("", errors)], [_rebuilt(found)])


def _luck(found: list[Value], _root: Path) -> Illustration:
    errors = [value.tests(_mse) for value in found]
    low, high = (end(map(_mean, errors)) for end in (min, max))
    sentence = (
        f"{len(found)} seeds of one network, and nothing else differs: errors from {number(low)} to {number(high)}, "
        f"{high / low:.1f} times as much."
    )
    return _error(sentence, "seed", found, [_line("", errors)], [_rebuilt(found)], joined=False)


def _checkerboard(found: list[Value], root: Path) -> Illustration:
    info = registry.datasets.get(found[0].first.config.data.name).info
    drawn = [untrained(value.first.config.architecture, info, value.first.config.seed) for value in found]
    most, least = sorted(range(len(found)), key=lambda i: -drawn[i].variance)[:: len(found) - 1]
    uneven = [_mean([error_phases(trained(run, root), PHASES).unevenness for run in one.runs]) for one in found]
    sentence = (
        f"Untrained, {found[most].label} favours some pixels already, {found[least].label} hardly any; after training "
        f"their errors differ over the grid by {percent(uneven[most], 0)} and {percent(uneven[least], 0)}."
    )
    strips = [_strip("Drawn of a constant code before any training", [stretched(each.picture) for each in drawn])]
    ticks = tuple(value.label for value in found)
    return Illustration(sentence, "decoder", "", ticks, (), tuple(strips))


def _twins(found: list[Value], _root: Path) -> Illustration:
    histories = [read_history(value.first.folder) for value in found]
    ends = [{end.epoch: end.figures.mse for end in history.ends} for history in histories]
    epochs = sorted(set(ends[0]) & set(ends[1]))[1:]  # the first would dwarf all that follows
    lines = [
        Line(f"learning rate {value.label}", tuple(end[epoch] for epoch in epochs))
        for value, end in zip(found, ends, strict=True)
    ]
    one, two = (line.y[-1] for line in lines)
    rates = [value.label for value in found]
    sentence = f"After {epochs[-1]} epochs learning rate {rates[1]} has an error {_apart([two], [one], rates[0])}."
    ticks = tuple(count(epoch) for epoch in epochs)
    return Illustration(sentence, "epoch", f"error: {histories[0].ends[-1].split} MSE per pixel", ticks, tuple(lines))


_DRAWN: dict[str, Callable[[list[Value], Path], Illustration]] = {
    "lambda": _lambda,
    "noise": _noise,
    "beta": _beta,
    "code": _code,
    "depth": _depth,
    "luck": _luck,
    "checkerboard": _checkerboard,
    "twins": _twins,
}


def _mse(test: Figures) -> float:
    return test.mse


def _error(
    sentence: str, x: str, found: list[Value], lines: list[Line], strips: list[Strip], joined: bool = True
) -> Illustration:
    ticks = tuple(value.label for value in found)
    return Illustration(sentence, x, ERROR, ticks, tuple(lines), tuple(strips), joined)


def _line(name: str, figures: Sequence[Sequence[float]]) -> Line:
    """figures: of each value, one a seed."""
    mean, low, high = zip(*map(spread, figures), strict=True)
    return Line(name, mean) if low == high else Line(name, mean, low, high)


def _strip(name: str, pictures: Sequence[Bytes]) -> Strip:
    return Strip(name, tuple(png_uri(picture) for picture in pictures))


def _rebuilt(found: list[Value]) -> Strip:
    """Of the images in the grid the one whose error differs most."""
    shown = [value.last for value in found]
    index = int(np.ptp([snapshot.mse for snapshot in shown], axis=0).argmax())
    return _strip("Of ten test digits the one that differs most", [each.reconstructions[index] for each in shown])


def _mean(seeds: Sequence[float]) -> float:
    return sum(seeds) / len(seeds)


def _apart(ours: Sequence[float], theirs: Sequence[float], what: str = "") -> str:
    """77 % lower than `what`, or about the same as it, where seeds alone may be the difference.

    ours, theirs: mean errors, one a seed.

    >>> _apart([0.2, 0.21], [0.4, 0.41], "none"), _apart([0.2, 0.3], [0.22, 0.35], "none"), _apart([0.2], [0.1])
    ('49 % lower than none', 'about the same as none', '100 % higher')
    """
    difference = compare([np.array([error]) for error in ours], [np.array([error]) for error in theirs])
    if difference.level:
        return f"about the same as {what}" if what else "about the same"
    told = f"{percent(abs(difference.share), 0)} {'lower' if difference.lower else 'higher'}"
    return f"{told} than {what}" if what else told
