"""Snapshots: what the fixed test images look like to a model at one step, small enough to keep dozens of them."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from aedash.analysis.metrics import at_mean
from aedash.analysis.projection import principal
from aedash.config import RunConfig
from aedash.data.corruption import corrupt
from aedash.data.image_data import Batch, ImageData, Scaling, Split
from aedash.data.pictures import of_unit
from aedash.data.streams import stream
from aedash.events import NO_EXHIBIT, Bytes, Probes, Snapshot
from aedash.models.base import Autoencoder

MAP_POINTS = 700
GRID_IMAGES = 10
SAMPLES = 45
KEPT_NUMBERS = 16
HALF = 1e-2, 6e4  # largest numbers beside which float16 still tells a hundred-thousandth part, and does not overflow


def one_of_each(labels: Tensor | NDArray[np.int64], count: int = GRID_IMAGES) -> NDArray[np.int64]:
    """Positions of the first image of each class, in order of appearance, filled up with the first others.

    labels: (N,) -> (min(count, N),); of more classes than `count` the first to appear.

    >>> one_of_each(np.array([3, 3, 1, 0, 1]), 4).tolist()
    [0, 2, 3, 1]
    """
    classes = labels.tolist()
    firsts = sorted({label: i for i, label in reversed(list(enumerate(classes)))}.values())
    others = [i for i in range(len(classes)) if i not in set(firsts)]
    return np.array((firsts + others)[:count])


class Probe:
    """The fixed images of a run and how to look at them; its noise and its sample codes never change.

    The first 700 test images stand on the map, ten of them in the grids. config: its seed draws the noise, once, and
    its corruption spoils the input.
    """

    def __init__(self, data: ImageData, config: RunConfig, scaling: Scaling) -> None:
        self.scaling = scaling
        self.points: Split = data.test[slice(0, MAP_POINTS)]
        device = self.points.images.device
        self.shown = torch.from_numpy(one_of_each(self.points.labels)).to(device)
        self.order = torch.from_numpy(one_of_each(self.points.labels, len(self.points))).to(device)
        self.batch = seen(self.points, config, scaling)
        self.seed = config.seed

    def probes(self) -> Probes:
        """The images themselves, uint8, for whoever shows the snapshots."""
        return Probes(
            originals=self._pixels(self.batch.target[self.shown]),
            inputs=self._pixels(self.batch.input[self.shown]),
            shown=self.shown.cpu().numpy(),
            images=self._pixels(self.batch.target),
            labels=self.points.labels.cpu().numpy(),
        )

    @torch.no_grad()
    def look(self, model: Autoencoder, step: int) -> Snapshot:
        """The model's view of the fixed images at `step`. The codes are reduced to at most 16 principal numbers.

        The model is in training mode afterwards. What is not finite shows black in pictures, and nan in scores.
        """
        model.eval()
        shown, codes = self._seen(model)
        noise = torch.randn(
            (SAMPLES, *model.latent_shape),
            generator=stream(self.seed, "samples", codes.device),
            device=codes.device,
        )
        samples = model.decode(noise)
        exhibit = model.exhibit(Batch(*(part[self.order] for part in self.batch)))
        model.train()
        scores, components, centre = principal(codes.flatten(1), KEPT_NUMBERS)
        error = self.scaling.to_unit(shown) - self.scaling.to_unit(self.batch.target[self.shown])
        return Snapshot(
            step=step,
            scores=compact(scores.cpu().numpy()),
            components=components.half().numpy(),
            centre=centre.numpy(),
            reconstructions=self._pixels(shown),
            samples=self._pixels(samples),
            mse=error.square().flatten(1).mean(1).cpu().numpy(),
            exhibit=NO_EXHIBIT if exhibit is None else self._pixels(exhibit),
        )

    def _seen(self, model: Autoencoder) -> tuple[Tensor, Tensor]:
        """(the ten images of the grid as the model draws them, the codes of all): the others need not be decoded."""
        if model.coupled:
            reconstruction, codes = at_mean(model, self.batch)
            return reconstruction[self.shown], codes
        codes = model.encode(self.batch.input, model.context(self.batch)).mean
        return at_mean(model, Batch(*(part[self.shown] for part in self.batch)))[0], codes

    def _pixels(self, x: Tensor) -> NDArray[np.uint8]:
        return pixels(x, self.scaling)


def seen(points: Split, config: RunConfig, scaling: Scaling) -> Batch:
    """Test images as a run sees them: its noise of the snapshots on them, the same at every call, beside clean ones.

    points: the first so many test images, on the device that the noise is drawn on.
    """
    device = points.images.device
    clean = scaling.to_model(points.images)
    noisy = corrupt(clean, config.corruption, scaling.levels, stream(config.seed, "samples/corruption", device))
    return Batch(noisy, clean, points.labels, torch.arange(len(clean), device=device))


def pixels(x: Tensor, scaling: Scaling) -> NDArray[np.uint8]:
    """(..., C, H, W) in the model's scale -> uint8 pictures, as `data.pictures` has them; outside 0..1 clipped."""
    return of_unit(scaling.to_unit(x))


def noisy(data: ImageData, config: RunConfig) -> Bytes:
    """(10, H, W) uint8, or (10, H, W, 3): the images of the grid as a network sees them that this recipe trains on the
    CPU.
    """
    return Probe(data, config, data.scaling(config.data.scaling)).probes().inputs


def compact(x: NDArray[np.floating[Any]]) -> NDArray[np.floating[Any]]:
    """float16 where its range and its steps do, else float32: a code may be of any size."""
    finite = np.abs(x[np.isfinite(x)])
    largest = float(finite.max()) if finite.size else 0.0
    fits = largest == 0 or HALF[0] <= largest <= HALF[1]
    return x.astype(np.float16 if fits else np.float32)
