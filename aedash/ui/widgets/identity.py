"""Kept identity on pages: what the judge still reads in reconstructions, of packed models as it was measured."""

from aedash.analysis import identity
from aedash.analysis.judge import judge_of, path_of
from aedash.analysis.trained import written
from aedash.config import RunConfig
from aedash.formatting import count, percent
from aedash.history import Run
from aedash.store import kept as records
from aedash.store.kept import Kept
from aedash.ui.desk.desk import Desk
from aedash.ui.desk.manager import manager


def kept(run: Run, desk: Desk) -> Kept | None:
    """Of the best weights; None until it is measured, and where there is no judge of these images."""
    stored, gallery = records.load(run.folder), manager().settings.gallery_dir
    if stored or not is_judged(run.config.data.name):
        return stored
    return desk.ask(
        run,
        "kept identity",
        lambda trained: identity.kept(trained, judge_of(trained.config.data.name, gallery)),
        run.id,
        written(run),
    )


def is_judged(dataset: str) -> bool:
    """Whether there is a judge of those images."""
    return path_of(manager().settings.gallery_dir, dataset).exists()


def sentence(found: Kept, config: RunConfig) -> str:
    """What it says of a model, beside the same of the originals."""
    told = f" The decoder is told {beside}, too." if (beside := config.architecture.beside()) else ""
    originals = f"originals {percent(found.read)}{', level' * found.level}"
    return f"Kept identity, of {count(found.images)}: {percent(found.kept)}, {originals}.{told}"


def cell(found: Kept) -> tuple[str, str]:
    """(value, label) for a status row."""
    return f"{100 * found.kept:.1f} of {percent(found.read)}", "kept identity, originals"
