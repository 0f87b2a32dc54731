"""Where the files of a set in MNIST's format lie: in torchvision's folders, or where and as others put them."""

from collections.abc import Iterator
from pathlib import Path


def places(root: Path, folder: str, file: str) -> Iterator[Path]:
    """The files below a data root that may be the one asked for, the usual place and archives first; maybe none.

    folder: torchvision's name of the set; file: its unpacked name. Others write `train-images.idx3-ubyte`, name the
    folder in small letters, leave out `raw`, or have each file in a folder of its own name, as Kaggle's archive
    unpacks. Folders that may not be read count as empty. What a file holds is not looked at.
    """
    names = (file, file.replace("-idx", ".idx"))
    forms = [f"{name}{ending}" for name in names for ending in (".gz", "")]
    nested = [f"{outer}/{inner}" for outer in names for inner in names]
    for parent in _folders(root, folder):
        yield from filter(_is_file, (parent / path for path in (*forms, *nested)))


def _folders(root: Path, folder: str) -> list[Path]:
    """`raw` and its parent in each folder of that name, the exact spelling first."""
    alike = [path for path in _listed(root) if _plain(path.name) == _plain(folder)]
    alike.sort(key=lambda path: (path.name != folder, path.name))
    return [place for path in alike for place in (*(c for c in _listed(path) if c.name.lower() == "raw"), path)]


def _plain(name: str) -> str:
    """A name without case, dashes and underscores."""
    return name.lower().replace("-", "").replace("_", "")


def _listed(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:  # not there, no folder, or one that may not be looked into
        return []


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:
        return False
