"""scikit-learn's digits: 1,797 images of 8x8, bundled, so the app works offline."""

from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F

from aedash import registry
from aedash.config import DataInfo
from aedash.data.framing import Step, bright, cut, fit, laid
from aedash.data.image_data import Dataset, Split
from aedash.events import Bytes, Floats

TEST = 360
FINE = 32  # pixels a side of the bitmaps whose ink was counted


def read(root: Path) -> tuple[Split, Split]:
    """(train, test) of 1,437 and 360 images, 28x28: enlarged bicubically to 20x20 and centred, as MNIST is.

    root is not looked at: the images come with scikit-learn. The same 360 are for test at every call.
    """
    from sklearn.datasets import load_digits  # a second to import, and no page shall wait for it

    digits = load_digits()
    images = enlarged(digits.images)
    labels = torch.from_numpy(digits.target).long()
    order = torch.randperm(len(images), generator=torch.Generator().manual_seed(0))
    return Split(images[order[TEST:]], labels[order[TEST:]]), Split(images[order[:TEST]], labels[order[:TEST]])


def enlarged(small: Floats) -> Tensor:
    """(N, 1, 28, 28) uint8 of (N, 8, 8) counts of ink, 0..16."""
    share = torch.from_numpy(small).float().unsqueeze(1) / 16
    large = F.interpolate(share, size=(20, 20), mode="bicubic", align_corners=False).clamp(0, 1)
    return F.pad(large.mul(255).round().byte(), (4, 4, 4, 4))


def framed(picture: Bytes, field: tuple[int, int]) -> tuple[Step, ...]:
    """As the set's makers did (Alpaydin and Kaynak 1998): 32 pixels high, ink counted in 8x8 blocks, then as `read`."""
    first = cut(picture)
    tall = fit(first.picture, FINE)
    counted = bright(laid(tall, (FINE, FINE), "box").reshape(8, 4, 8, 4).mean((1, 3)))
    steps = Step(f"longer side {FINE} pixels", tall), Step("ink counted in 8x8 blocks", counted)
    whole = enlarged((counted / 255 * 16).round()[None])[0, 0].numpy()
    return first, *steps, Step("enlarged, in the middle", whole)


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
        framing=framed,
    ),
)
