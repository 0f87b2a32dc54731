"""The recipe of the Sweeps page: which question, on which images, how long, and the values of one or two fields."""

import json
from functools import partial
from typing import Any

import streamlit as st

from aedash.config import vary_all
from aedash.recipes.questions import QUESTIONS, Question, beside
from aedash.registry import Refused
from aedash.sweep import Sweep, sweep
from aedash.ui.experiments.shared import inputs, steering
from aedash.ui.experiments.shared.asked import ASKED, OWN, asked
from aedash.ui.experiments.shared.choice import QUESTION
from aedash.ui.shell import address
from aedash.ui.widgets import datasets
from aedash.words import capital

KIND = "question"
TITLES = {name: each.title for name, each in ASKED.items() if each.page == "sweeps"}
FIRST = next(iter(TITLES))
Field = tuple[Question, str | None]  # whose field it is, and its values as they are typed; None: the question's own


def question() -> str:
    """Id of the question that the address names, the one last asked here, else the first."""
    return address.kept(QUESTION, FIRST, {name: name for name in TITLES}.__getitem__)


def title(shown: Sweep | None) -> str:
    """The page's: what is asked, or what the person called it."""
    if shown:
        return shown.name or ASKED[asked(shown).id].title
    return TITLES[question()]


def recipe() -> Sweep | None:
    """The widgets; what they would train, or would have before a value was wrong."""
    chosen = address.select(QUESTION, "Question", list(TITLES), FIRST, format_func=TITLES.__getitem__, width=330)
    fields, name = _own() if chosen == OWN else ([], "")
    question = fields[0][0] if fields else QUESTIONS[chosen]
    if not fields:
        fields = [(question, _values(question, question.values, "values", question.id, width=205))]
    data = inputs.dataset(question.base().data.name, question.id)
    epochs = inputs.length(3 if data != "digits" else 30, f"{question.id}-{data}")
    seeds = inputs.repeats("value")
    with st.container(key="go", width="content"):
        kind = OWN if chosen == OWN else KIND
        plan = steering.offer(partial(_sweep, data, epochs, seeds, fields, name.strip(), kind))
    if plan:
        st.session_state["question-plan"] = plan
    return st.session_state.get("question-plan")  # while a value is wrong the board stays as it was


def _own() -> tuple[list[Field], str]:
    """One field or two of a ready-made question's recipe, and what the person calls it."""
    names = {name: capital(question.what) for name, question in QUESTIONS.items()}
    chosen = address.select("vary", "Vary", list(names), "rate", format_func=names.__getitem__, width=150)
    question = QUESTIONS[chosen]
    fields = [(question, _values(question, question.values, "values", question.id, width=205)), *_second(question)]
    return fields, address.line("name", "Name", "", 60, question.id, placeholder=_name(fields), width=205)


def _values(question: Question, values: list[Any], name: str, context: str, width: int) -> str | None:
    """What is typed as the values of its field; None where they are whole parts of a config, which nobody types."""
    if isinstance(values[0], dict):
        return None
    return address.line(name, capital(question.what), json.dumps(values)[1:-1], 1000, context, width=width)


def _second(question: Question) -> list[Field]:
    """A field that is varied together with the question's; none at first."""
    others = {other.id: other for other in beside(question)}
    chosen = address.select(
        "second",
        "And a second field",
        ["", *others],
        "",
        question.id,
        format_func=lambda name: capital(others[name].what) if name else "–",
        help="Each value of the one is trained with each value of the other.",
        width=180,
    )
    if not chosen:
        return []
    other = others[chosen]
    return [(other, _values(other, other.values[::2], "second-values", f"{question.id}-{chosen}", width=205))]


def _name(fields: list[Field]) -> str:
    """What a sweep is called that nobody named."""
    (question, _), *more = fields
    return " × ".join(each.what for each, _ in fields).capitalize() if more else question.title


def _sweep(data: str, epochs: int, seeds: int, fields: list[Field], name: str, kind: str) -> Sweep:
    inputs.bounded(epochs, seeds)
    question = fields[0][0]
    base = question.base()
    base = vary_all(base, [*datasets.changes(base, data), ("epochs", epochs)])
    axes = [{"path": each.axis.path, "values": _parsed(each, typed)} for each, typed in fields]
    return sweep(name=name or _name(fields), base=base, axes=axes, seeds=seeds, preset=question.preset, kind=kind)


def _parsed(question: Question, typed: str | None) -> list[Any]:
    """The typed values. Raises Refused with an example."""
    if typed is None:
        return question.values
    try:
        return list(json.loads(f"[{typed}]"))
    except (ValueError, RecursionError):  # the second at hundreds of brackets
        like = json.dumps(question.values[:3])[1:-1]
        raise Refused(f"{question.what.capitalize()} needs values between commas, like {like}.") from None
