"""A small set in the idx format, with sums of its own, in place of MNIST."""

import gzip
import hashlib
import struct

import torch

from aedash.config import DataInfo
from aedash.data.idx import IdxFiles
from aedash.data.image_data import Dataset
from aedash.data.sources import Source

NAMES = [f"{part}-{kind}-ubyte" for part in ("train", "t10k") for kind in ("images-idx3", "labels-idx1")]
TRAIN_IMAGES, TRAIN_LABELS, TEST_IMAGES, TEST_LABELS = NAMES


def idx(values):
    """The bytes of an idx file, written independently of the app."""
    return struct.pack(f">4B{values.ndim}I", 0, 0, 8, values.ndim, *values.shape) + values.numpy().tobytes()


class SmallSet:
    """12 training and 6 test images of 5x4 by default; `packed` and `plain`: {name: bytes of the file}.

    known: whether the sums of the unpacked files are.
    """

    def __init__(self, train=12, test=6, height=5, width=4, known=True):
        self.known = known
        draw = torch.Generator().manual_seed(train + test)
        shapes = [(train, height, width), (train,), (test, height, width), (test,)]
        self.values = {
            name: torch.randint(256 if len(shape) == 3 else 10, shape, dtype=torch.uint8, generator=draw)
            for name, shape in zip(NAMES, shapes, strict=True)
        }
        self.plain = {name: idx(values) for name, values in self.values.items()}
        self.packed = {f"{name}.gz": gzip.compress(content, mtime=0) for name, content in self.plain.items()}
        classes = tuple("0123456789")
        per_class = tuple(self.values[TRAIN_LABELS].long().bincount(minlength=10).tolist())
        self.info = DataInfo("small", "Small", per_class, test, (1, height, width), classes, "A small set.")

    def replace(self, name, content):
        """Let the archive of that name hold other bytes, under a sum that is right for them."""
        self.packed[f"{name}.gz"] = gzip.compress(content, mtime=0)

    def files(self, *mirrors):
        """The set as the app sees it, with the sums as they are now."""
        archives = {name: hashlib.md5(self.packed[f"{name}.gz"]).hexdigest() for name in NAMES}
        contents = {name: hashlib.md5(content).hexdigest() for name, content in self.plain.items()}
        return IdxFiles(
            self.info,
            "Small",
            Source(mirrors, len(b"".join(self.packed.values())), archives, contents if self.known else {}),
        )

    def present(self, root):
        """Whether the app offers it."""
        files = self.files()
        return Dataset(self.info, files.read, files.check).present(root)

    def write(self, root, plain=False):
        """Put the archives, or the unpacked files, into a data root; returns their folder."""
        folder = root / "Small" / "raw"
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in (self.plain if plain else self.packed).items():
            (folder / name).write_bytes(content)
        return folder

    def is_read(self, root):
        """Whether reading gives exactly this set."""
        train, test = self.files().read(root)
        parts = (train.images.squeeze(1), train.labels, test.images.squeeze(1), test.labels)
        return all(part.equal(self.values[name].to(part.dtype)) for name, part in zip(NAMES, parts, strict=True))


def one_sentence(error, root):
    """The message for people, checked: one sentence that names the set and no folder."""
    text = str(error.value)
    assert text.startswith(("Small cannot be ", "Small is not on this machine yet: "))
    assert text.endswith(".")
    assert "\n" not in text
    assert str(root) not in text
    return text
