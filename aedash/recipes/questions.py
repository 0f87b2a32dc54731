"""Ready-made sweeps: a question, what is varied to answer it, and what to look for in the answer."""

from dataclasses import dataclass
from typing import Any

from aedash.config import RunConfig, vary_all
from aedash.presets.base import preset
from aedash.registry import Refused
from aedash.sweep import Axis

HELD_OUT = 1 / 6  # of the training images, where the preset's source held none out


@dataclass(frozen=True)
class Question:
    """A question, the preset's network that answers it, and the field that is varied to answer it.

    look_for: what the answer shows, one sentence; what: heading of the varied values; unit: what they count, if
    anything; changes: of the preset, (path, value). shows: which further panels answer it, by the names that pages
    know: samples, units, phases.
    """

    id: str
    title: str
    look_for: str
    what: str
    preset: str
    axis: Axis
    changes: tuple[tuple[str, Any], ...] = ()
    shows: tuple[str, ...] = ()
    unit: str = ""

    @property
    def values(self) -> list[Any]:
        """Those that its field gets unless others are asked for."""
        return list(self.axis.values)

    @property
    def scale(self) -> str:
        """What stands at an axis: code size, numbers."""
        return f"{self.what}, {self.unit}" if self.unit else self.what

    def base(self) -> RunConfig:
        """The config of which one field is varied; it holds images out, which choose the best value.

        Where the preset's source held none out, a sixth of the training images.
        """
        config = preset(self.preset).config
        held_out = config.data.validation or HELD_OUT
        return vary_all(config, (("data.validation", held_out), *self.changes))


_ENCODER = [{"channels": 16}, {"channels": 4}]
_ENLARGED = {"kernel": 3, "padding": 1}


_TWINS = (
    {
        "name": "conv_transpose",
        "encoder": _ENCODER,
        "decoder": [{"channels": c, "stride": 2, "output_padding": 1, **_ENLARGED} for c in (16, 1)],
    },
    {
        "name": "conv_upsample",
        "encoder": _ENCODER,
        "decoder": [{"channels": c, "scale": 2, **_ENLARGED} for c in (16, 1)],
    },
)


_CALM = ("optimizer.learning_rate", 1e-3)


QUESTIONS = {
    question.id: question
    for question in (
        Question(
            "beta",
            "What does beta do to a VAE?",
            "More beta: worse reconstructions, codes nearer to N(0, I); too much, and no unit carries anything.",
            "beta",
            "R0-vae-meant",
            Axis(path="objective.kl.weight", values=(0.1, 0.5, 1, 2, 5, 20)),
            shows=("samples", "units"),
        ),
        Question(
            "code",
            "How many numbers does an image need?",
            "Each doubling helps less, and not every number of a large code carries something: see code in use.",
            "code size",
            "R0-elaborate",
            Axis(path="architecture.latent", values=(2, 4, 8, 16, 32, 64)),
            (("architecture.widths", [400]),),
            unit="numbers",
        ),
        Question(
            "depth",
            "Does depth help?",
            "One hidden layer beats none; more cost time and may lose in few epochs.",
            "hidden layers",
            "R0-elaborate",
            Axis(path="architecture.widths", values=([], [400], [400, 200], [400, 200, 100], [400, 200, 100, 50])),
            (("architecture.latent", 16),),
            unit="units in each",
        ),
        Question(
            "rate",
            "What does the learning rate do?",
            "Too small crawls; too large collapses or diverges: the table says which.",
            "learning rate",
            "R0-elaborate",
            Axis(path="optimizer.learning_rate", values=(1e-4, 1e-3, 1e-2, 0.1, 1)),
            (("architecture.widths", [400]), ("architecture.latent", 16)),
        ),
        Question(
            "checkerboard",
            "Where does the checkerboard come from?",
            "Both decoders have the same weights' shapes; only the transposed one favours some pixels.",
            "decoder",
            "R3-transpose",
            Axis(path="architecture", values=_TWINS),
            (_CALM, ("optimizer.batch_size", 64)),
            shows=("phases",),
        ),
        Question(
            "luck",
            "How much is luck?",
            "The same network from six starts: units that die early seldom come back.",
            "seed",
            "R3-ffnn",
            Axis(path="seed", values=(0, 1, 2, 3, 4, 5)),
        ),
    )
}


def beside(question: Question) -> list[Question]:
    """Those whose field the question's network has, too: the two can be varied together, as rows and columns of a
    grid.
    """
    others = (other for other in QUESTIONS.values() if other.axis.path != question.axis.path)
    return [other for other in others if not isinstance(other.values[0], dict) and _takes(question, other)]


def _takes(question: Question, other: Question) -> bool:
    try:
        vary_all(question.base(), [(other.axis.path, other.values[0])])
    except Refused:
        return False
    return True


def asking(path: str) -> Question | None:
    """The ready-made question about that field of the config; None for another field.

    >>> asking("objective.kl.weight").title
    'What does beta do to a VAE?'
    """
    return next((question for question in QUESTIONS.values() if question.axis.path == path), None)
