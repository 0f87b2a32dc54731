"""The Noise page's recipe: which network, on which images, against which noise."""

from functools import partial

import streamlit as st

from aedash import registry
from aedash.config import vary_all
from aedash.recipes import noise
from aedash.registry import Refused
from aedash.sweep import Axis, Sweep, sweep
from aedash.ui.experiments.noise.measures import objection
from aedash.ui.experiments.shared import choice, inputs, steering
from aedash.ui.shell import address
from aedash.ui.widgets import datasets

KIND = "noise"
MOST = 10


def of_noise(shown: Sweep | None) -> Sweep | None:
    """A sweep of one kind of noise, on whatever page or command line it was made; another one is refused."""
    if shown is None or not (sentence := objection(shown)):
        return shown
    choice.refuse(sentence)
    return None


def recipe() -> Sweep | None:
    """Which network, on which images, against which noise, how long, with how many seeds: what the next sweep is."""
    networks, kinds = noise.networks(), noise.kinds()
    network = address.select(
        "network", "Network", list(networks), next(iter(networks)), format_func=networks.__getitem__, width=215
    )
    data = inputs.dataset()
    kind = address.select("noise", "Noise", list(kinds), "gaussian", format_func=kinds.__getitem__, width=150)
    usual = ", ".join(f"{level:g}" for level in noise.LEVELS)
    about = f"In training: {noise.unit(kind)}, 0 to {noise.strongest(kind):g}. 0, the plain network, is always one."
    text = address.line("levels", "Noise levels", usual, 300, kind, width=175, help=about)
    epochs, seeds = inputs.length(40 if data == "digits" else 3, data), inputs.repeats("level")
    plan = steering.offer(partial(_sweep, network, data, kind, text, epochs, seeds))
    if plan:
        st.session_state["noise-plan"] = plan
    return st.session_state.get("noise-plan")  # while a value is wrong the board stays as it was


def _sweep(network: str, data: str, kind: str, text: str, epochs: int, seeds: int) -> Sweep:
    inputs.bounded(epochs, seeds)
    base = noise.base(network)
    base = vary_all(base, [*datasets.changes(base, data), ("epochs", epochs)])
    axis = Axis(path="corruption", values=tuple(noise.raw(kind, level) for level in parsed(text, kind)))
    name = f"{noise.networks()[network]}, {registry.corruptions.get(kind).title}"
    return sweep(name=name, base=base, axes=[axis], seeds=seeds, kind=KIND)


def parsed(text: str, kind: str) -> tuple[float, ...]:
    """Rising levels, each once, 0 among them. Raises Refused with one sentence."""
    found = {0.0} | inputs.numbers(text, "Noise levels", "levels", noise.strongest(kind))
    if not 2 <= len(found) <= MOST:
        raise Refused(
            f"Noise levels must be 1 to {MOST - 1} besides 0; got {len(found) - 1}.", "levels", f"1 to {MOST - 1}"
        )
    return tuple(sorted(found))
