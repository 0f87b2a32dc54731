"""The head of a safetensors file from a stranger, checked before anything is made of it.

Nothing here knows torch, and nothing of the file but its first 256 kB is looked at. The library refuses what is
damaged, too, but it takes 7 seconds and 260 MB for a head of 200,000 empty tensors.
"""

import json
from dataclasses import dataclass
from itertools import pairwise
from math import prod
from typing import Any

from aedash.formatting import count
from aedash.registry import Refused

LARGEST = 64 * 2**20  # bytes of a file
LARGEST_HEAD = 256 * 2**10  # bytes
MOST_TENSORS = 512
MOST_DIMENSIONS = 8
NUMBERS = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2, "I64": 8, "I32": 4, "I16": 2, "I8": 1, "U8": 1, "BOOL": 1}  # bytes
KINDS = "allowed: a safetensors file of up to 64 MB"
PICKLED = (
    "This is a pickle or a zip (.pt, .pth, .ckpt), which may run code when opened; allowed: safetensors files, as "
    "safetensors.torch.save_file(model.state_dict(), name) writes them."
)


@dataclass(frozen=True)
class Tensor:
    """dtype: as safetensors names it; shape: its sizes."""

    dtype: str
    shape: tuple[int, ...]


@dataclass(frozen=True)
class Head:
    """tensors: by name, in the order of the file; metadata: text by name; start: byte at which the numbers begin."""

    tensors: dict[str, Tensor]
    metadata: dict[str, str]
    start: int


def read_head(content: bytes) -> Head:
    """What the file tells of itself. Raises Refused with one sentence for whatever is no safetensors file, or too
    large.
    """
    if len(content) > LARGEST:
        raise _refused(f"The file has {count(len(content))} bytes")
    if content[:1] == b"\x80" or content[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
        raise Refused(PICKLED, "weights", KINDS)
    size = int.from_bytes(content[:8], "little")
    if len(content) < 10 or not 2 <= size <= len(content) - 8:
        raise _refused("This is no safetensors file, or it is cut off")
    if size > LARGEST_HEAD:
        raise _refused(f"Its head has {count(size)} bytes, more than {count(LARGEST_HEAD)}")
    entries = _entries(content[8 : 8 + size])
    metadata = entries.pop("__metadata__", {})
    if not isinstance(metadata, dict) or not all(isinstance(text, str) for text in metadata.values()):
        raise _refused("Its metadata are no texts")
    if not 1 <= len(entries) <= MOST_TENSORS:
        raise _refused(f"It holds {count(len(entries))} tensors, not 1 to {MOST_TENSORS}")
    return Head(_tensors(entries, len(content) - 8 - size), metadata, 8 + size)


def _entries(head: bytes) -> dict[str, Any]:
    try:
        entries = json.loads(head.decode(), object_pairs_hook=_once)
        json.dumps(entries, ensure_ascii=False).encode()  # half a character in a name raises, too
    except (ValueError, RecursionError):
        raise _refused("It does not begin as a safetensors file does") from None
    if not isinstance(entries, dict):
        raise _refused("It does not begin as a safetensors file does")
    return entries


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name stands twice")
    return found


def _tensors(entries: dict[str, Any], room: int) -> dict[str, Tensor]:
    """Each with a shape that fills its place; the places follow one another, and fill the file."""
    found, places = {}, []
    for name, entry in entries.items():
        tensor, place = _tensor(entry)
        found[name] = tensor
        places.append(place)
    places.sort()
    if any(one[1] != next[0] for one, next in pairwise(places)) or places[0][0] != 0 or places[-1][1] != room:
        raise _refused("Its tensors overlap, or do not fill the file: it is damaged or cut off")
    return found


def _tensor(entry: Any) -> tuple[Tensor, tuple[int, int]]:
    if not isinstance(entry, dict) or entry.keys() != {"dtype", "shape", "data_offsets"}:
        raise _refused("It does not begin as a safetensors file does")
    kind, shape, place = entry["dtype"], entry["shape"], entry["data_offsets"]
    if not isinstance(kind, str) or kind not in NUMBERS:
        raise _refused(f"It holds numbers of the kind {str(kind)[:20]}")
    if not _whole(shape) or len(shape) > MOST_DIMENSIONS or not _whole(place) or len(place) != 2:
        raise _refused("It holds a tensor of an impossible shape")
    if prod(shape) * NUMBERS[kind] != place[1] - place[0]:
        raise _refused("It holds a tensor whose shape does not fill its place")
    return Tensor(kind, tuple(shape)), (place[0], place[1])


def _whole(numbers: Any) -> bool:
    return isinstance(numbers, list) and all(type(number) is int and 0 <= number <= LARGEST for number in numbers)


def _refused(what: str) -> Refused:
    return Refused(f"{what}; {KINDS}.", "weights", KINDS)
