"""The Lambda page: what the contractive penalty does, per image for any encoder, and as R2 published it."""

from functools import partial

import streamlit as st

from aedash.config import RunConfig, vary_all
from aedash.presets import lambdas
from aedash.registry import Refused
from aedash.store import sweeps as records
from aedash.sweep import Axis, Sweep, sweep
from aedash.ui import address, notice, sweeps
from aedash.ui import lambda_cards as cards
from aedash.ui.desk import Desk
from aedash.ui.lambda_answer import headline, words
from aedash.ui.lambda_measures import baseline, value
from aedash.ui.server import manager
from aedash.ui.sweeps import Cell

KIND = "lambda"
MOST = 12
MAPS_TICK = 3.0  # seconds: a map a lambda costs as much as the rest of the page
FEW = 4  # lambdas whose rows leave room for the words beside the charts
CONVENTIONS = ["Per image", "As published"]
FORMS = ("image", "published")  # the same in the address
COLUMNS = [0.655, 0.345]
HELP = (
    "Times the squared norm of the code's Jacobian at each image, beside a squared error summed over pixels.",
    "As in R2: times the squared gradient of the code's sum, over a batch, beside a mean squared error. "
    "These lambdas do not compare with those per image.",
)


def page() -> None:
    """The whole page."""
    shown = _contractive(sweeps.chosen())
    st.title("What does the contractive penalty do?", anchor=False)
    plan = sweeps.bar(KIND, shown, _recipe, lead=partial(_convention, shown))
    if plan:
        sweeps.live(plan, partial(_draw, plan))
        sweeps.live(plan, partial(cards.maps, plan), MAPS_TICK, "maps")
    else:
        sweeps.slot("")


def _contractive(shown: Sweep | None) -> Sweep | None:
    """A sweep of lambda, on whatever page or command line it was made; another one is refused."""
    if shown is None or [axis.path for axis in shown.axes] == [lambdas.PATH]:
        return shown
    sweeps.refuse(f"The sweep '{shown.name[:40]}' does not vary lambda alone; see it on the Sweeps page.")
    return None


def _convention(shown: Sweep | None) -> None:
    """Which form is on show: the two have no axis in common, so each has its own board."""
    if shown:
        address.keep("form", FORMS[_published(shown.base)])
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
    known = (each for each in records.all_of(manager().settings.runs_dir) if each.kind == KIND)
    sweeps.show(next((each for each in known if _published(each.base) == published), None))
    address.keep("form", FORMS[published])


def _published(config: RunConfig) -> bool:
    return lambdas.form(config) == "published"


def _recipe() -> Sweep | None:
    """On which images, which encoder, which lambdas, how long, with how many seeds: what the next sweep is."""
    published, data = _form(), sweeps.dataset()
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
    epochs = sweeps.length(30 if data == "digits" else 10 if published else 3, f"{data}-{form}")
    seeds = sweeps.repeats("lambda")
    plan = sweeps.offer(partial(_sweep, published, data, encoders[chosen], text, epochs, seeds))
    if plan:
        st.session_state["lambda-plan"] = plan
    return st.session_state.get("lambda-plan")  # while a value is wrong the board stays as it was


def _short(value: float) -> str:
    """As it is typed: 1e-4, 0.01, 5."""
    return f"{value:.0e}".replace("e-0", "e-") if 0 < value < 1e-3 else f"{value:g}"


def _sweep(published: bool, data: str, encoder: lambdas.Encoder, text: str, epochs: int, seeds: int) -> Sweep:
    sweeps.bounded(epochs, seeds)
    base = lambdas.published() if published else lambdas.per_image(encoder)
    base = vary_all(base, [("data.name", data), ("epochs", epochs)])
    name = lambdas.PUBLISHED_TITLE if published else encoder.title
    axis = Axis(path=lambdas.PATH, values=parsed(text))
    return sweep(name=name, base=base, axes=[axis], seeds=seeds, preset=lambdas.PUBLISHED * published, kind=KIND)


def parsed(text: str) -> tuple[float, ...]:
    """Rising lambdas, each once. Raises Refused with one sentence."""
    found = sweeps.numbers(text, "Lambdas", "lambdas")
    if not 1 <= len(found) <= MOST:
        raise Refused(f"Lambdas must be 1 to {MOST} different numbers; got {len(found)}.", "lambdas", f"1 to {MOST}")
    return tuple(sorted(found))


def _draw(plan: Sweep, found: list[Cell], desk: Desk) -> None:
    """The answer, what it looks like row by row beside the two charts, then its reasons."""
    values = [value(cell, desk) for cell in found]
    none, sigma = baseline(found, desk), cards.sigma()
    sentences, few = words(values, sigma, none, _published(plan.base)), len(found) <= FEW
    sweeps.slot(headline(values, sigma, none, found, desk.refused))
    with st.container(key="live"):
        left, right = st.columns(COLUMNS, gap="small")
        with left:
            cards.rows(plan, found, values, desk)
            if few:
                cards.in_words(sentences)
        with right:
            cards.errors(values, none, sigma)
            cards.robustness(values, none, sigma)
        if not few:
            cards.in_words(sentences)
        left, right = st.columns(2, gap="small")
        with left:
            cards.loss(plan, found)
        with right:
            cards.jacobian(found, values, desk)
