"""Blocks of rows: what does not fit into memory, or into the cache, goes through a few rows at a time."""

from collections.abc import Iterator


def blocks(rows: int, size: int) -> Iterator[slice]:
    """Slices that cover the rows 0..`rows` in order, `size` at a time, fewer in the last one; none of no rows.

    >>> [(block.start, block.stop) for block in blocks(5, 2)]
    [(0, 2), (2, 4), (4, 5)]
    """
    return (slice(start, min(start + size, rows)) for start in range(0, rows, size))
