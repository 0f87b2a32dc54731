"""Directions of a decoder: along which moves of a code its picture changes most, at one place of the code.

Right singular vectors of its Jacobian there (LatentGandr, 2026, shows such rows to be used better than global sliders).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import prod
from typing import Protocol

import torch
from torch import Tensor

from aedash.analysis.quality import pictures
from aedash.analysis.trained import Trained
from aedash.analysis.traversal import STEPS, Origin, decoded, repeated
from aedash.events import Bytes, Floats
from aedash.registry import Refused

DIRECTIONS = 5
REACH = 2.0  # deviations of the data to either side, of a row of pictures
EXACT = 64  # numbers of a code up to which the whole Jacobian is taken
BLOCK, ROUNDS = 16, 12  # vectors and rounds of the subspace iteration beyond it
NOTHING = 1e-5  # singular values below this share of the largest are single precision's


@dataclass(frozen=True, eq=False)
class Directions:
    """The decoder's own directions at an origin, the strongest first: K rows.

    values: (K,) singular values: by how much the picture moves, as the length of its change over pixels on [0, 1], for
    a step in which units move by one deviation together. steps: (K, latent) in code units: one deviation of the data
    along each. rows: (K, 9, H, W) uint8, from -2 to 2 such steps, the origin in the middle.
    """

    values: Floats
    steps: Floats
    rows: Bytes


def directions(trained: Trained, origin: Origin, codes: Floats, count: int = DIRECTIONS) -> Directions:
    """Right singular vectors of the decoder's Jacobian at an origin, of a code that is measured in its deviations.

    codes: (N, latent), of the data. Without that measure a dead unit, whose decoder weights nothing ever trained, would
    be the strongest of all. Exact up to 64 numbers; beyond, by subspace iteration with products J v and J' u alone
    (Halko, Martinsson and Tropp 2011). Fewer rows where the rank is lower. Raises Refused where nothing moves.
    """
    known = torch.from_numpy(codes)
    deviation = known.std(0, correction=0)
    values, vectors = strongest(_Derivative(trained, origin, deviation), count)
    kept = values > NOTHING * values.max()
    if not bool(kept.any()) or not bool(values.isfinite().all()):
        raise Refused("Small moves of this code change nothing in the picture, so it has no directions here.", "run")
    values, vectors = values[kept], vectors[kept]
    steps = vectors * deviation * _along(known, deviation, vectors)[:, None]
    places = torch.linspace(-REACH, REACH, STEPS)
    moved = origin.code + places[None, :, None] * steps[:, None]
    made = pictures(decoded(trained, moved.flatten(0, 1), origin.context))
    rows = made.reshape(len(steps), STEPS, *made.shape[1:])
    return Directions(values.numpy(), steps.numpy(), rows)


def _along(codes: Tensor, deviation: Tensor, vectors: Tensor) -> Tensor:
    """(K,): the deviation of the data along each direction, where a unit counts in its own."""
    scaled = (codes - codes.mean(0)) / deviation.where(deviation > 0, 1)
    return (scaled @ vectors.T).std(0, correction=0)


class _Derivative:
    """The decoder's derivative at an origin as a matrix, pixels x latent, that is never written down."""

    def __init__(self, trained: Trained, origin: Origin, deviation: Tensor) -> None:
        self.trained, self.origin, self.deviation = trained, origin, deviation
        self.size = len(deviation)

    def _made(self, codes: Tensor) -> Tensor:
        model = self.trained.model
        made = model.decode(codes.unflatten(1, model.latent_shape), repeated(self.origin.context, len(codes)))
        return self.trained.scaling.to_unit(made).flatten(1)

    def forward(self, vectors: Tensor) -> Tensor:
        """(K, pixels): J D v of each. vectors: (K, latent).

        The transpose of the transpose: torch's forward mode would compile its rules for two seconds first.
        """
        pull = self._pull(len(vectors))
        none = torch.zeros(len(vectors), prod(self.trained.data.info.shape))
        return torch.func.vjp(pull, none)[1](vectors * self.deviation)[0]

    def backward(self, changes: Tensor) -> Tensor:
        """(K, latent): D J' u of each. changes: (K, pixels)."""
        return self._pull(len(changes))(changes) * self.deviation

    def _pull(self, count: int) -> Callable[[Tensor], Tensor]:
        """What makes J' u of each of so many u."""
        pulled = torch.func.vjp(self._made, self.origin.code.repeat(count, 1))[1]
        return lambda changes: pulled(changes)[0]


class Linear(Protocol):
    """A matrix that is never written down. forward: (K, size) rows to what it makes of them; backward: by its
    transpose.
    """

    size: int

    def forward(self, vectors: Tensor) -> Tensor: ...

    def backward(self, changes: Tensor) -> Tensor: ...


def strongest(linear: Linear, count: int) -> tuple[Tensor, Tensor]:
    """(values (K,), right singular vectors (K, size)), the largest first, K = min(count, size).

    The sign is such that the largest number of a vector is positive.
    """
    basis = torch.eye(linear.size) if linear.size <= EXACT else _basis(linear, max(BLOCK, 2 * count))
    _, values, right = torch.linalg.svd(linear.forward(basis).T.double(), full_matrices=False)
    vectors = (right @ basis.double())[:count].float()
    signs = vectors.gather(1, vectors.abs().argmax(1, keepdim=True)).sign()
    return values[:count].float(), vectors * signs


def _basis(linear: Linear, width: int) -> Tensor:
    """(width, size): orthonormal, of the space of its strongest directions; from a fixed draw, so the same again."""
    basis = torch.randn(min(width, linear.size), linear.size, generator=torch.Generator().manual_seed(0))
    for _ in range(ROUNDS):
        basis = torch.linalg.qr(linear.backward(linear.forward(basis)).T)[0].T
    return basis


def moved(origin: Origin, steps: dict[int, float], found: Directions | None, units: dict[int, float]) -> Origin:
    """The origin after so many steps along directions, then with units set to values; what there is none of is left."""
    code = origin.code.clone()
    for row, far in steps.items():
        if found is not None and row < len(found.steps):
            code += far * torch.from_numpy(found.steps[row])
    for unit, value in units.items():
        if unit < len(code):
            code[unit] = value
    return replace(origin, code=code)
