"""What is trained and what is minimised, in one line each."""

from html import escape
from typing import Any

from aedash import registry
from aedash.analysis.trace import outline
from aedash.config import RunConfig, there_to_train, training_images
from aedash.formatting import count, number, setting
from aedash.objectives import objective
from aedash.recipe_words import class_left_out
from aedash.registry import Refused
from aedash.ui.shell import frame
from aedash.ui.train.view import View


def formula(view: View) -> str:
    """What is trained and what is minimised, in one line."""
    config = view.config
    try:
        shape = outline(config)
    except Refused as error:
        return frame.problem(str(error))
    smaller = shape.pixels / shape.code
    size = f"{number(smaller)} times smaller than the image" if smaller >= 1.5 else "not smaller than the image"
    started, noise = view.history.started, escape(_noise(view.in_force))
    rounded = " in TF32" if started and started.precision == "tf32" else ""
    where = f", on {started.device.upper()}{rounded}, threads: {started.threads}" if started else ""
    return (
        f'<div class="formula"><span>input <code>x{noise}</code> → <code>{escape(shape.left)}'
        f"<b>{escape(shape.middle)}</b>{escape(shape.right)}</code> → <code>x̂</code></span>"
        f"<span><b>{count(shape.parameters)}</b> parameters{escape(where)}</span>"
        f"<span>code of <b>{count(shape.code)}</b> numbers: {size}</span></div>"
    )


def _noise(config: RunConfig) -> str:
    """What is done to the input, behind its x."""
    if config.corruption.name == "none":
        return ""
    fields = [value for name, value in config.corruption.model_dump().items() if name != "name"]
    words = [registry.corruptions.get(config.corruption.name).title, *map(_field, fields)]
    return f" + {' '.join(words)}"


def _field(value: Any) -> str:
    """A field of a corruption may be a number or anything else."""
    plain = isinstance(value, bool) or not isinstance(value, int | float)
    return str(value) if plain else setting(value)


def objective_line(view: View) -> str:
    """The sum that is minimised with its weights, and what model and terms measure beside it."""
    figures, _ = view.figures
    measures = figures.measures if figures else {}
    parts = [f"minimise {escape(objective.formula(view.in_force))}"]
    parts += [f"{escape(name)}: <b>{_measure(value)}</b>" for name, value in measures.items()]
    return f'<div class="formula">{"".join(f"<span>{part}</span>" for part in parts)}</div>'


def _measure(value: float) -> str:
    """What a model or a term measures is a count or any other number."""
    return count(value) if value.is_integer() else number(value)


def split_sentence(config: RunConfig, sourced: bool = False) -> str:
    """Which images the curves are about. sourced: whether a source trained this on these images."""
    info = registry.datasets.get(config.data.name).info
    trained = training_images(config.data, info)
    missing = class_left_out(config.data)
    without, among = (f" without {missing}", f", {missing} among them") if missing else ("", "")
    if config.data.validation:
        others = there_to_train(config.data, info) - trained
        held = f"validation: {count(others)} others. Lines that part mean overfitting."
    else:
        held = f"test: {count(info.test)} others{among}, looked at each epoch{' as the source did' * sourced}."
    return f"Lower is better. Train: {count(trained)} images{without}; {held}"
