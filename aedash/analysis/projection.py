"""Projections of codes to the plane: principal axes that are shared by all snapshots of a run, and t-SNE."""

import numpy as np
import torch
from scipy.linalg import eigh, orthogonal_procrustes
from torch import Tensor

from aedash.analysis.tsne import Progress, arranged
from aedash.events import Floats, Snapshot


def principal(x: Tensor, count: int) -> tuple[Tensor, Tensor, Tensor]:
    """Principal components by the smaller of covariance and Gram matrix, in float64.

    x: (N, D) -> scores (N, K), components (K, D) orthonormal, centre (D,), K = min(count, N, D), largest first. Of the
    rows that are finite, N here; the others' scores are nan. x is about scores @ components + centre, exactly for K =
    D.

    >>> x = torch.tensor([[0.0, 1.0], [2.0, 1.0], [4.0, 1.0]])
    >>> scores, components, centre = principal(x, 1)
    >>> scores.abs().flatten().tolist(), centre.tolist()
    ([2.0, 0.0, 2.0], [2.0, 1.0])
    """
    rows = x.cpu().double()  # not every device has float64
    finite = rows.isfinite().all(1)
    points = rows[finite] if finite.any() else rows.new_zeros(1, rows.shape[1])
    centre = points.mean(0)
    centred = points - centre
    n, d = centred.shape
    if d <= n:
        vectors = _leading(centred.T @ centred, count)[1]
    else:
        values, left = _leading(centred @ centred.T, count)
        vectors = torch.linalg.qr(centred.T @ left).Q if values.max() > 0 else torch.eye(d, count, dtype=centred.dtype)
    components = vectors.T
    scores = torch.full((len(rows), len(components)), torch.nan, dtype=rows.dtype)
    scores[finite] = centred @ vectors if finite.any() else 0.0
    return scores.to(x.dtype), components.to(x.dtype), centre.to(x.dtype)


def _leading(matrix: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """Its `count` largest eigenvalues and their vectors, largest first: a third of the time that all of them take."""
    size = len(matrix)
    values, vectors = eigh(matrix.numpy(), subset_by_index=[max(0, size - count), size - 1])
    return torch.from_numpy(values).flip(0), torch.from_numpy(vectors).flip(1)


def codes(snapshot: Snapshot) -> Floats:
    """(N, latent) float32: the codes again, exact up to the 16 principal numbers that are kept; nan where not
    finite.
    """
    scores, components, centre = _parts(snapshot)
    return scores @ components + centre


class Basis:
    """A plane in code space, fitted on one snapshot and shared by all others, so that only learning moves the dots.

    centre: (latent,); axes: (latent, 2), orthonormal, largest variance first. like: a basis to whose axes these are
    turned within their plane, so that the map does not jump when the basis changes.
    """

    def __init__(self, snapshot: Snapshot, like: "Basis | None" = None) -> None:
        scores, components, centre = _parts(snapshot)
        finite = scores[np.isfinite(scores).all(1)]
        points = finite if len(finite) else np.zeros_like(scores[:1])
        middle = points.mean(0)
        self.step = snapshot.step
        self.centre: Floats = middle @ components + centre
        axes = _axes(points - middle, components)
        self.axes: Floats = axes if like is None else _aligned(axes, like.axes)

    def project(self, snapshot: Snapshot) -> Floats:
        """(N, 2) positions on the map, in code units; nan where a code is not finite.

        The snapshot is of the same model.
        """
        scores, components, centre = _parts(snapshot)
        return scores @ (components @ self.axes) + (centre - self.centre) @ self.axes


def _parts(snapshot: Snapshot) -> tuple[Floats, Floats, Floats]:
    """float32: scores (N, K), components (K, latent), centre (latent,); the codes are scores @ components + centre."""
    scores, components, centre = snapshot.scores, snapshot.components, snapshot.centre
    return scores.astype(np.float32), components.astype(np.float32), centre.astype(np.float32)


def _axes(scores: Floats, components: Floats) -> Floats:
    """(latent, 2): the two directions of largest variance; a one-number code gets an empty second axis.

    scores: (N, K), centred. The codes lie in the K <= 16 dimensions of the components, which are nearly orthonormal:
    in those the decomposition takes a millisecond, whatever the size of the code. In numpy, on one thread: a page that
    called torch here would slow the training thread beside it.
    """
    directions, rest = np.linalg.qr(components.T)
    main = np.linalg.svd(scores @ rest.T, full_matrices=False)[2][:2]
    axes = np.zeros((components.shape[1], 2), dtype=np.float32)
    axes[:, : len(main)] = directions @ main.T
    return axes


def _aligned(axes: Floats, like: Floats) -> Floats:
    """Columns turned within their plane to lie as near as possible to those of `like` (Schönemann 1966)."""
    turn, _ = orthogonal_procrustes(axes, like)
    return (axes @ turn).astype(np.float32)


def turned(points: Floats, like: Floats) -> Floats:
    """A map (N, 2) about its middle, turned and mirrored to lie as near as it can to another of the same images.

    Neither distances nor sizes change (Schönemann 1966). Both finite.

    >>> square = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 2.0]])
    >>> np.allclose(turned(square[:, ::-1] + 7, square), square - square.mean(0))
    True
    """
    centred = points - points.mean(0)
    return _aligned(centred, like - like.mean(0))


def tsne(x: Floats, perplexity: float = 30.0, progress: Progress | None = None, seed: int = 0) -> Floats:
    """(N, 2) float32: the t-SNE map of `analysis.tsne`, in one thread: 700 points take half a second, 10,000 five.

    x: (N, D); perplexity: effective number of neighbours, lowered to a third of the points where there are few. Where
    any number is not finite all is nan, which is not drawn; under four points, and points that all coincide, stay at 0.
    Positions have no unit. progress: is told every few steps which share is done, 0..1, with the arrangement so far;
    what it raises ends the work. seed: 0 begins at the two principal axes, any other number at places drawn with it.
    """
    if not np.isfinite(x).all():
        return np.full((len(x), 2), np.nan, np.float32)
    if len(x) < 4 or not np.ptp(x, axis=0).any():
        return np.zeros((len(x), 2), np.float32)
    return arranged((x / np.abs(x).max()).astype(np.float32), min(perplexity, (len(x) - 1) / 3), progress, seed)
