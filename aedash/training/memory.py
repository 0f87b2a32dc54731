"""Memory that a step frees and the next one asks for again: it stays with the process while runs train."""

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager

_TRIM, _MAP = -1, -3  # glibc's M_TRIM_THRESHOLD and M_MMAP_THRESHOLD
KEPT = 256 * 2**20  # bytes of one thread that may lie free before they go back to the system
MAPPED = 32 * 2**20  # bytes of one buffer above which it is asked of the system alone: the most that glibc takes


@contextmanager
def kept() -> Iterator[None]:
    """Freed memory is kept while this lasts, and given back at its end.

    Else glibc gives it back after each step, whenever it happens to lie last, and each page of the next step's maps
    costs a fault again: a convolutional net then trains at 60 % of its speed. Another C library is left as it is.
    """
    library = ctypes.CDLL(None) if os.name == "posix" else None
    if library is None or not all(hasattr(library, name) for name in ("mallopt", "malloc_trim")):
        yield
        return
    library.mallopt(_MAP, MAPPED)
    library.mallopt(_TRIM, KEPT)
    try:
        yield
    finally:
        library.malloc_trim(0)
