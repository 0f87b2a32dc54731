"""Files: what a person uploads is told by its content, and read as a zip of pictures, as arrays, or as idx files."""

from collections.abc import Iterator, Mapping
from functools import partial
from io import BytesIO
from typing import Any, cast
from zipfile import ZipFile

import numpy as np

from aedash.data.own import archive, arrays, folders, idx_files, levels
from aedash.data.own.album import Album
from aedash.data.own.arrays import Arrays
from aedash.data.own.bounds import refused
from aedash.data.own.idx_files import Opened
from aedash.data.own.reading import ALL, COLOUR_SIDE, GREY_SIDE, Progress, Reading, reading
from aedash.data.own.stacks import Stack
from aedash.registry import Refused

ZIP, NPY = (b"PK\3\4", b"PK\5\6"), arrays.MAGIC
MOST_IDX = 4  # files: images and labels, of the training and of the test
ENDINGS = "zip", "npz", "npy", "gz", "idx", "ubyte"
LOOKED_AT = 0.3  # share of the time that looking for the range of the pixels takes


def read(content: bytes, side: int | None = None, progress: Progress = lambda share: None) -> Reading:
    """What an uploaded file holds, all of `side` pixels; None: of their own size where that is one and small, else 28
    or 32.

    progress: told the share that is done, 0..1; what it raises ends the reading. Raises Refused with one sentence.
    """
    try:
        return _read(content, side, progress)
    except Refused:
        raise
    except archive.FAULTS:  # a member that breaks off while it is read
        raise refused("This file is damaged: it cannot be unpacked.") from None


def _read(content: bytes, side: int | None, progress: Progress) -> Reading:
    if content.startswith(NPY):
        return _images(arrays.of_npy(content), side, progress)
    if idx_files.is_idx(lambda: BytesIO(content)):
        return _images(_of_idx({"": lambda: BytesIO(content)}), side, progress)
    if not content.startswith(ZIP):
        raise refused("This file is none of those that are read here: a zip of pictures, npz, npy or idx.")
    with archive.opened(content) as opened:
        names = opened.namelist()
        if any(name.endswith(".npy") for name in names):
            return _images(arrays.of_npz(opened), side, progress)
        if idx := _idx_within(opened):
            return _images(_of_idx(idx), side, progress)
    return folders.read(content, side, progress)


def _idx_within(opened: ZipFile) -> dict[str, Opened]:
    """{name: file} of the idx files of an archive, as MNIST's own are packed; empty where others are among them."""
    members = [member for member in opened.infolist() if not folders.silent(member)]
    files: dict[str, Opened] = {
        member.filename: partial(cast(Any, opened.open), member) for member in members[: MOST_IDX + 1]
    }
    return files if 0 < len(files) <= MOST_IDX and all(map(idx_files.is_idx, files.values())) else {}


def _of_idx(files: Mapping[str, Opened]) -> Arrays:
    """Images have more than one axis, labels one; what is for the test says so in its name."""
    found: dict[tuple[bool, bool], Stack] = {}
    for name, file in files.items():
        stack = idx_files.stack(file)
        place = (len(stack.shape) > 1, "t10k" in name.lower() or "test" in name.lower())
        if place in found:
            kind = "images" if place[0] else "labels"
            raise refused(f"Two of these idx files are {kind} for the same use; name the test's with t10k or test.")
        found[place] = stack
    images, test = found.get((True, False)), found.get((True, True))
    alone = images is None
    if alone:
        images, test = test, None
    if images is None:
        raise refused("These idx files are labels alone; the file with the images is missing.")
    return Arrays(images, found.get((False, alone)), test, found.get((False, True)) if test else None)


def _images(found: Arrays, side: int | None, progress: Progress) -> Reading:
    form = levels.layout(found.images.shape)
    stacks = [found.images, *filter(None, [found.test])]
    if any(levels.layout(stack.shape) != form for stack in stacks):
        raise refused("The images of the test have another shape than those to train on.")
    usual = form.height if form.kept else GREY_SIDE if form.channels == 1 else COLOUR_SIDE
    album = Album(sum(stack.shape[0] for stack in stacks), side or usual)
    span = levels.levels(*stacks)
    progress(LOOKED_AT)
    for stack in stacks:
        for done in levels.gather(stack, span, album):
            progress(LOOKED_AT + (1 - LOOKED_AT) * done / album.room)
    names, unlabelled = _names(found)
    test = np.arange(album.count) >= found.images.shape[0] if found.test else None
    kept = form.height if form.kept else 0
    return reading(album, names, test, kept, [*_told(form, span, album.side), *unlabelled])


def _names(found: Arrays) -> tuple[list[str], list[str]]:
    """(name of each image's class, sentences)."""
    pairs = [(found.images, found.labels), *([(found.test, found.test_labels)] if found.test else [])]
    if any(told is None for _, told in pairs):
        return [ALL] * sum(stack.shape[0] for stack, _ in pairs), ["There are no labels: all are one class."]
    told = [arrays.labels(labels, stack.shape[0]) for stack, labels in pairs if labels]
    return [str(label) for labels in told for label in labels.tolist()], []


def _told(form: levels.Layout, span: levels.Levels, side: int) -> Iterator[str]:
    """What was recognised and done, one sentence each."""
    yield f"Numbers of {span.said} stand for black..white."
    if form.flat:
        yield f"Each row is taken as {form.height} x {form.width} pixels."
    if form.height != form.width:
        yield "All cut to the middle square."
    if (form.height, form.width) != (side, side):
        yield f"All made {side} x {side} pixels, from {form.height} x {form.width}."
