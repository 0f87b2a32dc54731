"""The finished sweeps that come with the app, one a question: small networks on digits, a few seeds of each value.

Small, because their weights are shipped; digits, because those are there without a network, so that every page can
measure what it shows.
"""

from collections.abc import Callable, Sequence
from typing import Any

from aedash.config import RunConfig, vary_all
from aedash.recipes import lambdas
from aedash.sweep import Axis, Sweep, sweep

SEEDS = 3
WIDTH = 24  # units of the widest layer
Changes = Sequence[tuple[str, Any]]


def shipped() -> dict[str, Sweep]:
    """{name: sweep to be} of all questions that come answered, in the order in which a newcomer meets them."""
    return {name: make() for name, make in _MAKERS.items()}


def _lambda() -> Sweep:
    """One layer of tanh, as contractive autoencoders began (Rifai et al. 2011 had sigmoids)."""
    changes = [
        ("architecture.latent", WIDTH),
        ("architecture.code_activation", "tanh"),
        ("architecture.init", "default"),
        ("optimizer.learning_rate", 3e-3),
    ]
    base = _on_digits(lambdas.per_image(lambdas.encoders()["R4-vanilla"]), 30, changes)
    axis = Axis(path=lambdas.PATH, values=lambdas.LAMBDAS)
    return sweep(name=f"Dense {WIDTH}, tanh", base=base, axes=[axis], seeds=SEEDS, kind="lambda")


def _on_digits(base: RunConfig, epochs: int, changes: Changes = ()) -> RunConfig:
    return vary_all(base, [("data.name", "digits"), ("epochs", epochs), *changes])


_MAKERS: dict[str, Callable[[], Sweep]] = {"lambda": _lambda}
