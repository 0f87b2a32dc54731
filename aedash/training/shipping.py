"""Shipping: a finished sweep packed into the gallery, small, whole, and read only from then on."""

import shutil
from dataclasses import replace
from pathlib import Path

from aedash.atomic import write_json
from aedash.history import Run
from aedash.registry import Refused
from aedash.store.gallery import RECORD, forget, identity
from aedash.store.sweeps import FOLDER
from aedash.sweep import Sweep, members
from aedash.training.packing import Thinning, pack
from aedash.training.records import Records

FIRST = Thinning(snapshots=1, samples=10, blocks=20, ends=8, points=25)  # the seed that pages show
OTHERS = replace(FIRST, blocks=12, ends=6, points=10)
LARGE = 64  # numbers in a code; of a larger one that no snapshot holds whole, the map's two are kept


def ship(records: Records, sweep: Sweep, runs: list[Run], name: str, gallery: Path, data_root: Path) -> None:
    """Write the gallery's sweep of that name anew, whole.

    runs: in the order of the sweep's members, finished; each becomes known by its config's key, so that addresses stay
    what they are. Raises Refused for one that did not end well, OSError without room.
    """
    if lost := next((run for run in runs if not run.whole), None):
        raise Refused(f"Run {lost.id} of '{name}' is {lost.state.value}, not finished: train it again.", "questions")
    folder = gallery / FOLDER / name
    partial = folder.with_name(f"{name}.tmp")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    names = [run.config.key()[:12] for run in runs]
    for order, (member, run, known) in enumerate(zip(members(sweep), runs, names, strict=True)):
        thinning = FIRST if member.config.seed == sweep.base.seed else OTHERS
        if (run.figures["test"].code_units or 0) > LARGE:
            thinning = replace(thinning, last_numbers=2)
        packed = replace(run, id=known, order=order)
        pack(packed, records.history(run), partial / known, data_root, thinning)
    kept = sweep.model_copy(update={"id": identity(name), "runs": tuple(names)})
    write_json(partial / RECORD, kept.model_dump(mode="json"))
    shutil.rmtree(folder, ignore_errors=True)
    partial.rename(folder)
    forget()
