"""The cards of the Lambda page: rows of images and figures, charts, directions and maps, a colour a lambda."""

from collections.abc import Callable
from functools import lru_cache, partial
from html import escape
from typing import Any

import numpy as np
import streamlit as st

from aedash import registry
from aedash.analysis.contraction import SIGMAS, Baseline, Contraction
from aedash.analysis.level import spread
from aedash.config import RunConfig
from aedash.data.image_data import Unavailable
from aedash.events import Bytes
from aedash.figures import lambdas as figures
from aedash.figures import payloads
from aedash.figures.curves import LossChart, steady
from aedash.figures.grids import Mosaic
from aedash.figures.lambdas import Curve, Map, Spread
from aedash.figures.payloads import Payload
from aedash.figures.sweep import Group, loss_chart
from aedash.formatting import MISSING, count, number, percent
from aedash.objectives import objective
from aedash.sweep import Sweep
from aedash.ui.components.curve import curve
from aedash.ui.components.live import words
from aedash.ui.components.mosaic import mosaic
from aedash.ui.components.scatter import scatter
from aedash.ui.desk.desk import Desk
from aedash.ui.desk.images import fixed_images
from aedash.ui.experiments.lambdas.answer import Figure, Value, error, pays, right, wrong_linear, wrong_nearest
from aedash.ui.experiments.lambdas.measures import directions_at, inputs, outputs
from aedash.ui.experiments.shared import cells, tables
from aedash.ui.experiments.shared.broadcast import PICTURES, feed
from aedash.ui.experiments.shared.cells import Cell
from aedash.ui.experiments.shared.touched import by_value
from aedash.ui.shell import address, frame
from aedash.ui.specimen.grids import dots

SHOWN = 8
AT_FIRST = 0.4
MAP_HEIGHT = 175
MAPS = 3.0  # seconds between two sets of maps while runs train
FLOOR = 1e-4  # of the largest singular value: what lies below has no place in the chart
Form = Callable[[float], str]


WHAT = (
    "J = ∂z/∂x on pixels 0..1: its squared norm, and that divided by the code's variance over images. Shift: how far "
    "noise 0.3 moves the code, as a share of that variance. Linear, nearest: classes told rightly from the code by a "
    "linear probe and by the 5 nearest codes. Models are not clipped, the dashed noisy input is."
)


def sigma() -> float:
    """The noise that the slider says."""
    return address.kept("view-noise", AT_FIRST, {f"{sigma:g}": sigma for sigma in SIGMAS}.__getitem__)


def _slider(sigma: float, **on: Any) -> float:
    return st.slider("Noise sigma", SIGMAS[0], SIGMAS[-1], sigma, 0.1, label_visibility="collapsed", **on)


def rows(plan: Sweep, found: list[Cell], values: list[Value], desk: Desk) -> None:
    """Images and figures, a row a lambda."""
    with frame.card("Row by row", "Left clean, right noisy.", "lambda"):
        address.chosen("view-noise", SIGMAS, AT_FIRST, _slider, key="switch-noise", text=lambda sigma: f"{sigma:g}")
        place, name = round(sigma() * 10), plan.base.data.name
        try:
            grid = _grid(name, place, found, desk)
        except Unavailable as unavailable:
            frame.empty("The images are not here yet", str(unavailable), 330)
        else:
            moving = feed(plan, found, f"lambda-rows-{place}", partial(_repainted, name, place), PICTURES)
            opens = by_value(found, before=1, columns=SHOWN, times=2)
            mosaic(grid, key="lambda_rows", feed=moving, **opens)
        table = tables.table(found, _columns(found, values), "λ", moving={"MSE clean": _trained}, sweep=plan)
        st.html(f'{table}{tables.beside(found)}<p class="tiny">{WHAT}{_images(values)}</p>')


def _grid(dataset: str, place: int, found: list[Cell], desk: Desk) -> Mosaic:
    """Images clean and with one of the SIGMAS, and what each lambda makes of them. Raises Unavailable."""
    clean, noisy = fixed_images(dataset)[:SHOWN], inputs(dataset, desk)
    pairs = [_pair(cell, place, desk) for cell in found]
    return figures.pictures([cell.group for cell in found], clean, None if noisy is None else noisy[place], pairs)


def _repainted(dataset: str, place: int, found: list[Cell]) -> Payload:
    return payloads.repainted(_grid(dataset, place, found, Desk()))


def _images(values: list[Value]) -> str:
    """On how many images the figures stand; nothing before there are any."""
    measures = [measure for value in values for measure in value.seeds.values()]
    if not measures:
        return ""
    many, normed = min(one.errors.shape[1] for one in measures), {one.sensitivity.normed for one in measures}
    norms = " to ".join(map(count, sorted({min(normed), max(normed)})))
    chosen, quoted = (many + 1) // 2, many // 2
    return (
        f" Of {count(many)} test images spread over all, {count(quoted)} are quoted; the other {count(chosen)} choose "
        f"the best λ, and go into variance and shift with them. Norms on {norms}."
    )


def _pair(cell: Cell, place: int, desk: Desk) -> tuple[Bytes | None, Bytes | None]:
    """What the first seed makes of the clean images now, and of the noisy ones at the end of its last epoch."""
    history = cell.group.histories[0] if cell.group.histories else None
    clean = history.snapshots[-1].reconstructions[:SHOWN] if history and history.snapshots else None
    made = outputs(cell, desk)
    return clean, None if made is None else made[place]


def _columns(found: list[Cell], values: list[Value]) -> list[tables.Column]:
    by = {id(cell): value for cell, value in zip(found, values, strict=True)}

    def column(figure: Figure, form: Form) -> Callable[[Cell], str]:
        return lambda cell: _seeds(by[id(cell)], figure, form)

    return [
        ("MSE clean", lambda cell: _clean(cell, by[id(cell)])),
        (f"noise {sigma():g}", column(error(sigma()), number)),
        ("‖J‖²", column(lambda one: one.sensitivity.norm, number)),
        ("‖J‖²/var", column(lambda one: one.sensitivity.norm_over_variance, number)),
        ("shift", column(lambda one: one.sensitivity.relative_shift, percent)),
        ("linear", column(right(wrong_linear), percent)),
        ("nearest", column(right(wrong_nearest), percent)),
    ]


def _seeds(value: Value, figure: Figure, form: Form) -> str:
    """Mean, and below it the range over seeds."""
    if not value.seeds:
        return MISSING
    mean, low, high = map(form, value.spread(figure))
    return f"{mean}\n{low.removesuffix(' %')}–{high.removesuffix(' %')}" if len(value.seeds) > 1 else mean


def _clean(cell: Cell, value: Value) -> str:
    """Measured at the end; before it that of the last epoch, on all images of its second curve."""
    return _seeds(value, error(0), number) if value.seeds else _trained(cell)


def _trained(cell: Cell) -> str:
    """The same while it trains."""
    ends = [history.ends[-1].figures.mse for history in cell.group.histories if history.ends]
    return number(sum(ends) / len(ends) if ends else None)


def errors(values: list[Value], none: Baseline | None, noise: float) -> None:
    """Error against lambda."""
    known = [value for value in values if value.seeds]
    with frame.card("Error against λ", pays(values, noise, none), "lambda_error"):
        if not known:
            frame.empty("No figures yet", "Each lambda is measured at the end of its runs.", figures.HEIGHT)
            return
        clean, noisy = (tuple(value.spread(error(s)) for value in known) for s in (0, noise))
        weights, mean = tuple(value.weight for value in known), none.mean_picture if none else None
        figure = figures.errors(weights, clean, noisy, noise, frame.dark(), mean)
        st.plotly_chart(figure, theme=None, key="lambda-error", config=frame.QUIET)


def robustness(values: list[Value], none: Baseline | None, noise: float) -> None:
    """Error against noise, a line a lambda."""
    with frame.card("Robustness", "Colours as in the rows. Dashed: no model.", "lambda_noise"):
        curves = _curves(values, lambda one: one.mse, SIGMAS)
        if not curves:
            frame.empty(
                "No figures yet", "One line for each lambda: the flatter, the less noise matters.", figures.HEIGHT
            )
            return
        clipped, mean = (none.clipped, none.mean_picture) if none else ((), None)
        figure = figures.robustness(curves, clipped, mean, noise, frame.dark())
        st.plotly_chart(figure, theme=None, key="lambda-noise", config=frame.QUIET)


def _curves(
    values: list[Value], line: Callable[[Contraction], tuple[float, ...]], x: tuple[float, ...]
) -> tuple[Curve, ...]:
    """A line for each measured lambda, with its place in the ramp of colours."""
    found = []
    for place, value in enumerate(values):
        lines = [line(one) for one in value.seeds.values()]
        if lines:
            y: list[Spread] = [spread(at) for at in zip(*lines, strict=True)]
            found.append(Curve(value.name, place, len(values), x[: len(y)], tuple(y)))
    return tuple(found)


def in_words(sentences: list[tuple[str, str]]) -> None:
    """What the figures show."""
    with frame.card("In words", "Half of the images choose the best, the other half is quoted.", "lambda_words"):
        if sentences:
            lines = "".join(f"<dt>{escape(what)}</dt><dd>{escape(sentence)}</dd>" for what, sentence in sentences)
            st.html(f'<dl class="words">{lines}</dl>')
        else:
            frame.empty("Nothing to tell yet", "Two lambdas compare once they are measured, and one has learnt.", 150)


def loss(plan: Sweep, found: list[Cell]) -> None:
    """Reconstruction error while it trains, a curve a lambda; the penalty itself has another unit."""
    with frame.card("Loss", "Reconstruction alone; a band is the range over seeds.", "lambda_loss"):
        options = ["train", cells.second_curve(plan)]
        split = address.switch("view-loss", "Of", options, "train", options[1], "switch-lambda-loss")
        st.html(f'<div class="formula"><span>minimise {escape(_minimised(plan.base))}</span></div>')
        chart = partial(_losses, plan, split == options[1])
        moving = feed(plan, found, f"lambda-loss-{split}", lambda now: payloads.curve(chart(now), steady))
        curve(chart(found), key=f"lambda-curves-{plan.id}-{split}", height=360, feed=moving)


def _losses(plan: Sweep, second: bool, found: list[Cell]) -> LossChart:
    unit = objective.unit(plan.base.objective)
    return loss_chart([cell.group for cell in found], "reconstruction", second, plan.base.epochs, unit)


def _minimised(config: RunConfig) -> str:
    """The sum that is minimised, whichever lambda; which form of the penalty it has."""
    terms = [(term.name, registry.terms.get(term.name).formula(term)) for term in config.objective]
    parts = [f"λ · {text}" if name == "contractive" else text for name, text in terms]
    return " + ".join([*parts, *config.architecture.brings().values()])


def jacobian(found: list[Cell], values: list[Value], desk: Desk) -> None:
    """Singular values, over images or at one, and the directions at either end of that one's as images."""
    with frame.card("What the code keeps", "A steep line: few directions of change matter.", "lambda_jacobian"):
        options = ["Mean", "This image"]
        shown = address.switch("view-spectrum", "Of", options, "Mean", key="switch-spectrum")
        left, right = st.columns([0.6, 0.4], gap="small")
        many = min((len(one.spectra) for value in values for one in value.seeds.values()), default=64)
        with right:
            typed = address.number("view-image", f"Test image, 0 to {many - 1}", 0, key="lambda-image")
            index = min(max(0, typed), many - 1)
            _directions(found, index, desk)
        with left:
            _spectrum(values, index if shown == "This image" else None)
        st.html(
            f'<p class="tiny">Mean: of the first {many} test images. Most, least: the small change of the image that '
            "moves the code most, and the one that moves it least but still does; orange and blue pixels change in "
            "opposite ways.</p>"
        )


def _spectrum(values: list[Value], index: int | None) -> None:
    spectra = partial(_singular, index=index)
    top = max((spectra(one)[0] for value in values for one in value.seeds.values()), default=0.0)
    curves = _curves(values, spectra, tuple(range(1, 4097)))
    if not curves or not top:
        frame.empty("No figures yet", "One line for each lambda.", 345)
        return
    figure = figures.spectrum(tuple(curve.above(FLOOR * top) for curve in curves), frame.dark())
    st.plotly_chart(figure, theme=None, key="lambda-spectrum", config=frame.QUIET)


def _singular(found: Contraction, index: int | None) -> tuple[float, ...]:
    return tuple((found.spectra.mean(0) if index is None else found.spectra[index]).tolist())


def _directions(found: list[Cell], index: int, desk: Desk) -> None:
    at = [directions_at(cell, index, desk) for cell in found]
    image = next((h.probes.images[index] for c in found for h in c.group.histories if h.probes), None)
    if image is None:
        frame.empty("No directions yet", "They are found at the end of each run.", 300)
        return
    pairs = [(None, None) if d is None or not d.rank else (_flat(d.most), _flat(d.least)) for d in at]
    mosaic(figures.directions([cell.group for cell in found], image, pairs), key="lambda_directions")


def _flat(directions: np.ndarray) -> np.ndarray:
    """(H, W) the first of (n, C, H, W), channels averaged."""
    return directions[0].mean(0)


def maps(plan: Sweep, found: list[Cell]) -> None:
    """Latent maps side by side; their codes come with the runs."""
    hint = "Each code turned to agree best with the first map, and drawn at equal size; its real size stands above it."
    with frame.card("Latent maps", hint, "lambda_maps"):
        name = plan.base.data.name
        with st.container(horizontal=True, gap="small", key="maps"):
            for i, (cell, one) in enumerate(zip(found, _maps(name, found), strict=True)):
                with st.container(key=f"map_{i}"):
                    moving = feed(plan, found, f"lambda-size-{i}", partial(_size_of, name, i), MAPS)
                    swatch = f'<i class="swatch" style="background:{cell.group.color}"></i>'
                    named = f"{swatch}λ = {escape(cell.group.label)}{words(_size(one), moving)}"
                    st.html(f'<div class="mapname">{named}</div>')
                    if one:
                        moving = feed(plan, found, f"lambda-map-{i}", partial(_moved, name, i), MAPS)
                        of = dots(cell.runs[0].id)
                        scatter(one.view, key=f"lambda-map-{i}", height=MAP_HEIGHT, feed=moving, **of)
                    else:
                        frame.empty("", "A dot is a test image.", MAP_HEIGHT)


def _maps(dataset: str, found: list[Cell]) -> tuple[Map | None, ...]:
    groups = tuple(cell.group for cell in found)
    newest = tuple(history.snapshots[-1].step for group in groups for history in group.histories if history.snapshots)
    return _turned(groups, newest, registry.datasets.get(dataset).info.classes)


@lru_cache(maxsize=2)
def _turned(groups: tuple[Group, ...], _steps: tuple[int, ...], classes: tuple[str, ...]) -> tuple[Map | None, ...]:
    """Once for all maps of a moment."""
    return tuple(figures.maps(groups, classes))


def _size(one: Map | None) -> str:
    return f", size {number(one.size)}" if one else ""


def _size_of(dataset: str, place: int, found: list[Cell]) -> Payload:
    return {"html": _size(_maps(dataset, found)[place])}


def _moved(dataset: str, place: int, found: list[Cell]) -> Payload:
    one = _maps(dataset, found)[place]
    return payloads.moved(one.view) if one else {}
