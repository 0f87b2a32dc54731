"""What the answers of the comparison pages share: their look, and what they add of members that went otherwise."""

from collections.abc import Mapping, Sequence
from html import escape
from types import MappingProxyType

from aedash.analysis.level import Difference
from aedash.events import RunState
from aedash.formatting import percent
from aedash.history import Run
from aedash.ui.experiments.shared.cells import Cell
from aedash.words import field, listed

NAMED = 4  # values at most; more are counted
LONGEST = 60  # letters of a reason
ONE_SEED = " One seed: less than 5 % is level."
NONE: Mapping[str, str] = MappingProxyType({})


def answered(kind: str, first: str, rest: str) -> str:
    """HTML: a finding of that kind, its first clause bold; the whole of it on hover, where one line has no room."""
    whole = f'<span title="{escape(first + rest)}"><b>{escape(first)}</b>{escape(rest)}</span>'
    return f'<div class="finding {kind}">{whole}</div>'


def tone(difference: Difference) -> str:
    """Kind of finding: green for what several seeds bear out, else grey."""
    return "good" if difference.lower and difference.seeds > 1 else "info"


def against(difference: Difference, other: str) -> str:
    """36 % below λ = 0; 3.1 times that of λ = 0; level with λ = 0."""
    if difference.level:
        return f"level with {other}"
    if difference.share >= 1:
        return f"{difference.share + 1:.1f} times that of {other}"
    return f"{percent(abs(difference.share), 0)} {'below' if difference.share < 0 else 'above'} {other}"


def expected(cells: Sequence[Cell], refused: Mapping[str, str] = NONE) -> int:
    """How many runs have figures, or may still get some by themselves; one that failed or is refused never does."""
    runs = [run for cell in cells for run in cell.runs if run.id not in refused]
    return sum(run.state.alive or "test" in run.figures for run in runs)


def progress(measured: int, cells: Sequence[Cell], refused: Mapping[str, str] = NONE) -> str:
    """How many runs are measured, in a sentence; empty once nothing more is to come.

    A run that goes on after it was stopped still has the figures of then: it does not count. refused: {run id: why it
    cannot be measured}.
    """
    going_on = sum(run.state.alive and "test" in run.figures for cell in cells for run in cell.runs)
    done, planned = max(0, measured - going_on), expected(cells, refused)
    return f"{done} of {planned} runs are measured." if done < planned else ""


def remarks(cells: Sequence[Cell], what: str, refused: Mapping[str, str] = NONE) -> str:
    """Which members failed, ended early, were changed on the way or deleted; empty while all goes as planned.

    Plain sentences, each with a space before it. what: stands before the values. refused: see `progress`.
    """
    labels: dict[str, list[str]] = {}
    begun = any(cell.runs for cell in cells)
    for cell in cells:
        notes = [note for run in cell.runs for note in _notes(run, refused.get(run.id, ""))]
        if begun and not cell.runs:
            notes = ["deleted since"]
        for note in dict.fromkeys(notes):
            some = f" ({notes.count(note)} of {len(cell.runs)} seeds)" if notes.count(note) < len(cell.runs) else ""
            labels.setdefault(note, []).append(cell.group.label + some)
    return "".join(f" {_named(what, of_note)} {note}." for note, of_note in labels.items())


def _notes(run: Run, refusal: str) -> list[str]:
    """What is to be known of a run before its figures are believed."""
    notes = []
    if run.state is RunState.FAILED:
        notes.append(f"failed ({reason(run.sentence)})" if run.sentence else "failed")
    elif refusal:
        notes.append(f"cannot be measured ({reason(refusal)})")
    elif not run.state.alive and run.epochs_done < run.config.epochs:
        notes.append(f"{run.state.value} after {run.epochs_done} of {run.config.epochs} epochs")
    if run.changes:
        fields = dict.fromkeys(field(change.path) for change in run.changes)
        notes.append(f"changed on the way ({', '.join(fields)})")
    return notes


def reason(sentence: str) -> str:
    """The first clause of a run's sentence, to stand inside another: diverged in epoch 3."""
    clause = sentence.partition(": ")[0].partition(". ")[0].partition("; ")[0].rstrip(".")
    clause = clause if len(clause) <= LONGEST else f"{clause[: LONGEST - 1].rstrip()}…"
    return clause[:1].lower() + clause[1:] if clause[1:2].islower() else clause


def _named(what: str, labels: list[str]) -> str:
    if len(labels) > NAMED:
        return f"{len(labels)} values"
    return f"{what} {listed(labels)}"
