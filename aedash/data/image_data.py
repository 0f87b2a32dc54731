"""ImageData: a whole dataset as uint8 tensors on one device, its splits, and batches drawn from it."""

import hashlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from threading import Lock, RLock
from typing import NamedTuple
from weakref import WeakValueDictionary

import torch
from torch import Tensor

from aedash import registry
from aedash.config import DataConfig, DataInfo
from aedash.data.framing import Framing, framed

Progress = Callable[[int, int], None]


class Unavailable(RuntimeError):
    """The images cannot be had; the message is one sentence for people, without a path of the machine."""


class Missing(Unavailable):
    """No file of the set is there: no fault, but a download that nobody has asked for yet."""


class Batch(NamedTuple):
    """input: (N, C, H, W) float32 in the model's scale, corrupted; target: the same, clean; label, index: (N,) int64.

    index: places in the split that they were drawn from.
    """

    input: Tensor
    target: Tensor
    label: Tensor
    index: Tensor  # type: ignore[assignment]  # hides tuple.index, which nobody calls on a batch


@dataclass(frozen=True)
class Split:
    """images: (N, C, H, W) uint8; labels: (N,) int64, each below the number of classes.

    Takes a tensor of places or a slice.
    """

    images: Tensor
    labels: Tensor

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: Tensor | slice) -> "Split":
        return Split(self.images[index], self.labels[index])

    def to(self, device: torch.device) -> "Split":
        """Images and labels on that device; nothing is copied where they are there already."""
        return Split(self.images.to(device), self.labels.to(device))


@dataclass(frozen=True)
class Scaling:
    """The line between stored pixels (0..255) and what a model sees: model = stored / span - shift.

    >>> raw = Scaling(span=1.0, shift=0.0)
    >>> raw.to_unit(torch.tensor([0.0, 255.0])).tolist()
    [0.0, 1.0]
    """

    span: float
    shift: float

    @property
    def levels(self) -> tuple[float, float]:
        """Black and white in the model's scale: what masking, or salt and pepper, sets pixels to."""
        return -self.shift, 255 / self.span - self.shift

    def to_model(self, images: Tensor) -> Tensor:
        """uint8 (N, C, H, W) -> float32 in the model's scale. Floats are taken, too, on 0..255."""
        return self.into(torch.empty(images.shape, device=images.device), images)

    def into(self, scaled: Tensor, images: Tensor) -> Tensor:
        """The same, written into `scaled`, float32 of the images' shape, which is given back."""
        scaled.copy_(images).div_(self.span)
        return scaled.sub_(self.shift) if self.shift else scaled

    def to_unit(self, images: Tensor) -> Tensor:
        """Model's scale -> [0, 1], not clipped: what a model makes may lie outside."""
        return (images + self.shift) * (self.span / 255)


class Drawer:
    """Batches of a split in a model's scale, in memory allocated once a batch size: each overwrites the last."""

    def __init__(self, split: Split, scaling: Scaling) -> None:
        self.split, self.scaling = split, scaling
        self._memory: dict[int, tuple[Tensor, Tensor]] = {}

    def draw(self, index: Tensor) -> Batch:
        """The images at `index`, (N,) int64 on the split's device, uncorrupted: input and target are one tensor."""
        pixels, scaled = self._memory.get(len(index)) or self._allocated(len(index))
        torch.index_select(self.split.images, 0, index, out=pixels)
        clean = self.scaling.into(scaled, pixels)
        return Batch(clean, clean, self.split.labels.index_select(0, index), index)

    def _allocated(self, count: int) -> tuple[Tensor, Tensor]:
        pixels = self.split.images.new_empty(count, *self.split.images.shape[1:])
        return self._memory.setdefault(count, (pixels, torch.empty_like(pixels, dtype=torch.float32)))


PLAIN = {"unit": Scaling(255.0, 0.0), "raw": Scaling(1.0, 0.0)}  # known without any image


@dataclass(frozen=True)
class ImageData:
    """A dataset in memory. `train` holds all training images; `splits` takes the validation share from them.

    info: its name, sizes and classes. origin: the same images on another device, which know already what has been
    computed from them.
    """

    info: DataInfo
    train: Split
    test: Split
    origin: "ImageData | None" = field(default=None, repr=False, compare=False)

    def to(self, device: torch.device) -> "ImageData":
        """The images on that device: itself where they are there already.

        What was computed on the first one is known still.
        """
        if self.train.images.device == device:
            return self
        return replace(self, train=self.train.to(device), test=self.test.to(device), origin=self.origin or self)

    def without(self, label: int | None) -> "ImageData":
        """The images that a run sees which never trains on that class: the others for training, all for test.

        None: itself. One copy for all who hold it.
        """
        if label is None:
            return self
        with _splitting:
            found = self._fewer.get(label)
            if found is None:
                kept = self.train[self.train.labels != label]
                origin = self.origin and self.origin.without(label)
                found = self._fewer[label] = replace(self, train=kept, origin=origin)
        return found

    @cached_property
    def _fewer(self) -> "WeakValueDictionary[int, ImageData]":
        """{class: the same without it}, while anybody holds it: a copy of the other training images."""
        return WeakValueDictionary()

    @property
    def bytes(self) -> int:
        """Of all its images."""
        return self.train.images.nbytes + self.test.images.nbytes

    @cached_property
    def digest(self) -> str:
        """sha256 of all training images, 64 hexadecimal digits: names what was computed from them. Computed once."""
        if self.origin:
            return self.origin.digest
        return hashlib.sha256(self.train.images.cpu().numpy().tobytes()).hexdigest()

    def scaling(self, name: str) -> Scaling:
        """unit: 0..1; raw: 0..255; standardised: mean 0 and deviation 1 over all training pixels.

        Images of one single value are standardised to 0. Any other name is taken for standardised: `DataConfig` checks
        it.
        """
        return PLAIN.get(name) or self._standardised

    @cached_property
    def _standardised(self) -> Scaling:
        if self.origin:
            return self.origin._standardised
        pixels = torch.arange(256, dtype=torch.float64)
        counts = torch.bincount(self.train.images.flatten().cpu(), minlength=256).double()
        mean = float((counts * pixels).sum() / counts.sum())
        variance = float((counts * (pixels - mean) ** 2).sum() / counts.sum())
        deviation = variance**0.5 or 1.0  # images of one single value have none to divide by
        return Scaling(deviation, mean / deviation)

    def splits(self, validation: float) -> dict[str, Split]:
        """{"train", "validation" (absent at 0), "test"}. The held-out images are the same for every seed.

        validation: share of the training images, 0..0.9, rounded to whole images. Those of the share that was asked for
        last are kept: all members of a sweep ask for the same.
        """
        held_out = round(len(self.train) * validation)
        if held_out == 0:
            return {"train": self.train, "test": self.test}
        with _splitting:
            if held_out not in self._parts:
                self._parts.clear()
                self._parts[held_out] = _parted(self.train, held_out)
            train, rest = self._parts[held_out]
        return {"train": train, "validation": rest, "test": self.test}

    @cached_property
    def _parts(self) -> dict[int, tuple[Split, Split]]:
        """{number held out: (training, held-out)}: at most one entry, a copy of all training images."""
        return {}


_splitting = RLock()


def _parted(images: Split, held_out: int) -> tuple[Split, Split]:
    order = torch.randperm(len(images), generator=torch.Generator().manual_seed(0)).to(images.images.device)
    return images[order[held_out:]], images[order[:held_out]]


@dataclass(frozen=True)
class Dataset:
    """A registry entry. `read` gives (train, test) from a data root; `fetch` downloads, where there is anything to.

    check: raises Missing or Unavailable where `read` would, without reading again what has not changed. fetch: None for
    a set that comes with a library; else called with the data root and a `Progress`, it raises Unavailable. framing:
    how a picture from elsewhere is laid into the field as its own were.
    """

    info: DataInfo
    read: Callable[[Path], tuple[Split, Split]]
    check: Callable[[Path], None] = lambda root: None
    fetch: Callable[[Path, Progress], None] | None = None
    framing: Framing = framed

    def present(self, root: Path) -> bool:
        """Whether its images can be used now: there, whole, and its own. Raises nothing; `check` says what is wrong."""
        try:
            self.check(root)
        except Unavailable:
            return False
        return True


MOST_BYTES = 2**30  # of images in memory: what was used the longest ago is then read anew

_loaded: OrderedDict[tuple[str, Path], ImageData] = OrderedDict()
_locks: dict[str, Lock] = {}
_remembering = Lock()


def load(name: str, root: Path) -> ImageData:
    """The dataset in memory, on the CPU, read once a process and data root; a second thread waits for the first.

    name: of a registered set, else Refused. Raises Unavailable when its files are missing or damaged.
    """
    place = (name, root.resolve())
    with _locks.setdefault(name, Lock()):
        with _remembering:
            found = _loaded.get(place)
        if found is None:
            entry = registry.datasets.get(name)
            train, test = entry.read(root)
            found = ImageData(entry.info, train, test)
        with _remembering:  # another set may have taken its place meanwhile
            _loaded[place] = found
            _loaded.move_to_end(place)
            while len(_loaded) > 1 and sum(data.bytes for data in _loaded.values()) > MOST_BYTES:
                _loaded.popitem(last=False)
        return found


def forget(name: str) -> None:
    """The images of that set are no longer there: whoever has them keeps them, nobody else gets them."""
    with _remembering:
        for place in [place for place in _loaded if place[0] == name]:
            del _loaded[place]


def images_of(config: DataConfig, root: Path) -> ImageData:
    """The images of a run, on the CPU: its set without the class that it never trains on. Raises as `load`."""
    return load(config.name, root).without(config.without)
