"""Sets: own images as data sets on disk, each under the hash of what it holds, with who uploaded it.

`<runs folder>/sets/<16 hex digits>/` holds `images.safetensors` and `set.json`, which is written last: without it there
is no set. The images go when the last owner gives them up; `set.json` stays, so that runs on them stay readable.
"""

import hashlib
import json
import os
import re
import struct
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache, partial
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from safetensors import SafetensorError, safe_open

from aedash.atomic import Full, held, read, write_atomically
from aedash.config import DataInfo
from aedash.data.framing import Step
from aedash.data.image_data import Dataset, Missing, Split, Unavailable, forget
from aedash.data.own import splitting
from aedash.data.own.naming import LONGEST_TITLE, cleaned
from aedash.data.own.pictures import square
from aedash.data.own.reading import Reading, on_light_ground
from aedash.events import Bytes
from aedash.formatting import count, many
from aedash.registry import Refused
from aedash.settings import Settings

PREFIX = "own-"
NAME = re.compile(r"own-[0-9a-f]{16}")
FOLDER, ABOUT, IMAGES = "sets", "set.json", "images.safetensors"
LARGEST_ABOUT = 2**20  # bytes
UNTITLED = "Own images"


class OwnSet(BaseModel):
    """What `set.json` holds. version: of the form; per_class: training images; owners: as `Run.owner`; bytes: of the
    images' file; inverted: light and dark were exchanged; notes: what was done on the way, as it was told.
    """

    model_config = ConfigDict(frozen=True)

    version: int = 1
    id: str = Field(pattern=r"^[0-9a-f]{16}$")
    title: str
    classes: tuple[str, ...]
    per_class: tuple[int, ...]
    test: int
    shape: tuple[int, int, int]
    owners: tuple[str, ...]
    created: str
    bytes: int
    inverted: bool = False
    notes: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """As configs call it."""
        return f"{PREFIX}{self.id}"

    @property
    def info(self) -> DataInfo:
        """What the registry tells of it."""
        images = count(sum(self.per_class) + self.test)
        kinds = many(len(self.classes), "class")
        colour = "colour" if self.shape[0] == 3 else "grey"
        about = f"{images} images that somebody uploaded, {self.shape[1]}x{self.shape[2]} in {colour}, {kinds}."
        return DataInfo(self.name, self.title, self.per_class, self.test, self.shape, self.classes, about)


def home() -> Path:
    """The folder of all own sets, which need not be there."""
    return _home(os.environ.get("AEDASH_RUNS_DIR", ""))


@lru_cache(maxsize=8)
def _home(_runs_dir: str) -> Path:
    """Read once: the registry asks many times a page, and settings take 2 ms."""
    return Settings().runs_dir / FOLDER


def keep(found: Reading, title: str, owner: str, inverted: bool = False) -> str:
    """Store what was read, whose images are mixed where they lie; returns the set's name.

    The same images are there once, and are everybody's who uploaded them; the first title stays. Raises Refused for a
    full disk, or a folder that cannot be written.
    """
    places, train = splitting.order(found)
    splitting.rearrange(found.images, places)
    labels = found.labels[places]
    identifier = _hash(found, labels, train)
    folder = home() / identifier
    counts = np.bincount(labels[:train], minlength=len(found.classes)).tolist()
    about = OwnSet(
        id=identifier,
        title=cleaned(title, LONGEST_TITLE) or UNTITLED,
        classes=found.classes,
        per_class=counts,
        test=len(labels) - train,
        shape=found.images.shape[1:],
        owners=(owner,),
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        bytes=found.images.nbytes + labels.nbytes,
        inverted=inverted,
        notes=found.notes,
    )
    try:
        home().mkdir(parents=True, exist_ok=True)
        with held(home() / ".lock", tries=None):
            _tidy()
            folder.mkdir(exist_ok=True)
            if not _there(folder, about.bytes):
                write_atomically(folder / IMAGES, _file(found.images, labels))
            _write(folder, _joined(folder, about))
    except OSError as error:
        raise Full(f"These images cannot be stored here ({error.strerror}); nothing was kept.", "disk") from None
    return about.name


def _hash(found: Reading, labels: NDArray[np.int64], train: int) -> str:
    digest = hashlib.sha256(json.dumps([found.images.shape, train, found.classes]).encode())
    digest.update(labels.tobytes())
    digest.update(np.ascontiguousarray(found.images).data)
    return digest.hexdigest()[:16]


def _file(images: Bytes, labels: NDArray[np.int64]) -> Iterable[bytes | memoryview]:
    """A safetensors file in parts: the library would copy the images first."""
    ends = images.nbytes, images.nbytes + labels.nbytes
    header = json.dumps(
        {
            "images": {"dtype": "U8", "shape": images.shape, "data_offsets": [0, ends[0]]},
            "labels": {"dtype": "I64", "shape": labels.shape, "data_offsets": list(ends)},
        }
    ).encode()
    header += b" " * (-len(header) % 8)
    return struct.pack("<Q", len(header)), header, np.ascontiguousarray(images).data, labels.data


def _there(folder: Path, size: int) -> bool:
    try:
        return (folder / IMAGES).stat().st_size > size
    except OSError:
        return False


def _joined(folder: Path, about: OwnSet) -> OwnSet:
    """With the owners, and under the title, that it had."""
    before = _read(folder / ABOUT)
    if before is None or not before.owners:
        return about
    return before.model_copy(update={"owners": tuple(dict.fromkeys((*before.owners, *about.owners)))})


def _write(folder: Path, about: OwnSet) -> None:
    write_atomically(folder / ABOUT, about.model_dump_json(indent=1).encode())


def _tidy() -> None:
    """Remove what killed servers left, of whom none writes now: half-written files, and folders without `set.json`."""
    for folder in [path for path in home().iterdir() if path.is_dir()]:
        for file in folder.iterdir():
            if file.name.endswith(".tmp") or not (folder / ABOUT).exists():
                file.unlink(missing_ok=True)
        if not any(folder.iterdir()):
            folder.rmdir()


def give_up(name: str, owner: str, everybody: bool = False) -> None:
    """The owner no longer wants it; once nobody does, its images are removed. everybody: whoever else wants it.

    Raises Refused for an unknown set, where it is another's, or where the folder cannot be written.
    """
    folder = _folder(name)
    try:
        with held(home() / ".lock", tries=None):
            about = own_set(name)
            if not everybody and owner not in about.owners:
                raise Refused("Another person uploaded these images; only they can remove them.", "data.name")
            left = () if everybody else tuple(each for each in about.owners if each != owner)
            if not left:  # first: on a full disk it makes the room in which the rest is written
                (folder / IMAGES).unlink(missing_ok=True)
                forget(name)
            _write(folder, about.model_copy(update={"owners": left}))
    except OSError as error:
        raise Full(f"These images cannot be removed now ({error.strerror}); try again later.", "disk") from None


def own_set(name: str) -> OwnSet:
    """What is known of a set. Raises Refused where there is none of that name here."""
    about = _read(_folder(name) / ABOUT)
    if about is None:
        raise Refused("These own images are not on this server: they were uploaded elsewhere.", "data.name")
    return about


def listed() -> list[OwnSet]:
    """All whose images are there, the newest first."""
    folders = home().iterdir() if home().is_dir() else ()
    found = [_read(folder / ABOUT) for folder in folders if NAME.fullmatch(f"{PREFIX}{folder.name}")]
    there = [about for about in found if about is not None and about.owners]
    return sorted(there, key=lambda about: about.created, reverse=True)


def sizes() -> dict[str, tuple[tuple[str, ...], int]]:
    """{name: (owners, bytes)} of all whose images are there."""
    return {about.name: (about.owners, about.bytes) for about in listed()}


def find(name: str) -> Dataset:
    """The registry's entry of an own set. Raises Refused where there is none of that name here."""
    about = own_set(name)
    return Dataset(
        about.info,
        read=lambda root: _images(about),
        check=lambda root: _check(about),
        framing=partial(framed, inverted=about.inverted),
    )


def _folder(name: str) -> Path:
    if not NAME.fullmatch(name):
        raise Refused(f"'{name[:40]}' is no name of own images; those are own- and 16 digits.", "data.name")
    return home() / name.removeprefix(PREFIX)


def _read(path: Path) -> OwnSet | None:
    """None where there is none, or no readable one."""
    try:
        return _remembered(path, path.stat().st_mtime_ns)
    except (OSError, ValueError, ValidationError):
        return None


@lru_cache(maxsize=4096)
def _remembered(path: Path, _written: int) -> OwnSet:
    return OwnSet.model_validate_json(read(path, LARGEST_ABOUT))


def _check(about: OwnSet) -> None:
    """Raises Missing where the images were removed, Unavailable where the file is not what was written."""
    try:
        size = (home() / about.id / IMAGES).stat().st_size
    except OSError:
        raise Missing(f"The images of {about.title} were removed; upload the files again to use them.") from None
    if size <= about.bytes:
        raise Unavailable(f"{about.title} cannot be read: its file is cut off; upload the same files again.")


def _images(about: OwnSet) -> tuple[Split, Split]:
    """(train, test). Raises as `_check`."""
    _check(about)
    try:
        with safe_open(home() / about.id / IMAGES, framework="pt") as file:
            images, labels = file.get_tensor("images"), file.get_tensor("labels")
    except (SafetensorError, OSError):
        raise Unavailable(f"{about.title} cannot be read: its file is damaged; upload the same files again.") from None
    train = sum(about.per_class)
    if (
        images.shape != (train + about.test, *about.shape)
        or labels.shape != images.shape[:1]
        or images.dtype != torch.uint8
    ):
        raise Unavailable(f"{about.title} cannot be read: its file holds other images.")
    return Split(images[:train], labels[:train]), Split(images[train:], labels[train:])


def framed(picture: Bytes, field: tuple[int, int], inverted: bool = False) -> tuple[Step, ...]:
    """As the set's own pictures were: the middle square, made as large as the field.

    inverted: the set's were turned light on dark, and so is a picture that is dark on light; a drawing is not.
    """
    small = np.asarray(square(Image.fromarray(picture), field[0])[0])
    step = Step(f"middle square, {field[0]} pixels", small)
    if inverted and on_light_ground(small[None, None]):
        return step, Step("inverted, as the set was", 255 - small)
    return (step,)
