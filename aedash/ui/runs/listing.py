"""The list of runs: what is known of each in a line, and those that a search finds."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from aedash.history import Run
from aedash.training.owning import holds
from aedash.ui.shell import address
from aedash.ui.shell.visitor import shared, visitor
from aedash.ui.widgets import rest
from aedash.ui.widgets.run_words import data_title, sweep_of, titles

MOST_LETTERS = 200  # of a search
FIRST = 500  # runs before one asks for all: a line takes the server and the browser 0.3 ms each


@dataclass(frozen=True)
class Listed:
    """A run in the list. title: no other's; sweep: name of the one that it belongs to, or empty; whose: mine, another's
    or, of a run of no browser, empty."""

    run: Run
    title: str
    sweep: str
    whose: str

    @property
    def words(self) -> str:
        """What a search looks through, in small letters."""
        return " ".join(
            [self.title, data_title(self.run), self.sweep, self.run.state, self.whose, self.run.id]
        ).casefold()


def shown(runs: Sequence[Run], text: str) -> tuple[list[Listed], int]:
    """(the newest of those that hold every word of the text, or all of them where that was asked for; how many hold
    them). Lines are made only for what is shown, or searched. runs: newest first.
    """
    if not text.split():
        return listed(rest.first_of(runs, FIRST)), len(runs)
    rows = found(listed(runs), text)
    return list(rest.first_of(rows, FIRST)), len(rows)


def listed(runs: Sequence[Run]) -> list[Listed]:
    """The runs in their order."""
    told = titles(runs, {run.id: f"{data_title(run)} {run.epochs_done}" for run in runs})
    swept, me = sweep_of(), visitor() if shared() else ""
    return [Listed(run, told[run.id], swept[run.id].name if run.id in swept else "", _whose(run, me)) for run in runs]


def _whose(run: Run, me: str) -> str:
    return ("mine" if holds(me, run) else "another's") if me and run.owner else ""


def search() -> str:
    """The line in which a person says what the list shall hold, kept in the address."""
    text = address.line(
        "search",
        "Search",
        "",
        MOST_LETTERS,
        placeholder="Title, data set, sweep, state, mine",
        icon=":material/search:",
    )
    address.write({"search": text} if text or address.named("search") else {})  # `search=` is no search any more
    return text


def found(rows: Iterable[Listed], text: str) -> list[Listed]:
    """Those that hold every word of the text, in any order, in whatever letters."""
    wanted = text.casefold().split()
    return [row for row in rows if all(word in row.words for word in wanted)]
