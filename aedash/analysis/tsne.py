"""t-SNE (van der Maaten and Hinton 2008) in numpy alone, in one thread: all pairs push by one convolution on a mesh.

As Linderman et al. 2019 (FIt-SNE) interpolate the repulsion on a grid, but as in the smooth particle mesh of Essmann et
al. 1995: each point is a cubic B-spline on the mesh, so that its force is the derivative of one potential, whose kernel
1 / (1 + d^2) is transformed once a size of the mesh. Steps are as long as the points are many (Belkina et al. 2019).
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import fft
from scipy.sparse import csr_matrix, triu

from aedash.analysis.blocks import blocks
from aedash.events import Floats

EARLY, LATE = 125, 375  # steps with exaggerated attraction, which gathers groups, and after it
EXAGGERATION = 12.0
MOMENTUM = 0.8
TOLD_EVERY = 10  # steps
BLOCK = 1000  # rows of distances that are held at once
HALVINGS = 64  # of the interval that holds a bandwidth
SPACING = 0.4  # of the mesh, where a force of the t-distribution reaches about 1; forces are right to about 2 %
LARGEST_MESH = 1500  # lines a side; beyond it they lie further apart
MARGIN = 8  # lines that a B-spline reaches over the outermost points
OFFSETS = np.arange(4)
FEW = 200  # points, of which all pairs are taken: beside so few the mesh's error of a point upon itself is not small

Progress = Callable[[float, Floats], None]


@dataclass(frozen=True)
class Affinities:
    """Symmetric probabilities of all pairs that count, each pair once: they sum to one half.

    matrix: (N, N), above the diagonal. counts: (N,) pairs of each row. columns, values: (pairs,).
    """

    matrix: Any
    counts: NDArray[np.int64]
    columns: NDArray[np.int64]
    values: Floats


def arranged(x: Floats, perplexity: float, progress: Progress | None = None, seed: int = 0) -> Floats:
    """(N, 2) float32: the arrangement after 500 steps from the two principal axes, the same at each call; no unit.

    x: (N, D) finite, N at least 4, not all alike; perplexity: below N / 3. progress: is told every few steps which
    share is done, 0..1, with the arrangement so far, and may raise to end it. seed: above 0 it starts from places drawn
    with that number instead.
    """
    pull = affinities(x, perplexity)
    points = _drawn(len(x), seed) if seed else _begun(x)
    speed, gain = np.zeros_like(points), np.ones_like(points)
    repel = all_pairs if len(x) <= FEW else repulsion
    for step in range(EARLY + LATE):
        exaggeration = np.float32(EXAGGERATION if step < EARLY else 1.0)
        total, push = repel(points)
        force = 4 * (exaggeration * attraction(pull, points) - push / np.float32(total))
        gain = np.maximum(np.where(force * speed > 0, gain + 0.2, gain * 0.8), 0.01, dtype=np.float32)
        speed = np.float32(MOMENTUM) * speed + np.float32(len(x)) / exaggeration * gain * force
        points = points + speed
        points -= points.mean(0)
        if progress and (step + 1) % TOLD_EVERY == 0:
            progress((step + 1) / (EARLY + LATE), points)
    return points


def affinities(x: Floats, perplexity: float) -> Affinities:
    """How much each point minds its 3 x perplexity nearest, both ways, with a bandwidth of its own.

    The bandwidth is found by halving, so that the entropy of a point's probabilities is that of `perplexity` equal
    neighbours.
    """
    nearest, squares = _nearest(x.astype(np.float32), min(len(x) - 1, int(3 * perplexity)))
    squares = squares - squares.min(1, keepdims=True)
    low, high = np.zeros(len(x)), np.full(len(x), np.inf)
    narrow = 1 / np.maximum(squares.mean(1), 1e-12)
    for _ in range(HALVINGS):
        shares = np.exp(-squares * narrow[:, None])
        sums = shares.sum(1)
        wide = np.log(sums) + narrow * (squares * shares).sum(1) / sums > np.log(perplexity)
        low, high = np.where(wide, narrow, low), np.where(wide, high, narrow)
        narrow = np.where(np.isinf(high), 2 * narrow, (low + high) / 2)
    return _symmetric(shares / sums[:, None], nearest)


def _symmetric(shares: Floats, nearest: NDArray[np.int64]) -> Affinities:
    count, neighbours = nearest.shape
    starts = np.arange(count + 1) * neighbours
    one_way = csr_matrix((shares.ravel(), nearest.ravel(), starts), shape=(count, count))
    matrix = triu(one_way + one_way.T, 1, format="csr")
    values = (matrix.data / (2 * matrix.data.sum())).astype(np.float32)
    matrix = csr_matrix((values.copy(), matrix.indices, matrix.indptr), shape=(count, count))
    return Affinities(matrix, np.diff(matrix.indptr), matrix.indices.astype(np.int64), values)


def _nearest(x: Floats, count: int) -> tuple[NDArray[np.int64], Floats]:
    """(N, count) rows of the nearest other points, in no order, and (N, count) float64 their squared distances."""
    lengths = np.square(x).sum(1)
    found, far = np.empty((len(x), count), np.int64), np.empty((len(x), count))
    for block in blocks(len(x), BLOCK):
        squares = lengths[block, None] + lengths - 2 * (x[block] @ x.T)
        places = np.arange(len(squares))
        squares[places, block.start + places] = np.inf
        found[block] = np.argpartition(squares, count - 1, axis=1)[:, :count]
        far[block] = np.maximum(np.take_along_axis(squares, found[block], 1), 0)
    return found, far


def _begun(x: Floats) -> Floats:
    """(N, 2) the two principal axes, tiny; a breath of noise parts what coincides, and opens a line to the plane."""
    centred = x.astype(np.float64) - x.mean(0, dtype=np.float64)
    axes = np.linalg.eigh(centred.T @ centred)[1][:, ::-1][:, :2]
    points = np.zeros((len(x), 2))
    points[:, : axes.shape[1]] = centred @ axes / (centred @ axes[:, 0]).std()
    noise = np.random.default_rng(0).standard_normal(points.shape)
    return (1e-4 * (points + 0.01 * noise)).astype(np.float32)


def _drawn(count: int, seed: int) -> Floats:
    """(N, 2) as the inventors begin: normal, tiny."""
    return (1e-4 * np.random.default_rng(seed).standard_normal((count, 2))).astype(np.float32)


def attraction(pull: Affinities, points: Floats) -> Floats:
    """(N, 2): of each point, the sum over others of p (other - point) / (1 + d^2). points: (N, 2) float32.

    Complex numbers hold both coordinates, so that a pair is one look-up.
    """
    flat = np.ascontiguousarray(points).view(np.complex64)[:, 0]
    apart = np.repeat(flat, pull.counts)
    apart -= flat[pull.columns]
    squares = np.square(apart.real)
    squares += np.square(apart.imag)
    squares += 1
    np.divide(pull.values, squares, out=pull.matrix.data)
    ones = np.concatenate([points, np.ones((len(points), 1), np.float32)], axis=1)
    sums = pull.matrix @ ones
    sums += pull.matrix.T @ ones
    return sums[:, :2] - sums[:, 2:] * points


def repulsion(points: Floats) -> tuple[float, Floats]:
    """(total, push): the sum of 1 / (1 + d^2) over all pairs, both ways, and (N, 2) of each point the sum over others
    of (other - point) / (1 + d^2)^2, which is half the slope of the sum of 1 / (1 + d^2) there. points: (N, 2) float32.
    """
    span = float(np.ptp(points, axis=0).max())
    spacing = max(SPACING, span / LARGEST_MESH)
    lines = fft.next_fast_len(int(span / spacing) + MARGIN, real=True)
    along = ((points - points.min(0)) / np.float32(spacing) + 1).T
    first = along.astype(np.int64)
    weights, slopes = _splines((along - first).astype(np.float32))
    at = (first[0] - 1) * lines + first[1] - 1 + (OFFSETS[:, None] * lines + OFFSETS)[:, :, None]
    load = np.bincount(at.ravel(), (weights[:, None, 0] * weights[None, :, 1]).ravel(), lines * lines)
    near = _potential(load.astype(np.float32).reshape(lines, lines), spacing).ravel()[at]
    level, slope = (np.einsum("ijn,jn->in", near, each[:, 1]) for each in (weights, slopes))
    total = float(np.einsum("in,in->", level, weights[:, 0])) - len(points)  # without each point and itself
    push = np.stack([np.einsum("in,in->n", level, slopes[:, 0]), np.einsum("in,in->n", slope, weights[:, 0])], axis=1)
    return total, push / np.float32(2 * spacing)


def all_pairs(points: Floats) -> tuple[float, Floats]:
    """What `repulsion` gives, pair by pair: exact."""
    apart = points[None] - points[:, None]
    near = 1 / (1 + np.square(apart).sum(2))
    np.fill_diagonal(near, 0)
    return float(near.sum()), np.einsum("ij,ijk->ik", near * near, apart)


def _splines(t: Floats) -> tuple[Floats, Floats]:
    """(4, ...) values of the cubic B-splines at the four lines around a point, and their slopes. t: 0..1 past the
    second of them.
    """
    square, cube, rest = t * t, t * t * t, 1 - t
    values = np.stack([rest**3, 3 * cube - 6 * square + 4, 3 * (t + square - cube) + 1, cube])
    slopes = np.stack([-rest * rest, 3 * square - 4 * t, 1 + 2 * t - 3 * square, square])
    return values / np.float32(6), slopes / np.float32(2)


def _potential(load: Floats, spacing: float) -> Floats:
    """(n, n): the load spread by 1 / (1 + d^2), on twice as many lines, so that nothing comes round from behind."""
    lines = len(load)
    waves = fft.fft(fft.rfft(load, 2 * lines, axis=1), 2 * lines, axis=0, overwrite_x=True)
    waves *= _kernel(lines, spacing)
    return fft.irfft(fft.ifft(waves, axis=0, overwrite_x=True)[:lines], 2 * lines, axis=1)[:, :lines]


@lru_cache(maxsize=2)
def _kernel(lines: int, spacing: float) -> NDArray[np.complex64]:
    """The transform of 1 / (1 + d^2), divided by that of both B-splines, of the load and of the reading."""
    places = np.arange(2 * lines)
    squares = np.square(np.minimum(places, 2 * lines - places) * spacing)
    spline = (2 + np.cos(np.pi * places / lines)) / 3
    waves = fft.rfft2(1 / (1 + squares[:, None] + squares))
    return (waves / np.square(spline[:, None] * spline[: lines + 1])).astype(np.complex64)
