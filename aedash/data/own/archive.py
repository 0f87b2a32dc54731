"""Archive: a zip file from a stranger, judged before anything of it is unpacked, and read member by member.

No member is ever written, and none is looked for by its path. What the table of contents tells is bounded first; what a
member then holds cannot be more than it told.
"""

import stat
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from struct import unpack_from
from zlib import error as ZlibError

from aedash.data.own.bounds import CONTENTS, ENTRIES, RATIO, WHOLE, refused
from aedash.formatting import count

END, END_64, ENTRY = b"PK\5\6", b"PK\6\7", b"PK\1\2"
END_LENGTH, ENTRY_LENGTH, HEADER_LENGTH = 22, 46, 30  # bytes, without names and comments
LONGEST_COMMENT = 2**16
ENCRYPTED = 1
METHODS = zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED  # the others may ask for any amount of memory
DAMAGED = "This zip file is damaged: it cannot be unpacked."
FAULTS = (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError, ZlibError, KeyError)


@contextmanager
def opened(content: bytes) -> Iterator[zipfile.ZipFile]:
    """The archive, within bounds: entries, bytes in all, how tightly packed, none encrypted, none over another.

    Raises Refused.
    """
    _check_contents(content)
    try:
        archive = zipfile.ZipFile(BytesIO(content))
    except FAULTS:
        raise refused(DAMAGED) from None
    with archive:
        members = [member for member in archive.infolist() if not member.is_dir()]
        for check in (_check_sizes, _check_places, _check_open):
            check(members)
        yield archive


def _check_contents(content: bytes) -> None:
    """That the table of contents is short, counted here: the library reads all of it, whatever the end record says."""
    end = content.rfind(END, max(0, len(content) - END_LENGTH - LONGEST_COMMENT))
    if end < 0 or len(content) < end + END_LENGTH:
        raise refused("This zip file is damaged: its end is missing.")
    said, size, start = unpack_from("<HII", content, end + 10)
    if content[max(0, end - 20) : end].startswith(END_64) or said == 0xFFFF or 0xFFFFFFFF in (size, start):
        raise refused("This zip file is of the kind for very large ones (zip64), which is not read here.")
    first = end - size
    if first < 0 or size > CONTENTS * ENTRIES:
        raise refused(DAMAGED if first < 0 else _too_many("more"))
    found = sum(1 for _ in _entries(content, first, end))
    if found > ENTRIES:
        raise refused(_too_many(count(found)))
    if found != said:
        raise refused("This zip file is damaged: its table of contents has another length than it says.")


def _too_many(found: str) -> str:
    return f"This zip file has {found} entries; allowed: up to {count(ENTRIES)}."


def _entries(content: bytes, place: int, end: int) -> Iterator[int]:
    """Where each entry of the table begins; one more than is allowed ends it."""
    found = 0
    while place + ENTRY_LENGTH <= end and content[place : place + 4] == ENTRY and found <= ENTRIES:
        yield place
        found += 1
        place += ENTRY_LENGTH + sum(unpack_from("<HHH", content, place + 28))


def _check_sizes(members: list[zipfile.ZipInfo]) -> None:
    whole = sum(member.file_size for member in members)
    if whole > WHOLE:
        raise refused(f"This zip file holds {count(whole)} bytes once unpacked; allowed: up to {count(WHOLE)}.")
    if any(member.file_size > RATIO * max(1, member.compress_size) for member in members):
        raise refused(
            f"A file in this zip is packed more than {RATIO} times smaller, unlike any picture; save as PNG or JPEG."
        )


def _check_places(members: list[zipfile.ZipInfo]) -> None:
    """That none lies over another: a small archive could so hold the same bytes thousands of times."""
    ends = 0
    for member in sorted(members, key=lambda each: each.header_offset):
        if member.header_offset < ends:
            raise refused("Files in this zip lie over one another, as no program packs them; pack it again.")
        ends = member.header_offset + HEADER_LENGTH + member.compress_size


def _check_open(members: list[zipfile.ZipInfo]) -> None:
    if any(member.flag_bits & ENCRYPTED for member in members):
        raise refused("This zip file is locked with a password; pack it without one.")
    if any(member.compress_type not in METHODS for member in members):
        raise refused("This zip file is packed in a way that is not read here; pack it as usual (deflate).")


def linked(member: zipfile.ZipInfo) -> bool:
    """Whether it is no plain file but a link or a device."""
    kind = stat.S_IFMT(member.external_attr >> 16)
    return kind not in (0, stat.S_IFREG)


def read(archive: zipfile.ZipFile, member: zipfile.ZipInfo, most: int) -> bytes | None:
    """What a member holds; None where that is damaged, or more than `most` bytes."""
    if member.file_size > most:
        return None
    try:
        with archive.open(member) as stream:
            content = stream.read(most + 1)
    except FAULTS:
        return None
    return content if len(content) == member.file_size else None
