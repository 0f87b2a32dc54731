"""List all runs of the runs folder, newest first."""

from argparse import ArgumentParser, Namespace
from contextlib import closing
from typing import Any

from aedash.history import Run
from aedash.settings import Settings
from aedash.store import Store


def arguments(parser: ArgumentParser) -> None:
    """None beyond --json."""


def run(args: Namespace) -> list[dict[str, Any]]:
    """One {id, state, folder, preset, dataset, epochs_done} a run; preset: None for one of a config of one's own."""
    with closing(Store(Settings().runs_dir)) as store:
        return [_row(each) for each in store.runs()]


def _row(run: Run) -> dict[str, Any]:
    return {
        "id": run.id,
        "state": run.state.value,
        "folder": str(run.folder.resolve()),
        "preset": run.preset or None,
        "dataset": run.config.data.name,
        "epochs_done": run.epochs_done,
    }


def show(value: list[dict[str, Any]]) -> None:
    for row in value:
        print(f"{row['id']}  {row['state']:12} {row['preset'] or '-':14} {row['dataset']:14} {row['epochs_done']:>5}")
    if not value:
        print("No runs yet. Train one: python -m aedash train --preset R0-simple --dataset digits")
