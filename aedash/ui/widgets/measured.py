"""Figures of a run in words: of a denoiser both errors, that at its task first: neither passes for the other."""

from aedash.events import Figures
from aedash.formatting import number

NOISY, CLEAN = "noisy input", "clean input"


def errors(figures: Figures | None, denoises: bool) -> list[tuple[str, float | None]]:
    """[(label, MSE per pixel)]; None where nothing is measured yet."""
    clean = figures.mse if figures else None
    if not denoises:
        return [("MSE per pixel", clean)]
    return [(f"MSE, {NOISY}", figures.mse_corrupted if figures else None), (f"MSE, {CLEAN}", clean)]


def error_words(figures: Figures) -> str:
    """MSE 0.0288, or of a denoiser MSE 0.0453 from noisy input, 0.0447 from clean."""
    if figures.mse_corrupted is None:
        return f"MSE {number(figures.mse)}"
    return f"MSE {number(figures.mse_corrupted)} from noisy input, {number(figures.mse)} from clean"


def task_words(figures: Figures) -> str:
    """The one figure that a model is about, with its unit: MSE 0.0288 per pixel, of a denoiser from noisy input."""
    return f"MSE {number(figures.task_mse)} per pixel{f', {NOISY}' * (figures.mse_corrupted is not None)}"
