"""Projections of codes to the plane: principal axes that are shared by all snapshots of a run, and t-SNE."""

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from aedash.events import Floats, Snapshot


def principal(x: Tensor, count: int) -> tuple[Tensor, Tensor, Tensor]:
    """Principal components by the smaller of covariance and Gram matrix.

    x: (N, D) -> scores (N, K), components (K, D) orthonormal, centre (D,), K = min(count, N, D), largest first. Of the
    rows that are finite, N here; the others' scores are nan.
    """
    rows = x.cpu().double()  # not every device has float64
    finite = rows.isfinite().all(1)
    known = rows[finite] if finite.any() else rows.new_zeros(1, rows.shape[1])
    centre = known.mean(0)
    centred = known - centre
    n, d = centred.shape
    if d <= n:
        vectors = torch.linalg.eigh(centred.T @ centred).eigenvectors.flip(1)[:, :count]
    else:
        values, left = torch.linalg.eigh(centred @ centred.T)
        left = left.flip(1)[:, :count]
        vectors = torch.linalg.qr(centred.T @ left).Q if values.max() > 0 else torch.eye(d, count, dtype=centred.dtype)
    components = vectors.T
    scores = torch.full((len(rows), len(components)), torch.nan, dtype=rows.dtype)
    scores[finite] = centred @ vectors if finite.any() else 0.0
    return scores.to(x.dtype), components.to(x.dtype), centre.to(x.dtype)


def codes(snapshot: Snapshot) -> Floats:
    """(N, latent) float32: the codes again, exact up to the numbers that were kept."""
    scores, components = snapshot.scores.astype(np.float32), snapshot.components.astype(np.float32)
    return scores @ components + snapshot.centre.astype(np.float32)


class Basis:
    """A plane in code space, fitted on one snapshot and shared by all others, so that only learning moves the dots."""

    def __init__(self, snapshot: Snapshot, like: "Basis | None" = None) -> None:
        x = codes(snapshot)
        x = x[np.isfinite(x).all(1)] if np.isfinite(x).all(1).any() else np.zeros_like(x[:1])
        self.step = snapshot.step
        self.centre = x.mean(0)
        axes = _axes(x - self.centre)
        self.axes: Floats = axes if like is None else _aligned(axes, like.axes)

    def project(self, snapshot: Snapshot) -> Floats:
        """(N, 2) positions on the map."""
        return (codes(snapshot) - self.centre) @ self.axes


def _axes(centred: Floats) -> Floats:
    """(latent, 2): the two directions of largest variance; a one-number code gets an empty second axis.

    In numpy, on one thread: a page that called torch here would slow the training thread beside it.
    """
    axes = np.zeros((centred.shape[1], 2), dtype=np.float32)
    found = np.linalg.svd(centred, full_matrices=False)[2][:2]
    axes[:, : len(found)] = found.T
    return axes


def _aligned(axes: Floats, like: Floats) -> Floats:
    """The axes turned within their plane to lie as near as possible to `like` (orthogonal Procrustes)."""
    left, _, right = np.linalg.svd(axes.T @ like)
    return (axes @ (left @ right)).astype(np.float32)


def tsne(x: Floats, perplexity: float = 30.0, iterations: int = 350, every: int = 10) -> Iterator[NDArray[np.float32]]:
    """t-SNE (van der Maaten and Hinton 2008) as dense matrices, yielding the (N, 2) map every few iterations.

    x: (N, D), N up to about 2,000. Starts from the two principal axes, so that it unfolds what the PCA map showed.
    """
    points = torch.from_numpy(np.ascontiguousarray(x, dtype=np.float32))
    p = joint_probabilities(points, perplexity)
    y = principal(points, 2)[0]
    if y.shape[1] < 2:
        y = torch.nn.functional.pad(y, (0, 2 - y.shape[1]))
    y = y / y[:, 0].std().clamp(min=1e-12) * 1e-4
    y[:, 1] += torch.linspace(-1e-6, 1e-6, len(y))
    speed, gain = torch.zeros_like(y), torch.ones_like(y)
    rate = max(len(y) / 12 / 4, 50.0)
    for i in range(iterations):
        exaggeration, momentum = (12.0, 0.5) if i < 100 else (1.0, 0.8)
        gradient = _tsne_gradient(p * exaggeration, y)
        gain = torch.where((gradient > 0) == (speed > 0), gain * 0.8, gain + 0.2).clamp(min=0.01)
        speed = momentum * speed - rate * gain * gradient
        y = y + speed
        y = y - y.mean(0)
        if i % every == every - 1:
            yield y.numpy().copy()


def joint_probabilities(x: Tensor, perplexity: float) -> Tensor:
    """(N, N) symmetric, sums to 1: how near points are, at a bandwidth of `perplexity` neighbours each."""
    distances = torch.cdist(x, x).square().double()
    distances.fill_diagonal_(float("inf"))
    low, high = torch.zeros(len(x), 1).double(), torch.full((len(x), 1), float("inf")).double()
    beta = 1 / distances.masked_fill(distances.isinf(), 0).mean(1, keepdim=True).clamp(min=1e-12)
    target = torch.log(torch.tensor(min(perplexity, (len(x) - 1) / 3))).double()
    for _ in range(64):
        weights = torch.softmax(-distances * beta, dim=1)
        entropy = -(weights * weights.clamp(min=1e-300).log()).sum(1, keepdim=True)
        wide = entropy > target
        low, high = torch.where(wide, beta, low), torch.where(wide, high, beta)
        beta = torch.where(high.isinf(), beta * 2, (low + high) / 2)
    return ((weights + weights.T) / (2 * len(x))).float()


def _tsne_gradient(p: Tensor, y: Tensor) -> Tensor:
    near = 1 / (1 + torch.cdist(y, y, compute_mode="donot_use_mm_for_euclid_dist").square())
    near.fill_diagonal_(0)
    pull = (p - near / near.sum()) * near
    return 4 * (pull.sum(1, keepdim=True) * y - pull @ y)
