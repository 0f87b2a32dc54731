"""Findings: what a teacher would point at in a run, each in plain words with the number behind it."""

from collections.abc import Sequence

from aedash.config import RunConfig
from aedash.events import EpochEnd, Figures, Finding, References

SAME_OUTPUT = 0.01  # share of the data's variance over images below which all outputs count as one picture
RISING_EPOCHS = 5
FLAT_EPOCHS = 8
FLAT_CHANGE = 0.002
AT_LINE = 0.02
SWITCHED_OFF = 0.5  # nats of KL below which the code tells nothing that could be drawn
FIRST_STEPS = 200
FAR_ABOVE = 1.15


def findings(ends: Sequence[EpochEnd], references: References | None, config: RunConfig) -> tuple[Finding, ...]:
    """What is true at the last of `ends` (not empty), most serious first."""
    figures = ends[-1].figures
    # a healthy net, too, shows one picture, and a bad one, for its first steps
    settled = ends[-1].step >= FIRST_STEPS or ends[-1].epoch >= config.epochs
    collapsed = collapse(figures, references) if settled else None
    found = [
        collapsed,
        worse_than_nothing(ends[-1], references, config) if settled and not collapsed else None,
        None if collapsed else switched_off(figures, config),
        None if collapsed else dead_units(figures, config),
        overfitting(ends),
        None if collapsed else at_baseline(ends, references),
        flat(ends, config),
    ]
    return tuple(finding for finding in found if finding)


def diverged(epoch: int, step: int, learning_rate: float) -> Finding:
    """The loss is not a number any more."""
    cure = " Try a tenth of it." if learning_rate > 1e-4 else ""
    return Finding(
        "diverged",
        "bad",
        f"Diverged in epoch {epoch + 1}: the loss became infinite at step {step:,}.",
        f"Learning rate {learning_rate:g} is too large here.{cure} The last save before it is kept.",
    )


def worse_than_nothing(end: EpochEnd, references: References | None, config: RunConfig) -> Finding | None:
    """The error is above that of the mean image: training has gone astray without becoming infinite."""
    mean_mse = (references.mse if references else {}).get("mean image")
    if mean_mse is None or end.figures.mse <= FAR_ABOVE * mean_mse:
        return None
    rate = config.optimizer.learning_rate
    cure = f" Learning rate {rate:g} is probably too large: try a tenth of it." if rate > 1e-3 else ""
    return Finding(
        "worse than nothing",
        "bad",
        "Worse than showing the mean image for everything.",
        f"MSE per pixel is {end.figures.mse:.4f}; the mean image has {mean_mse:.4f}.{cure}",
    )


def collapse(figures: Figures, references: References | None) -> Finding | None:
    """Every output is the same picture: black, the mean image, or another constant one."""
    if figures.output_variation is None or figures.output_variation >= SAME_OUTPUT:
        return None
    mean_mse = (references.mse if references else {}).get("mean image")
    share = f"Outputs vary over images by {figures.output_variation:.1%} of what the images do"
    if figures.output_mean is not None and figures.output_mean < 1e-3:
        form, cause = "an all-black one", "The output layer is saturated at zero; a smaller learning rate avoids it."
    elif mean_mse and abs(figures.mse / mean_mse - 1) < AT_LINE:
        form = f"the mean image (its MSE is {mean_mse:.4f})"
        beta = "a smaller beta, " * ("kl" in figures.terms)
        cause = f"The decoder ignores the code: try more epochs, {beta}a smaller learning rate or another seed."
    elif "kl" in figures.terms and (figures.code_size == 0 or figures.terms["kl"] < SWITCHED_OFF):
        form = "a constant one"
        cause = f"The code is switched off (KL {figures.terms['kl']:.2g} nats): beta is too large."
    else:
        form = "a constant one"
        cause = "Too few epochs, dead layers or a saturated output: try a smaller learning rate or another seed."
    return Finding("collapse", "bad", f"Collapsed: every output is the same picture, {form}.", f"{cause} {share}.")


def switched_off(figures: Figures, config: RunConfig) -> Finding | None:
    """Posterior collapse: KL near 0 in every unit."""
    if not config.architecture.variational or figures.code_size != 0:
        return None
    nats = figures.terms.get("kl", 0.0)
    return Finding(
        "switched-off code",
        "bad",
        "The code is switched off: it carries nothing about the image.",
        f"KL is {nats:.2g} nats; no unit reaches 0.01. Beta is too large for this reconstruction's unit.",
    )


def dead_units(figures: Figures, config: RunConfig) -> Finding | None:
    """Partial collapse: units that never change on any image of the split."""
    if figures.code_size is None or figures.code_units is None or figures.code_size in (0, figures.code_units):
        return None
    dead = figures.code_units - figures.code_size
    channels = figures.dead_channels
    also = f", {channels[0]} of {channels[1]} channels whole" if channels and channels[0] else ""
    how = "carry less than 0.01 nats" if config.architecture.variational else "never change on these images"
    return Finding(
        "dead units",
        "warn" if dead * 10 >= figures.code_units else "info",
        f"{dead} of {figures.code_units} code units are dead{also}.",
        f"They {how}; the code is really {figures.code_size} numbers.",
    )


def overfitting(ends: Sequence[EpochEnd]) -> Finding | None:
    """Validation has risen for some epochs while training fell."""
    if ends[-1].split != "validation" or len(ends) <= RISING_EPOCHS:
        return None
    best = min(range(len(ends)), key=lambda i: ends[i].figures.loss)
    since = len(ends) - 1 - best
    then, now = ends[best], ends[-1]
    grew = now.figures.loss / then.figures.loss - 1 if then.figures.loss > 0 else 0.0
    if since < RISING_EPOCHS or grew < 0.005 or now.train["loss"] >= then.train["loss"]:
        return None
    return Finding(
        "overfitting",
        "warn",
        f"Overfitting since epoch {then.epoch}.",
        f"Validation loss rose {grew:.1%} in {since} epochs while training fell; epoch {then.epoch} is kept.",
    )


def at_baseline(ends: Sequence[EpochEnd], references: References | None) -> Finding | None:
    """The loss rests on the mean image's: nothing has been learnt beyond the average picture."""
    mean_mse = (references.mse if references else {}).get("mean image")
    if mean_mse is None or len(ends) < 2 or abs(ends[-1].figures.mse / mean_mse - 1) > AT_LINE:
        return None
    return Finding(
        "at baseline",
        "warn",
        "Nothing learnt beyond the average picture yet.",
        f"MSE per pixel is {ends[-1].figures.mse:.4f}; showing the mean image for everything gives {mean_mse:.4f}.",
    )


def flat(ends: Sequence[EpochEnd], config: RunConfig) -> Finding | None:
    """The watched loss has hardly moved: stop now?"""
    if len(ends) <= FLAT_EPOCHS or ends[-1].epoch >= config.epochs:
        return None
    before, now = ends[-1 - FLAT_EPOCHS].figures.loss, min(end.figures.loss for end in ends[-FLAT_EPOCHS:])
    gained = (before - now) / abs(before) if before else 0.0
    if gained > FLAT_CHANGE:
        return None
    return Finding(
        "flat",
        "info",
        f"Flat for {FLAT_EPOCHS} epochs: stop now?",
        f"The {ends[-1].split} loss fell by {max(gained, 0):.2%} in that time. Stop keeps the best weights.",
    )


def result(figures: Figures, references: References | None, look_for: str) -> Finding | None:
    """What a finished run is worth: its MSE against PCA of the same code size or, for lack of one, the mean image."""
    baselines = references.mse if references else {}
    name = next((label for label in baselines if label.startswith("PCA")), next(iter(baselines), None))
    if name is None:
        return None
    ours, theirs = figures.mse, baselines[name]
    better = ours < theirs
    share = f"{ours / theirs:.0%} of the error" if better else f"{ours / theirs:.1f} times the error"
    return Finding(
        "result",
        "good" if better else "info",
        f"Test MSE {ours:.4f}: {share} of {name} ({theirs:.4f}).",
        f"Look next: {look_for}" if better else "Train longer, or give the code more numbers.",
    )
