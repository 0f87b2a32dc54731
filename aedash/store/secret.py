"""The secret of a runs folder: what its server signs with, so that nobody else can make up what it gave away."""

import os
import re
import secrets
from pathlib import Path

from aedash.atomic import held, read
from aedash.store.database import sentences

NAME = "secret"
_WHOLE = re.compile(r"[0-9a-f]{64}")


def secret(root: Path) -> bytes:
    """32 bytes, the same for every process of the folder; made where there are none, or only a part.

    With another secret nothing that was signed before holds. Raises Refused where it can be neither read nor written.
    """
    path = root / NAME
    with sentences():
        if found := _read(path):
            return found
        root.mkdir(parents=True, exist_ok=True)
        with held(root / f"{NAME}.lock", tries=1000):
            return _read(path) or _made(path)


def _read(path: Path) -> bytes:
    try:
        text = read(path, 1000).decode().strip()
    except (FileNotFoundError, ValueError):
        return b""
    return bytes.fromhex(text) if _WHOLE.fullmatch(text) else b""


def _made(path: Path) -> bytes:
    """A new one, that nobody but the server's user may read."""
    path.unlink(missing_ok=True)
    value = secrets.token_bytes(32)
    with open(path, "x", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write(value.hex())
        file.flush()
        os.fsync(file.fileno())
    return value
