"""News of runs and of results, told to whoever listens: the wire, where there is a server."""

from collections.abc import Callable

_listeners: list[Callable[[str], None]] = []


def listen(listener: Callable[[str], None]) -> Callable[[], None]:
    """From now on the listener is told the name of every channel that has news, in any thread; returns what ends it."""
    _listeners.append(listener)
    return lambda: _listeners.remove(listener)


def tell(name: str) -> None:
    """Something happened to what a channel shows. name: "run/<id>", "sweep/<id>", "desk/<token>"."""
    for listener in _listeners[:]:
        listener(name)
