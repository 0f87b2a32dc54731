"""Bounds: what an upload of images may have at most, and the sentences that say so."""

from aedash.formatting import count
from aedash.registry import Refused

FEWEST, MOST = 8, 70_000  # images of a set
ENTRIES = 20_000  # of an archive
MEMBER = 5_000_000  # bytes of one picture's file
WHOLE = 500_000_000  # bytes of all that an archive holds, and of all images of a set
DECODED = 2_000_000_000  # pixels of all pictures of an archive: a few kilobytes may decode to millions, for minutes
RATIO = 200  # times that a member may be smaller than what it holds
CONTENTS = 500  # bytes of an archive's table of contents, an entry
CLASSES = 100
SIZES = 28, 32, 64  # pixels a side that a set may be made
LARGEST_AS_IT_IS = 64  # pixels a side that arrays may keep
SMALLEST_AS_IT_IS = 16


def refused(sentence: str, allowed: str = "") -> Refused:
    """To be raised: an upload that is not taken."""
    return Refused(sentence, "upload", allowed)


def check_room(images: int, channels: int, side: int) -> None:
    """Raises Refused for more images than a set may have, or more bytes."""
    if images > MOST:
        raise refused(f"There are {count(images)} images; at most {count(MOST)} make a data set here.")
    if images * channels * side * side > WHOLE:
        raise refused(
            f"{count(images)} images of {side} pixels take {images * channels * side * side / 1e6:.0f} MB; allowed: up "
            f"to {WHOLE / 1e6:.0f} MB, so choose a smaller size, or upload fewer."
        )
