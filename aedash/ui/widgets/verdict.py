"""The badge: a run's figure beside the published one."""

from typing import Any

from aedash import registry
from aedash.config import RunConfig
from aedash.formatting import change, many, number
from aedash.history import Run
from aedash.presets.base import Published, preset

GRADES = {"reproduced": "ok", "better": "ok", "missed": "off"}  # of a verdict; all others are grey


def what_is_measured(config: RunConfig) -> tuple[Any, ...]:
    """What must be the same before a published figure may stand beside one's own."""
    return config.data, config.corruption, config.objective


def verdict(run: Run, whose: str = "yours") -> str:
    """published 65.3 · yours 65.6, where the run did what its source did."""
    found = _beside(run)
    if not found:
        return ""
    figure, value = found
    theirs, ours = preset(run.preset).config.epochs, run.epochs_done
    if not ours:
        return ""  # half an epoch is no figure to hold against one of many
    if ours != theirs:
        return (
            f'<span class="badge">published <b>{figure.value:g}</b> after {many(theirs, "epoch")} · '
            f"{whose} <b>{number(value)}</b> after {ours}</span>"
        )
    off, judged = value / figure.value - 1, figure.verdict([value])
    return (
        f'<span class="badge">published <b>{figure.value:g}</b> · {whose} <b>{number(value)}</b> '
        f'<span class="{GRADES.get(judged, "")}">{change(off)}, {judged}</span></span>'
    )


def judged(run: Run) -> str:
    """The verdict alone, in words: "published figure: reproduced"; empty where the two do not compare."""
    found = _beside(run)
    whole = found and run.epochs_done == preset(run.preset).config.epochs
    return f"published figure: {found[0].verdict([found[1]])}" if found and whole else ""


def _beside(run: Run) -> tuple[Published, float] | None:
    """The published figure and the run's, in its unit; None where the run did not what its source did."""
    if run.preset not in registry.presets.names() or not run.figures or run.changes:
        return None
    source = preset(run.preset)
    figures = [figure for figure in source.published if figure.split in run.figures]
    if not figures or what_is_measured(source.config) != what_is_measured(run.config):
        return None
    return figures[0], figures[0].ours(run.figures[figures[0].split])
