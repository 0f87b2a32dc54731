"""The Noise page: networks that were trained with noise against a plain one, against filters, and until they break."""

from functools import partial

import streamlit as st

from aedash import registry
from aedash.config import vary_all
from aedash.presets import noise
from aedash.registry import Refused
from aedash.sweep import Axis, Sweep, sweep
from aedash.ui import address, sweeps
from aedash.ui import noise_cards as cards
from aedash.ui.desk import Desk
from aedash.ui.noise_answer import headline
from aedash.ui.noise_measures import measures, named, objection
from aedash.ui.sweeps import Cell

KIND = "noise"
MOST = 10
COLUMNS = [0.52, 0.48]


def page() -> None:
    """The whole page."""
    shown = _of_noise(sweeps.chosen())
    st.title("How much noise can it take?", anchor=False)
    plan = sweeps.bar(KIND, shown, _recipe)
    if plan:
        sweeps.live(plan, partial(_draw, plan))
    else:
        sweeps.slot("")


def _of_noise(shown: Sweep | None) -> Sweep | None:
    """A sweep of one kind of noise, on whatever page or command line it was made; another one is refused."""
    if shown is None or not (sentence := objection(shown)):
        return shown
    sweeps.refuse(sentence)
    return None


def _recipe() -> Sweep | None:
    """Which network, on which images, against which noise, how long, with how many seeds: what the next sweep is."""
    networks, kinds = noise.networks(), noise.kinds()
    network = address.select(
        "network", "Network", list(networks), next(iter(networks)), format_func=networks.__getitem__, width=215
    )
    data = sweeps.dataset()
    kind = address.select("noise", "Noise", list(kinds), "gaussian", format_func=kinds.__getitem__, width=150)
    usual = ", ".join(f"{level:g}" for level in noise.LEVELS)
    about = f"In training: {noise.unit(kind)}, 0 to {noise.strongest(kind):g}. 0, the plain network, is always one."
    text = address.line("levels", "Noise levels", usual, 300, kind, width=175, help=about)
    epochs, seeds = sweeps.length(40 if data == "digits" else 3, data), sweeps.repeats("level")
    plan = sweeps.offer(partial(_sweep, network, data, kind, text, epochs, seeds))
    if plan:
        st.session_state["noise-plan"] = plan
    return st.session_state.get("noise-plan")  # while a value is wrong the board stays as it was


def _sweep(network: str, data: str, kind: str, text: str, epochs: int, seeds: int) -> Sweep:
    sweeps.bounded(epochs, seeds)
    base = vary_all(noise.base(network), [("data.name", data), ("epochs", epochs)])
    axis = Axis(path="corruption", values=tuple(noise.raw(kind, level) for level in parsed(text, kind)))
    name = f"{noise.networks()[network]}, {registry.corruptions.get(kind).title}"
    return sweep(name=name, base=base, axes=[axis], seeds=seeds, kind=KIND)


def parsed(text: str, kind: str) -> tuple[float, ...]:
    """Rising levels, each once, 0 among them. Raises Refused with one sentence."""
    found = {0.0} | sweeps.numbers(text, "Noise levels", "levels", noise.strongest(kind))
    if not 2 <= len(found) <= MOST:
        raise Refused(
            f"Noise levels must be 1 to {MOST - 1} besides 0; got {len(found) - 1}.", "levels", f"1 to {MOST - 1}"
        )
    return tuple(sorted(found))


def _draw(plan: Sweep, cells: list[Cell], desk: Desk) -> None:
    """The answer, the images beside matrix and curves, then figures beside losses."""
    at = cards.place(plan)
    found = measures(plan, named(cells), at, desk)
    sweeps.slot(headline(found, at))
    with st.container(key="live"):
        left, right = st.columns(COLUMNS, gap="small")
        with left:
            cards.images(plan, found, at)
        with right:
            cards.matrix(found)
            cards.robustness(plan, found, at)
        with st.container(key="noise_below"):
            left, right = st.columns(COLUMNS, gap="small")
            with left:
                cards.table(found, at)
            with right:
                cards.loss(plan, found)
