"""The list of earlier experiments over all kinds, newest first."""

from html import escape

import streamlit as st

from aedash.events import RunState
from aedash.formatting import many
from aedash.history import Run
from aedash.recipes.questions import asking
from aedash.sweep import Sweep
from aedash.ui.desk.manager import manager
from aedash.ui.experiments.shared.asked import ASKED, OWN, asked
from aedash.ui.experiments.shared.cells import foremost
from aedash.ui.shell import frame
from aedash.ui.widgets import rest
from aedash.ui.widgets.run_words import data_title, when_asked
from aedash.words import field, model, plain

FIRST = 12  # rows before one asks for all
HEADS = ("Question", "What was compared", "Data set", "Runs done", "When", "State")


def listed() -> None:
    """A row an experiment, those from the command line among them; each row opens its own."""
    mine = [each for each in manager().sweeps() if not manager().is_shipped(each)]
    st.html('<div class="section"><h2>Earlier experiments</h2></div>')
    if not mine:
        frame.empty("None yet", "Open a question above and ask it anew; what you train then stands here.", 110)
        return
    shown = rest.first_of(mine, FIRST)
    members = [identifier for each in shown for identifier in each.runs]
    known = {run.id: run for run in manager().some(members)} | manager().kept()
    head = "".join(f'<th class="text">{title}</th>' for title in HEADS)
    rows = "".join(row(each, [known.get(identifier) for identifier in each.runs]) for each in shown)
    st.html(f'<div class="scroll"><table class="table rows">{head}{rows}</table></div>')
    rest.offer(len(shown), len(mine))


def row(sweep: Sweep, runs: list[Run | None]) -> str:
    """HTML: the question, which opens the experiment, and how far it is. runs: of its members; None: deleted."""
    question = ASKED[asked(sweep).id]
    title = sweep.name if question.id == OWN and sweep.name else question.title
    done = sum(run is not None and run.state is RunState.FINISHED for run in runs)
    link = frame.link(question.page, {"sweep": sweep.id}, title)
    told = map(escape, (compared(sweep), data_title(sweep), f"{done} of {len(runs)}", when_asked(sweep)))
    cells = "".join(f'<td class="text">{cell}</td>' for cell in (link, *told, state(runs)))
    return f"<tr>{cells}</tr>"


def compared(sweep: Sweep) -> str:
    """What was varied, how often, in which model: 6 values of KL weight, R0-vae, 3 seeds."""
    fields = [f"{many(len(axis.values), 'value')} of {_what(axis.path)}" for axis in sweep.axes]
    seeds = [f"{many(sweep.seeds, 'seed')} each"] if sweep.seeds > 1 else []
    shape = model(sweep.preset) if sweep.preset else plain(sweep.base.architecture.name)
    return ", ".join([" × ".join(fields), shape, *seeds])


def _what(path: str) -> str:
    known = asking(path)
    return known.what if known else field(path)


def state(runs: list[Run | None]) -> str:
    """HTML: the pill of all of them; what is gone, where all were deleted."""
    there = [run for run in runs if run]
    return frame.pill(foremost(there)) if there else "Runs deleted"
