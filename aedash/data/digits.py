"""scikit-learn's digits: 1,797 images of 8x8, bundled, so the app works offline."""

from pathlib import Path

import torch
from torch.nn import functional as F

from aedash import registry
from aedash.config import DataInfo
from aedash.data.image_data import Dataset, Split

TEST = 360


def read(root: Path) -> tuple[Split, Split]:
    """(train, test) of 1,437 and 360 images, 28x28: enlarged bicubically to 20x20 and centred, as MNIST is.

    root is not looked at: the images come with scikit-learn. The same 360 are for test at every call.
    """
    from sklearn.datasets import load_digits  # a second to import, and no page shall wait for it

    digits = load_digits()
    small = torch.from_numpy(digits.images).float().unsqueeze(1) / 16
    large = F.interpolate(small, size=(20, 20), mode="bicubic", align_corners=False).clamp(0, 1)
    images = F.pad(large.mul(255).round().byte(), (4, 4, 4, 4))
    labels = torch.from_numpy(digits.target).long()
    order = torch.randperm(len(images), generator=torch.Generator().manual_seed(0))
    return Split(images[order[TEST:]], labels[order[TEST:]]), Split(images[order[:TEST]], labels[order[:TEST]])


registry.datasets.add(
    "digits",
    Dataset(
        DataInfo(
            name="digits",
            title="Digits",
            per_class=(140, 151, 126, 152, 147, 143, 148, 146, 134, 150),
            test=TEST,
            shape=(1, 28, 28),
            classes=tuple("0123456789"),
            about="1,797 small handwritten digits that come with scikit-learn; no network needed.",
        ),
        read,
    ),
)
