"""Odd one out: does a class that was never trained on stand out by its error? As a detector, with what costs nothing
beside it.
"""

from dataclasses import dataclass
from math import prod, sqrt

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.numpy import save

from aedash.analysis.baselines import pca_name
from aedash.analysis.level import BROAD
from aedash.analysis.quality import originals, projected, restored
from aedash.analysis.trained import Trained
from aedash.events import MEAN_IMAGE, Floats
from aedash.registry import Refused

EVENLY, TOP = 1000, 200  # pictures
ANOTHER_SEED = 0.07  # of an AUC: three seeds of R0-simple on MNIST without 1 had 0.205, 0.247 and 0.277
MODEL, FROM_MEAN = "this model", f"distance to the {MEAN_IMAGE}"


@dataclass(frozen=True, eq=False)
class Score:
    """A number an image, higher where it seems odd.

    errors: (N,) float32, MSE per pixel on [0, 1]. auc: how often an odd image scores higher than another, of all pairs,
    0..1, ties count half. margin: BROAD standard errors of it over images (DeLong et al. 1988). gap, apart: this auc
    less the model's, and the margin of that on the same images; 0 for the model itself.
    """

    name: str
    errors: Floats
    auc: float
    margin: float
    gap: float = 0.0
    apart: float = 0.0

    @property
    def level(self) -> bool:
        """Whether other images, or another seed, may make the difference to the model."""
        return abs(self.gap) <= max(self.apart, ANOTHER_SEED)


@dataclass(frozen=True, eq=False)
class OddOneOut:
    """All N test images in their order; label: the class that was left out; odd: (N,) bool, whether an image is of it.

    scores: of the model; of PCA with as many numbers, where the code does not hold all pixels; of the mean image.
    """

    label: int
    odd: NDArray[np.bool_]
    scores: tuple[Score, ...]


@dataclass(frozen=True, eq=False)
class Placements:
    """odd: (M,) share of the other images that each odd one scores above; others: (K,) share of the odd ones that score
    above each other one. The mean of either is the AUC.
    """

    odd: Floats
    others: Floats

    @property
    def auc(self) -> float:
        return float(self.odd.mean())

    @property
    def margin(self) -> float:
        """BROAD standard errors of the mean; of the difference of two scores, where these are differences."""
        return BROAD * sqrt(
            sum(float(each.var(ddof=1)) / len(each) for each in (self.odd, self.others) if len(each) > 1)
        )

    def less(self, other: "Placements") -> "Placements":
        """The differences, image by image."""
        return Placements(self.odd - other.odd, self.others - other.others)


def odd_one_out(trained: Trained) -> OddOneOut:
    """How all test images score by the error of the clean image decoded from its mean code.

    Raises Refused for a run that was trained with all classes, for errors that are not finite, and where the test split
    has no image of the class, or none of another.
    """
    label, count = trained.config.data.without, len(trained.data.test)
    if label is None:
        raise Refused("This model was trained with all classes.", "data.without")
    odd = trained.data.test.labels.numpy() == label
    if odd.all() or not odd.any():
        raise Refused("The test images are all of one kind here: nothing can stand out.", "data.without")
    errors = {MODEL: _error(restored(trained, trained.spread(count)), originals(trained, count)), **_free(trained)}
    if not all(np.isfinite(each).all() for each in errors.values()):
        raise Refused("This model has diverged: its errors are not finite.", "run")
    ours = placements(errors[MODEL], odd)
    return OddOneOut(
        label, odd, tuple(_score(name, each, placements(each, odd), ours) for name, each in errors.items())
    )


def _error(made: torch.Tensor, clean: torch.Tensor) -> Floats:
    """(N,): MSE per pixel on [0, 1]."""
    return (made - clean).flatten(1).square().mean(1).numpy()


def names(code: int, pixels: int) -> tuple[str, ...]:
    """What the scores are called, in their order, of a model with so many numbers in its code.

    >>> names(20, 784)
    ('this model', 'PCA, 20 numbers', 'distance to the mean image')
    """
    return (MODEL, *([pca_name(code)] if code < pixels else []), FROM_MEAN)


def _free(trained: Trained) -> dict[str, Floats]:
    """{name: errors} of what no network is needed for, of the run's own training images."""
    clean, code = originals(trained, len(trained.data.test)), prod(trained.model.latent_shape)
    _, *others = names(code, prod(trained.data.info.shape))
    share, sizes = trained.config.data.validation, {name: 0 if name == FROM_MEAN else code for name in others}
    return {name: _error(projected(trained.data, share, size, clean), clean) for name, size in sizes.items()}


def _score(name: str, errors: Floats, own: Placements, model: Placements) -> Score:
    between = own.less(model)
    return Score(name, errors, own.auc, own.margin, between.auc, between.margin)


def placements(scores: Floats, odd: NDArray[np.bool_]) -> Placements:
    """Where each image stands among those of the other kind (Hanley and Hajian-Tilaki 1997). scores: (N,), finite.

    >>> placements(np.array([0.1, 0.3, 0.2, 0.4]), np.array([False, False, True, True])).auc
    0.75
    """
    few, many = np.sort(scores[odd]), np.sort(scores[~odd])
    return Placements(_below(many, scores[odd]), 1 - _below(few, scores[~odd]))


def _below(known: Floats, values: Floats) -> Floats:
    """Share of the known ones, sorted, that lie below each value; those equal to it count half."""
    sides = (np.searchsorted(known, values, side) for side in ("left", "right"))
    return np.asarray(sum(sides) / (2 * len(known)))


def pictured(found: OddOneOut) -> NDArray[np.int64]:
    """(P,) places, ascending, of the images that are shown beside a threshold: of each kind up to EVENLY, evenly by the
    model's error, and the TOP highest by each score.
    """
    kinds = [np.flatnonzero(found.odd), np.flatnonzero(~found.odd)]
    chosen = [_spread(kind, found.scores[0].errors) for kind in kinds]
    chosen += [kind[np.argsort(score.errors[kind])[-TOP:]] for kind in kinds for score in found.scores]
    return np.unique(np.concatenate(chosen))


def _spread(kind: NDArray[np.int64], errors: Floats) -> NDArray[np.int64]:
    order = kind[np.argsort(errors[kind])]
    return order[np.unique(np.linspace(0, len(order) - 1, min(EVENLY, len(order))).round().astype(int))]


def packed(found: OddOneOut, places: NDArray[np.int64]) -> bytes:
    """What a browser needs to move a threshold, as a safetensors file: odd U8 (N,), errors F32 (scores, N), places I32
    of the images that are pictured.
    """
    errors = np.stack([score.errors for score in found.scores]).astype(np.float32)
    return save({"odd": found.odd.astype(np.uint8), "errors": errors, "places": places.astype(np.int32)})
