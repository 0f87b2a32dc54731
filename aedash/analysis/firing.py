"""Firing: what each unit of a code does over test images, by whichever measure its kind of code has."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from aedash.analysis.metrics import CodeSpread
from aedash.events import Floats
from aedash.models.base import Posterior
from aedash.objectives.kl import divergence

Measure = Literal["nats", "rate", "deviation"]
BURDA = 0.01  # variance over images, in squared code units (Burda et al. 2016, sec. 5)
ENDS = 0.05, 0.95  # quantiles: the range that the data has
BINS = 32
LOUDEST = 6
HALF_ON = 0.5  # a sigmoid unit is on above it


@dataclass(frozen=True, eq=False)
class Firing:
    """Every unit of a code over N test images; arrays are (latent,), a convolutional code flattened.

    measure: what `strength` is: "nats", the mean KL from N(0, 1) of a variational code; "rate", the share of images, 0
    to 1, on which a unit lies above `threshold`, of a code that is silent in between; "deviation", of the mean code, in
    code units. active: by `CodeSpread.active`; burda: by the variance of the mean code over images, above 0.01 (Burda
    et al. 2016). mean, deviation; low, high: 5 and 95 % of its values, its extremes where these are one number, all in
    code units. images: N.
    """

    measure: Measure
    strength: Floats
    threshold: float
    active: NDArray[np.bool_]
    burda: NDArray[np.bool_]
    mean: Floats
    deviation: Floats
    low: Floats
    high: Floats
    images: int

    @property
    def order(self) -> NDArray[np.int64]:
        """(latent,): units, the strongest first; of equals, say all that always fire, the one that varies most."""
        return np.lexsort((-self.deviation, -self.strength))

    @property
    def differing(self) -> NDArray[np.int64]:
        """Units that are active by one of the two rules alone, in order."""
        return np.flatnonzero(self.active != self.burda)


def firing(codes: Floats, log_var: Floats | None = None, sigmoid: bool = False) -> Firing:
    """codes: (N, latent), mean codes, finite, N at least 1; log_var: as many, of a variational code. sigmoid: whether
    each unit lies in 0..1, and is on above one half.
    """
    mean, spread = torch.from_numpy(codes), CodeSpread()
    spread.add(mean)
    nats = None if log_var is None else divergence(Posterior(mean, torch.from_numpy(log_var))).mean(0)
    measure = _measure(spread, nats, sigmoid)
    threshold = HALF_ON if sigmoid else 0.0
    deviation = spread.deviation(correction=0).float()
    rate = (mean > threshold).float().mean(0)
    strength = {"nats": nats, "rate": rate, "deviation": deviation}[measure]
    assert strength is not None
    low, high = _range(codes, spread)
    return Firing(
        measure,
        strength.numpy(),
        threshold,
        spread.active(nats).numpy(),
        (deviation.square() > BURDA).numpy(),
        spread.mean.float().numpy(),
        deviation.numpy(),
        low,
        high,
        len(codes),
    )


def _measure(spread: CodeSpread, nats: Tensor | None, sigmoid: bool) -> Measure:
    """A code that is never negative, and silent somewhere, is one of ReLUs."""
    if nats is not None:
        return "nats"
    return "rate" if sigmoid or float(spread.low.min()) == 0 else "deviation"


def _range(codes: Floats, spread: CodeSpread) -> tuple[Floats, Floats]:
    low, high = np.quantile(codes, ENDS, axis=0).astype(np.float32)
    same = low == high  # it fires on fewer than one image of twenty, or never
    return np.where(same, spread.low.numpy(), low), np.where(same, spread.high.numpy(), high)


def loudest(code: Floats, units: Firing, count: int = LOUDEST) -> list[tuple[int, float]]:
    """(unit, how many of its deviations it lies from its mean) of those that are furthest; active units alone.

    code: (latent,), of one image.
    """
    safe = np.where(units.deviation > 0, units.deviation, 1)
    apart = np.where(units.active, (code - units.mean) / safe, 0)
    order = np.argsort(-np.abs(apart), kind="stable")[:count]
    return [(int(unit), float(apart[unit])) for unit in order if units.active[unit]]


def by_class(values: Floats, labels: NDArray[np.int64], classes: int) -> tuple[Floats, NDArray[np.int64]]:
    """(edges (33,), images (classes, 32)): histogram of one unit's values, (N,), in bins of equal width."""
    edges = np.histogram_bin_edges(values, BINS)
    counts = [np.histogram(values[labels == label], edges)[0] for label in range(classes)]
    return edges, np.stack(counts)


def most(values: Floats, count: int) -> NDArray[np.int64]:
    """Rows of the largest values, (N,), the largest first; of equals the first."""
    return np.argsort(-values, kind="stable")[:count]
