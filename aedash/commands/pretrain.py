"""Pack finished runs into a gallery folder: those of `reproduce`, one a preset, or the sweeps that answer questions.

Nothing is trained for models; what the sweeps lack is. Interrupted and called again, it goes on with the next run.
"""

from argparse import ArgumentParser, Namespace
from contextlib import closing
from pathlib import Path
from threading import Event
from typing import Any

from aedash import registry
from aedash.commands import Interrupted
from aedash.commands.progress import interruptible
from aedash.commands.sweep import follow
from aedash.formatting import many
from aedash.history import whole_run
from aedash.presets.base import preset
from aedash.recipes.shipped import shipped
from aedash.registry import Refused
from aedash.settings import Settings
from aedash.store import Store, sweeps
from aedash.store.gallery import pretrained, read_history
from aedash.sweep import Sweep
from aedash.training import sweeps as training
from aedash.training.manager import RunManager
from aedash.training.packing import pack, refresh
from aedash.training.shipping import ship

MODELS, QUESTIONS = "models", "questions"


def arguments(parser: ArgumentParser) -> None:
    which = "presets' runs (the default), or the questions' sweeps"
    parser.add_argument("what", nargs="?", choices=(MODELS, QUESTIONS), default=MODELS, help=which)
    parser.add_argument("--only", nargs="+", metavar="NAME", help="these presets, or questions, alone")
    parser.add_argument("--refresh", action="store_true", help="only judge what is packed anew: lines and findings")
    parser.add_argument("--output", type=Path, help="the gallery folder; default: AEDASH_GALLERY_DIR")


def run(args: Namespace) -> dict[str, Any]:
    """{path, packed, bytes}; packed: {name: bytes of its folder}, of presets with a finished run alone.

    Raises Refused for an unknown question, Interrupted where training them was broken off.
    """
    settings = Settings()
    gallery = args.output or settings.gallery_dir
    if args.what == QUESTIONS:
        return _answer(gallery, args.only, settings)
    if args.refresh:
        return _refreshed(gallery, args.only, settings.data_dir)
    packed = {}
    with closing(Store(settings.runs_dir)) as store:
        for name in args.only or registry.presets.names():
            found = whole_run(store.runs(), preset(name).config)
            if found:
                packed[name] = pack(found, store.history(found), gallery / name, settings.data_dir)
    return {"path": str(gallery.resolve()), "packed": packed, "bytes": sum(packed.values())}


def _answer(gallery: Path, only: list[str] | None, settings: Settings) -> dict[str, Any]:
    """Train what the questions' sweeps lack in the runs folder, and pack them."""
    known = shipped()
    if unknown := sorted(set(only or ()) - set(known)):
        raise Refused(f"There is no question '{unknown[0]}'.", "only", ", ".join(known))
    own = {"gallery_dir": settings.runs_dir / "none", "threads": 1}  # nothing taken over; the same bits on any machine
    packed, over = {}, Event()
    with closing(RunManager(settings.model_copy(update=own))) as manager, interruptible(over.set):
        for name in only or known:
            packed[name] = _shipped(manager, name, known[name], gallery, over)
    return {"path": str(gallery.resolve()), "packed": packed, "bytes": sum(packed.values())}


def _shipped(manager: RunManager, name: str, wanted: Sweep, gallery: Path, over: Event) -> int:
    """Bytes of the sweep's folder. Its record in the runs folder goes: only its runs are needed to begin again."""
    started = training.start(manager, wanted)
    try:
        follow(manager, list(started.runs), over)
        if over.is_set():
            raise Interrupted(f"'{name}' was interrupted; `pretrain questions` goes on with it.")
        runs = [manager.run(identifier) for identifier in started.runs]
        return ship(manager, started, runs, name, gallery, manager.settings.data_dir)
    finally:
        sweeps.delete(manager.settings.runs_dir, started.id)


def _refreshed(gallery: Path, only: list[str] | None, data_root: Path) -> dict[str, Any]:
    """Write reference lines and findings of packed runs anew; what they were judged by may have been mended since."""
    packed = {}
    for name, found in pretrained(gallery).items():
        if not only or name in only:
            refresh(found, read_history(found.folder), data_root)
            packed[name] = sum(path.stat().st_size for path in found.folder.rglob("*") if path.is_file())
    return {"path": str(gallery.resolve()), "packed": packed, "bytes": sum(packed.values())}


def show(value: dict[str, Any]) -> None:
    for name, size in value["packed"].items():
        print(f"{name:22}{size / 1e6:6.2f} MB")
    print(f"{many(len(value['packed']), 'folder')}, {value['bytes'] / 1e6:.1f} MB in {value['path']}")
