"""The Twins page: fork a run, change one number, and watch what it does."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import streamlit as st

from aedash import words
from aedash.analysis.level import ONE_SEED, jitter
from aedash.config import RunConfig, flat
from aedash.events import EpochEnd
from aedash.figures.sweep import Group
from aedash.figures.twins import difference_chart, fork_of, grid, last_ends, loss
from aedash.formatting import many, number, percent, setting
from aedash.history import History, Run
from aedash.objectives import base as objectives
from aedash.sweep import Sweep
from aedash.training import twins
from aedash.ui import address, compared, frame, notice, recipe, sweeps
from aedash.ui.answers import answered
from aedash.ui.components.curve import curve
from aedash.ui.components.mosaic import mosaic
from aedash.ui.desk import Desk
from aedash.ui.live import duration
from aedash.ui.measured import CLEAN, NOISY
from aedash.ui.server import manager
from aedash.ui.sweeps import Cell

FRESH = ""
LISTED = 40
MOST = 1000  # epochs behind the fork
LOOK_FOR = "Both start from the same numbers. Small differences later may be chance: the smallest change causes some."
STEADY = 2.0  # deviations of one epoch's ratio from the trend of the ratios: what lies within is jitter


def offer() -> None:
    """Which run, after which epoch, what becomes different, and how long both go on."""
    known = {run.id: run for run in manager().runs() if run.epochs_done and not run.state.alive}
    known = dict(list(known.items())[:LISTED])
    line = partial(_line, compared.lines(known))
    asked = address.select("of", "Run", [FRESH, *known], FRESH, format_func=line, width=330)
    run = known.get(asked)
    config = run.config if run else recipe.draft()
    after = _after(run) if run else 0
    epoch = min(max(0, after), run.epochs_done) if run else 0
    options = twins.numbers(run, epoch) if run else _numbers(config)
    first = next(iter(options))
    path = address.select("change", "Change", list(options), first, asked, format_func=words.field, width=190)
    now = float(options[path])
    value = address.number(
        "to", f"From {now:g} to", now * 10 if now else 1.0, f"{path}-{now:g}", format="%.6g", width=140
    )
    more = min(config.epochs - epoch or max(1, epoch // 4), MOST)
    epochs = address.number("more", "Epochs more", more, f"{asked}-{epoch}", width=120)
    address.write({**address.fields(), **({} if run else recipe.query())})
    act = partial(_begin, run, config, after, path, value, epochs)
    st.button("Train both", type="primary", icon=":material/call_split:", on_click=act, width="content")
    if run and (replayed := twins.start(run, epoch).replayed):
        again = f"{many(replayed, 'epoch')} {'is' if replayed == 1 else 'are'}"
        cost = duration(twins.replay_seconds(run, epoch))
        st.caption(f"That epoch was not kept: {again} trained again first, about {cost} each twin.")


def _after(run: Run) -> int:
    """After which epoch the twins part, as it is typed."""
    kept = f"Kept, so that twins start there at once: {', '.join(map(str, twins.kept(run)))}."
    return int(address.number("after", "After epoch", run.epochs_done, run.id, width=120, help=kept))


def _line(known: dict[str, str], identifier: str) -> str:
    return known[identifier] if identifier else "The Train page's recipe, from its start"


def _numbers(config: RunConfig) -> dict[str, float]:
    """Every number of the config that one may change before a run begins."""
    numeric = {p: v for p, v in flat(config).items() if isinstance(v, int | float) and not isinstance(v, bool)}
    first = "optimizer.learning_rate"
    return {first: numeric[first]} | {path: v for path, v in numeric.items() if path not in ("epochs", "threads")}


def _begin(run: Run | None, config: RunConfig, epoch: int, path: str, value: float, epochs: int) -> None:
    exact: Any = int(value) if value == int(value) else value
    with notice.acting():
        address.within("After epoch", epoch, 0, run.epochs_done if run else 0)
        address.within("Epochs more", epochs, 1, MOST)
        if run:
            pair = twins.fork(manager(), run, epoch, path, exact, epochs)
        else:
            pair = twins.from_the_start(manager(), config.model_copy(update={"epochs": epochs}), path, exact)
        sweeps.show(pair)


def draw(shown: Sweep, found: list[Cell], _desk: Desk) -> None:
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
            st.html(sweeps.table(found, _columns(denoise), words.field(shown.axes[0].path)))
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
    a, b = (_error(shown, end) for end in pair)
    floor = chance(_ratios(shown, one.histories[0], two.histories[0], fork_of(two)))
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
    """What a change of nothing to speak of may do to a ratio of errors: 5 %, or twice its jitter from epoch to epoch.

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


def _pair(shown: Sweep | None) -> Sweep | None:
    """A sweep that is a pair of twins; another one is refused."""
    if shown is None or shown.kind == twins.KIND:
        return shown
    sweeps.refuse(f"The sweep '{shown.name[:40]}' is no pair of twins; see it on the Sweeps page.")
    return None


def page() -> None:
    """The whole page."""
    shown = _pair(sweeps.chosen())
    st.title(frame.literal(shown.name) if shown else "What if one number were different?", anchor=False)
    if not shown and (query := address.wish()):
        recipe.wished(query)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="recipe"):
        if shown:
            address.write({"sweep": shown.id})
            sweeps.buttons(shown, sweeps.cells(shown))
        else:
            offer()
        sweeps.earlier(twins.KIND, shown)
    if shown:
        sweeps.live(shown, partial(draw, shown))
    else:
        sweeps.slot(frame.note(LOOK_FOR))
        frame.empty("No twins yet", "Say above what shall be different; both then train side by side.", 300)
