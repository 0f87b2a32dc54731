"""Sizes: what a folder takes of the disk, and what the disk has left."""

import os
import shutil
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

RESERVE = 500_000_000  # bytes that stay free for the rest of the machine
SHARE = 0.05  # of a disk that is so small that this is less


class Disk(NamedTuple):
    """A disk in bytes: what it holds in all, and what may still be written to it."""

    total: int
    free: int

    @property
    def reserve(self) -> int:
        """What stays free: 500 MB, or a twentieth of a small disk.

        >>> Disk(total=2_000_000, free=0).reserve
        100000
        """
        return min(RESERVE, int(SHARE * self.total))


def disk(folder: Path) -> Disk:
    """The disk on which the folder lies. Raises OSError where there is none."""
    usage = shutil.disk_usage(folder)
    return Disk(usage.total, usage.free)


def size_of(place: Path) -> int:
    """Bytes of all files in a folder, however deep, each once, however many names it has; of a file its own.

    0 where there is nothing. What is removed meanwhile is passed over; a link is not followed.
    """
    files: dict[int, int] = {}
    with suppress(OSError):
        if not place.is_dir():
            return place.lstat().st_size
    folders = [str(place)]
    while folders:
        with suppress(OSError), os.scandir(folders.pop()) as entries:
            for entry in entries:
                with suppress(OSError):
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(entry.path)
                    else:
                        files[entry.inode()] = entry.stat(follow_symlinks=False).st_size
    return sum(files.values())
