"""Judging: the judge of the bench's images, for works that may do without one."""

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

from aedash.analysis.judge import Judge, judge_of
from aedash.registry import Refused
from aedash.ui.desk.manager import manager
from aedash.ui.explore.bench import Bench


def judge(bench: Bench) -> Callable[[], Judge | None]:
    """What reads it, in the thread of a work; None where no judge of these images came with the app."""
    return partial(_judge, bench.run.config.data.name, manager().settings.gallery_dir)


def _judge(dataset: str, gallery: Path) -> Judge | None:
    with suppress(Refused):
        return judge_of(dataset, gallery)
    return None
