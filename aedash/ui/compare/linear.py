"""PCA beside the models: its error at every code size, as a run keeps it, else measured."""

from aedash.analysis.baselines import pca_name, statistics
from aedash.analysis.equivalent import equivalent, pca_errors
from aedash.analysis.trained import Trained
from aedash.events import Floats
from aedash.ui.compare.selection import Model
from aedash.ui.desk.desk import Desk
from aedash.ui.desk.manager import manager


def errors(model: Model, desk: Desk) -> tuple[float, ...] | Floats | None:
    """MSE per pixel on all test images of PCA with 0, 1, ... numbers; None until it is measured, or without images."""
    references = manager().history(model.run).references
    stored = references.pca.get("test") if references else None
    return stored or desk.ask(model.run, "pca errors", _measured, *model.images)


def _measured(trained: Trained) -> Floats:
    return pca_errors(trained.data.test, statistics(trained.data, trained.config.data.validation))


def errors_by_size(model: Model, desk: Desk) -> dict[int, float] | None:
    """{numbers: the same}; 0 numbers are the mean image."""
    curve = errors(model, desk)
    return None if curve is None else {size: float(error) for size, error in enumerate(curve)}


def equivalent_size(model: Model, desk: Desk) -> float | None:
    """How many numbers PCA needs for the model's error on clean test images; None while that is not known."""
    curve = errors(model, desk)
    return None if curve is None else equivalent(model.run.figures["test"].mse, curve)


def stored_pca(model: Model) -> float | None:
    """MSE per pixel of PCA with as many numbers, on all test images, as the run keeps it; None where it does not."""
    kept = manager().history(model.run).references
    return kept.mse.get("test", {}).get(pca_name(model.code)) if kept else None
