"""A trained model, ready to be asked: the best weights of a run, its images and its scaling."""

from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import torch
from torch import Tensor

from aedash import registry
from aedash.config import RunConfig
from aedash.data.image_data import Batch, ImageData, Scaling, Split, images_of
from aedash.formatting import count
from aedash.history import Run
from aedash.models import build
from aedash.models.base import Autoencoder
from aedash.registry import Refused
from aedash.store.weights import load_weights


@dataclass(frozen=True, eq=False)
class Trained:
    """A run's best weights with what is needed to ask them.

    model: in evaluation mode, on the CPU, not to be trained on; shared by all who ask. data: the run's own images,
    without the class that it left out of training; scaling: the line from their pixels to what the model sees.
    """

    config: RunConfig
    model: Autoencoder
    data: ImageData
    scaling: Scaling

    def batch(self, images: int, start: int = 0) -> Batch:
        """The test images from `start` on, clean, in the model's scale; fewer than `images` at the end, none beyond
        it.
        """
        there = len(self.data.test)
        return self._at(torch.arange(min(start, there), min(start + images, there)))

    def image(self, place: int) -> Batch:
        """One test image, as `batch` has it. Raises Refused where the split has none of that place."""
        last = len(self.data.test) - 1
        if not 0 <= place <= last:
            raise Refused(f"There is no test image {count(place)}; the last is {count(last)}.", "view-image")
        return self.batch(1, place)

    def spread(self, images: int) -> Batch:
        """So many test images of all of them, see `evenly`; clean, in the model's scale."""
        return self._at(evenly(len(self.data.test), images))

    def _at(self, places: Tensor) -> Batch:
        part: Split = self.data.test[places]
        x = self.scaling.to_model(part.images)
        return Batch(x, x, part.labels, places)


def evenly(total: int, wanted: int) -> Tensor:
    """(wanted,) places that are spread evenly over all, from 0; all of them where there are no more.

    The first thousand of MNIST's test images are easier than the rest: errors on them are 4 to 6 % lower.

    >>> evenly(10, 4).tolist()
    [0, 2, 5, 7]
    """
    few = min(wanted, total)
    return torch.arange(few) * total // few


def on_one_thread() -> None:
    """For threads that compute beside a run: a second OpenMP team would halve its speed."""
    torch.set_num_threads(1)


def trained(run: Run, data_root: Path) -> Trained:
    """The run's best weights, read once for as long as the file stays what it is.

    data_root: folder of the data sets. Raises Refused when the run has no readable weights yet, Unavailable when its
    images are gone.
    """
    return _trained(run.config, _best(run), _version(run), data_root)


def weights(run: Run) -> Autoencoder:
    """The run's best weights alone, which need no data set; in evaluation mode, on the CPU, not to be trained on.

    Raises Refused when the run has no readable weights yet.
    """
    return _weights(run.config, _best(run), _version(run))


def _version(run: Run) -> int:
    version = written(run)
    if not version:
        raise Refused("This run has no weights yet; they are written at the end of its first epoch.", "run")
    return version


def written(run: Run) -> int:
    """When the run's best weights were written, in nanoseconds since 1970; 0 while there are none.

    Whoever remembers what was measured of a run remembers this beside it: a run that goes on writes better weights.
    """
    with suppress(OSError):
        return _best(run).stat().st_mtime_ns
    return 0


def _best(run: Run) -> Path:
    return run.folder / "best.safetensors"


@lru_cache(maxsize=32)
def _trained(config: RunConfig, path: Path, written: int, data_root: Path) -> Trained:
    data = images_of(config.data, data_root)
    return Trained(config, _weights(config, path, written), data, data.scaling(config.data.scaling))


@lru_cache(maxsize=32)
def _weights(config: RunConfig, path: Path, _written: int) -> Autoencoder:
    model = build(config.architecture, registry.datasets.get(config.data.name).info, config.seed)
    try:
        load_weights(model, path)
    except Exception as error:  # whatever a damaged file makes the reader raise
        raise Refused("The run's weights cannot be read; train it again.", "run") from error
    return model.eval().requires_grad_(False)
