"""Level: whether two settings differ by more than chance. One rule, for every sentence that says better or worse.

Errors are one array a seed, one number an image, lower is better; the same images in the same order for all settings.
Where settings are chosen among, even-numbered images choose and odd-numbered ones are quoted: the best of several on
the images that chose it looks better than it is.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import inf, isfinite, sqrt

import numpy as np
from numpy.typing import NDArray

from aedash.events import Floats

# Of an error, where there is one seed: six seeds of R0-elaborate on digits lay 3.5 % apart, and a learning rate changed
# by one part in 10,000 moved R1-dense by up to 3.4 %.
ONE_SEED = 0.05
SURE = 0.975  # quantile of either end: an interval of 95 %
BROAD = 2.0  # standard errors of many paired images on either side, the same 95 %


@dataclass(frozen=True)
class Difference:
    """How far one setting's error lies above another's, as `compare` gives it.

    gap: in the errors' unit, negative where ours is lower; share: of the other's error, 0 where that is 0; margin: what
    chance alone may do to the gap, at 95 %, in the errors' unit; seeds: of the setting that has fewer.
    """

    gap: float
    share: float
    margin: float
    seeds: int

    @property
    def level(self) -> bool:
        """Whether chance may be all of it; so where nothing finite was measured."""
        return not abs(self.gap) > self.margin

    @property
    def lower(self) -> bool:
        """Whether ours is better by more than chance."""
        return not self.level and self.gap < 0


def compare(ours: Sequence[Floats], theirs: Sequence[Floats], least: float | None = None) -> Difference:
    """Our mean error against theirs.

    ours, theirs: one array a seed, not empty; (N,) errors of the same images in the same order, or (1,) for a run of
    which the mean alone is known. least: in the errors' unit, what another seed may do.

    The margin is the larger of two: over images, two standard errors of the paired differences; over seeds, Welch's
    interval (1947) with two seeds or more of each. With one seed nobody knows what another would give: then `least`, or
    5 % of their error. Where the margin is not finite it counts as 0.

    >>> compare([np.array([0.8, 1.0])], [np.array([1.0, 1.2])]).lower
    True
    >>> compare([np.array([0.99])], [np.array([1.0])]).level
    True
    """
    mean = float(np.mean([errors.mean() for errors in theirs]))
    gap = float(np.mean([errors.mean() for errors in ours])) - mean
    seeds = min(len(ours), len(theirs))
    over_seeds = welch(_means(ours), _means(theirs)) if seeds > 1 else least if least is not None else ONE_SEED * mean
    margin = max(abs(over_seeds), paired(np.mean(ours, 0), np.mean(theirs, 0)))
    return Difference(gap, gap / mean if mean else 0.0, margin if isfinite(margin) else 0.0, seeds)


def paired(ours: Floats, theirs: Floats) -> float:
    """Two standard errors of the mean difference over the same images, in the errors' unit.

    ours, theirs: (N,) in the same order; 0 for N = 1, where only a mean is known. Independent of what all images share:

    >>> paired(np.array([0.2, 0.3, 0.4]), np.array([0.1, 0.2, 0.3])) < 1e-9
    True
    """
    apart = np.asarray(ours, float) - theirs
    return BROAD * float(apart.std(ddof=1)) / sqrt(apart.size) if apart.size > 1 else 0.0


def welch(ours: Floats, theirs: Floats) -> float:
    """Half the 95 % interval of the difference of two means whose variances differ (Welch 1947), in the values' unit.

    ours, theirs: (S,), one mean a seed, two or more of each. Degrees of freedom by Welch and Satterthwaite:
    (a/m + b/n)^2 / ((a/m)^2 / (m-1) + (b/n)^2 / (n-1)) for variances a, b of m, n seeds. 0 where no seed differs.
    """
    from scipy.special import stdtrit  # imported where used: pages load this module

    parts = [float(values.var(ddof=1)) / len(values) for values in (ours, theirs)]
    if not sum(parts) > 0:
        return 0.0
    weights = (part**2 / (len(values) - 1) for part, values in zip(parts, (ours, theirs), strict=True))
    freedom = sum(parts) ** 2 / sum(weights)
    return float(stdtrit(freedom, SURE)) * sqrt(sum(parts))


def apart(ours: Floats, theirs: Floats) -> Difference:
    """The mean error of one group of images against another's, (M,) and (N,), by one model; no image is of both.

    The margin is Welch's interval over images. Where a group has but one, nobody knows it: that is level.

    >>> apart(np.array([1.0, 1.1, 0.9]), np.array([2.0, 2.1, 1.9])).lower
    True
    """
    mean = float(theirs.mean(dtype=np.float64))
    gap = float(ours.mean(dtype=np.float64)) - mean
    margin = welch(ours.astype(np.float64), theirs.astype(np.float64)) if min(len(ours), len(theirs)) > 1 else inf
    return Difference(gap, gap / mean if mean else 0.0, margin, 1)


def choosing(errors: Floats) -> Floats:
    """The errors by which settings are chosen: (..., N) -> (..., ceil(N / 2)), every second image from the first.

    >>> choosing(np.arange(5)).tolist()
    [0, 2, 4]
    """
    return errors[..., ::2]


def quoted(errors: Floats) -> Floats:
    """The errors that are told: (..., N) -> (..., N // 2), the images that choose nothing; all where there is but one.

    >>> quoted(np.arange(5)).tolist()
    [1, 3]
    """
    return errors[..., 1::2] if errors.shape[-1] > 1 else errors


def spread(values: Iterable[float]) -> tuple[float, float, float]:
    """(mean, lowest, highest) of one value a seed, in its unit. Raises ZeroDivisionError where there is none.

    >>> spread([1.0, 2.0, 6.0])
    (3.0, 1.0, 6.0)
    """
    per_seed = list(values)
    return sum(per_seed) / len(per_seed), min(per_seed), max(per_seed)


def crossing(x: Sequence[float], ours: Sequence[float], theirs: Sequence[float]) -> float | None:
    """Where our curve falls below theirs and stays below up to the end, in the unit of x, by a line between two points.

    x: ascending, and as many values in ours and theirs. None where ours ends above or level, and where it is below from
    the start.

    >>> crossing([0.0, 1.0, 2.0], [3.0, 3.0, 1.0], [2.0, 2.0, 2.0])
    1.5
    """
    above = np.asarray(ours, float) - np.asarray(theirs, float)
    if not above[-1] < 0 or (above < 0).all():
        return None
    last = int(np.flatnonzero(above >= 0)[-1])
    share = above[last] / (above[last] - above[last + 1])
    return float(x[last] + share * (x[last + 1] - x[last]))


def _means(errors: Sequence[Floats]) -> NDArray[np.float64]:
    return np.array([run.mean() for run in errors], float)
