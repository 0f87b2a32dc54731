"""The Twins page: fork a run, change one number, and watch what it does."""

from functools import partial
from html import escape
from typing import Any

import streamlit as st

from aedash.config import RunConfig, flat
from aedash.figures.twins import difference_chart, fork_of, grid, last_ends, loss
from aedash.formatting import count, number, percent, setting
from aedash.history import Run
from aedash.objectives import base as objectives
from aedash.registry import Refused
from aedash.sweep import Sweep
from aedash.training import twins
from aedash.ui import compared, frame, recipe, sweeps
from aedash.ui.components.curve import curve
from aedash.ui.components.mosaic import mosaic
from aedash.ui.forms import title
from aedash.ui.live import duration
from aedash.ui.measured import CLEAN, NOISY
from aedash.ui.server import manager
from aedash.ui.sweep_page import literal
from aedash.ui.sweeps import Cell

FRESH = ""
LISTED = 40
MOST = 1000  # epochs behind the fork
LOOK_FOR = "Both start from the same numbers. A large difference is the change's doing; a small one may be luck."
LEVEL = 0.02  # of the error: a learning rate changed by one part in a hundred moves it by half a per cent and more


def offer() -> None:
    """Which run, after which epoch, what becomes different, and how long both go on."""
    known = {run.id: run for run in manager().runs() if run.epochs_done and not run.state.alive}
    known = dict(list(known.items())[:LISTED])
    if st.session_state.get("twin-run", FRESH) not in known:
        st.session_state["twin-run"] = FRESH
    words = partial(_words, compared.lines(known))
    asked = st.selectbox("Run", [FRESH, *known], format_func=words, width=330, key="twin-run")
    run = known.get(asked)
    config = run.config if run else recipe.draft()
    epoch = 0
    if run:
        key = f"twin-epoch-{run.id}"
        kept = f"Kept, so that twins start there at once: {', '.join(map(str, twins.kept(run)))}."
        epoch = st.number_input("After epoch", 0, run.epochs_done, run.epochs_done, key=key, width=120, help=kept)
    options = twins.numbers(run, epoch) if run else _numbers(config)
    path = st.selectbox("Change", list(options), format_func=_path_words, width=190, key=f"twin-path-{asked}")
    now = float(options[path])
    value = st.number_input(
        f"From {now:g} to", value=now * 10 if now else 1.0, format="%.6g", width=140, key=f"twin-to-{path}-{now:g}"
    )
    more = config.epochs - epoch or max(1, epoch // 4)
    epochs = st.number_input("Epochs more", 1, MOST, min(more, MOST), width=120, key=f"twin-epochs-{asked}-{epoch}")
    act = partial(_begin, run, config, epoch, path, value, epochs)
    st.button("Train both", type="primary", icon=":material/call_split:", on_click=act, width="content")
    if run and (replayed := twins.start(run, epoch).replayed):
        cost = duration(twins.replay_seconds(run, epoch))
        st.caption(f"That epoch was not kept: {replayed} epochs are trained again first, about {cost} each twin.")


def _words(known: dict[str, str], identifier: str) -> str:
    return known[identifier] if identifier else "The Train page's recipe, from its start"


def _path_words(path: str) -> str:
    _, *rest = path.split(".")
    return f"{rest[0]} {rest[1]}".replace("_", " ") if len(rest) == 2 else title(path).lower()


def _numbers(config: RunConfig) -> dict[str, float]:
    """Every number of the config that one may change before a run begins."""
    numeric = {p: v for p, v in flat(config).items() if isinstance(v, int | float) and not isinstance(v, bool)}
    first = "optimizer.learning_rate"
    return {first: numeric[first]} | {path: v for path, v in numeric.items() if path not in ("epochs", "threads")}


def _begin(run: Run | None, config: RunConfig, epoch: int, path: str, value: float, epochs: int) -> None:
    exact: Any = int(value) if value == int(value) else value
    try:
        if run:
            pair = twins.fork(manager(), run, epoch, path, exact, epochs)
        else:
            pair = twins.from_the_start(manager(), config.model_copy(update={"epochs": epochs}), path, exact)
        sweeps.show(pair)
        st.session_state.refusal = ""
    except Refused as error:
        st.session_state.refusal = str(error)


def draw(shown: Sweep, found: list[Cell]) -> None:
    """The measured sentence, both grids and their difference, both curves and theirs."""
    if any(not cell.runs for cell in found):
        sweeps.slot(frame.note("One of the twins was deleted."))
        return
    one, two = (cell.group for cell in found)
    sweeps.slot(sentence(shown, found))
    unit = objectives.unit(shown.base.objective)
    denoise = any(run.config.corruption.name != "none" for cell in found for run in cell.runs)
    epochs = max(run.config.epochs for cell in found for run in cell.runs)
    with st.container(key="live"):
        left, right = st.columns([0.55, 0.45], gap="small")
        with (
            left,
            frame.card("Both at the same step", "Difference: blue is darker in the second, orange brighter.", "rows"),
        ):
            picture = grid(one, two)
            if picture:
                mosaic(picture, key="twins")
            else:
                frame.empty("No pictures yet", "They appear in the first second.", 270)
            st.html(sweeps.table(found, _columns(denoise), _path_words(shown.axes[0].path)))
        name = "loss" if comparable(shown) else "reconstruction"
        alone = "" if comparable(shown) else "Their sums do not compare, so this is the reconstruction alone. "
        with right:
            with frame.card(name.capitalize(), f"{alone}They part where the change comes into force.", "loss"):
                curve(loss(one, two, name, epochs, unit), key=f"twins-{shown.id}")
            with frame.card("Difference", "Below zero: the second does better.", "difference"):
                curve(difference_chart(one, two, name, epochs, unit), key=f"apart-{shown.id}", height=200)


def comparable(shown: Sweep) -> bool:
    """Whether both minimise the same sum on the same inputs."""
    return shown.axes[0].path.split(".")[0] not in ("objective", "corruption")


def _columns(denoise: bool) -> list[sweeps.Column]:
    def epoch(cell: Cell) -> str:
        return setting(round(cell.group.histories[0].epoch, 1))

    def mse(cell: Cell) -> str:
        ends = cell.group.histories[0].ends
        return number(ends[-1].figures.mse if ends else None)

    def noisy(cell: Cell) -> str:
        ends = cell.group.histories[0].ends
        return number(ends[-1].figures.mse_corrupted if ends else None)

    errors = [(f"MSE, {NOISY}", noisy), (f"MSE, {CLEAN}", mse)] if denoise else [("MSE per pixel", mse)]
    return [("epoch", epoch), *errors]


def sentence(shown: Sweep, found: list[Cell]) -> str:
    """What the change has done by the last epoch that both have ended, in figures."""
    one, two = (cell.group for cell in found)
    pair = last_ends(one.histories[0], two.histories[0])
    if pair is None:
        return frame.note(LOOK_FOR)
    first, second = pair
    if first.epoch <= fork_of(two):
        return frame.note(f"One run up to now: they part after epoch {setting(fork_of(two))}.")
    noisy = first.figures.mse_corrupted is not None and second.figures.mse_corrupted is not None and comparable(shown)
    a, b = (end.figures.task_mse if noisy else end.figures.mse for end in pair)
    what = f"{_path_words(shown.axes[0].path)} {escape(two.label)}"
    loss = f" {first.split.capitalize()} loss {number(second.figures.loss)} against {number(first.figures.loss)}."
    good = b < a * (1 - LEVEL)
    return (
        f'<div class="finding {"good" if good else "info"}"><span><b>After epoch {count(first.epoch)}, {what} has '
        f"{_against(b / a)}</b> on {'noisy' if noisy else 'clean'} {first.split} images: MSE per pixel {number(b)} "
        f"against {number(a)} of {escape(one.label)}."
        f"{loss if comparable(shown) else ''}</span></div>"
    )


def _pair(shown: Sweep | None) -> Sweep | None:
    """A sweep that is a pair of twins; another one is refused."""
    if shown is None or shown.kind == twins.KIND:
        return shown
    sweeps.refuse(f"The sweep '{shown.name[:40]}' is no pair of twins; see it on the Sweeps page.", twins.KIND)
    return None


def _against(ratio: float) -> str:
    if ratio == 1:
        return "the same error"
    if ratio >= 2:
        return f"{number(ratio)} times the error"
    off = f"an error {percent(abs(ratio - 1))} {'lower' if ratio < 1 else 'higher'}"
    return off if abs(ratio - 1) > LEVEL else f"{off}, which may be luck,"


def page() -> None:
    """The whole page."""
    shown = _pair(sweeps.chosen(twins.KIND))
    st.title(literal(shown.name) if shown else "What if one number were different?", anchor=False)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="recipe"):
        if shown:
            sweeps.buttons(shown, sweeps.cells(shown))
        else:
            offer()
        sweeps.earlier(twins.KIND, shown)
    if shown:
        sweeps.live(shown, partial(draw, shown))
    else:
        sweeps.slot(frame.note(LOOK_FOR))
        frame.empty("No twins yet", "Say above what shall be different; both then train side by side.", 300)
