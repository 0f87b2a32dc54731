"""Album: images of one size, gathered one by one into one array; grey until one of them has colour."""

import numpy as np

from aedash.data.own.bounds import check_room
from aedash.events import Bytes

TINT = 8  # grey levels between the channels of a pixel: less is how JPEG writes grey
WEIGHTS = np.array([299, 587, 114], np.float32) / 1000  # ITU-R 601, as Pillow weighs colours


class Album:
    """room: images that may come at most; side: pixels, of all of them.

    Memory is had as it is written to, so that room which is not used costs none.
    """

    def __init__(self, room: int, side: int) -> None:
        check_room(room, 1, side)
        self.room, self.side, self.count = room, side, 0
        self._pixels = np.empty((room, 1, side, side), np.uint8)

    @property
    def colour(self) -> bool:
        """Whether any image has colour: then all have three channels."""
        return self._pixels.shape[1] == 3

    @property
    def images(self) -> Bytes:
        """(N, C, side, side) uint8: a view of what was gathered."""
        return self._pixels[: self.count]

    def add(self, images: Bytes) -> None:
        """images: (n, C, side, side) uint8, C 1 or 3. Raises Refused where they all no longer fit the bounds."""
        if images.shape[1] == 3 and not self.colour:
            if tinted(images):
                self._become_coloured()
            else:
                images = grey(images)
        self._pixels[self.count : self.count + len(images)] = images
        self.count += len(images)

    def _become_coloured(self) -> None:
        check_room(self.room, 3, self.side)
        coloured = np.empty((self.room, 3, self.side, self.side), np.uint8)
        coloured[: self.count] = self.images
        self._pixels = coloured


def tinted(images: Bytes) -> bool:
    """Whether any pixel of (n, 3, H, W) has colour."""
    low, high = images.min(1), images.max(1)
    return bool((high - low > TINT).any())


def grey(images: Bytes) -> Bytes:
    """(n, 1, H, W) of (n, 3, H, W): ITU-R 601."""
    light = np.einsum("nchw,c->nhw", images, WEIGHTS, dtype=np.float32)
    return np.round(light, out=light).astype(np.uint8)[:, None]
