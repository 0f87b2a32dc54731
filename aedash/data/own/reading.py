"""Reading: what uploaded files hold, as images, classes and sentences."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from aedash.data.own.album import Album
from aedash.data.own.bounds import CLASSES, FEWEST, refused
from aedash.data.own.naming import class_name
from aedash.events import Bytes
from aedash.formatting import count, many

Progress = Callable[[float], None]
ALL, OTHERS = "all", "all others"  # classes of images without labels, and of more classes than are kept
EDGE = 14  # times smaller than the picture: a rim of two pixels of 28
LIGHT = 128  # grey level
MOSTLY = 0.8  # share of the images
COLOUR_SIDE, GREY_SIDE = 32, 28  # pixels that images of any size are made, unless another size is chosen


@dataclass(frozen=True, eq=False)
class Reading:
    """images: (N, C, S, S) uint8, C 1 or 3; labels: (N,) int64, below the number of classes; test: (N,) bool, the
    images that the files themselves keep for the test, None where they do not say.

    kept_size: pixels a side of the files' own size where that may be kept, else 0. dark: the images are dark on light
    ground. notes: one sentence each.
    """

    images: Bytes
    labels: NDArray[np.int64]
    classes: tuple[str, ...]
    test: NDArray[np.bool_] | None
    kept_size: int
    dark: bool
    notes: tuple[str, ...]

    @property
    def side(self) -> int:
        """Pixels."""
        return self.images.shape[-1]

    @property
    def counts(self) -> tuple[int, ...]:
        """Images of each class."""
        return tuple(np.bincount(self.labels, minlength=len(self.classes)).tolist())

    def inverted(self) -> "Reading":
        """The same, light for dark. The images are turned where they lie: a copy may be half a gigabyte."""
        np.subtract(255, self.images, out=self.images)
        return replace(self, dark=not self.dark)


def reading(
    album: Album,
    names: Sequence[str],
    test: NDArray[np.bool_] | None,
    kept_size: int,
    notes: Sequence[str],
) -> Reading:
    """What was gathered: names of the classes, one an image, made few and plain. Raises Refused for too few images."""
    if album.count < FEWEST:
        found = " ".join([f"Only {many(album.count, 'image')} can be read here." if album.count else "", *notes])
        raise refused(f"{found or 'There is no image here.'} At least {FEWEST} make a data set.")
    labels, classes, merged = _classes(names)
    if test is not None and not 0 < test.sum() < len(test):
        test = None
    head = f"{many(album.count, 'image')} {'in colour' if album.colour else 'in grey'}, {many(len(classes), 'class')}"
    told = [f"{head}.", *merged, *notes, *_copies(album.images)]
    return Reading(album.images, labels, classes, test, kept_size, on_light_ground(album.images), tuple(told))


def _classes(names: Sequence[str]) -> tuple[NDArray[np.int64], tuple[str, ...], list[str]]:
    """(labels, classes, sentences): cleaned names, by the alphabet; of too many the most frequent."""
    plain = {name: class_name(name, f"class {place + 1}") for place, name in enumerate(dict.fromkeys(names))}
    cleaned = np.array([plain[name] for name in names])
    found, labels, counts = np.unique(cleaned, return_inverse=True, return_counts=True)
    if len(found) <= CLASSES:
        order = sorted(range(len(found)), key=lambda place: _by_number(str(found[place])))
        return np.argsort(order)[labels], tuple(str(found[place]) for place in order), []
    frequent = np.argsort(-counts, kind="stable")[: CLASSES - 1]
    place = np.full(len(found), CLASSES - 1)
    place[frequent] = np.arange(CLASSES - 1)
    said = f"Of {count(len(found))} classes the {CLASSES - 1} largest keep their names; the rest are one, {OTHERS}."
    return place[labels], (*(str(found[each]) for each in frequent), OTHERS), [said]


def _by_number(name: str) -> tuple[float, str]:
    """Numbers in their order, before all words."""
    return (float(name), "") if name.isdecimal() else (np.inf, name)


def _copies(images: Bytes) -> list[str]:
    """How many images are there twice."""
    copies = len(images) - len({hash(image.tobytes()) for image in images})
    return [f"{many(copies, 'image')} {'is an exact copy' if copies == 1 else 'are exact copies'} of another."] * (
        copies > 0
    )


def on_light_ground(images: Bytes) -> bool:
    """Whether most images are dark on a light rim, unlike the sets that come with the app; never those in colour."""
    if images.shape[1] == 3:
        return False
    edge = max(1, images.shape[-1] // EDGE)
    some = images[:: max(1, len(images) // 2000), 0]
    rim = np.concatenate([some[:, :edge].reshape(len(some), -1), some[:, -edge:].reshape(len(some), -1)], 1)
    light = (np.median(rim, 1) >= LIGHT) & (some.mean((1, 2)) < np.median(rim, 1))
    return bool(light.mean() >= MOSTLY)
