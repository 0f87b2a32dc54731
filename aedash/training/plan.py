"""A run to be: what it trains, whether it may, and the job that a worker gets."""

import os
from dataclasses import dataclass
from math import inf
from pathlib import Path

from aedash import registry, words
from aedash.config import RunConfig, check
from aedash.events import Changed
from aedash.history import History, Run
from aedash.registry import Refused
from aedash.settings import Settings
from aedash.training.device import Backend
from aedash.training.keeping import expected, numbered
from aedash.training.limits import fits, small_enough
from aedash.training.room import Ask
from aedash.training.worker import Job


@dataclass(frozen=True)
class Fork:
    """Where a run begins that goes on from another one: at one of its kept states."""

    run: Run
    state: Path


@dataclass(frozen=True)
class Plan:
    """A run to be: its config, the changes to be put in force on the way, and what it goes on from, if anything.

    owner: who asks for it, as `Run.owner`.
    """

    config: RunConfig
    preset: str = ""
    changes: tuple[Changed, ...] = ()
    threads: int = 0
    fork: Fork | None = None
    owner: str = ""

    def ask(self, settings: Settings) -> Ask:
        """The room on the disk that it needs. Raises Refused where one run may not have so much."""
        return Ask(self.owner, expected(self.config, settings), self.fork.run.id if self.fork else "")


def gate(config: RunConfig, settings: Settings) -> RunConfig:
    """All gates, before anything is queued. Raises Refused with one sentence, which names the limit and its setting."""
    info = registry.datasets.get(config.data.name).info
    _within("epochs", config.epochs, settings.max_epochs, "AEDASH_MAX_EPOCHS")
    _within("threads", config.threads, settings.max_threads, "AEDASH_MAX_THREADS")
    checked = check(config, info)
    small_enough(checked.architecture, info, settings.max_parameters)
    numbered(checked, settings)
    return fits(checked, info, settings.max_gigabytes)


def _within(field: str, value: int, most: int, setting: str) -> None:
    """Raises Refused for a number of the config that is over what this server allows."""
    if value > most:
        allowed = f"at most {most:,}"
        raise Refused(f"{words.label(field)} may be {allowed} here ({setting}); got {value:,}.", field, allowed)


def check_cells(runs: int, settings: Settings) -> None:
    """Raises Refused for a sweep of more runs than this server allows."""
    if runs > settings.max_cells:
        allowed = f"at most {settings.max_cells:,}"
        sentence = f"The sweep has {runs:,} runs; allowed are {allowed} here (AEDASH_MAX_CELLS)."
        raise Refused(sentence, "vary", allowed)


def threads_for(config: RunConfig, settings: Settings) -> int:
    """The run's own wish, else the setting, else its share of the cores."""
    return config.threads or settings.threads or max(1, (os.cpu_count() or 1) // settings.max_concurrent_runs)


def most_seconds(settings: Settings) -> float:
    """How long a run may train each time that it begins or goes on; inf without a limit."""
    return settings.max_seconds or inf


def job_of(run: Run, history: History, settings: Settings, resume: bool) -> Job:
    """What a worker needs to train the run, or to go on with it."""
    return Job(
        run=run.id,
        config=run.config,
        folder=run.folder,
        data_root=settings.data_dir,
        device=settings.device,
        tf32=settings.tf32,
        backend=Backend(run.device, run.precision),
        threads=run.threads or threads_for(run.config, settings),
        fewer=not (run.threads or run.config.threads or settings.threads),  # nobody asked for that many
        resume=resume,
        past=tuple(history.ends),
        recorded=history.step,
        numbered=numbered(run.config, settings),
        changes=run.changes,
        most_seconds=most_seconds(settings),
    )
