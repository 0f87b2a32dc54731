"""The Sweeps page: a question of the form "what does X do?", answered by a group of runs."""

import json
from functools import partial
from html import escape
from typing import Any

import streamlit as st

from aedash import registry
from aedash.config import vary_all
from aedash.events import Snapshot
from aedash.figures.grids import Mosaic
from aedash.figures.lines import Axis as Scale
from aedash.figures.lines import Series, line_chart
from aedash.figures.sweep import loss_chart, rows
from aedash.history import Run
from aedash.objectives import base as objectives
from aedash.presets.questions import QUESTIONS, Question
from aedash.registry import Refused
from aedash.sweep import Axis, Sweep, sweep
from aedash.ui import frame, sweeps
from aedash.ui.components.curve import curve
from aedash.ui.components.mosaic import mosaic
from aedash.ui.recipe import present
from aedash.ui.sweep_panels import PANELS
from aedash.ui.sweeps import Cell, mean_of, number

KIND = "question"
COLUMNS = [0.6, 0.4]


def recipe() -> Sweep | None:
    """The question, on which images, how long, with how many seeds, and the values: what the next sweep is."""
    chosen = st.selectbox(
        "Question", list(QUESTIONS), format_func=lambda name: QUESTIONS[name].title, width=285, key="question"
    )
    question = QUESTIONS[chosen]
    names = [name for name in registry.datasets.names() if present(name)]
    preferred = question.base().data.name if present(question.base().data.name) else "digits"
    data = st.selectbox(
        "Dataset",
        names,
        names.index(preferred),
        lambda n: registry.datasets.get(n).info.title,
        key=f"data-{question.id}",
        width=150,
    )
    epochs = st.number_input(
        "Epochs", 1, 100, 3 if data != "digits" else 30, width=110, key=f"epochs-{question.id}-{data}"
    )
    seeds = st.number_input(
        "Seeds", 1, 10, 1, width=100, help="Runs of each value, drawn as mean and spread.", key="seeds"
    )
    values = list(question.axis.values)
    if not isinstance(values[0], dict):
        text = json.dumps(values)[1:-1]
        typed = st.text_input(question.what.capitalize(), text, width=225, key=f"values-{question.id}", max_chars=1000)
    else:
        typed = ""
    return sweeps.offer(partial(_sweep, question, data, epochs, seeds, typed))


def _sweep(question: Question, data: str, epochs: int, seeds: int, typed: str) -> Sweep:
    try:
        values = json.loads(f"[{typed}]") if typed else question.axis.values
    except ValueError:
        raise Refused(f"{question.what.capitalize()} needs values between commas, like {_example(question)}.") from None
    base = vary_all(question.base(), [("data.name", data), ("epochs", epochs)])
    axis = Axis(path=question.axis.path, values=values)
    return sweep(name=question.title, base=base, axes=[axis], seeds=seeds, preset=question.preset, kind=KIND)


def _example(question: Question) -> str:
    return json.dumps(list(question.axis.values[:3]))[1:-1]


def question_of(shown: Sweep) -> Question:
    """The ready-made question that the sweep asks; one made elsewhere gets a plain one."""
    known = next((q for q in QUESTIONS.values() if q.axis.path == shown.axes[0].path), None)
    what = " x ".join(axis.path.split(".", 1)[-1].replace(".weight", "").replace("_", " ") for axis in shown.axes)
    return known or Question("own", shown.name, "Lower is better.", what, shown.preset, shown.axes[0])


def draw(shown: Sweep, found: list[Cell]) -> None:
    """What the figures say, images and table at the left, curves and the measure at the right."""
    question = question_of(shown)
    sweeps.slot(answer(question, found))
    with st.container(key="live"):
        left, right = st.columns(COLUMNS, gap="small")
        with left:
            _images(question, found)
        with right:
            _curves(shown, found)
            _measure(question, found)
        for name in question.shows:
            if name in PANELS:
                PANELS[name](found)


def answer(question: Question, found: list[Cell]) -> str:
    """One sentence from the measured figures: which value has the lowest error, and by how much."""
    errors = [(mean_of(cell, _mse), cell.group.label) for cell in found]
    known = sorted((error, label) for error, label in errors if error is not None)
    if not known:
        return frame.note(question.look_for)
    (best, at), (worst, bad) = known[0], known[-1]
    if len(known) < len(found):
        return frame.note(f"{len(known)} of {len(found)} are measured. Lowest test MSE so far: {best:.4f} at {at}.")
    text = f"<b>Lowest test MSE {best:.4f} at {question.what} {escape(at)}.</b> "
    text += f"The highest, {worst:.4f}, is {worst / best:.1f} times that, at {escape(bad)}. {escape(question.look_for)}"
    return f'<div class="finding good"><span>{text}</span></div>'


def _mse(run: Run) -> float:
    return run.figures["test"].mse


def _images(question: Question, found: list[Cell]) -> None:
    with frame.card("Value by value", "The same test images through each.", "rows"):
        options = ["Reconstructions", "Samples"]
        default = "Samples" if "samples" in question.shows else "Reconstructions"
        kind = st.segmented_control(
            "Shown", options, default=default, key=f"switch-rows-{question.id}", label_visibility="collapsed"
        )
        picture = _rows(found, samples=kind == "Samples")
        if picture:
            mosaic(picture, key="rows")
        else:
            frame.empty("No pictures yet", "They appear in the first second of each run.", 250)
        st.html(sweeps.table(found, columns(found), question.what))


def _rows(found: list[Cell], samples: bool) -> Mosaic | None:
    groups = [cell.group for cell in found]
    probes = next((h.probes for group in groups for h in group.histories if h.probes), None)
    if samples:
        return rows(groups, None, lambda snapshot: snapshot.samples)
    return rows(groups, probes.originals if probes else None, lambda snapshot: _reconstructions(snapshot))


def _reconstructions(snapshot: Snapshot) -> Any:
    return snapshot.reconstructions


def columns(found: list[Cell]) -> list[sweeps.Column]:
    """Test figures that these runs have: error, each further term, live code units."""
    terms = {name: None for cell in found for run in cell.finished for name in run.figures["test"].terms}
    shown: list[sweeps.Column] = [("test MSE", lambda cell: number(mean_of(cell, _mse), ".4f"))]
    shown += [(name, partial(_term, name)) for name in list(terms)[1:4]]
    shown.append(("code alive", _alive))
    return shown


def _term(name: str, cell: Cell) -> str:
    return number(mean_of(cell, lambda run: run.figures["test"].terms.get(name)))


def _alive(cell: Cell) -> str:
    live = mean_of(cell, lambda run: run.figures["test"].code_size)
    units = mean_of(cell, lambda run: run.figures["test"].code_units)
    return "–" if live is None or units is None else f"{live:.3g} of {units:.0f}"


def _curves(shown: Sweep, found: list[Cell]) -> None:
    config = shown.base
    with frame.card("Loss", "One curve a value; a band is the range over seeds.", "loss"):
        split = st.segmented_control(
            "Of", ["train", "test"], default="train", key="switch-loss", label_visibility="collapsed"
        )
        unit = objectives.unit(config.objective)
        curve(
            loss_chart([cell.group for cell in found], "reconstruction", split == "test", _epochs(found), unit),
            key=f"curves-{shown.id}-{split}",
        )


def _epochs(found: list[Cell]) -> int:
    return max((run.config.epochs for cell in found for run in cell.runs), default=1)


def _measure(question: Question, found: list[Cell]) -> None:
    measured = [(cell, error) for cell in found if (error := mean_of(cell, _mse)) is not None]
    with frame.card("Error", f"Test MSE per pixel against {question.what}.", "measure"):
        if not measured:
            frame.empty("No figures yet", "Each run is measured at its end.", 232)
            return
        values = [next(iter(cell.varied.values())) for cell, _ in measured]
        numeric = all(isinstance(value, int | float) for value in values)
        x = [float(value) for value in values] if numeric else list(range(len(measured)))
        low, high = ([f([_mse(run) for run in cell.finished]) for cell, _ in measured] for f in (min, max))
        line = Series("test MSE", x, [error for _, error in measured], ("#2B59C3", "#7FA9FF"), low, high)
        names = () if numeric else tuple(cell.group.label for cell, _ in measured)
        scale = Scale(question.what, log=numeric and min(x) >= 0 and max(x) > 20 * max(min(x), 1e-12), categories=names)
        figure = line_chart([line], scale, Scale("MSE per pixel"), st.context.theme.type == "dark")
        st.plotly_chart(figure, theme=None, key="measure", config={"displayModeBar": False})


def page() -> None:
    """The whole page."""
    shown = sweeps.chosen(KIND)
    st.title(question_of(shown).title if shown else "What does it do?", anchor=False)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="recipe"):
        plan = shown or recipe()
        if shown:
            sweeps.buttons(shown, sweeps.cells(shown))
        sweeps.earlier(KIND, shown)
    if plan:
        sweeps.live(plan, partial(draw, plan))
    else:
        sweeps.slot("")
