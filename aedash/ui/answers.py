"""What the answers of the comparison pages share: their look, and what they add of members that went otherwise."""

from collections.abc import Sequence
from html import escape

from aedash.events import RunState
from aedash.history import Run
from aedash.ui.sweeps import Cell
from aedash.words import field

NAMED = 4  # values at most; more are counted
LONGEST = 60  # letters of a reason


def answered(kind: str, first: str, rest: str) -> str:
    """HTML: a finding of that kind, its first clause bold; the whole of it on hover, where one line has no room."""
    whole = f'<span title="{escape(first + rest)}"><b>{escape(first)}</b>{escape(rest)}</span>'
    return f'<div class="finding {kind}">{whole}</div>'


def expected(cells: Sequence[Cell]) -> int:
    """How many runs have figures, or may still get some by themselves; one that failed never does."""
    return sum(run.state.alive or "test" in run.figures for cell in cells for run in cell.runs)


def progress(measured: int, cells: Sequence[Cell]) -> str:
    """How many runs are measured, in a sentence; empty once nothing more is to come.

    A run that goes on after it was stopped still has the figures of then: it does not count.
    """
    going_on = sum(run.state.alive and "test" in run.figures for cell in cells for run in cell.runs)
    done, planned = max(0, measured - going_on), expected(cells)
    return f"{done} of {planned} runs are measured." if done < planned else ""


def remarks(cells: Sequence[Cell], what: str) -> str:
    """Which members failed, ended early, were changed on the way or deleted; empty while all goes as planned.

    Plain sentences, each with a space before it. what: stands before the values.
    """
    told: dict[str, list[str]] = {}
    begun = any(cell.runs for cell in cells)
    for cell in cells:
        said = [words for run in cell.runs for words in _said(run)] or ["deleted since"] * (begun and not cell.runs)
        for words in dict.fromkeys(said):
            some = f" ({said.count(words)} of {len(cell.runs)} seeds)" if said.count(words) < len(cell.runs) else ""
            told.setdefault(words, []).append(cell.group.label + some)
    return "".join(f" {_named(what, labels)} {words}." for words, labels in told.items())


def _said(run: Run) -> list[str]:
    """What is to be known of a run before its figures are believed."""
    found = []
    if run.state is RunState.FAILED:
        found.append(f"failed ({reason(run.sentence)})" if run.sentence else "failed")
    elif not run.state.alive and run.epochs_done < run.config.epochs:
        found.append(f"{run.state.value} after {run.epochs_done} of {run.config.epochs} epochs")
    if run.changes:
        fields = dict.fromkeys(field(change.path) for change in run.changes)
        found.append(f"changed on the way ({', '.join(fields)})")
    return found


def reason(sentence: str) -> str:
    """The first clause of a run's sentence, to stand inside another: diverged in epoch 3."""
    clause = sentence.partition(": ")[0].partition(". ")[0].rstrip(".")
    clause = clause if len(clause) <= LONGEST else f"{clause[: LONGEST - 1].rstrip()}…"
    return clause[:1].lower() + clause[1:] if clause[1:2].islower() else clause


def _named(what: str, labels: list[str]) -> str:
    if len(labels) > NAMED:
        return f"{len(labels)} values"
    *some, last = labels
    return f"{what} {', '.join(some)} and {last}" if some else f"{what} {last}"
