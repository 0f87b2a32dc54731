"""The outcome of a finished run: its error against what linear algebra reaches, and where to look or what to do."""

from typing import Literal

from aedash import registry
from aedash.config import RunConfig, there_to_train, training_images
from aedash.events import MEAN_IMAGE, Figures, Finding, References
from aedash.formatting import number, percent, setting
from aedash.training.causes import beyond_a_sigmoid, symbol

Split = Literal["validation", "test"]
SHORT = 4  # numbers: a code that cannot be halved to any purpose


def result(
    figures: Figures, references: References | None, config: RunConfig, split: Split = "test", when: str = ""
) -> Finding | None:
    """What the figures of a finished run are worth; None where no baseline of these images is known.

    Held against PCA of as many numbers. A denoiser is held against the mean image alone: PCA of clean images has an
    easier task. So is a code that holds as many numbers as there are pixels. "good" where it is lower by more than
    1 / sqrt(N) of the baseline, and by its code alone; else "info", with a cure where it is higher.

    when: the moment, for figures on the way to the end, where there is nothing to advise; split: on which they are.
    """
    baselines = references.mse.get(split, {}) if references else {}
    noisy = figures.mse_corrupted is not None
    name = next((label for label in baselines if label != MEAN_IMAGE and not noisy), MEAN_IMAGE)
    if name not in baselines:
        return None
    ours, theirs = figures.task_mse, baselines[name]
    level = abs(ours / theirs - 1) < _images(config, split) ** -0.5
    task = f"{split} MSE from noisy input" if noisy else f"{split} MSE"
    beside = config.architecture.beside() if name != MEAN_IMAGE else ""
    also = f" But its decoder gets more than the code: {beside}." * bool(beside)
    advice = _look_next(figures, config) if ours < theirs or level else _cure(config)
    return Finding(
        "result",
        "good" if ours < theirs and not level and not beside else "info",
        f"{when or task[:1].upper()}{task if when else task[1:]} {number(ours)}: "
        f"{_against(ours / theirs, level)} {_named(name)} ({number(theirs)}).{also}",
        "" if when else advice,
    )


def _images(config: RunConfig, split: Split) -> int:
    info = registry.datasets.get(config.data.name).info
    return info.test if split == "test" else there_to_train(config.data, info) - training_images(config.data, info)


def halves_code(code: int, config: RunConfig) -> bool:
    """Whether to look next at what half of the code can do: of a plain network with more than a few numbers."""
    plain = config.architecture.kind() in ("plain", "deep") and config.corruption.name == "none"
    return plain and code > SHORT and not config.architecture.variational


def _against(ratio: float, level: bool) -> str:
    """An image's error is about as spread as it is large, so a mean over N images is known to about 1 / sqrt(N)."""
    if level:
        return "level with"
    return f"{percent(ratio, 0)} of the error of" if ratio < 1 else f"{number(ratio)} times the error of"


def _named(baseline: str) -> str:
    return f"the {baseline}" if baseline == MEAN_IMAGE else baseline


def _look_next(figures: Figures, config: RunConfig) -> str:
    card, code = registry.architectures.get(config.architecture.name).card, figures.code_units or 0
    own = card.look_for
    if config.data.without is not None:
        odd = registry.datasets.get(config.data.name).info.classes[config.data.without]
        own = f"under Explore, Odd one out: whether images of {odd}, never trained on, stand out by their error."
    elif config.architecture.kind() == "linear" and config.architecture.output == "none":
        own = "No linear code of this size does better: only other layers, or more numbers, can."
    elif config.corruption.name != "none":
        own = "under Experiments, how much noise it takes before the mean image does better."
    elif config.architecture.variational and not config.architecture.beside():
        own = (
            "The samples: random codes should decode to images like those it has seen; beta weighs that against error."
        )
    elif config.architecture.kind() in ("plain", "deep") and not halves_code(code, config):
        own = "The latent map: which classes lie apart, and which share a place."
    return f"Look next: {own}"


def _cure(config: RunConfig) -> str:
    """What to do about an error above the baseline's."""
    if reach := beyond_a_sigmoid(config):
        return reach
    penalties = [term for term in config.objective[1:] if term.weight]
    if config.corruption.name != "none":
        return "Train longer, or with less noise."
    if penalties:
        weighing = " or ".join(f"{symbol(term.name).lower()} of {setting(term.weight)}" for term in penalties)
        return f"Part of it is the price of the penalty: train longer, or with a smaller {weighing}."
    if config.architecture.kind() == "linear" and config.architecture.output == "none":
        return "Train longer: linear layers can reach PCA and no further."
    return "Train longer, or with wider layers."
