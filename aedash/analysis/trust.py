"""Trust: what of a map's neighbourhoods is real, and what the classes say of them. Arrays in, arrays out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aedash.analysis.blocks import blocks
from aedash.events import Floats
from aedash.registry import Refused

NEIGHBOURS = 10
JUDGED = 2000  # points: all pairs of them are compared, which takes a tenth of a second
BLOCK = 100  # rows whose neighbours are ranked at once


@dataclass(frozen=True)
class Trust:
    """How far neighbours on a map are neighbours in what it shows, over `images` points and the `neighbours` nearest.

    trustworthiness: 1 where whoever is near on the map is near in truth. continuity: 1 where whoever is near in truth
    is near on the map. Both are about 0.5 for places drawn by chance (Venna and Kaski 2001).
    """

    trustworthiness: float
    continuity: float
    neighbours: int
    images: int


def judged(*spaces: NDArray[Any], most: int = JUDGED) -> NDArray[np.int64]:
    """(M,) ascending rows that are judged: of those that are finite in all spaces at most so many, spread evenly.

    spaces: (N, D) each, of the same N. Raises Refused where they are fewer than four, or all lie on one place in one
    of the spaces: then nobody has a nearest.
    """
    finite = np.flatnonzero(np.logical_and.reduce([np.isfinite(space).all(1) for space in spaces]))
    few = min(most, len(finite))
    rows = finite[np.arange(few) * len(finite) // max(few, 1)]
    if few < 4:
        raise Refused("Fewer than four images with a finite code: there are no neighbours to judge.", "run")
    if not all(np.ptp(space[rows], axis=0).any() for space in spaces):
        raise Refused("All images have the same place: nobody has a nearest neighbour.", "run")
    return rows


def trust(seen: Floats, truth: Floats, neighbours: int = NEIGHBOURS) -> Trust:
    """How far a map can be trusted. seen: (N, 2 or 3) places on it; truth: (N, D) what it shows; both finite, N > 3.

    Continuity is trustworthiness with map and truth changed over. Of few points fewer neighbours count.

    >>> line = np.arange(30.0)[:, None]
    >>> trust(line * 2, line).trustworthiness
    1.0
    """
    near = within(len(seen), neighbours)
    spaces = [_squares(x) for x in (seen, truth)]
    there, back = (_kept(_nearest(a, near), b) for a, b in (spaces, reversed(spaces)))
    return Trust(there, back, near, len(seen))


def alike(x: Floats, labels: NDArray[Any], neighbours: int = NEIGHBOURS) -> Floats:
    """(N,) of each point the share, 0..1, of its nearest others that are of its class. x: (N, D) finite, N > 3.

    >>> alike(np.array([[0.0], [0.1], [0.2], [5.0], [5.1], [5.2]]), np.array([0, 0, 0, 1, 1, 1]), 2).tolist()
    [1.0, 1.0, 1.0, 1.0, 1.0, 1.0]
    """
    near = nearest(x, within(len(x), neighbours))
    return (labels[near] == labels[:, None]).mean(1)


def kept(maps: Sequence[Floats], neighbours: int = NEIGHBOURS) -> Floats:
    """(N,) of each point the share, 0..1, of its nearest others that are the same on all maps of the same N points."""
    count = within(len(maps[0]), neighbours)
    first, *others = (nearest(each, count) for each in maps)
    same = [(first[:, :, None] == other[:, None]).any(2) for other in others]
    return np.logical_and.reduce(same).mean(1) if same else np.ones(len(maps[0]))


def nearest(x: Floats, count: int) -> NDArray[np.int64]:
    """(N, count) rows of the nearest other points, in no order. x: (N, D) finite."""
    return _nearest(_squares(x), count)


def within(images: int, neighbours: int = NEIGHBOURS) -> int:
    """How many neighbours count among so many images: less than half of them."""
    return max(1, min(neighbours, (images - 1) // 2))


def _kept(near: NDArray[np.int64], squares: NDArray[np.float64]) -> float:
    """1 less a penalty for each neighbour (N, k) by how far beyond the k-th it comes in the other space, of which the
    squared distances are (N, N). Counting who is nearer takes a fifth of the time of sorting them.
    """
    images, count = near.shape
    beyond = 0
    for block in blocks(images, BLOCK):
        far = np.take_along_axis(squares[block], near[block], 1)
        ranks = 1 + (squares[block][:, None] < far[:, :, None]).sum(2)
        beyond += int(np.maximum(ranks - count, 0).sum())
    return 1 - 2 / (images * count * (2 * images - 3 * count - 1)) * beyond


def _nearest(squares: NDArray[np.float64], count: int) -> NDArray[np.int64]:
    return np.argpartition(squares, count - 1, axis=1)[:, :count]


def _squares(x: Floats) -> NDArray[np.float64]:
    """(N, N) squared distances, up to a factor that makes codes of any size fit; nobody is near itself."""
    centred = x.astype(np.float64) - x.mean(0, dtype=np.float64)
    centred /= np.abs(centred).max() or 1.0
    lengths = np.square(centred).sum(1)
    squares = lengths[:, None] + lengths - 2 * (centred @ centred.T)
    np.fill_diagonal(squares, np.inf)
    return squares
