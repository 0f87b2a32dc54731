"""What the Noise page looks up, computed once beside it: each finished network, and each filter, at every noise."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

from aedash.analysis import noise as analysis
from aedash.analysis.level import choosing, quoted, spread
from aedash.analysis.noise import MEASURED, Denoised
from aedash.analysis.robustness import breaking_point
from aedash.events import Bytes, Floats
from aedash.figures.lambdas import Spread
from aedash.history import Run
from aedash.recipes import noise
from aedash.sweep import Sweep, members
from aedash.ui.desk.desk import Desk
from aedash.ui.desk.manager import manager
from aedash.ui.experiments.shared.cells import Cell

Figure = Callable[[Denoised], float]


def mse(made: Denoised) -> float:
    """Per pixel."""
    return made.mse


def psnr(made: Denoised) -> float:
    """In dB."""
    return made.psnr


def lost(made: Denoised) -> Floats:
    """(N,) decibels of each image with the sign turned: lower is better."""
    return -made.decibels


@dataclass(frozen=True)
class Network:
    """One level of training. seeds: {seed: {noise: what it makes of images with it}}; empty while nothing is there."""

    level: float
    cell: Cell
    seeds: dict[int, dict[float, Denoised]]

    @property
    def label(self) -> str:
        return self.cell.group.label

    def spread(self, at: float, figure: Figure) -> Spread:
        """Mean, lowest and highest over seeds, where any is measured."""
        return spread(figure(seed[at]) for seed in self.seeds.values())

    def mean(self, at: float, figure: Figure) -> float:
        return self.spread(at, figure)[0]

    def chosen(self, at: float) -> float:
        """Mean decibels on the images that choose."""
        return -sum(float(choosing(lost(seed[at])).mean()) for seed in self.seeds.values()) / len(self.seeds)

    def loses(self, at: float) -> list[Floats]:
        """`lost` of each seed on the quoted images."""
        return [quoted(lost(seed[at])) for seed in self.seeds.values()]

    def errors(self, at: float) -> list[Floats]:
        """MSE of each quoted image, for each seed."""
        return [quoted(seed[at].errors) for seed in self.seeds.values()]


@dataclass(frozen=True)
class Measures:
    """levels: of noise that are tested; none: {noise: what is made of it without a network}, as far as it is known.

    trouble: why the images cannot be had; refused: {run id: why that run cannot be measured}.
    """

    kind: str
    levels: tuple[float, ...]
    networks: tuple[Network, ...]
    none: dict[float, dict[str, Denoised]]
    clean: Bytes | None
    trouble: str
    refused: Mapping[str, str] = field(default_factory=dict)

    @property
    def measured(self) -> list[Network]:
        return [network for network in self.networks if network.seeds]

    @property
    def images(self) -> tuple[int, int]:
        """How many choose the best, and how many are quoted; of those that are measured, else of those that will be."""
        known = (len(made.errors) for at in self.none.values() for made in at.values())
        many = next(known, MEASURED)
        return (many + 1) // 2, many // 2

    @property
    def mean_picture(self) -> float | None:
        """MSE per pixel, the same at each noise."""
        return next((mse(made["mean picture"]) for made in self.none.values()), None)

    def broken(self, network: Network) -> float | None:
        """The noise from which on a measured network is worse than the mean picture; None: up to none, or not known."""
        mean = self.mean_picture
        errors = [network.mean(level, mse) for level in self.levels]
        return None if mean is None else breaking_point(self.levels, errors, mean)


def objection(plan: Sweep) -> str:
    """Why the page cannot show the sweep, in one sentence; empty where it can."""
    if not kind_of(plan):
        return f"The sweep '{plan.name[:40]}' does not vary noise alone; open it under Experiments."
    if not all(noise.on_pixels(member.config) for member in members(plan)):
        scaling = plan.base.data.scaling
        return f"The sweep '{plan.name[:40]}' has its noise on {scaling} pixels, and tests here are on 0 to 1."
    return ""


def kind_of(plan: Sweep) -> str:
    """The one kind of noise that the sweep trains with; empty where it varies anything else, or several kinds."""
    kinds = {noise.kind_of(member.config.corruption) for member in members(plan)} - {""}
    alone = [axis.path.split(".")[0] for axis in plan.axes] == ["corruption"]
    return kinds.pop() if alone and len(kinds) == 1 else ""


def tested(plan: Sweep) -> tuple[float, ...]:
    """The noise that its networks are tested at."""
    trained_at = tuple(noise.level_of(member.config.corruption) for member in members(plan))
    return noise.levels(kind_of(plan), trained_at)


def named(found: list[Cell]) -> list[Cell]:
    """Cells that are called by how strong the noise of their training is."""
    return [replace(cell, group=replace(cell.group, label=f"{_level(cell):g}")) for cell in found]


def _level(cell: Cell) -> float:
    return noise.level_of(cell.config.corruption)


def measures(plan: Sweep, found: list[Cell], at: float, desk: Desk) -> Measures:
    """What is there by now; the rest is begun. at: the slider's noise, before training the only one of interest."""
    kind, levels = kind_of(plan), tested(plan)
    data, root = plan.base.data, manager().settings.data_dir
    clean = desk.look(("noise clean", data.name), partial(analysis.clean, data.name, root))
    networks = tuple(
        Network(
            _level(cell),
            cell,
            {run.config.seed: made for run in cell.finished if (made := _made(desk, run, kind, levels))},
        )
        for cell in found
    )
    none = {}
    for level in sorted(levels if plan.id else (at,), key=lambda level: abs(level - at)):
        key = ("without model", data, kind, level)
        work = partial(analysis.without_model, data, root, noise.noise(kind, level))
        if baselines := desk.look(key, work):
            none[level] = baselines
    trouble = " ".join(sentence for sentence in desk.refusals if sentence not in desk.refused.values())
    return Measures(kind, levels, networks, dict(sorted(none.items())), clean, trouble, desk.refused)


def _made(desk: Desk, run: Run, kind: str, levels: tuple[float, ...]) -> dict[float, Denoised] | None:
    corruptions = [noise.noise(kind, level) for level in levels]
    key = (run.id, run.images, kind, levels)
    made = desk.ask(run, "noise", lambda model: analysis.through(model, corruptions), *key)
    return dict(zip(levels, made, strict=True)) if made else None
