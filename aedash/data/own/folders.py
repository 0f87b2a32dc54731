"""Folders: a zip of pictures, whose folders are classes."""

import zipfile
from collections import Counter
from itertools import takewhile

import numpy as np
from numpy.typing import NDArray

from aedash.data.own import archive, pictures
from aedash.data.own.album import Album
from aedash.data.own.bounds import DECODED, MEMBER, refused
from aedash.data.own.pictures import CUT, DAMAGED, LARGE, NO_IMAGE, RESIZED, Picture, Skipped, picture
from aedash.data.own.reading import ALL, COLOUR_SIDE, GREY_SIDE, Progress, Reading, reading
from aedash.formatting import count, many

ARCHIVE, LINK = "archives within the archive", "links"
NESTED = (b"PK\3\4", b"\x1f\x8b", b"7z\xbc\xaf\x27\x1c", b"Rar!", b"BZh", b"\xfd7zXZ")
SILENT = {"__MACOSX", "Thumbs.db", "desktop.ini"}
TRAIN, TEST = {"train", "training", "val", "valid", "validation"}, {"test", "testing"}
WITHOUT = "no folder"

Path = tuple[str, ...]


def read(content: bytes, side: int | None, progress: Progress) -> Reading:
    """The pictures of a zip, all of `side` pixels; None: 28 where all are grey, else 32.

    progress: told the share that is done, 0..1. Raises Refused, and whatever `progress` raises.
    """
    with archive.opened(content) as opened:
        album, paths, skipped, notes = _gathered(opened, side or GREY_SIDE, progress, stop=side is None)
        if album.colour and side is None:
            album, paths, skipped, notes = _gathered(opened, COLOUR_SIDE, progress)
    names, test = _sorted_by_folder(paths)
    return reading(album, names, test, 0, [*_skipped(skipped), *_rules(notes, album.side, album.count)])


def _gathered(
    opened: zipfile.ZipFile, side: int, progress: Progress, stop: bool = False
) -> tuple[Album, list[Path], Counter[str], Counter[str]]:
    """(images, where each lay, how many files were skipped and why, how often each rule was used).

    stop: at the first that has colour.
    """
    members = [member for member in opened.infolist() if not silent(member)]
    album, paths = Album(len(members), side), list[Path]()
    skipped, notes, decoded = Counter[str](), Counter[str](), 0
    for place, member in enumerate(members):
        progress(place / len(members))
        try:
            found = _picture(opened, member, side)
        except Skipped as reason:
            skipped[str(reason)] += 1
            continue
        decoded += found.decoded
        if decoded > DECODED:
            raise refused(f"These pictures have more than {count(DECODED)} pixels together; make them smaller.")
        album.add(found.pixels[None])
        notes.update(found.notes)
        paths.append(_folders(member.filename))
        if stop and album.colour:
            break
    return album, paths, skipped, notes


def silent(member: zipfile.ZipInfo) -> bool:
    """Folders, and what systems put beside pictures unasked."""
    parts = member.filename.replace("\\", "/").split("/")
    return member.is_dir() or any(part in SILENT or (part[:1] == "." and part.strip(".")) for part in parts)


def _picture(opened: zipfile.ZipFile, member: zipfile.ZipInfo, side: int) -> Picture:
    if archive.linked(member):
        raise Skipped(LINK)
    if member.file_size > MEMBER:
        raise Skipped(LARGE)
    file = archive.read(opened, member, MEMBER)
    if file is None:
        raise Skipped(DAMAGED)
    if file.startswith(NESTED):
        raise Skipped(ARCHIVE)
    return picture(file, side)


def _folders(name: str) -> Path:
    """The folders that a member says it lies in: words, never a path."""
    return tuple(part for part in name.replace("\\", "/").split("/")[:-1] if part.strip(". "))


def _sorted_by_folder(paths: list[Path]) -> tuple[list[str], NDArray[np.bool_] | None]:
    """(name of each image's class, which are for the test): the first folder in which they differ, below `train` and
    `test` where there are such.
    """
    shared = sum(1 for _ in takewhile(lambda parts: len(set(parts)) == 1, zip(*paths, strict=False)))
    below = [path[shared:] for path in paths]
    parts = {path[0].lower() if path else "" for path in below}
    test = None
    if parts & TEST and parts <= TRAIN | TEST:
        test = np.array([path[0].lower() in TEST for path in below])
        below = [path[1:] for path in below]
    if not any(below):
        return [ALL] * len(below), test
    return [path[0] if path else WITHOUT for path in below], test


def _skipped(why: Counter[str]) -> list[str]:
    if not why:
        return []
    named = [
        f"{count(number)} {'is' if number == 1 else 'are'} {_one(reason, number)}" for reason, number in why.items()
    ]
    return [f"{many(why.total(), 'file')} skipped: {', '.join(named)}."]


def _one(reason: str, number: int) -> str:
    single = {NO_IMAGE: "no image", ARCHIVE: "an archive within the archive", LINK: "a link"}
    return single.get(reason, reason) if number == 1 else reason


def _rules(notes: Counter[str], side: int, images: int) -> list[str]:
    """What was done to pictures, with how many it was done to."""
    told = []
    if notes[CUT]:
        told.append(f"{_of(notes[CUT], images)} cut to the middle square.")
    if notes[RESIZED]:
        told.append(f"{_of(notes[RESIZED], images)} made {side} x {side} pixels.")
    for rule in (pictures.LAID, pictures.SIXTEEN, pictures.FRAME, pictures.TURNED):
        if notes[rule]:
            told.append(f"{_of(notes[rule], images)} {rule}.")
    return told


def _of(number: int, images: int) -> str:
    return "All" if number == images else count(number)
