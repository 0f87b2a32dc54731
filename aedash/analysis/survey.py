"""Survey: test images as a trained model sees them, each named by its place in the test split."""

from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.numpy import save
from torch import Tensor

from aedash.analysis.latent import flattened, parts
from aedash.analysis.projection import codes
from aedash.analysis.snapshots import compact
from aedash.analysis.trained import Trained
from aedash.data.image_data import Batch
from aedash.events import Floats, Probes, Snapshot
from aedash.registry import Refused

TRAVELS = 64  # numbers of a code that a browser is sent
LARGEST = 2**22  # numbers of all codes, 16 MB: of a code of 1,568 numbers 2,675 images


@dataclass(frozen=True, eq=False)
class Survey:
    """N test images and what a model makes of them; arrays run over them in the order of the test split.

    places: (N,) int64, ascending, each image's number in the test split, which names it; labels: (N,) int64; codes:
    (N, latent) float32, mean codes, flattened; log_var: (N, latent) float32, None for a code that is not variational;
    mse: (N,) float32, per pixel on [0, 1], of the clean image decoded from its mean code, not clipped; nan where it is
    not known.
    """

    places: NDArray[np.int64]
    labels: NDArray[np.int64]
    codes: Floats
    log_var: Floats | None
    mse: Floats

    def row(self, place: int) -> int | None:
        """Where the test image of that number stands in the arrays; None where it is not among them.

        >>> few = Survey(np.array([3, 8]), np.zeros(2), np.zeros((2, 1)), None, np.zeros(2))
        >>> few.row(8), few.row(4)
        (1, None)
        """
        row = int(np.searchsorted(self.places, place))
        return row if row < len(self.places) and self.places[row] == place else None

    def only(self, rows: NDArray[np.int64]) -> "Survey":
        """The survey of those rows, in ascending order."""
        rows = np.sort(rows)
        log_var = None if self.log_var is None else self.log_var[rows]
        return Survey(self.places[rows], self.labels[rows], self.codes[rows], log_var, self.mse[rows])


def most(latent: int, images: int) -> int:
    """How many of so many images are surveyed of a code of that size.

    >>> most(20, 10_000), most(1568, 10_000)
    (10000, 2674)
    """
    return min(images, max(1, LARGEST // latent))


@torch.no_grad()
def survey(trained: Trained, images: int) -> Survey:
    """So many test images, spread evenly over all; fewer of a large code, see `most`.

    Raises Refused for codes that are not finite.
    """
    model = trained.model
    batch = trained.spread(most(prod(model.latent_shape), images))
    seen = [_seen(trained, part) for part in parts(batch, model.chunk)]
    codes, log_vars, errors = zip(*seen, strict=True)
    return Survey(
        places=batch.index.numpy(),
        labels=batch.label.numpy(),
        codes=torch.cat(codes).numpy(),
        log_var=torch.cat(log_vars).numpy() if log_vars[0] is not None else None,
        mse=torch.cat(errors).numpy(),
    )


def _seen(trained: Trained, batch: Batch) -> tuple[Tensor, Tensor | None, Tensor]:
    """(codes, log variances or None, errors) of a few images."""
    model = trained.model
    posterior = model.encode(batch.input, model.context(batch))
    made = model.decode(posterior.mean, posterior.context)
    off = trained.scaling.to_unit(made) - trained.scaling.to_unit(batch.target)
    log_var = None if posterior.log_var is None else posterior.log_var.flatten(1)
    return flattened(posterior.mean), log_var, off.square().flatten(1).mean(1)


def recorded(probes: Probes, snapshot: Snapshot) -> Survey:
    """What was kept of a moment: codes of the first test images, in 16 main directions where a code has more.

    Errors are those of the images of the grid; of the others none was kept. Raises Refused for codes that are not
    finite.
    """
    known = codes(snapshot).astype(np.float32)
    if not np.isfinite(known).all():
        raise Refused("The codes of this moment are not finite: the run had diverged.", "view-at")
    mse = np.full(len(known), np.nan, np.float32)
    mse[probes.shown] = snapshot.mse
    return Survey(np.arange(len(known)), probes.labels.astype(np.int64), known, None, mse)


def packed(seen: Survey) -> bytes:
    """The survey for a browser, as a safetensors file: places, labels, mse, and codes of up to 64 numbers.

    Codes are in half precision where that holds their range.
    """
    arrays: dict[str, NDArray[Any]] = {
        "places": seen.places.astype(np.int32),
        "labels": seen.labels.astype(np.uint8),
        "mse": seen.mse.astype(np.float32),
    }
    if seen.codes.shape[1] <= TRAVELS:
        arrays["codes"] = compact(seen.codes)
    return save(arrays)
