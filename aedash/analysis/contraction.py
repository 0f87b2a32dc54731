"""Contraction: what a penalty on the code's Jacobian did to a trained model, measured on test images."""

from dataclasses import dataclass

import torch
from torch import Tensor

from aedash.analysis import jacobian, probing
from aedash.analysis.baselines import statistics
from aedash.analysis.level import quoted
from aedash.analysis.quality import pictures, restored
from aedash.analysis.robustness import noisy
from aedash.analysis.snapshots import MAP_POINTS, one_of_each
from aedash.analysis.trained import Trained
from aedash.data.corruption import GaussianCorruption, corrupt
from aedash.data.image_data import Batch, ImageData
from aedash.data.streams import stream
from aedash.events import Bytes, Floats

SIGMAS = tuple(step / 10 for step in range(11))  # of Gaussian noise on pixels, which are 0..1
IMAGES = 2000  # test images of the errors, spread evenly over all: half of them choose, half are quoted
SHOWN = 8


@dataclass(frozen=True, eq=False)
class Contraction:
    """All that the Lambda page shows of one model.

    errors: (11, N) MSE per pixel on [0, 1] of each image against the clean one, at each of SIGMAS, not clipped; `level`
    says which images choose and which are quoted. spectra: (images, K) singular values of dz/dx, largest first.
    sensitivity and probe: see `jacobian` and `probing`.
    """

    errors: Floats
    spectra: Floats
    sensitivity: jacobian.Sensitivity
    probe: probing.Probe

    @property
    def mse(self) -> tuple[float, ...]:
        """(11,) per pixel on [0, 1], over the quoted images."""
        return tuple(quoted(self.errors).mean(1, dtype=float).tolist())


@dataclass(frozen=True)
class Baseline:
    """MSE per pixel on [0, 1] over the quoted images of what is no model.

    clipped: (11,), the noisy input, clipped to 0..1, at each of SIGMAS; mean_picture: of the training images.
    """

    clipped: tuple[float, ...]
    mean_picture: float


def measure(trained: Trained) -> Contraction:
    """Everything at once: a page then only looks it up.

    Raises Refused for a code that is not finite, and as `jacobian.jacobian` for one that is too large.
    """
    clean = _clean(trained)
    errors = torch.stack([_errors(restored(trained, _noisy(trained, sigma)), clean) for sigma in SIGMAS])
    return Contraction(
        errors.numpy(),
        jacobian.spectrum(trained).values,
        jacobian.sensitivity(trained, IMAGES),
        probing.probe(trained, IMAGES),
    )


def baseline(trained: Trained) -> Baseline:
    """On the images and the noise of `measure`; the same for all models of a data set."""
    clean = _clean(trained)
    seen = [trained.scaling.to_unit(_noisy(trained, sigma).input).clamp(0, 1) for sigma in SIGMAS]
    mean = statistics(trained.data, trained.config.data.validation).mean.to(clean).view(clean.shape[1:])
    clipped, mean_picture = ([_quoted(made, clean) for made in part] for part in (seen, [mean.expand_as(clean)]))
    return Baseline(tuple(clipped), mean_picture[0])


def inputs(data: ImageData) -> Bytes:
    """(11, 8, H, W) uint8: one test image of each class, as many as are shown, with each noise of SIGMAS."""
    made = pictures(_inputs(data)[1].flatten(0, 1))
    return made.reshape(len(SIGMAS), SHOWN, *made.shape[1:])


def outputs(trained: Trained) -> Bytes:
    """(11, 8, H, W) uint8: what the model makes of `inputs`."""
    shown, images = _inputs(trained.data)
    rows = [pictures(restored(trained, _batch(trained, shown, noisy))) for noisy in images]
    return torch.stack([torch.from_numpy(each) for each in rows]).numpy()


def _inputs(data: ImageData) -> tuple[Tensor, Tensor]:
    """(positions (8,), images (11, 8, C, H, W) on [0, 1], not clipped); the noise differs in its strength alone."""
    shown = torch.from_numpy(one_of_each(data.test[slice(0, MAP_POINTS)].labels, SHOWN))
    clean = data.test.images[shown].float() / 255
    rows = [corrupt(clean, GaussianCorruption(sigma=s), (0.0, 1.0), stream(0, "robustness")) for s in SIGMAS]
    return shown, torch.stack(rows)


def _batch(trained: Trained, shown: Tensor, images: Tensor) -> Batch:
    """images: on [0, 1]."""
    clean = trained.scaling.to_model(trained.data.test.images[shown])
    return Batch(trained.scaling.to_model(images * 255), clean, trained.data.test.labels[shown], shown)


def _noisy(trained: Trained, sigma: float) -> Batch:
    return noisy(trained, GaussianCorruption(sigma=sigma), IMAGES)


def _clean(trained: Trained) -> Tensor:
    """(N, C, H, W) on [0, 1]."""
    return trained.scaling.to_unit(trained.spread(IMAGES).target)


def _quoted(made: Tensor, clean: Tensor) -> float:
    return float(quoted(_errors(made, clean).numpy()).mean(dtype=float))


def _errors(made: Tensor, clean: Tensor) -> Tensor:
    """(N,) float32, one an image."""
    return (made - clean).flatten(1).square().mean(1)
