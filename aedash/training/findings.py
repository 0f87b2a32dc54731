"""Findings: what a teacher would point at in a run, each in plain words with the number behind it."""

from collections.abc import Mapping, Sequence
from math import isfinite

from aedash.config import RunConfig
from aedash.events import DIVERGED, EpochEnd, Figures, Finding, References
from aedash.formatting import count, many, number, percent, setting
from aedash.training.causes import (
    FAST,
    crushed_by,
    drowned,
    heaviest,
    out_of_reach,
    switched_off,
    symbol,
    title,
    too_short,
)
from aedash.training.trends import jitter, levels, moved, risen

SAME_OUTPUT = 0.01  # share of the data's variance over images below which all outputs count as one picture
BLACK = 1 / 255  # mean of all outputs, on [0, 1]
RISING_EPOCHS = 5
FLAT_EPOCHS = 8
FLAT_CHANGE = 0.002
MOST_JITTER = 0.02  # a curve that moves by more is not flat, however much it jitters
AT_LINE = 0.02
FIRST_STEPS = 200
FAR_ABOVE = 1.15
OUT_OF_SCALE = 1000  # times the mean image's loss
SERIOUS = ("bad", "warn", "info", "good")


def findings(ends: Sequence[EpochEnd], references: References | None, config: RunConfig) -> tuple[Finding, ...]:
    """What is true at the last of `ends` (not empty), most serious first; empty where nothing is worth saying.

    references: None while they are not computed; what needs them is then not said. config: in force when it was judged.
    Called by the trainer at every epoch's end.
    """
    # a healthy net, too, shows one picture, and a bad one, for its first steps
    settled = ends[-1].step >= FIRST_STEPS or ends[-1].epoch >= config.epochs
    huge = out_of_scale(ends[-1], references, config)
    collapsed = collapse(ends, references, config) if settled else None
    lost = collapsed or huge
    idle = None if lost else at_baseline(ends, references)
    found = [
        huge,
        collapsed,
        worse_than_nothing(ends, references, config) if settled and not lost else None,
        None if lost else code_switched_off(ends[-1].figures, config),
        overfitting(ends),
        idle,
        None if lost else dead_units(ends[-1].figures, config),
        None if lost else rising(ends),
        None if lost or idle else flat(ends, config),
    ]
    return tuple(sorted((finding for finding in found if finding), key=lambda one: SERIOUS.index(one.severity)))


def diverged(
    epoch: int, step: int, config: RunConfig, losses: Mapping[str, float] | None = None, kept: int | None = None
) -> Finding:
    """A loss, or a number that training keeps with a weight, is not finite any more.

    epoch: those done before; step: the last one taken. losses: {term: mean} of the block in which it happened. kept:
    the last epoch whose save is on disk, or None.
    """
    told = losses or {}
    what = "the loss" if not told or not all(map(isfinite, told.values())) else "a weight, its gradient or its moment"
    rest = f"The state after epoch {kept} is kept." if kept else ""
    return Finding(
        "diverged",
        "bad",
        f"{DIVERGED} in epoch {epoch + 1}: {what} became infinite at step {count(step)}.",
        f"{_why_diverged(step, config, told)} {rest}".strip(),
    )


def _why_diverged(step: int, config: RunConfig, losses: Mapping[str, float]) -> str:
    rate = config.optimizer.learning_rate
    broken = next((name for name, value in losses.items() if name != "loss" and not isfinite(value)), "")
    raw = config.data.scaling == "raw"
    if raw and rate <= FAST:
        return "Pixels of 0 to 255 make every number large: scale them to 0..1."
    if step <= 1 and broken:  # before any weight was moved
        return f"It was so from the start: {title(broken)} has no finite value here."
    if rate > FAST:
        pixels = ", or scale pixels to 0..1" if raw else ""
        return f"Learning rate {setting(rate)} is too large here. Try a tenth of it{pixels}."
    term = f" or a smaller weight of {title(broken)}" if broken and broken != "reconstruction" else ""
    return f"At learning rate {setting(rate)} that is rare: try a tenth of it{term}."


def out_of_scale(end: EpochEnd, references: References | None, config: RunConfig) -> Finding | None:
    """The loss is finite, but of another order than anything that could be learnt: over 1,000 times the mean image's.

    None otherwise, and without references.
    """
    baselines = [line.value for line in references.lines if line.kind == "baseline"] if references else []
    if not baselines or end.figures.loss <= OUT_OF_SCALE * baselines[0]:
        return None
    term = heaviest(end.figures.terms, config)
    if config.data.scaling == "raw":
        cause = "Pixels of 0 to 255 are too large for this objective: scale them to 0..1."
    elif any(term == one.name for one in config.objective) and term != "reconstruction":
        cause = f"Nearly all of it is {title(term)}: {symbol(term).lower()} is too large. Try a tenth of it."
    else:
        rate = setting(config.optimizer.learning_rate)
        cause = f"Nearly all of it is {title(term)}. Try a tenth of the learning rate ({rate})."
    return Finding(
        "out of scale",
        "bad",
        f"The loss is {number(end.figures.loss)}: the mean image alone has {number(baselines[0])}.",
        cause,
    )


def worse_than_nothing(ends: Sequence[EpochEnd], references: References | None, config: RunConfig) -> Finding | None:
    """The error is above that of the mean image, by 15 % or more: training has gone astray without becoming infinite.

    None otherwise, and without references.
    """
    end = ends[-1]
    mean_mse = references.mean_image(end.split) if references else None
    if mean_mse is None or end.figures.task_mse <= FAR_ABOVE * mean_mse:
        return None
    rate = config.optimizer.learning_rate
    fast = f"Learning rate {setting(rate)} is probably too large: try a tenth of it." if rate > FAST else ""
    cause = out_of_reach(end, references, config) or drowned(config) or crushed_by(ends, config) or fast
    return Finding(
        "worse than nothing",
        "bad",
        "Worse than showing the mean image for everything.",
        f"{error(end.figures)}; the mean image has {number(mean_mse)}. {cause}".strip(),
    )


def error(figures: Figures) -> str:
    """MSE per pixel at what the run is trained for, in words: of a denoiser from noisy input."""
    where = " from noisy input" if figures.mse_corrupted is not None else ""
    return f"MSE per pixel{where} is {number(figures.task_mse)}"


def collapse(ends: Sequence[EpochEnd], references: References | None, config: RunConfig) -> Finding | None:
    """Every output is the same picture: black, the mean image, or another constant one; None where outputs vary.

    Same: their variance over images is under 1 % of the images' own.
    """
    end, figures = ends[-1], ends[-1].figures
    if figures.output_variation is None or figures.output_variation >= SAME_OUTPUT:
        return None
    mean_mse = references.mean_image(end.split) if references else None
    at_mean = mean_mse is not None and abs(figures.task_mse / mean_mse - 1) < AT_LINE
    black = figures.output_mean is not None and figures.output_mean <= BLACK
    form = (
        "an all-black one"
        if black
        else f"the mean image (its MSE is {number(mean_mse)})"
        if at_mean
        else "a constant one"
    )
    cause = (
        out_of_reach(end, references, config)
        or drowned(config)
        or _crushed(ends, config, beta=not (black or at_mean))
        or _stuck(black, at_mean, end, config)
    )
    hope = " It may still come back." if black and end.epoch < config.epochs else ""
    share = f"Outputs vary over images by {percent(figures.output_variation)} of what the images do."
    return Finding("collapse", "bad", f"Collapsed: every output is the same picture, {form}.", f"{cause} {share}{hope}")


def _crushed(ends: Sequence[EpochEnd], config: RunConfig, beta: bool) -> str:
    """beta: whether a KL near zero is enough to blame it."""
    if beta and switched_off(ends[-1]):
        return f"The code is switched off (KL {number(ends[-1].figures.terms['kl'])} nats): beta is too large."
    return crushed_by(ends, config)


def _stuck(black: bool, at_mean: bool, end: EpochEnd, config: RunConfig) -> str:
    """Where neither scale nor a penalty did it."""
    if black:
        return "The output layer is saturated at zero; a smaller learning rate avoids it."
    if too_short(end, config):
        return f"Only {many(end.step, 'step')} were taken: try more epochs first."
    if at_mean:
        beta = "a smaller beta, " if "kl" in end.figures.terms else ""
        return f"The decoder ignores the code: try more epochs, {beta}a smaller learning rate or another seed."
    return "Too few epochs, dead layers or a saturated output: try a smaller learning rate or another seed."


def code_switched_off(figures: Figures, config: RunConfig) -> Finding | None:
    """Posterior collapse: KL under 0.01 nats in every unit. None for a code that is not variational."""
    if not config.architecture.variational or figures.code_size != 0:
        return None
    nats = figures.terms.get("kl", 0.0)
    return Finding(
        "switched-off code",
        "bad",
        "The code is switched off: it carries nothing about the image.",
        f"KL is {number(nats)} nats; no unit reaches 0.01. Beta is too large for this reconstruction's unit.",
    )


def dead_units(figures: Figures, config: RunConfig) -> Finding | None:
    """Partial collapse: units that never change on any image of the split; a warning from a tenth of the code on.

    None where all or none are dead: all is `collapse`, or `code_switched_off`.
    """
    if figures.code_size is None or figures.code_units is None or figures.code_size in (0, figures.code_units):
        return None
    dead = figures.code_units - figures.code_size
    channels = figures.dead_channels
    also = f", {channels[0]} of {channels[1]} channels whole" if channels and channels[0] else ""
    how = "carry less than 0.01 nats" if config.architecture.variational else "never change on these images"
    return Finding(
        "dead units",
        "warn" if dead * 10 >= figures.code_units else "info",
        f"{count(dead)} of {count(figures.code_units)} code units are dead{also}.",
        f"They {how}; the code is really {count(figures.code_size)} numbers.",
    )


def overfitting(ends: Sequence[EpochEnd]) -> Finding | None:
    """Validation has risen by more than it jitters while training fell, and lies above it.

    None without held-out images, and until five epochs behind the best one.
    """
    losses, train = [end.figures.loss for end in ends], [end.train["loss"] for end in ends]
    best = min(range(len(ends)), key=lambda i: losses[i])
    since = len(ends) - 1 - best
    if ends[-1].split != "validation" or since < RISING_EPOCHS:
        return None
    grew, fitted = risen(losses), levels(train)
    then = max(0, min(best - 2, len(fitted) - 1))  # the five epochs around the best
    learns = fitted[-1] < fitted[then] - jitter(train)
    if not grew or not learns or levels(losses)[-1] <= fitted[-1]:
        return None
    epoch = ends[best].epoch
    return Finding(
        "overfitting",
        "warn",
        f"Overfitting since epoch {epoch}.",
        f"Validation loss rose by {percent(grew)} in {since} epochs while training fell; epoch {epoch} is kept.",
    )


def rising(ends: Sequence[EpochEnd]) -> Finding | None:
    """The test loss has risen by more than it jitters over eight epochs; of held-out images see `overfitting`."""
    grew = risen([end.figures.loss for end in ends[-1 - FLAT_EPOCHS :]])
    if ends[-1].split != "test" or len(ends) <= FLAT_EPOCHS or not grew:
        return None
    return Finding(
        "rising",
        "warn",
        f"The test loss has risen by {percent(grew)} in {FLAT_EPOCHS} epochs.",
        "No images are held out, so the last weights are kept: train fewer epochs, or at a smaller learning rate.",
    )


def at_baseline(ends: Sequence[EpochEnd], references: References | None) -> Finding | None:
    """The error rests on the mean image's, within 2 %: nothing has been learnt beyond the average picture.

    None in the first epoch, and without references.
    """
    end = ends[-1]
    mean_mse = references.mean_image(end.split) if references else None
    if mean_mse is None or len(ends) < 2 or abs(end.figures.task_mse / mean_mse - 1) > AT_LINE:
        return None
    return Finding(
        "at baseline",
        "warn",
        "Nothing learnt beyond the average picture yet.",
        f"{error(end.figures)}; showing the mean image for everything gives {number(mean_mse)}.",
    )


def flat(ends: Sequence[EpochEnd], config: RunConfig) -> Finding | None:
    """The watched loss has moved by no more than it jitters over eight epochs: stop now? None in the last epoch."""
    if len(ends) <= FLAT_EPOCHS or ends[-1].epoch >= config.epochs:
        return None
    losses = [end.figures.loss for end in ends[-1 - FLAT_EPOCHS :]]
    change, noise = moved(losses)
    still = abs(change) <= min(MOST_JITTER, max(FLAT_CHANGE, 1.5 * noise))
    if not still or abs(losses[-1] - losses[-2]) > (FLAT_CHANGE + 5 * noise) * abs(losses[0]):  # a step out of it
        return None
    how = "rose" if change > 0 else "fell"
    kept = "the best weights" if ends[-1].split == "validation" else "the last weights"
    return Finding(
        "flat",
        "info",
        f"Flat for {FLAT_EPOCHS} epochs: stop now?",
        f"The {ends[-1].split} loss {how} by {percent(abs(change), 2)} in that time. Stop keeps {kept}.",
    )
