"""Digits in colour: the bundled ones on grounds and in inks of several colours, for tests of three channels."""

from contextlib import contextmanager

import torch
from torch.nn import functional as F

from aedash import registry
from aedash.config import DataInfo
from aedash.data.digits import read
from aedash.data.image_data import Dataset, ImageData, Split

NAME = "tinted"


def painted(split, images, side):
    """So many images, (N, 3, side, side) uint8: each with an ink of its class's hue on a dark ground of another."""
    grey = split.images[:images].float() / 255
    grey = F.interpolate(grey, (side, side), mode="bilinear", align_corners=False)
    chance = torch.Generator().manual_seed(0)
    hue = split.labels[:images] * 0.628
    ink = 0.6 + 0.4 * torch.stack([torch.cos(hue + shift) for shift in (0, 2.1, 4.2)], 1)
    ground = 0.25 * torch.rand(images, 3, generator=chance)
    mixed = grey * ink[..., None, None] + (1 - grey) * ground[..., None, None]
    return Split(mixed.mul(255).round().byte(), split.labels[:images])


def tinted(train=240, test=60, side=32):
    """The set in memory."""
    parts = read(None)
    splits = [painted(part, count, side) for part, count in zip(parts, (train, test), strict=True)]
    per_class = tuple(splits[0].labels.bincount(minlength=10).tolist())
    info = DataInfo(NAME, "Tinted", per_class, test, (3, side, side), tuple("0123456789"), "Digits in colour.")
    return ImageData(info, *splits)


@contextmanager
def registered(data):
    """The set under its name, as long as this lasts."""
    registry.datasets.names()
    registry.datasets.add(data.info.name, Dataset(data.info, lambda root: (data.train, data.test)))
    try:
        yield data
    finally:
        registry.datasets.remove(data.info.name)
