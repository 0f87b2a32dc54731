"""The judge: a small classifier of a data set, whose reading of a picture counts where errors of pixels do not.

It says what class a picture looks like and how surely, and its last hidden layer is the space in which samples are
compared with images. It was trained on clean images and is none too sure of others: its figures stand beside the same
figures of test images.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from aedash import registry
from aedash.config import DataInfo
from aedash.data.image_data import ImageData, Split
from aedash.data.streams import stream
from aedash.events import Floats
from aedash.registry import Refused
from aedash.store.weights import read_tensors, write_tensors

FOLDER, FILE = "judges", "judge.safetensors"
FEATURES = 64
BATCH, RATE = 64, 3e-3
LEAST_STEPS, MOST_EPOCHS = 3000, 40  # small sets are seen more often, large ones at least LEAST_EPOCHS times
LEAST_EPOCHS = 5
SHIFT = 2  # pixels by which a training image is moved at most: reconstructions are not always in place
CHUNK = 500  # images whose maps stay in the cache


class Net(nn.Module):
    """Two convolutions, each pooled, a third, and two dense layers: (N, C, H, W) on [0, 1] -> features -> classes."""

    def __init__(self, info: DataInfo) -> None:
        super().__init__()
        self.maps = nn.Sequential(
            *(nn.Conv2d(info.shape[0], 12, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Conv2d(12, 24, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Conv2d(24, 24, 3), nn.ReLU(), nn.Flatten()),
        )
        numbers = self.maps(torch.zeros(1, *info.shape)).shape[1]
        self.hidden = nn.Linear(numbers, FEATURES)
        self.classes = nn.Linear(FEATURES, len(info.classes))

    def features(self, x: Tensor) -> Tensor:
        """(N, 64), none below 0: the last hidden layer."""
        return F.relu(self.hidden(self.maps(x)))

    def forward(self, x: Tensor) -> Tensor:
        """(N, classes) logits."""
        return self.classes(self.features(x))


@dataclass(frozen=True, eq=False)
class Reading:
    """What the judge makes of N pictures. labels: (N,) the likeliest class; confidence: (N,) its probability, 0..1;
    features: (N, 64) float32.
    """

    labels: NDArray[np.int64]
    confidence: Floats
    features: Floats


@dataclass(frozen=True, eq=False)
class Judge:
    """net: in evaluation mode. accuracy: share of all test images that it reads rightly, 0..1; tested: their number;
    title: of the data set.
    """

    net: Net
    accuracy: float
    tested: int
    title: str

    @torch.no_grad()
    def read(self, pictures: Tensor) -> Reading:
        """pictures: (N, C, H, W) on [0, 1], of its data set's shape; clipped as a screen clips them, nan black."""
        seen = pictures.nan_to_num(0, 1, 0).clamp(0, 1)
        features = torch.cat([self.net.features(part) for part in seen.split(CHUNK)])
        best = self.net.classes(features).softmax(1).max(1)
        return Reading(best.indices.numpy(), best.values.numpy(), features.numpy())


def train(data: ImageData) -> Judge:
    """A judge of these images, on one thread of the CPU: the same bits on the same machine, in half precision.

    Adam under one cosine, images moved by up to two pixels, cross-entropy; all training images. Raises Refused for
    images that are too small for its layers.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        net = _fresh(data.info)
        _fit(net, data.train)
    finally:
        torch.set_num_threads(threads)
    with torch.no_grad():
        for value in net.parameters():
            value.copy_(value.half())  # as it is packed
    judge = Judge(net.eval().requires_grad_(False), 0.0, len(data.test), data.info.title)
    right = judge.read(data.test.images.float() / 255).labels == data.test.labels.numpy()
    return Judge(judge.net, float(right.mean()), len(right), data.info.title)


def _fresh(info: DataInfo) -> Net:
    """Untrained, the same at each call. Raises Refused for images that its layers shrink to nothing."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        try:
            return Net(info).to(memory_format=torch.channels_last)
        except RuntimeError:
            raise Refused(f"Images of {info.title} are too small for the judge's layers.", "data.name") from None


def _fit(net: Net, images: Split) -> None:
    epochs = min(MOST_EPOCHS, max(LEAST_EPOCHS, LEAST_STEPS * BATCH // len(images)))
    steps = epochs * (-(-len(images) // BATCH))
    optimiser = torch.optim.Adam(net.parameters(), RATE)
    pace = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=steps)
    draws = stream(0, "judge/shift")
    for batch in _batches(images, epochs):
        optimiser.zero_grad()
        F.cross_entropy(net(_moved(batch.images.float() / 255, draws)), batch.labels).backward()
        optimiser.step()
        pace.step()


def _batches(images: Split, epochs: int) -> Iterator[Split]:
    for epoch in range(epochs):
        order = torch.randperm(len(images), generator=stream(0, f"judge/{epoch}"))
        yield from (images[places] for places in order.split(BATCH))


def _moved(x: Tensor, draws: torch.Generator) -> Tensor:
    """The batch moved as one, by up to SHIFT pixels either way; black comes in at the edges."""
    down, right = torch.randint(2 * SHIFT + 1, (2,), generator=draws).tolist()
    height, width = x.shape[2:]
    padded = F.pad(x, (SHIFT,) * 4)[..., down : down + height, right : right + width]
    return padded.contiguous(memory_format=torch.channels_last)


def path_of(gallery: Path, name: str) -> Path:
    """Where the judge of a data set lies. gallery: the folder of what comes with the app; name: of a registered set."""
    return gallery / FOLDER / name / FILE


def save(judge: Judge, path: Path) -> None:
    """Write it whole, in half precision, with its accuracy. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    halves = {name: value.half() for name, value in judge.net.state_dict().items()}
    write_tensors(halves, {"accuracy": judge.accuracy, "tested": judge.tested}, path)


def judge_of(name: str, gallery: Path) -> Judge:
    """The judge of a data set, read once for as long as its file stays what it is.

    Raises Refused where there is none, or where the file cannot be read.
    """
    title, path = registry.datasets.get(name).info.title, path_of(gallery, name)
    try:
        return _read(name, path, path.stat().st_mtime_ns)
    except OSError:
        sentence = f"There is no judge of {title} yet: `python -m aedash pretrain judges` trains one."
        raise Refused(sentence, "data.name") from None
    except (ValueError, KeyError, TypeError, RuntimeError):
        raise Refused(f"The judge of {title} cannot be read: train it again.", "data.name") from None


@lru_cache(maxsize=8)
def _read(name: str, path: Path, _written: int) -> Judge:
    info = registry.datasets.get(name).info
    tensors, about = read_tensors(path)
    net = _fresh(info)
    net.load_state_dict(tensors)
    return Judge(net.eval().requires_grad_(False), float(about["accuracy"]), int(about["tested"]), info.title)
