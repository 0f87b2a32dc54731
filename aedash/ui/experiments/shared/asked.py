"""What an experiment asks: each question's title, what its answer shows in a sentence, and the page that answers it."""

from dataclasses import dataclass

from aedash.recipes import lambdas
from aedash.recipes.questions import QUESTIONS
from aedash.sweep import Sweep
from aedash.training import twins

ROOM = "pages/experiments"
OWN = "own"


@dataclass(frozen=True)
class Asked:
    """A question. page: name of the page that answers it; look_for: what the answer shows, one sentence."""

    id: str
    title: str
    page: str
    look_for: str

    @property
    def script(self) -> str:
        """The page's file, as `st.page_link` and `st.switch_page` take it."""
        return f"{ROOM}/{self.page}.py"

    @property
    def query(self) -> dict[str, str]:
        """The page's address without an experiment: which of its questions is meant."""
        return {"question": self.id} if self.page == "sweeps" else {}


def _ready(name: str) -> Asked:
    question = QUESTIONS[name]
    return Asked(name, question.title, "sweeps", question.look_for)


_LAMBDA = Asked(
    "lambda",
    "What does the contractive penalty do?",
    "lambda",
    "It lets the code answer to fewer changes of the image; too much of it, and every output is the mean picture.",
)
_NOISE = Asked(
    "noise",
    "How much noise can it take?",
    "noise",
    "A network that trained on noise beats every filter at that noise, and pays for it on clean images.",
)
_TWINS = Asked(
    twins.KIND,
    "What if one number were different?",
    "twins",
    "Two runs start from the same numbers and differ in one: what it changes, and what is chance.",
)
_OWN = Asked(OWN, "My own", "sweeps", "One field or two of any recipe, each value of the one with each of the other.")

ASKED = {
    each.id: each
    for each in (
        *(_LAMBDA, _NOISE),
        *map(_ready, ("beta", "code", "depth", "luck", "checkerboard", "rate")),
        *(_TWINS, _OWN),
    )
}


def asked(sweep: Sweep) -> Asked:
    """The question that an experiment asks, wherever it was begun; one that nobody prepared is a person's own.

    >>> from aedash.sweep import sweep
    >>> betas = {"path": "objective.kl.weight", "values": (1, 2)}
    >>> asked(sweep(name="", base={"architecture": "dense"}, axes=[betas | {"path": "seed"}], kind="question")).title
    'How much is luck?'
    """
    paths = [axis.path for axis in sweep.axes]
    if sweep.kind in (_NOISE.id, _TWINS.id):
        return ASKED[sweep.kind]
    if paths == [lambdas.PATH]:
        return _LAMBDA
    found = [name for name, question in QUESTIONS.items() if [question.axis.path] == paths]
    return ASKED[found[0]] if found and sweep.kind == "question" else _OWN
