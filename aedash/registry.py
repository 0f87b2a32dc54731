"""Registries: a kind of part (architecture, term, corruption, dataset, preset) is added by a decorator and got by name.

Nothing here knows torch. The first look-up imports every module of the registry's package, so that a new file is all
that a new part needs.
"""

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from difflib import get_close_matches
from threading import RLock
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:  # what the registries hold lies in rooms above this one
    from aedash.data.corruption import CorruptionEntry
    from aedash.data.image_data import Dataset
    from aedash.models.base import ArchitectureEntry
    from aedash.objectives.objective import TermEntry
    from aedash.presets.base import Preset

T = TypeVar("T")


class Refused(ValueError):
    """Bad input, in one sentence: which field, what was wrong with it, what is allowed."""

    def __init__(self, sentence: str, field: str = "", allowed: str = "") -> None:
        whole = sentence.encode(errors="replace").decode()  # half a character can be shown nowhere
        super().__init__(" ".join(whole.split()))  # one line, whatever was typed in
        self.field = field
        self.allowed = allowed


class Registry(Generic[T]):
    """Named entries of one kind, found by importing all modules of `package` at the first look-up."""

    def __init__(self, kind: str, package: str) -> None:
        self.kind = kind
        self.package = package
        self._entries: dict[str, T] = {}
        self._families: dict[str, Callable[[str], T]] = {}
        self._discovered = False
        self._lock = RLock()

    def add(self, name: str, entry: T) -> None:
        """Add an entry. Raises ValueError when the name is taken."""
        if name in self._entries:
            raise ValueError(f"{self.kind} '{name}' is registered twice")
        self._entries[name] = entry

    def family(self, prefix: str, find: Callable[[str], T]) -> None:
        """Names that begin so are looked up by `find`, which raises Refused: entries that come and go.

        `names` has none of them.
        """
        self._families[prefix] = find

    def remove(self, name: str) -> None:
        """Forget an entry: for tests that register one of their own."""
        del self._entries[name]

    def names(self) -> list[str]:
        """All names, in alphabetical order."""
        self._discover()
        return sorted(self._entries)

    def get(self, name: str) -> T:
        """The entry of that name. Raises Refused with the known names."""
        self._discover()
        if name not in self._entries:
            for prefix, find in self._families.items():
                if str(name).startswith(prefix):
                    return find(name)
            raise Refused(self._unknown(name), self.kind, ", ".join(self.names()))
        return self._entries[name]

    def __iter__(self) -> Iterator[T]:
        return iter([self.get(name) for name in self.names()])

    def _unknown(self, name: str) -> str:
        near = get_close_matches(str(name), self.names(), n=1)
        hint = f" Did you mean '{near[0]}'?" if near else ""
        return f"Unknown {self.kind} '{str(name)[:60]}'; known: {', '.join(self.names())}.{hint}"

    def _discover(self) -> None:
        with self._lock:
            if self._discovered:
                return
            package = importlib.import_module(self.package)
            for module in pkgutil.iter_modules(package.__path__):
                importlib.import_module(f"{self.package}.{module.name}")
            # only now: while it is being filled, a look-up from another thread must wait, not miss an entry
            self._discovered = True


datasets: "Registry[Dataset]" = Registry("dataset", "aedash.data")
architectures: "Registry[ArchitectureEntry]" = Registry("architecture", "aedash.models")
corruptions: "Registry[CorruptionEntry]" = Registry("corruption", "aedash.data")
terms: "Registry[TermEntry]" = Registry("term", "aedash.objectives")
presets: "Registry[Callable[[], Preset]]" = Registry("preset", "aedash.presets")
