"""Causes: why a run learns nothing or breaks, from its config and from the record of what its loss was made of."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from aedash import registry
from aedash.config import RunConfig
from aedash.data.corruption import caution, drowns
from aedash.events import EpochEnd, References
from aedash.formatting import percent, setting

CRUSHING = 0.3  # share of an epoch's loss from which on a penalty may have crushed the code
OUT_OF_REACH = 0.9  # share of the reconstruction's loss that no output of a sigmoid could avoid
FAST = 1e-3  # learning rate above which it is the first suspect
FEW_STEPS = 500  # below which a net may show one picture for want of training alone
SWITCHED_OFF = 0.5  # nats of KL below which the code tells nothing that could be drawn
PIXELS = {"raw": "Pixels reach 255", "standardised": "Standardised pixels leave 0..1"}


@dataclass(frozen=True)
class Share:
    """A term made up `share` (0..1) of an epoch's loss, in sizes: a negative term counts, too."""

    share: float
    term: str
    epoch: int


def beyond_a_sigmoid(config: RunConfig) -> str:
    """That the output layer cannot reach the pixels, and what mends it, in words; empty where it can."""
    if config.architecture.output != "sigmoid" or config.data.scaling not in PIXELS:
        return ""
    return f"{PIXELS[config.data.scaling]} and a sigmoid ends at 1: scale them to 0..1, or take an output without it."


def out_of_reach(end: EpochEnd, references: References | None, config: RunConfig) -> str:
    """The same, where nearly all of the reconstruction's loss is the floor that a sigmoid sets; else empty."""
    lines = references.lines if references else ()
    floor = next((line.value for line in lines if line.label == "sigmoid floor"), 0.0)
    mostly = floor > OUT_OF_REACH * end.figures.terms.get("reconstruction", float("inf"))
    return beyond_a_sigmoid(config) if mostly else ""


def drowned(config: RunConfig) -> str:
    """That the corruption leaves nothing to learn from; empty where it does."""
    corruption, scaling = config.corruption, config.data.scaling
    return caution(corruption, scaling) if drowns(corruption, scaling) else ""


def crushed_by(ends: Sequence[EpochEnd], config: RunConfig) -> str:
    """The term that has crushed the code, by its largest share of the loss in any epoch; empty where none was large (30
    %).

    Two or three sentences for a finding. Once the code is crushed, a penalty is next to nothing: the last epoch alone
    would acquit it.
    """
    worst = crusher(ends, config)
    if worst is None:
        return ""
    weights = {term.name: term.weight for term in config.objective}
    was = f"{percent(worst.share, 0)} of the loss in epoch {worst.epoch}, and has crushed the code"
    if worst.term not in weights:
        return f"The model's {worst.term} loss is too large: it was {was}. Try a smaller learning rate."
    return (
        f"{symbol(worst.term)} {setting(weights[worst.term])} is too large: {title(worst.term)} was {was}. "
        "Try a tenth of it."
    )


def crusher(ends: Sequence[EpochEnd], config: RunConfig) -> Share | None:
    """The term with the largest share of the loss in any epoch, the reconstruction apart; None where none was large (30
    %).
    """
    worst = max(_shares(ends, config), key=lambda one: one.share, default=None)
    return worst if worst and worst.share >= CRUSHING else None


def too_short(end: EpochEnd, config: RunConfig) -> bool:
    """Whether so few steps were taken, at no suspicious rate, that more epochs come before any other cure."""
    return end.step < FEW_STEPS and config.optimizer.learning_rate <= FAST


def switched_off(end: EpochEnd) -> bool:
    """Whether a KL has pulled all units to the prior: none is active, or under half a nat is left of it."""
    figures = end.figures
    return "kl" in figures.terms and (figures.code_size == 0 or figures.terms["kl"] < SWITCHED_OFF)


def _shares(ends: Sequence[EpochEnd], config: RunConfig) -> Iterator[Share]:
    weights = {term.name: term.weight for term in config.objective}
    for end in ends:
        parts = {name: abs(weights.get(name, 1.0) * value) for name, value in end.train.items() if name != "loss"}
        whole = sum(parts.values())
        yield from (Share(part / whole, name, end.epoch) for name, part in parts.items() if name != "reconstruction")


def heaviest(terms: Mapping[str, float], config: RunConfig) -> str:
    """Name of the term that is most of the loss, by weight x size. terms: {name: unweighted value}, not empty."""
    weights = {term.name: term.weight for term in config.objective}
    return max(terms, key=lambda name: abs(weights.get(name, 1.0) * terms[name]))


def title(term: str) -> str:
    """A term in words; one that a model brings has its name alone."""
    return registry.terms.get(term).card.title if term in registry.terms.names() else f"the model's {term} loss"


def symbol(term: str) -> str:
    """What a registered term's weight is called: Beta, Lambda, or just that.

    >>> symbol("kl"), symbol("contractive"), symbol("l1_code")
    ('Beta', 'Lambda', 'Weight')
    """
    about = registry.terms.get(term).config.model_fields["weight"].description or ""
    return about.split(":")[0] if ":" in about else "Weight"
