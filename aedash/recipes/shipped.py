"""The finished sweeps that come with the app, one a question: small networks on digits, a few seeds of each value.

Small, because their weights are shipped; digits, because those are there without a network, so that every page can
measure what it shows.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from aedash import words
from aedash.config import RunConfig, vary_all
from aedash.recipes import lambdas, noise
from aedash.recipes.questions import QUESTIONS
from aedash.sweep import Axis, Sweep, sweep

SEEDS = 3
RATE = "optimizer.learning_rate"
Changes = Sequence[tuple[str, Any]]
_CALM: Changes = (("optimizer.batch_size", 32), (RATE, 3e-3), ("seed", 0))


def shipped() -> dict[str, Sweep]:
    """{name: sweep to be} of all questions that come answered, in the order in which a newcomer meets them."""
    return {name: make() for name, make in _MAKERS.items()}


def _lambda() -> Sweep:
    """One layer of tanh, as contractive autoencoders began (Rifai et al. 2011 had sigmoids)."""
    changes = (
        ("architecture.latent", 24),
        ("architecture.code_activation", "tanh"),
        ("architecture.init", "default"),
        (RATE, 3e-3),
    )
    base = _on_digits(lambdas.per_image(lambdas.encoders()["R4-vanilla"]), 30, changes)
    axis = Axis(path=lambdas.PATH, values=lambdas.LAMBDAS)
    return sweep(name="Dense 24, tanh", base=base, axes=[axis], seeds=SEEDS, kind="lambda")


def _noise() -> Sweep:
    """Convolutions: few weights, and the usual denoiser."""
    network = "R2-denoising"
    values = tuple(noise.raw("gaussian", level) for level in noise.LEVELS)
    name = f"{noise.networks()[network]}, Gaussian noise"
    base = _on_digits(noise.base(network), 60)
    return sweep(name=name, base=base, axes=[Axis(path="corruption", values=values)], seeds=SEEDS, kind="noise")


def _question(name: str, epochs: int, values: Sequence[Any] = (), seeds: int = SEEDS, changes: Changes = ()) -> Sweep:
    """A question of the Sweeps page. values: in place of its own; changes: of its config, its network among them."""
    question = QUESTIONS[name]
    base = _on_digits(question.base(), epochs, changes)
    axis = Axis(path=question.axis.path, values=tuple(values) or question.axis.values)
    own = base.architecture == question.base().architecture
    preset = question.preset if own and not question.changes else ""
    return sweep(name=question.title, base=base, axes=[axis], seeds=seeds, preset=preset, kind="question")


def _twins() -> Sweep:
    question = QUESTIONS["code"]
    base = _on_digits(question.base(), 40, (("architecture.widths", [32]), ("architecture.latent", 8), ("seed", 0)))
    axis = Axis(path=RATE, values=(1e-3, 1e-2))
    name = f"From the start: {words.field(RATE)} 0.001 or 0.01"
    return sweep(name=name, base=base, axes=[axis], kind="twins")


def _on_digits(base: RunConfig, epochs: int, changes: Changes = ()) -> RunConfig:
    return vary_all(base, [("data.name", "digits"), ("epochs", epochs), *changes])


_MAKERS: dict[str, Callable[[], Sweep]] = {
    "lambda": _lambda,
    "noise": _noise,
    "beta": partial(
        _question,
        "beta",
        60,
        (0.1, 1, 2, 5, 20),
        changes=(("architecture.widths", [24]), ("architecture.latent", 10), *_CALM),
    ),
    "code": partial(
        _question,
        "code",
        80,
        (2, 4, 8, 16, 32),
        changes=(("architecture.widths", [36]), ("architecture.activation", "leaky_relu"), *_CALM),
    ),
    "depth": partial(
        _question,
        "depth",
        100,
        ([], [32], [32, 32], [32, 32, 32, 32]),
        changes=(("architecture.latent", 8), *_CALM),
    ),
    "luck": partial(_question, "luck", 40, seeds=1),
    "checkerboard": partial(_question, "checkerboard", 30),
    "twins": _twins,
}
