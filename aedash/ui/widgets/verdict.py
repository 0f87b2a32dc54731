"""The badge: a run's figure beside the published one."""

from typing import Any

from aedash import registry
from aedash.config import RunConfig
from aedash.formatting import change, number
from aedash.history import Run
from aedash.presets.base import preset

GRADES = {"reproduced": "ok", "better": "ok", "missed": "off"}  # of a verdict; all others are grey


def what_is_measured(config: RunConfig) -> tuple[Any, ...]:
    """What must be the same before a published figure may stand beside one's own."""
    return config.data, config.corruption, config.objective


def verdict(run: Run, whose: str = "yours") -> str:
    """published 65.3 · yours 65.6, where the run did what its source did."""
    if run.preset not in registry.presets.names() or not run.figures:
        return ""
    source = preset(run.preset)
    alike = what_is_measured(source.config) == what_is_measured(run.config)
    figures = [p for p in source.published if p.split in run.figures]
    if not alike or not figures or run.changes:
        return ""
    value = figures[0].ours(run.figures[figures[0].split])
    theirs, ours = source.config.epochs, run.epochs_done
    if ours != theirs:
        return (
            f'<span class="badge">published <b>{figures[0].value:g}</b> after {theirs} epochs · '
            f"{whose} <b>{number(value)}</b> after {ours}</span>"
        )
    off, judged = value / figures[0].value - 1, figures[0].verdict([value])
    return (
        f'<span class="badge">published <b>{figures[0].value:g}</b> · {whose} <b>{number(value)}</b> '
        f'<span class="{GRADES.get(judged, "")}">{change(off)}, {judged}</span></span>'
    )
