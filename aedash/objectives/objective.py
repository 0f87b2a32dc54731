"""Objective: the weighted sum of terms that a run minimises, each logged under its own name."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Any, TypeVar

from torch import Generator, Tensor

from aedash import registry
from aedash.config import RunConfig, TermConfig
from aedash.data.image_data import Batch
from aedash.models.base import Autoencoder, Card, Output

Value = Callable[[Any, Autoencoder, Batch, Output, Generator | None], Tensor]
Number = TypeVar("Number", float, Tensor)
Measures = Callable[[Any, Autoencoder, Batch], dict[str, float]]


@dataclass(frozen=True)
class TermEntry:
    """A registry entry. `value(config, model, batch, output, generator)` gives one number an image: (N,), unweighted.

    formula, unit: of the term's config, as text for pages. measures: figures to be shown beside the value but not
    minimised, {what is measured: value}, of one clean batch.
    """

    config: type[TermConfig]
    card: Card
    value: Value
    formula: Callable[[Any], str]
    unit: Callable[[Any], str]
    measures: Measures = lambda config, model, batch: {}


def term(
    config: type[TermConfig],
    card: Card,
    formula: Callable[[Any], str],
    unit: Callable[[Any], str],
    measures: Measures = lambda config, model, batch: {},
) -> Callable[[Value], Value]:
    """Register the decorated function as a term, under its config's default name.

    card: of its page; formula, unit: of its config, in words for charts; measures: see `TermEntry`. Its generator is on
    the batch's device, and None where the term is only tried (`training.limits`).
    """

    def register(value: Value) -> Value:
        registry.terms.add(config.model_fields["name"].default, TermEntry(config, card, value, formula, unit, measures))
        return value

    return register


def values(
    objective: Sequence[TermConfig],
    model: Autoencoder,
    batch: Batch,
    output: Output,
    generators: Mapping[str, Generator],
) -> dict[str, Tensor]:
    """{term: (N,)}, unweighted, in the objective's order, then the terms that the model itself brings.

    output: the model's on this batch. generators: {term: stream}, on the batch's device; a term that draws nothing
    needs none.
    """
    found = {
        t.name: registry.terms.get(t.name).value(t, model, batch, output, generators.get(t.name)) for t in objective
    }
    return {**found, **output.terms}


def measures(objective: Sequence[TermConfig], model: Autoencoder, batch: Batch) -> dict[str, float]:
    """What the terms show beside their values, of one clean batch; empty for most objectives."""
    shown: dict[str, float] = {}
    for t in objective:
        shown |= registry.terms.get(t.name).measures(t, model, batch)
    return shown


def weighted(objective: Sequence[TermConfig], means: Mapping[str, Number]) -> Number:
    """The scalar that is minimised: weight x mean over images, summed; a model's own terms weigh 1.

    means: {term: scalar}, at least one, in the objective's order; tensors or plain numbers.

    >>> import torch
    >>> from aedash.config import parse
    >>> raw = {"architecture": "conv_vae", "objective": ["reconstruction", {"name": "kl", "weight": 2}]}
    >>> means = {"reconstruction": torch.tensor(30.0), "kl": torch.tensor(5.0)}
    >>> float(weighted(parse(raw).objective, means))
    40.0
    """
    weights = {t.name: t.weight for t in objective}
    first, *others = (mean if weights.get(name, 1.0) == 1 else weights[name] * mean for name, mean in means.items())
    return reduce(add, others, first)


def formula(config: RunConfig) -> str:
    """The sum in use with its weights filled in, as text: what you see is what is minimised.

    >>> from aedash.config import parse
    >>> formula(parse({"architecture": "conv_vae", "objective": ["reconstruction", {"name": "kl", "weight": 2}]}))
    'squared error(x̂, x), summed over pixels + 2 · KL(q(z|x) ‖ N(0, I))'
    """
    parts = []
    for t in config.objective:
        text = registry.terms.get(t.name).formula(t)
        parts.append(text if t.weight == 1 else f"{t.weight:g} · {text}")
    return " + ".join([*parts, *config.architecture.brings().values()])


def unit(objective: Sequence[TermConfig]) -> str:
    """The unit of the sum: the reconstruction's, since the weights of all others are relative to it.

    One of "squared error per image", "MSE per pixel", "BCE, nats per image", "BCE, nats per pixel".
    """
    return registry.terms.get("reconstruction").unit(objective[0])
