"""Sets in MNIST's idx format: read from torchvision's folder layout and others, and fetched into it.

A file is judged by what it holds, whatever its wrapping, name and folder: other images under this set's names are
refused. torchvision's loader is not used: that one checks no sum once an unpacked file of any length exists, unpacks in
place, and so needs a folder that it may write.
"""

import errno
import gzip
import hashlib
import struct
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from math import prod
from pathlib import Path

import torch
from torch import Tensor

from aedash.atomic import held
from aedash.config import DataInfo
from aedash.data.download import LIMIT, NotReceived, download
from aedash.data.framing import Framing, framed
from aedash.data.image_data import Dataset, Missing, Progress, Split, Unavailable
from aedash.data.places import places
from aedash.data.sources import FILES, OWNERS, SOURCES, Source


def dataset(info: DataInfo, framing: Framing = framed) -> Dataset:
    """The registry entry of a set in the idx format; its title names its folder and its source.

    Raises KeyError for a title without a source.
    """
    files = IdxFiles(info, info.title, SOURCES[info.title])
    return Dataset(info, files.read, files.check, files.fetch, framing)


@dataclass(frozen=True)
class IdxFiles:
    """The four files of a set, each as `.gz`, unpacked, or both; the usual place is `<root>/<folder>/raw`.

    info: how many images of what size and classes they hold; source: their mirrors, and the sums by which they are
    known.
    """

    info: DataInfo
    folder: str
    source: Source

    def read(self, root: Path) -> tuple[Split, Split]:
        """(train, test), images (N, 1, H, W) uint8, labels (N,) int64.

        Raises Unavailable, or its kind Missing, as `check` does.
        """
        self.check(root)
        train, train_labels, test, test_labels = (self._values(self._sound(root, file), file) for file in FILES)
        return Split(train.unsqueeze(1), train_labels.long()), Split(test.unsqueeze(1), test_labels.long())

    def check(self, root: Path) -> None:
        """Raises Missing where no file is there, Unavailable where one is missing, damaged or another set's.

        root: the data folder. A file is looked into once for each size and time of writing; later calls cost a listing.
        """
        if not any(True for file in FILES for _ in places(root, self.folder, file)):
            raise Missing(
                f"{self.info.title} is not on this machine yet: download it ({self.source.volume}), or put its files "
                f"into {self._home}."
            )
        for file in FILES:
            self._sound(root, file)

    def fetch(self, root: Path, progress: Progress) -> None:
        """Download what is missing or damaged; one process at a time, the others wait and find it done.

        progress(done, total): in bytes as they will be once unpacked, because that total is known beforehand. Raises
        Unavailable, and leaves no partial file; the empty lock file stays.
        """
        # before the lock: a complete folder that cannot be written, and so not locked, is no fault
        if self._unfit(root):
            with _writing(self.info.title), _locked(self._raw(root)):
                self._fetch_all(root, progress)

    @property
    def _home(self) -> str:
        """Where files belong, in words for people: no path of the machine."""
        return f"{self.folder}/raw in the data folder (AEDASH_DATA_DIR)"

    def _raw(self, root: Path) -> Path:
        return root / self.folder / "raw"

    def _dims(self, file: str) -> tuple[int, ...]:
        """Size of each dimension."""
        count = self.info.train if file.startswith("train") else self.info.test
        return (count, *self.info.shape[1:]) if "images" in file else (count,)

    def _sound(self, root: Path, file: str) -> Path:
        """The file, or its archive, whose content is right. Raises Unavailable."""
        faults = []
        for path in places(root, self.folder, file):
            fault = self._fault(path, file)
            if not fault:
                return path
            faults.append(f"{path.name} {fault}")
        why = faults[0] if faults else f"{file}.gz is missing; download it, or put it into {self._home}"
        raise Unavailable(f"{self.info.title} cannot be read: {why}.")

    def _fault(self, path: Path, file: str) -> str:
        """What is wrong with a file, as the end of a sentence; empty when its content is right."""
        try:
            status = path.stat()
            return _remembered_fault(self, path, file, status.st_size, status.st_mtime_ns)
        except OSError:
            return "cannot be opened"

    def _values(self, path: Path, file: str) -> Tensor:
        """uint8 in the file's dimensions. Raises Unavailable."""
        try:
            return self._parsed(_content(path, self._dims(file)), file)
        except (OSError, ValueError) as error:  # changed since it was checked
            fault = "cannot be opened" if isinstance(error, OSError) else f"{error}; download it again"
            raise Unavailable(f"{self.info.title} cannot be read: {path.name} {fault}.") from error

    def _parsed(self, content: bytes, file: str) -> Tensor:
        """The values. ValueError says what is wrong with the content."""
        values = _parse(content, self._dims(file))
        if values.ndim == 1 and int(values.max()) >= len(self.info.classes):
            raise ValueError("holds a label of no known class")
        return values

    def _judge(self, path: Path, file: str) -> None:
        """ValueError says what is wrong: the format, the sum, or that the content is another set's."""
        if path.suffix == ".gz":
            md5 = _md5(_bytes(path, LIMIT))
            if md5 == self.source.archives[file]:
                return
            self._refuse_others(md5, file)
        content = _content(path, self._dims(file))
        md5 = _md5(content)
        self._refuse_others(md5, file)
        self._parsed(content, file)
        if md5 != self.source.contents.get(file, md5):
            raise ValueError(f"is damaged, or holds other {_kind(file)}")

    def _refuse_others(self, md5: str, file: str) -> None:
        owner = OWNERS.get(md5, self.folder)
        if owner != self.folder:
            raise ValueError(f"holds other {_kind(file)} ({owner})")

    def _unfit(self, root: Path) -> list[str]:
        """The files that `read` would refuse."""
        unfit = []
        for file in FILES:
            try:
                self._sound(root, file)
            except Unavailable:
                unfit.append(file)
        return unfit

    def _fetch_all(self, root: Path, progress: Progress) -> None:
        files = self._unfit(root)
        sizes = [_length(self._dims(file)) for file in files]
        for i, file in enumerate(files):
            report = _percents(progress, sum(sizes[:i]), sizes[i], sum(sizes))
            try:
                download(self.source.mirrors, self._raw(root) / f"{file}.gz", self.source.archives[file], report)
            except NotReceived as fault:
                raise Unavailable(f"{self.info.title} cannot be downloaded: {fault}.") from fault
            report(1.0)


@lru_cache(maxsize=256)
def _remembered_fault(files: IdxFiles, path: Path, file: str, size: int, written: int) -> str:
    """What is wrong with a file of that size and time of writing (ns), looked into once; empty for nothing."""
    try:
        files._judge(path, file)
    except ValueError as fault:
        return f"{fault}; download it again"
    return ""


def _md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def _bytes(path: Path, most: int) -> bytes:
    with path.open("rb") as file:
        return file.read(most)


def _kind(file: str) -> str:
    return "images" if "images" in file else "labels"


def _length(dims: tuple[int, ...]) -> int:
    """Bytes of an idx file: magic number, dimensions, values."""
    return 4 + 4 * len(dims) + prod(dims)


def _content(path: Path, dims: tuple[int, ...]) -> bytes:
    """An idx file's bytes, unpacked. ValueError for an archive that cannot be."""
    enough = _length(dims) + 1  # one more than is right shows that a file is too long
    if path.suffix != ".gz":
        return _bytes(path, enough)
    packed = BytesIO(_bytes(path, LIMIT))
    try:
        with gzip.open(packed) as stream:
            content = stream.read(enough)
    except (OSError, EOFError, zlib.error):
        raise ValueError("is damaged") from None
    if not content:  # no bytes at all pass as an archive of nothing
        raise ValueError("is damaged")
    return content


def encoded(values: Tensor) -> bytes:
    """An idx file of uint8 values, in any number of dimensions: what `IdxFiles` reads back.

    >>> encoded(torch.tensor([7, 9], dtype=torch.uint8)).hex(" ")
    '00 00 08 01 00 00 00 02 07 09'
    """
    return _header(tuple(values.shape)) + values.contiguous().numpy().tobytes()


def _header(dims: tuple[int, ...]) -> bytes:
    """Magic number (8: unsigned bytes) and dimensions."""
    return bytes([0, 0, 8, len(dims)]) + struct.pack(f">{len(dims)}I", *dims)


def _parse(content: bytes, dims: tuple[int, ...]) -> Tensor:
    """The values as uint8 in `dims`. ValueError says what is wrong with the content."""
    header = _header(dims)
    if content[:4] != header[:4]:
        raise ValueError("is not in the idx format")
    if content[: len(header)] != header:
        raise ValueError("holds another number or size of images than expected")
    if len(content) != _length(dims):
        raise ValueError("is cut off or too long")
    # a bytearray, because torch warns of memory that cannot be written
    return torch.frombuffer(bytearray(content), dtype=torch.uint8, offset=len(header)).reshape(dims)


@contextmanager
def _writing(title: str) -> Iterator[None]:
    """Tell of a folder that cannot be written in one sentence."""
    try:
        yield
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        why = "the disk is full" if full else "the data folder cannot be written"
        raise Unavailable(f"{title} cannot be downloaded: {why}.") from error


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold the one lock of a set, across threads and processes."""
    folder.mkdir(parents=True, exist_ok=True)
    with held(folder.parent / ".lock", tries=None):
        yield


def _percents(progress: Progress, before: int, size: int, total: int) -> Callable[[float], None]:
    """A report of one file's share in 0..1 as `progress` of the whole, at most once a percent: pages redraw on it."""
    told = before * 100 // total - 1

    def report(share: float) -> None:
        nonlocal told
        done = before + int(size * min(share, 1.0))
        if done * 100 // total > told:
            told = done * 100 // total
            progress(done, total)

    return report
