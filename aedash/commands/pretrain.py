"""Pack what comes with the app into a gallery folder: runs of `reproduce`, one a preset; the sweeps that answer
questions; judges, which are classifiers of the data sets.

Of models nothing is trained; of the sweeps what the runs folder lacks; judges anew. Interrupted and called again, it
goes on.
"""

from argparse import ArgumentParser, Namespace
from contextlib import closing
from pathlib import Path
from threading import Event
from typing import Any

from aedash import registry
from aedash.analysis import judge
from aedash.analysis.identity import kept
from aedash.analysis.trained import trained
from aedash.commands import Interrupted
from aedash.commands.progress import interruptible
from aedash.commands.sweep import follow
from aedash.data.image_data import load
from aedash.figures.illustrations import illustration
from aedash.formatting import many, percent
from aedash.history import Run, whole_run
from aedash.presets.base import preset
from aedash.recipes.shipped import shipped
from aedash.registry import Refused
from aedash.settings import Settings
from aedash.store import Store, illustrations, sweeps
from aedash.store import gallery as galleries
from aedash.store import kept as records
from aedash.store.gallery import pretrained, read_history
from aedash.sweep import Sweep
from aedash.training import sweeps as training
from aedash.training.manager import RunManager
from aedash.training.packing import pack, refresh, size
from aedash.training.shipping import ship

MODELS, QUESTIONS, JUDGES = "models", "questions", "judges"


def arguments(parser: ArgumentParser) -> None:
    which = "presets' runs (the default), the questions' sweeps, or classifiers of the data sets that are there"
    parser.add_argument("what", nargs="?", choices=(MODELS, QUESTIONS, JUDGES), default=MODELS, help=which)
    parser.add_argument("--only", nargs="+", metavar="NAME", help="these presets, questions or data sets alone")
    parser.add_argument(
        "--refresh", action="store_true", help="only judge what is packed anew: lines, findings, pictures"
    )
    parser.add_argument("--output", type=Path, help="the gallery folder; default: AEDASH_GALLERY_DIR")


def run(args: Namespace) -> dict[str, Any]:
    """{path, packed, bytes}; packed: {name: bytes of its folder}, of presets with a finished run alone. Of judges also
    accuracy: {data set: share of its test images}.

    Raises Refused for an unknown question or data set, Interrupted where training was broken off.
    """
    settings = Settings()
    gallery = args.output or settings.gallery_dir
    if args.what == QUESTIONS:
        return _answer(gallery, args.only, settings, args.refresh)
    if args.what == JUDGES:
        return _judges(gallery, args.only, settings.data_dir)
    if args.refresh:
        return _refreshed(gallery, args.only, settings.data_dir)
    packed = {}
    with closing(Store(settings.runs_dir)) as store:
        for name in args.only or registry.presets.names():
            found = whole_run(store.runs(), preset(name).config)
            if found:
                pack(found, store.history(found), gallery / name, settings.data_dir)
                galleries.forget()
                packed[name] = _identified(pretrained(gallery)[name], gallery, settings.data_dir)
    return _packed(gallery, packed)


def _packed(gallery: Path, packed: dict[str, int]) -> dict[str, Any]:
    return {"path": str(gallery.resolve()), "packed": packed, "bytes": sum(packed.values())}


def _judges(gallery: Path, only: list[str] | None, data_root: Path) -> dict[str, Any]:
    """Train a judge of each data set that is there, and measure anew what it says of the packed models."""
    there = [name for name in only or registry.datasets.names() if registry.datasets.get(name).present(data_root)]
    packed, accuracy = {}, {}
    for name in there:
        found = judge.train(load(name, data_root))
        judge.save(found, judge.path_of(gallery, name))
        packed[name], accuracy[name] = size(judge.path_of(gallery, name).parent), found.accuracy
        for run in pretrained(gallery).values():
            if run.config.data.name == name:
                _identified(run, gallery, data_root)
    return {**_packed(gallery, packed), "accuracy": accuracy}


def _identified(run: Run, gallery: Path, data_root: Path) -> int:
    """Keep beside a packed run what the judge of its images says, where there is one; bytes of its folder."""
    if judge.path_of(gallery, run.config.data.name).exists():
        records.write(run.folder, kept(trained(run, data_root), judge.judge_of(run.config.data.name, gallery)))
    return size(run.folder)


def _answer(gallery: Path, only: list[str] | None, settings: Settings, anew: bool) -> dict[str, Any]:
    """Train what the questions' sweeps lack in the runs folder, and pack them. anew: but for what is packed already."""
    known = shipped()
    if unknown := sorted(set(only or ()) - set(known)):
        raise Refused(f"There is no question '{unknown[0]}'.", "only", ", ".join(known))
    own = {"gallery_dir": settings.runs_dir / "none", "threads": 1}  # nothing taken over; the same bits on any machine
    packed, over = {}, Event()
    with closing(RunManager(settings.model_copy(update=own))) as manager, interruptible(over.set):
        for name in only or known:
            if not anew:
                _ship(manager, name, known[name], gallery, over)
            packed[name] = _illustrate(name, gallery, settings.data_dir)
    return _packed(gallery, packed)


def _ship(manager: RunManager, name: str, wanted: Sweep, gallery: Path, over: Event) -> None:
    """The sweep's record in the runs folder goes again: its runs are all that is needed to begin anew."""
    started = training.start(manager, wanted)
    try:
        follow(manager, list(started.runs), over)
        if over.is_set():
            raise Interrupted(f"'{name}' was interrupted; `pretrain questions` goes on with it.")
        runs = [manager.run(identifier) for identifier in started.runs]
        ship(manager, started, runs, name, gallery, manager.settings.data_dir)
    finally:
        sweeps.delete(manager.settings.runs_dir, started.id)


def _illustrate(name: str, gallery: Path, data_root: Path) -> int:
    """Measure what the question's card shows, on the packed runs; bytes of its folder."""
    shelf, folder = galleries.shipped(gallery), gallery / sweeps.FOLDER / name
    if name not in shelf.sweeps:
        raise Refused(shelf.trouble.get(name, f"'{name}' is not packed yet."), "only")
    sweep = shelf.sweeps[name]
    runs = [shelf.runs[identifier] for identifier in sweep.runs]
    illustrations.write(folder, illustration(name, sweep, runs, data_root))
    galleries.forget()
    return size(folder)


def _refreshed(gallery: Path, only: list[str] | None, data_root: Path) -> dict[str, Any]:
    """Write reference lines and findings of packed runs anew; what they were judged by may have been mended since."""
    packed = {}
    for name, found in pretrained(gallery).items():
        if not only or name in only:
            refresh(found, read_history(found.folder), data_root)
            packed[name] = _identified(found, gallery, data_root)
    return _packed(gallery, packed)


def show(value: dict[str, Any]) -> None:
    for name, weight in value["packed"].items():
        right = value.get("accuracy", {}).get(name)
        print(f"{name:22}{weight / 1e6:6.2f} MB" + ("" if right is None else f", reads {percent(right)} rightly"))
    print(f"{many(len(value['packed']), 'folder')}, {value['bytes'] / 1e6:.1f} MB in {value['path']}")
