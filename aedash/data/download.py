"""Downloads of files with a known sum: whole and right, or not there at all."""

import hashlib
import os
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing, contextmanager
from http.client import HTTPException
from pathlib import Path
from time import monotonic
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

LIMIT = 64 * 2**20  # bytes that a file may have
TIMEOUT = 20.0  # seconds that a server may stay silent
DEADLINE = 1800.0  # seconds that one file may take
CHUNK = 2**16


class NotReceived(Exception):
    """A mirror did not give the file; the message is half a sentence, to follow "cannot be downloaded:"."""


def download(mirrors: Iterable[str], target: Path, md5: str, report: Callable[[float], None]) -> None:
    """The file of the target's name from the first mirror that gives it.

    mirrors: URL prefixes, at least one; target: in a folder that is there; md5: of the file as it is served, 32
    hexadecimal digits; report: called with its share in 0..1, 0 where the server does not tell the length.

    Raises NotReceived with the first mirror's fault: that one should work, and what the others lack says less. Raises
    OSError where the target cannot be written. Whatever happens, the target is whole or as it was.
    """
    faults = []
    for mirror in mirrors:
        try:
            with closing(_chunks(mirror, target.name, md5, report)) as chunks:
                return _save(chunks, target)
        except NotReceived as fault:
            faults.append(fault)
    raise faults[0]


def _save(chunks: Iterable[bytes], target: Path) -> None:
    """Write beside the target and rename once `chunks` ended well; whatever happens, no other file remains."""
    # one name, not a random one: the lock keeps others away, and the next try overwrites what a killed process left
    part = target.with_name(f"{target.name}.part")
    part.unlink(missing_ok=True)
    try:
        with part.open("xb") as file:  # x: never through a link that somebody put there
            for chunk in chunks:
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def _chunks(mirror: str, name: str, md5: str, report: Callable[[float], None]) -> Generator[bytes, None, None]:
    """A file in pieces. Raises NotReceived, at the latest after the last piece when the sum is wrong."""
    digest = hashlib.md5(usedforsecurity=False)
    done, end = 0, monotonic() + DEADLINE
    with _connection(mirror, name) as response:
        length = response.length or 0
        # read1: read waits for a full chunk, which a server that drips one byte at a time could draw out for hours
        while chunk := response.read1(CHUNK):
            done += len(chunk)
            digest.update(chunk)
            if max(done, length) > LIMIT:
                raise NotReceived(f"{name} arrived damaged, larger than {LIMIT // 2**20} MiB")
            if monotonic() > end:
                raise NotReceived(f"the server sends {name} too slowly; try again later")
            yield chunk
            report(done / length if length else 0.0)
    if done < length:
        raise NotReceived(f"the connection broke off during {name}; try again")
    if digest.hexdigest() != md5:
        raise NotReceived(f"{name} arrived damaged; try again")


@contextmanager
def _connection(mirror: str, name: str) -> Iterator[Any]:
    """An open HTTP response whose faults, until it is closed, are NotReceived."""
    try:
        with urlopen(Request(mirror + name, headers={"User-Agent": "aedash"}), timeout=TIMEOUT) as response:
            yield response
    except HTTPError as error:
        error.close()
        raise NotReceived(f"the server answered {error.code} when asked for {name}") from error
    except URLError as error:
        raise NotReceived("no connection to its server; choose a bundled data set or try again later") from error
    except (OSError, HTTPException) as error:
        raise NotReceived(f"the connection broke off during {name}; try again") from error
