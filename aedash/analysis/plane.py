"""Plane: a flat cut through code space, and what lies on it: data, holes of the prior, how a decoder stretches it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from aedash.analysis.projection import principal
from aedash.analysis.survey import Survey
from aedash.analysis.trained import Trained
from aedash.analysis.traversal import at_image
from aedash.events import Bytes, Floats

SIDE = 40  # points along a side of a plane, of what is shown behind it
STRETCHED = 32  # the same, of how it is stretched
CENTRES = 2000  # codes that a density is made of, and draws from N(0, I)
DRAWS = 500  # of those on a plane
RARE = 0.01  # share of the data that lies where a place is called sparse
TOGETHER = 64  # codes that are differentiated at once
ROOM = 0.15  # of the data's range, beyond it at either side


@dataclass(frozen=True, eq=False)
class Plane:
    """Places on it are (x, y): the code origin + x across + y up, so distances on it are distances in code units.

    origin: (latent,); across, up: (latent,), orthonormal; up is zero for a code of one number. low, high: (2,) corners
    of what is shown.
    """

    origin: Floats
    across: Floats
    up: Floats
    low: Floats
    high: Floats

    def codes(self, places: NDArray[Any]) -> Floats:
        """(N, latent) float32 at places (N, 2)."""
        return (self.origin + places @ np.stack([self.across, self.up])).astype(np.float32)

    def places(self, codes: NDArray[Any]) -> Floats:
        """(N, 2): the feet of codes (N, latent) on the plane."""
        return ((codes - self.origin) @ np.stack([self.across, self.up], 1)).astype(np.float32)

    def mesh(self, side: int) -> Floats:
        """(side^2, 2): places row by row, the first at the low corner, in the middles of equal cells."""
        share = (np.arange(side) + 0.5) / side
        xs, ys = (low + share * (high - low) for low, high in zip(self.low, self.high, strict=True))
        return np.stack(np.meshgrid(xs, ys), -1).reshape(-1, 2).astype(np.float32)


def spanned(origin: Floats, directions: Sequence[Floats], codes: Floats, also: Floats | None = None) -> Plane:
    """The plane through a code along two directions, or the first two of them that are not along one another.

    codes: (N, latent); what is shown has room for 98 % of their feet and for all of `also`, (K, latent).
    """
    axes: list[Floats] = []
    for direction in [*directions, *np.eye(len(origin), dtype=np.float32)]:
        rest = direction - sum(((direction @ axis) * axis for axis in axes), np.zeros_like(direction))
        length = float(np.linalg.norm(rest))
        if len(axes) < 2 and length > 1e-4 * max(float(np.linalg.norm(direction)), 1e-12):
            axes.append((rest / length).astype(np.float32))
    across, up = [*axes, np.zeros_like(origin)][:2]
    plane = Plane(origin, across, up, np.zeros(2), np.ones(2))
    feet = plane.places(codes)
    marked = np.concatenate([np.zeros((1, 2)), plane.places(also if also is not None else codes[:0])])
    low = np.minimum(np.quantile(feet, 0.01, axis=0), marked.min(0))
    high = np.maximum(np.quantile(feet, 0.99, axis=0), marked.max(0))
    extent: Floats = np.asarray(high - low)
    room = np.where(extent > 1e-6, ROOM * extent, 0.5 * max(float(extent.max()), 1.0))  # a unit that never moves, too
    return Plane(origin, across, up, (low - room).astype(np.float32), (high + room).astype(np.float32))


def principal_axes(codes: Floats, count: int = 2) -> list[Floats]:
    """(latent,) each: the directions of largest variance, largest first; fewer of a smaller code. The strongest number
    of each is positive.
    """
    few = torch.from_numpy(codes[:: max(1, len(codes) // CENTRES)])
    directions = principal(few, count)[1].numpy()
    return [axis * np.sign(axis[np.abs(axis).argmax()]) for axis in directions]


@dataclass(frozen=True, eq=False)
class Ground:
    """What lies behind a plane, on `plane.mesh(SIDE)`, (SIDE, SIDE) each.

    density: natural logarithm of the data's density over its median at the data; common: share of test images that lie
    where the density is lower, 0..1. prior: N(0, I) on this plane over its maximum there, 0..1. holes: the share of
    draws from N(0, I) that lie where data are sparser than around 99 % of them; holes_here: of draws on this plane.
    """

    density: Floats
    common: Floats
    prior: Floats
    holes: float
    holes_here: float


def ground(plane: Plane, cloud: "Cloud") -> Ground:
    """Of the density of `drawn` codes."""
    density = cloud.at(plane.codes(plane.mesh(SIDE)))
    foot = plane.places(np.zeros_like(plane.origin)[None])
    on_plane = plane.codes(foot + np.random.default_rng(0).standard_normal((DRAWS, 2)))
    prior = np.exp(-0.5 * np.square(plane.mesh(SIDE) - foot).sum(1))
    return Ground(
        density=(density - np.median(cloud.own)).reshape(SIDE, SIDE).astype(np.float32),
        common=cloud.common(density).reshape(SIDE, SIDE),
        prior=prior.reshape(SIDE, SIDE).astype(np.float32),
        holes=cloud.holes,
        holes_here=cloud.rare(on_plane),
    )


def drawn(survey: Survey) -> Floats:
    """(N, latent), N up to 2,000: the codes that a decoder is given of the images, each drawn once where it is
    drawn, from a fixed stream: they are what N(0, I) is to be compared with.
    """
    rows = np.arange(0, len(survey.codes), max(1, -(-len(survey.codes) // CENTRES)))
    codes = survey.codes[rows]
    if survey.log_var is None:
        return codes
    noise = np.random.default_rng(1).standard_normal(codes.shape)
    return (codes + np.exp(0.5 * survey.log_var[rows]) * noise).astype(np.float32)


class Cloud:
    """Density of codes (N, latent): the mean of a normal around each, alike in all directions. own: (N,) its logarithm
    at each of them, of the others; holes: the share of N(0, I) where they are rare.

    The normal's deviation is the median distance to the sqrt(N)-th nearest over sqrt(2 D), which on a plane is half
    that distance; D: the dimensions that codes fill, the participation ratio of their variances.
    """

    def __init__(self, codes: Floats) -> None:
        self.middle = codes.mean(0)
        self.codes = codes - self.middle
        squares, neighbour = self._squares(codes), min(len(codes) - 1, round(len(codes) ** 0.5))
        distance = np.sqrt(np.median(np.partition(squares, neighbour, axis=1)[:, neighbour]))
        few = (self.codes.T if codes.shape[1] > len(codes) else self.codes).astype(np.float64)  # of 4th powers
        filled = np.square(few).sum() ** 2 / max(float(np.square(few.T @ few).sum()), 1e-30)
        self.width = float(distance / np.sqrt(2 * max(filled, 1.0))) or 1.0
        np.fill_diagonal(squares, np.inf)
        self.own = self._log_mean(squares) if len(codes) > 1 else np.zeros(1, np.float32)
        self.holes = self.rare(np.random.default_rng(0).standard_normal((CENTRES, codes.shape[1])))

    @property
    def nbytes(self) -> int:
        """Bytes that it holds."""
        return self.codes.nbytes + self.own.nbytes

    def at(self, codes: NDArray[Any]) -> Floats:
        """(M,): logarithm of the density at codes (M, latent), up to a constant."""
        return self._log_mean(self._squares(codes))

    def common(self, density: NDArray[Any]) -> Floats:
        """(M,) float32, 0..1: the share of the data that lies where it is sparser than `density`, (M,)."""
        return (np.searchsorted(np.sort(self.own), density) / len(self.own)).astype(np.float32)

    def rare(self, codes: NDArray[Any]) -> float:
        """The share of codes (M, latent) that lie where data are sparser than around 99 % of them."""
        return float((self.common(self.at(codes)) < RARE).mean())

    def _squares(self, codes: NDArray[Any]) -> Floats:
        rows = (codes - self.middle).astype(np.float32)
        lengths = np.square(rows).sum(1)[:, None] + np.square(self.codes).sum(1)
        return np.maximum(lengths - 2 * rows @ self.codes.T, 0.0)

    def _log_mean(self, squares: Floats) -> Floats:
        powers = squares / (-2 * self.width**2)
        most = powers.max(1)
        return np.asarray(most + np.log(np.exp(powers - most[:, None]).mean(1)))


def stretch(trained: Trained, plane: Plane, label: int = 0) -> Floats:
    """(STRETCHED, STRETCHED) float32 on `plane.mesh(STRETCHED)`: log10 of sqrt(det J'J), by how much a small area of
    the plane grows in the space of pixels on [0, 1]; J: (pixels, 2), the decoder's derivative along the plane, of a
    line its one column. -inf where nothing moves; a discrete code moves nowhere.

    label: the class that is drawn, of a model that is told one. The magnification factor of Bishop et al. 1997.
    """
    codes = torch.from_numpy(plane.codes(plane.mesh(STRETCHED))).unflatten(1, trained.model.latent_shape)
    flat = not plane.up.any()
    directions = [torch.from_numpy(axis) for axis in ((plane.across,) if flat else (plane.across, plane.up))]
    areas = torch.cat([_areas(trained, part, directions, label) for part in codes.split(TOGETHER)])
    return areas.log10().numpy().reshape(STRETCHED, STRETCHED)


def _areas(trained: Trained, codes: Tensor, directions: list[Tensor], label: int) -> Tensor:
    """(N,): by backward passes alone, since a pass through J' is linear in what goes in, and its derivative is J."""
    decode, shape = _drawer(trained, label), trained.model.latent_shape
    with torch.enable_grad():
        z = codes.clone().requires_grad_()
        made = trained.scaling.to_unit(decode(z)).flatten(1)
        if not made.requires_grad:
            return torch.zeros(len(z))
        into = torch.zeros_like(made, requires_grad=True)
        (back,) = torch.autograd.grad(made, z, into, create_graph=True, allow_unused=True)
        if back is None or not back.requires_grad:
            return torch.zeros(len(z))
        along = [direction.view(1, *shape).expand_as(z) for direction in directions]
        moved = [torch.autograd.grad(back, into, each, retain_graph=True)[0] for each in along]
    columns = torch.stack(moved, 2).double()
    return torch.linalg.det(columns.mT @ columns).clamp(min=0).sqrt().float()


def _drawer(trained: Trained, label: int) -> Callable[[Tensor], Tensor]:
    """The decoder of a code alone, as the browser has it; of a class, where it is told one."""
    plain = trained.model.plain_decoder(label)
    return trained.model.decode if plain is None else plain


@torch.no_grad()
def pictures(trained: Trained, codes: Floats, label: int = 0) -> Bytes:
    """(N, C, H, W) uint8: codes (N, latent) decoded, without whatever an encoder hands over beside them.

    label: the class that is drawn, of a model that is told one.
    """
    z = torch.from_numpy(np.ascontiguousarray(codes, np.float32)).unflatten(1, trained.model.latent_shape)
    made = _drawer(trained, label)(z)
    return (trained.scaling.to_unit(made).nan_to_num().clamp(0, 1) * 255).round().byte().numpy()


def code_of(trained: Trained, survey: Survey, place: int) -> Floats:
    """(latent,): the mean code of a test image; as surveyed where it was. Raises Refused as
    `traversal.at_image`.
    """
    row = survey.row(place)
    return at_image(trained, place).code.numpy() if row is None else survey.codes[row]
