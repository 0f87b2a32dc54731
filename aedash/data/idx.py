"""Sets in MNIST's idx format: read from torchvision's folder layout, and fetched into it.

torchvision knows the file names, sums and mirrors, so they are taken from it. Its loader is not used: that one checks
no sum once an unpacked file of any length exists, unpacks in place, and so needs a folder that it may write.
"""

import errno
import gzip
import hashlib
import os
import struct
import zlib
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPException
from io import BytesIO
from math import prod
from pathlib import Path
from time import monotonic
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import torch
from torch import Tensor

from aedash.atomic import held
from aedash.config import DataInfo
from aedash.data.image_data import Dataset, Progress, Split, Unavailable

LIMIT = 64 * 2**20  # bytes that a file may have
TIMEOUT = 20.0  # seconds that a server may stay silent
DEADLINE = 1800.0  # seconds that one file may take
CHUNK = 2**16


class _NotReceived(Exception):
    """A mirror did not give the file; the message is half a sentence."""


@dataclass(frozen=True)
class Source:
    """Where the files come from: URL prefixes in the order of trial, and {file name, ending in .gz: md5}."""

    mirrors: tuple[str, ...]
    md5: dict[str, str]


def from_torchvision(name: str) -> Source:
    """The source that torchvision's data set of that class name uses."""
    # not at the top: this import takes more than a second, and a list of the data sets does not need it
    from torchvision import datasets

    known = getattr(datasets, name)
    return Source(tuple(known.mirrors), dict(known.resources))


def dataset(info: DataInfo, folder: str) -> Dataset:
    """The registry entry of a set in the idx format. folder: its name in the data root and torchvision's class name."""
    files = IdxFiles(info, folder, lambda: from_torchvision(folder))
    return Dataset(info, files.read, files.present, files.fetch)


@dataclass(frozen=True)
class IdxFiles:
    """The four files of a set below `<root>/<folder>/raw`, each as `.gz`, unpacked, or both."""

    info: DataInfo
    folder: str
    source: Callable[[], Source]

    def read(self, root: Path) -> tuple[Split, Split]:
        """(train, test), images (N, 1, H, W). Raises Unavailable when a file is missing or damaged."""
        md5 = self.source().md5
        train, train_labels, test, test_labels = (self._values(root, file, md5) for file in self._dims)
        return Split(train.unsqueeze(1), train_labels.long()), Split(test.unsqueeze(1), test_labels.long())

    def present(self, root: Path) -> bool:
        """Whether every file exists in one of its two forms; whether they are sound, only `read` finds out."""
        raw = self._raw(root)
        return all(_exists(raw / f"{file}.gz") or _exists(raw / file) for file in self._dims)

    def fetch(self, root: Path, progress: Progress) -> None:
        """Download what is missing or damaged; one process at a time, the others wait and find it done.

        progress(done, total): in bytes as they will be once unpacked, because that total is known beforehand. Raises
        Unavailable, and leaves no partial file; the empty lock file stays.
        """
        source = self.source()
        # before the lock: a complete folder that cannot be written, and so not locked, is no fault
        if self._unfit(root, source):
            with _writing(self.info.title), _locked(self._raw(root)):
                self._fetch_all(root, source, progress)

    @property
    def _dims(self) -> dict[str, tuple[int, ...]]:
        """{unpacked file name: size of each dimension}, train before test and images before labels."""
        image = self.info.shape[1:]
        return {
            "train-images-idx3-ubyte": (self.info.train, *image),
            "train-labels-idx1-ubyte": (self.info.train,),
            "t10k-images-idx3-ubyte": (self.info.test, *image),
            "t10k-labels-idx1-ubyte": (self.info.test,),
        }

    def _raw(self, root: Path) -> Path:
        return root / self.folder / "raw"

    def _values(self, root: Path, file: str, md5: dict[str, str]) -> Tensor:
        """uint8 in the file's dimensions: from the archive, or from the unpacked file where the archive is unfit."""
        raw, dims = self._raw(root), self._dims[file]
        faults = []
        for path, known in ((raw / f"{file}.gz", md5[f"{file}.gz"]), (raw / file, None)):
            try:
                values = _parse(_content(path, known, dims), dims)
                self._check_labels(values)
                return values
            except (FileNotFoundError, NotADirectoryError):
                continue
            except OSError:
                faults.append(f"{path.name} cannot be opened")
            except ValueError as fault:
                faults.append(f"{path.name} {fault}; download it again")
        why = faults[0] if faults else f"{file}.gz is missing; download it"
        raise Unavailable(f"{self.info.title} cannot be read: {why}.")

    def _check_labels(self, values: Tensor) -> None:
        if values.ndim == 1 and int(values.max()) >= len(self.info.classes):
            raise ValueError("holds a label of no known class")

    def _unfit(self, root: Path, source: Source) -> list[str]:
        """The files that `read` would refuse."""
        unfit = []
        for file in self._dims:
            try:
                self._values(root, file, source.md5)
            except Unavailable:
                unfit.append(file)
        return unfit

    def _fetch_all(self, root: Path, source: Source, progress: Progress) -> None:
        files = self._unfit(root, source)
        sizes = [_length(self._dims[file]) for file in files]
        for i, file in enumerate(files):
            report = _percents(progress, sum(sizes[:i]), sizes[i], sum(sizes))
            self._fetch_file(self._raw(root) / f"{file}.gz", source, report)
            report(1.0)

    def _fetch_file(self, target: Path, source: Source, report: Callable[[float], None]) -> None:
        faults = []
        for mirror in source.mirrors:
            try:
                with closing(_chunks(mirror, target.name, source.md5[target.name], report)) as chunks:
                    return _save(chunks, target)
            except _NotReceived as fault:
                faults.append(fault)
        # the first mirror is the one that should work; what the others lack says less
        raise Unavailable(f"{self.info.title} cannot be downloaded: {faults[0]}.") from faults[0]


def _exists(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a folder that may not be looked into
        return False


def _length(dims: tuple[int, ...]) -> int:
    """Bytes of an idx file: magic number, dimensions, values."""
    return 4 + 4 * len(dims) + prod(dims)


def _content(path: Path, md5: str | None, dims: tuple[int, ...]) -> bytes:
    """An idx file's bytes, unpacked when an md5 is given. ValueError says what is wrong with the file."""
    enough = _length(dims) + 1  # one more than is right shows that a file is too long
    with path.open("rb") as file:
        packed = file.read(LIMIT if md5 else enough)
    if md5 is None:
        return packed
    if hashlib.md5(packed, usedforsecurity=False).hexdigest() != md5:
        raise ValueError("is damaged")
    try:
        with gzip.open(BytesIO(packed)) as stream:
            return stream.read(enough)
    except (OSError, EOFError, zlib.error):
        raise ValueError("is no gzip archive") from None


def _parse(content: bytes, dims: tuple[int, ...]) -> Tensor:
    """The values as uint8 in `dims`. ValueError says what is wrong with the content."""
    magic = bytes([0, 0, 8, len(dims)])  # 8: unsigned bytes
    header = magic + struct.pack(f">{len(dims)}I", *dims)
    if content[:4] != magic:
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


def _save(chunks: Iterable[bytes], target: Path) -> None:
    """Write beside the target and rename once `chunks` ended well; whatever happens, no other file remains."""
    # one name, not a random one: the lock keeps others away, and the next try overwrites what a killed process left
    part = target.with_name(f"{target.name}.part")
    part.unlink(missing_ok=True)
    try:
        with part.open("xb") as file:  # x: never through a link that somebody put there
            for chunk in chunks:
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def _chunks(mirror: str, name: str, md5: str, report: Callable[[float], None]) -> Generator[bytes, None, None]:
    """A file in pieces. Raises _NotReceived, at the latest after the last piece when the sum is wrong."""
    digest = hashlib.md5(usedforsecurity=False)
    done, end = 0, monotonic() + DEADLINE
    with _connection(mirror, name) as response:
        length = response.length or 0
        # read1: read waits for a full chunk, which a server that drips one byte at a time could draw out for hours
        while chunk := response.read1(CHUNK):
            done += len(chunk)
            digest.update(chunk)
            if max(done, length) > LIMIT:
                raise _NotReceived(f"{name} arrived damaged, larger than {LIMIT // 2**20} MiB")
            if monotonic() > end:
                raise _NotReceived(f"the server sends {name} too slowly; try again later")
            yield chunk
            report(done / length if length else 0.0)
    if done < length:
        raise _NotReceived(f"the connection broke off during {name}; try again")
    if digest.hexdigest() != md5:
        raise _NotReceived(f"{name} arrived damaged; try again")


@contextmanager
def _connection(mirror: str, name: str) -> Iterator[Any]:
    """An open HTTP response whose faults, until it is closed, are _NotReceived."""
    try:
        with urlopen(Request(mirror + name, headers={"User-Agent": "aedash"}), timeout=TIMEOUT) as response:
            yield response
    except HTTPError as error:
        error.close()
        raise _NotReceived(f"the server answered {error.code} when asked for {name}") from error
    except URLError as error:
        raise _NotReceived("no connection to its server; choose a bundled data set or try again later") from error
    except (OSError, HTTPException) as error:
        raise _NotReceived(f"the connection broke off during {name}; try again") from error
