"""The Lambda page's recipe: on which images, which encoder and form of the penalty, which lambdas."""

from functools import partial

import streamlit as st

from aedash.config import RunConfig, vary_all
from aedash.recipes import lambdas
from aedash.registry import Refused
from aedash.sweep import Axis, Sweep, sweep
from aedash.ui.desk.manager import manager
from aedash.ui.experiments.shared import choice, inputs, steering
from aedash.ui.shell import address, notice
from aedash.ui.widgets import datasets

KIND = "lambda"
MOST = 12
CONVENTIONS = ["Per image", "As published"]
FORMS = ("image", "published")  # the same in the address


HELP = (
    "Times the squared norm of the code's Jacobian at each image, beside a squared error summed over pixels.",
    "As in R2: times the squared gradient of the code's sum, over a batch, beside a mean squared error. "
    "These lambdas do not compare with those per image.",
)


def of_lambda(shown: Sweep | None) -> Sweep | None:
    """A sweep of lambda, on whatever page or command line it was made; another one is refused."""
    if shown is None or [axis.path for axis in shown.axes] == [lambdas.PATH]:
        return shown
    choice.refuse(f"The sweep '{shown.name[:40]}' does not vary lambda alone; open it under Experiments.")
    return None


def convention(shown: Sweep | None) -> None:
    """Which form is on show: the two have no axis in common, so each has its own board."""
    if shown:
        address.keep("form", FORMS[is_published(shown.base)])
    now = _form()
    key = f"convention-{now}-{shown.id if shown else ''}"
    st.segmented_control(
        "Penalty",
        CONVENTIONS,
        default=CONVENTIONS[now],
        key=key,
        on_change=_switch,
        args=(not now,),
    )


def _form() -> bool:
    """Whether the published form is on show."""
    return bool(address.kept("form", 0, FORMS.index))


def _switch(published: bool) -> None:
    """To the newest sweep in the other convention, else to its recipe."""
    notice.act()
    known = (each for each in manager().sweeps() if each.kind == KIND)
    choice.show(next((each for each in known if is_published(each.base) == published), None))
    address.keep("form", FORMS[published])


def is_published(config: RunConfig) -> bool:
    return lambdas.form(config) == "published"


def recipe() -> Sweep | None:
    """On which images, which encoder, which lambdas, how long, with how many seeds: what the next sweep is."""
    published, data = _form(), inputs.dataset()
    address.fields()["form"] = [FORMS[published]]
    encoders = lambdas.encoders()
    chosen = next(iter(encoders))
    if not published:
        chosen = address.select(
            "encoder", "Encoder", list(encoders), chosen, format_func=lambda name: encoders[name].title, width=215
        )
    values = lambdas.PUBLISHED_LAMBDAS if published else lambdas.LAMBDAS
    usual, form = ", ".join(map(_short, values)), FORMS[published]
    text = address.line("lambdas", "Lambdas", usual, 300, form, width=195, help=HELP[published])
    epochs = inputs.length(30 if data == "digits" else 10 if published else 3, f"{data}-{form}")
    seeds = inputs.repeats("lambda")
    plan = steering.offer(partial(_sweep, published, data, encoders[chosen], text, epochs, seeds))
    if plan:
        st.session_state["lambda-plan"] = plan
    return st.session_state.get("lambda-plan")  # while a value is wrong the board stays as it was


def _short(value: float) -> str:
    """As it is typed: 1e-4, 0.01, 5."""
    return f"{value:.0e}".replace("e-0", "e-") if 0 < value < 1e-3 else f"{value:g}"


def _sweep(published: bool, data: str, encoder: lambdas.Encoder, text: str, epochs: int, seeds: int) -> Sweep:
    inputs.bounded(epochs, seeds)
    base = lambdas.published() if published else lambdas.per_image(encoder)
    base = vary_all(base, [*datasets.changes(base, data), ("epochs", epochs)])
    name = lambdas.PUBLISHED_TITLE if published else encoder.title
    axis = Axis(path=lambdas.PATH, values=parsed(text))
    return sweep(name=name, base=base, axes=[axis], seeds=seeds, preset=lambdas.PUBLISHED * published, kind=KIND)


def parsed(text: str) -> tuple[float, ...]:
    """Rising lambdas, each once. Raises Refused with one sentence."""
    found = inputs.numbers(text, "Lambdas", "lambdas")
    if not 1 <= len(found) <= MOST:
        raise Refused(f"Lambdas must be 1 to {MOST} different numbers; got {len(found)}.", "lambdas", f"1 to {MOST}")
    return tuple(sorted(found))
