"""The cards of the Noise page: rows of images under the slider, the matrix, the robustness, figures and losses."""

from collections.abc import Callable
from functools import partial
from html import escape

import streamlit as st

from aedash.events import Bytes
from aedash.figures import noise as figures
from aedash.figures import payloads
from aedash.figures.curves import LossChart, steady
from aedash.figures.lambdas import Curve
from aedash.figures.noise import FILTERS, INKS, Baseline
from aedash.figures.sweep import loss_chart
from aedash.formatting import MISSING, number
from aedash.objectives import objective
from aedash.recipes.noise import unit
from aedash.sweep import Sweep
from aedash.ui.components.curve import curve
from aedash.ui.components.mosaic import mosaic
from aedash.ui.experiments.noise.answer import breaking, breaks_at, decibels
from aedash.ui.experiments.noise.measures import Figure, Measures, Network, mse, named, psnr, tested
from aedash.ui.experiments.shared import tables
from aedash.ui.experiments.shared.broadcast import feed
from aedash.ui.experiments.shared.cells import Cell, second_curve
from aedash.ui.experiments.shared.touched import by_value
from aedash.ui.shell import address, frame
from aedash.ui.shell.frame import card, empty

AT_FIRST = 0.5
Form = Callable[[float], str]
MEASURES = {"PSNR": psnr, "MSE": mse}
SHORT = {"noisy input": "noisy", "non-local means": "non-local"}


def place(plan: Sweep) -> float:
    """The noise that the slider says."""
    levels = tested(plan)
    return address.kept(
        "view-at", _first(levels), {_word(level): level for level in levels}.__getitem__, _range(levels)
    )


def _range(levels: tuple[float, ...]) -> str:
    """Plans that are tested at the same noises share the slider's place."""
    return "_".join(map(_word, levels))


def _word(level: float) -> str:
    return f"{level:g}"


def _first(levels: tuple[float, ...]) -> float:
    return min(levels, key=lambda level: abs(level - AT_FIRST))


def images(plan: Sweep, found: Measures, at: float) -> None:
    """Clean, noisy, and what each network and each filter makes of it."""
    with card("Break it", "Drag until networks fail.", "noise"):
        address.chosen(
            "view-at", found.levels, _first(found.levels), _slider(found), _range(found.levels), "switch-break", _word
        )
        rows = [_baseline_row("noisy input", found, at)]
        rows += [(network.label, network.cell.group.color, _pictures(network, at)) for network in found.networks]
        rows += [_baseline_row(name, found, at) for name in FILTERS]
        if found.clean is None:
            empty("No images yet", "The test images are being read.", 50 * (len(rows) + 1))
        else:
            of = by_value([network.cell for network in found.networks], before=2)
            mosaic(figures.grid(found.clean, rows), key="noise_rows", **of)
        st.html(breaking(found, at))


def _slider(found: Measures) -> Callable[..., float]:
    label = "Noise in the test images"
    return lambda at, **on: st.select_slider(label, found.levels, at, _word, label_visibility="collapsed", **on)


def _pictures(network: Network, at: float) -> Bytes | None:
    """Of its first seed."""
    return next((seed[at].pictures for seed in network.seeds.values()), None)


def _baseline_row(name: str, found: Measures, at: float) -> tuple[str, str, Bytes | None]:
    made = found.none.get(at, {}).get(name)
    return SHORT.get(name, name), INKS[name].swatch, made.pictures if made else None


def matrix(found: Measures) -> None:
    """Trained at against tested at."""
    with card("Matrix", "Deeper is better, bold best of a column. Outlined: as trained.", "noise_matrix"):
        name = address.switch("view-matrix", "Of", list(MEASURES), "PSNR", key="switch-noise-matrix")
        if not found.measured:
            empty("No figures yet", "Each network is tested at each noise when its training ends.", figures.MATRIX)
            return
        measure = name or "PSNR"
        levels = [network.level for network in found.networks]
        values = tuple(tuple(_at(network, level, MEASURES[measure]) for level in levels) for network in found.networks)
        labels = tuple(network.label for network in found.networks)
        figure = figures.matrix(values, labels, measure, unit(found.kind), frame.dark())
        st.plotly_chart(figure, theme=None, key="noise-matrix", config=frame.QUIET)


def _at(network: Network, level: float, figure: Figure) -> float:
    return network.mean(level, figure) if network.seeds else float("nan")


def robustness(plan: Sweep, found: Measures, at: float) -> None:
    """Error against noise."""
    with card("Robustness", "Dashes as in the rows. Above the mean picture: broken.", "noise_robustness"):
        if not plan.id or not found.none:
            empty("No curves yet", "One for each network; dashed, what needs no training.", figures.CHART)
            return
        count = len(found.networks)
        curves = tuple(
            Curve(
                f"trained at {n.label}", i, count, found.levels, tuple(n.spread(level, mse) for level in found.levels)
            )
            for i, n in enumerate(found.networks)
            if n.seeds
        )
        known = tuple(found.none)
        baselines = tuple(Baseline(name, known, tuple(mse(found.none[x][name]) for x in known)) for name in INKS)
        figure = figures.robustness(curves, baselines, found.levels[-1], at, unit(found.kind), frame.dark())
        st.plotly_chart(figure, theme=None, key="noise-robustness", config=frame.QUIET)


def table(found: Measures, at: float) -> None:
    """Figures of each network, then of what is none."""
    chosen, quoted = found.images
    hint = f"On {quoted} test images spread over all, pictures clipped to 0..1; {chosen} others choose the best."
    with card("In numbers", hint, "noise_table"):
        by = {id(network.cell): network for network in found.networks}

        def column(level: float, figure: Figure, form: Form) -> Callable[[Cell], str]:
            return lambda cell: _seeds(by[id(cell)], level, figure, form)

        columns: list[tables.Column] = [
            ("MSE clean", column(0, mse, number)),
            (f"MSE at {at:g}", column(at, mse, number)),
            (f"dB at {at:g}", column(at, psnr, decibels)),
            ("broken at", lambda cell: breaks_at(found, by[id(cell)])),
        ]
        below = "".join(_baseline(name, found, at) for name in INKS)
        cells = [network.cell for network in found.networks]
        st.html(tables.table(cells, columns, "trained at", below) + tables.beside(cells))


def _seeds(network: Network, level: float, figure: Figure, form: Form) -> str:
    """Mean, and below it the range over seeds."""
    if not network.seeds:
        return MISSING
    mean, low, high = map(form, network.spread(level, figure))
    return f"{mean}\n{low}–{high}" if len(network.seeds) > 1 else mean


def _baseline(name: str, found: Measures, at: float) -> str:
    """A row of the table; how a filter is set, on hover."""
    clean, noisy = (found.none.get(level, {}).get(name) for level in (0, at))
    errors = [number(mse(made) if made else None) for made in (clean, noisy)]
    shown = (*errors, decibels(psnr(noisy)) if noisy else MISSING, MISSING)
    swatch = f'<i class="swatch" style="background:{INKS[name].swatch}"></i>'
    settings = escape(noisy.settings if noisy else "")
    head = f'<td class="text" title="{settings}">{swatch}{escape(name)}</td><td class="text">no network</td>'
    return f"<tr>{head}{''.join(f'<td>{each}</td>' for each in shown)}</tr>"


def loss(plan: Sweep, found: Measures) -> None:
    """Reconstruction error while they train."""
    with card("Loss", "Noisy in, clean out: more noise, more error.", "noise_loss"):
        options = ["train", second_curve(plan)]
        split = address.switch("view-loss", "Of", options, "train", options[1], "switch-noise-loss")
        chart, cells = partial(_losses, plan, split == options[1]), [network.cell for network in found.networks]
        moving = feed(plan, cells, f"noise-loss-{split}", lambda now: payloads.curve(chart(named(now)), steady))
        curve(chart(cells), key=f"noise-curves-{plan.id}-{split}", height=340, feed=moving)


def _losses(plan: Sweep, second: bool, cells: list[Cell]) -> LossChart:
    unit_ = objective.unit(plan.base.objective)
    return loss_chart([cell.group for cell in cells], "reconstruction", second, plan.base.epochs, unit_)
