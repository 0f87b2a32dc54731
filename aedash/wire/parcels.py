"""Parcels: bytes that a page's script has made and its browser fetches once. Their name is their content's hash."""

import re
from collections import OrderedDict
from dataclasses import dataclass
from hashlib import sha256
from threading import Lock

NAME = re.compile(r"[0-9a-f]{32}")
MOST_BYTES = 256 * 2**20


@dataclass(frozen=True)
class Parcel:
    """content, and its media type."""

    content: bytes
    kind: str


class Parcels:
    """The parcels asked for last, up to `most` bytes of them; safe to use from several threads.

    An older one is dropped: whoever draws it anew finds that `has` is False, and puts it in again.
    """

    def __init__(self, most: int = MOST_BYTES) -> None:
        self.most = most
        self._parcels: OrderedDict[str, Parcel] = OrderedDict()
        self._bytes = 0
        self._lock = Lock()

    def put(self, content: bytes, kind: str) -> str:
        """Keep it; its name, 32 hexadecimal digits. kind: its media type."""
        name = sha256(kind.encode() + b"\n" + content).hexdigest()[:32]
        with self._lock:
            if name not in self._parcels:
                self._parcels[name] = Parcel(content, kind)
                self._bytes += len(content)
            self._parcels.move_to_end(name)
            while self._bytes > self.most and len(self._parcels) > 1:
                self._bytes -= len(self._parcels.popitem(last=False)[1].content)
        return name

    def has(self, name: str) -> bool:
        """Whether it is there; it then stays for longer."""
        return self.get(name) is not None

    def get(self, name: str) -> Parcel | None:
        """The parcel of that name."""
        with self._lock:
            if name in self._parcels:
                self._parcels.move_to_end(name)
            return self._parcels.get(name)
