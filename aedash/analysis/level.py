"""Level: whether two settings differ by more than chance. One rule, for every sentence that says better or worse.

Errors are one array a seed, one number an image, lower is better; the same images in the same order for all settings.
Where settings are chosen among, even-numbered images choose and odd-numbered ones are quoted: the best of several on
the images that chose it looks better than it is.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import isfinite, sqrt

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
    """How far one setting's error lies above another's. gap: in the errors' unit, negative where it is lower; share: of
    the other's error; margin: what chance alone may do to the gap, at 95 %; seeds: of the setting that has fewer."""

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
        return not self.level and self.gap < 0


def compare(ours: Sequence[Floats], theirs: Sequence[Floats], least: float | None = None) -> Difference:
    """Our mean error against theirs. An array of one number is a run of which the mean alone is known.

    The margin is the larger of two: over images, two standard errors of the paired differences; over seeds, Welch's
    interval (1947) with two seeds or more of each. With one seed nobody knows what another would give: then `least` in
    the errors' unit, or 5 % of their error.
    """
    mean = float(np.mean([each.mean() for each in theirs]))
    gap = float(np.mean([each.mean() for each in ours])) - mean
    seeds = min(len(ours), len(theirs))
    over_seeds = welch(_means(ours), _means(theirs)) if seeds > 1 else least if least is not None else ONE_SEED * mean
    margin = max(abs(over_seeds), paired(np.mean(ours, 0), np.mean(theirs, 0)))
    return Difference(gap, gap / mean if mean else 0.0, margin if isfinite(margin) else 0.0, seeds)


def paired(ours: Floats, theirs: Floats) -> float:
    """Two standard errors of the mean difference over the same images; 0 where but a mean is known."""
    apart = np.asarray(ours, float) - theirs
    return BROAD * float(apart.std(ddof=1)) / sqrt(apart.size) if apart.size > 1 else 0.0


def welch(ours: Floats, theirs: Floats) -> float:
    """Half the 95 % interval of the difference of two means whose variances differ (Welch 1947). Two values or more."""
    from scipy.special import stdtrit  # imported where used: pages load this module

    parts = [float(values.var(ddof=1)) / len(values) for values in (ours, theirs)]
    if not sum(parts) > 0:
        return 0.0
    weights = (part**2 / (len(values) - 1) for part, values in zip(parts, (ours, theirs), strict=True))
    freedom = sum(parts) ** 2 / sum(weights)
    return float(stdtrit(freedom, SURE)) * sqrt(sum(parts))


def choosing(errors: Floats) -> Floats:
    """Those by which settings are chosen: every second image from the first."""
    return errors[..., ::2]


def quoted(errors: Floats) -> Floats:
    """Those that are told: the other images; all of them where there is but one."""
    return errors[..., 1::2] if errors.shape[-1] > 1 else errors


def spread(values: Iterable[float]) -> tuple[float, float, float]:
    """Mean, lowest and highest, say over seeds."""
    known = list(values)
    return sum(known) / len(known), min(known), max(known)


def crossing(x: Sequence[float], ours: Sequence[float], theirs: Sequence[float]) -> float | None:
    """Where our curve falls below theirs and stays below up to the end, between two points by a line; None: nowhere.

    x: ascending. None, too, where ours is below from the start.
    """
    above = np.asarray(ours, float) - np.asarray(theirs, float)
    if not above[-1] < 0 or (above < 0).all():
        return None
    last = int(np.flatnonzero(above >= 0)[-1])
    share = above[last] / (above[last] - above[last + 1])
    return float(x[last] + share * (x[last + 1] - x[last]))


def _means(errors: Sequence[Floats]) -> NDArray[np.float64]:
    return np.array([each.mean() for each in errors], float)
