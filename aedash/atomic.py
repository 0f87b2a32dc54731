"""Files that are written whole or not at all, read within bounds, and locked by one process at a time."""

import json
import os
import secrets
import shutil
import stat
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import time
from typing import Any

from filelock import FileLock, Timeout

from aedash.registry import Refused

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

PROBES_PAUSE = 0.01  # seconds between two tries for a lock that a reader may be probing
TRIES = 30
Content = bytes | Iterable[bytes | memoryview]  # of a file, whole or in parts
ABANDONED = 600.0  # seconds after which nobody is still writing a temporary file or folder


class Busy(Refused):
    """Another process holds what was asked for; trying again may help."""


class Full(Refused):
    """There is no room left on the disk. What was to be written is not, and what was there is as it was."""


@contextmanager
def prepared(path: Path, content: Content) -> Iterator[Callable[[], object]]:
    """Content lies ready beside the file while the block runs, and takes its place when what is given is called.

    The file is the old one or the new one, never a part; nothing is left behind when the disk is full. Raises OSError
    where it cannot be written, and whatever the block raises.
    """
    partial = _fresh(path)
    try:
        with partial.open("xb") as file:  # x: never through a link that somebody put there
            file.writelines([content] if isinstance(content, bytes) else content)
            file.flush()
            os.fsync(file.fileno())
        yield lambda: partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


@contextmanager
def staged(path: Path, content: Content) -> Iterator[None]:
    """As `prepared`; it takes the file's place once the block ends well."""
    with prepared(path, content) as place:
        yield
        place()


def copy_atomically(source: Path, path: Path) -> None:
    """The file is a whole copy of the other one, or what it was before. Raises OSError."""
    partial = _fresh(path)
    try:
        shutil.copyfile(source, partial)
        with partial.open("rb+") as file:
            os.fsync(file.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def settle(folder: Path) -> None:
    """Names of files in the folder outlast a power cut from here on; their content does once it is written."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except PermissionError:  # Windows opens no folder
        return
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_atomically(path: Path, content: Content) -> None:
    """The file holds `content`, or what it held before. See `staged`. Raises OSError."""
    with staged(path, content):
        pass


def write_json(path: Path, value: Any) -> None:
    """Atomically, indented for people. Raises OSError, and TypeError for what JSON cannot hold."""
    write_atomically(path, json.dumps(value, indent=1).encode())


def _fresh(path: Path) -> Path:
    """A new name beside the file; what killed processes left under such names is removed."""
    for old in path.parent.glob(f"{path.name}.*.tmp"):
        with suppress(OSError):
            if abandoned(old):
                old.unlink()
    return path.with_name(f"{path.name}.{secrets.token_hex(6)}.tmp")


def abandoned(path: Path) -> bool:
    """Whether nobody has written there for ten minutes. Raises OSError where there is nothing."""
    return time() - path.lstat().st_mtime > ABANDONED


def sweep(folder: Path, parts_of: str = "*", but: str = "") -> None:
    """Remove what killed processes left half written in a folder and below; nobody may be writing there now.

    parts_of: which files, as a pattern; but: the name of one that somebody may be writing.
    """
    for partial in folder.rglob(f"{parts_of}.tmp"):
        if not but or not partial.name.startswith(f"{but}."):
            with suppress(OSError):
                partial.unlink()


def read(path: Path, most: int) -> bytes:
    """The content of a plain file of at most `most` bytes.

    Raises OSError where it cannot be opened, and ValueError for a larger one or what is no plain file.
    """
    about = path.stat()
    if not stat.S_ISREG(about.st_mode):
        raise ValueError(f"{path.name} is no plain file")
    if about.st_size > most:
        raise ValueError(f"{path.name} has {about.st_size / 1e6:,.0f} MB; at most {most / 1e6:,.0f} MB are read")
    return path.read_bytes()


def parse_json(content: bytes | str) -> Any:
    """Its value, all text in it whole.

    Raises ValueError, whatever is wrong with it: no JSON, brackets nested too deep for Python, half a character.
    """
    text = content if isinstance(content, str) else content.decode()
    try:
        value = json.loads(text)
    except RecursionError:
        raise ValueError("its brackets are nested too deep") from None
    if "\\ud" in text.lower():  # maybe half a character, which no page can show
        json.dumps(value, ensure_ascii=False).encode()
    return value


@contextmanager
def held(path: Path, tries: int | None = TRIES) -> Iterator[None]:
    """Hold an exclusive lock on the file while the block runs. Raises Busy when another process keeps it.

    The kernel forgets the lock with the process, however that ends. tries: a reader that only probes holds the lock
    for an instant, so one tries more than once; None waits for as long as it takes.
    """
    lock = FileLock(path, thread_local=False, fallback_to_soft=False, poll_interval=PROBES_PAUSE)
    try:
        lock.acquire(timeout=-1 if tries is None else (tries - 1) * PROBES_PAUSE)
    except Timeout:
        raise Busy("This run is being trained by another process.", "run") from None
    try:
        yield
    finally:
        lock.release()


def is_held(path: Path) -> bool:
    """True when some living process holds the lock; False where there is no such file, or it may not be read.

    A shared lock where the kernel has one: filelock's are exclusive, and of four processes that probed with them at
    once half took each other for holders (measured; and 35 times as slow).
    """
    if not path.is_file():
        return False
    return _probed_alone(path) if fcntl is None else _probed(path)


def _probed(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:  # it may not be read, or was removed just now
        return False
    return False


def _probed_alone(path: Path) -> bool:
    try:
        with held(path, tries=1):
            return False
    except Busy:
        return True
