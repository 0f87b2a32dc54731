"""Storage of runs: an index in SQLite and a folder a run."""

from aedash.store.index import Store

__all__ = ["Store"]
