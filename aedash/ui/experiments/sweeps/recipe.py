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
from aedash.ui.shell import address

KIND = "question"
Field = tuple[Question, str | None]  # whose field it is, and its values as they are typed; None: the question's own


def recipe() -> Sweep | None:
    """The widgets; what they would train, or would have before a value was wrong."""
    titles = {name: question.title for name, question in QUESTIONS.items()}
    chosen = address.select(
        "question", "Question", list(titles), next(iter(titles)), format_func=titles.__getitem__, width=275
    )
    question = QUESTIONS[chosen]
    data = inputs.dataset(question.base().data.name, question.id)
    epochs = inputs.length(3 if data != "digits" else 30, f"{question.id}-{data}")
    seeds = inputs.repeats("value")
    fields = [(question, _values(question, question.values, "values", question.id, width=205))]
    with st.popover("More", icon=":material/tune:", width="content", help="A second field, and a name."):
        fields += _second(question)
        name = address.line("name", "Name", "", 60, question.id, placeholder=_name(fields), width=320)
    with st.container(key="go", width="content"):
        plan = steering.offer(partial(_sweep, data, epochs, seeds, fields, name.strip()))
    if plan:
        st.session_state["question-plan"] = plan
    return st.session_state.get("question-plan")  # while a value is wrong the board stays as it was


def _values(question: Question, values: list[Any], name: str, context: str, width: int) -> str | None:
    """What is typed as the values of its field; None where they are whole parts of a config, which nobody types."""
    if isinstance(values[0], dict):
        return None
    return address.line(name, question.what.capitalize(), json.dumps(values)[1:-1], 1000, context, width=width)


def _second(question: Question) -> list[Field]:
    """A field that is varied together with the question's; none at first."""
    others = {other.id: other for other in beside(question)}
    chosen = address.select(
        "second",
        "Vary a second field, too",
        ["", *others],
        "",
        question.id,
        format_func=lambda name: others[name].what.capitalize() if name else "–",
        help="Each value of the one is trained with each value of the other.",
        width=320,
    )
    if not chosen:
        return []
    other = others[chosen]
    return [(other, _values(other, other.values[::2], "second-values", f"{question.id}-{chosen}", width=320))]


def _name(fields: list[Field]) -> str:
    """What a sweep is called that nobody named."""
    (question, _), *more = fields
    return " × ".join(each.what for each, _ in fields).capitalize() if more else question.title


def _sweep(data: str, epochs: int, seeds: int, fields: list[Field], name: str) -> Sweep:
    inputs.bounded(epochs, seeds)
    question = fields[0][0]
    base = vary_all(question.base(), [("data.name", data), ("epochs", epochs)])
    axes = [{"path": each.axis.path, "values": _parsed(each, typed)} for each, typed in fields]
    return sweep(name=name or _name(fields), base=base, axes=axes, seeds=seeds, preset=question.preset, kind=KIND)


def _parsed(question: Question, typed: str | None) -> list[Any]:
    """The typed values. Raises Refused with an example."""
    if typed is None:
        return question.values
    try:
        return list(json.loads(f"[{typed}]"))
    except (ValueError, RecursionError):  # the second at hundreds of brackets
        like = json.dumps(question.values[:3])[1:-1]
        raise Refused(f"{question.what.capitalize()} needs values between commas, like {like}.") from None
