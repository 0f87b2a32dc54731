"""Pack the finished runs of `reproduce` into a gallery folder, one folder a preset; nothing is trained."""

from argparse import ArgumentParser, Namespace
from contextlib import closing
from pathlib import Path
from typing import Any

from aedash import registry
from aedash.history import whole_run
from aedash.presets.base import preset
from aedash.settings import Settings
from aedash.store import Store
from aedash.store.gallery import pretrained, read_history
from aedash.training.packing import pack, refresh


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--only", nargs="+", metavar="PRESET", help="these presets alone")
    parser.add_argument("--refresh", action="store_true", help="only judge what is packed anew: lines and findings")
    parser.add_argument("--output", type=Path, help="the gallery folder; default: AEDASH_GALLERY_DIR")


def run(args: Namespace) -> dict[str, Any]:
    """{path, packed, bytes}; packed: {preset: bytes of its folder}, of presets with a finished run alone."""
    settings = Settings()
    gallery = args.output or settings.gallery_dir
    if args.refresh:
        return _refreshed(gallery, args.only, settings.data_dir)
    packed = {}
    with closing(Store(settings.runs_dir)) as store:
        for name in args.only or registry.presets.names():
            found = whole_run(store.runs(), preset(name).config)
            if found:
                packed[name] = pack(found, store.history(found), gallery / name, settings.data_dir)
    return {"path": str(gallery.resolve()), "packed": packed, "bytes": sum(packed.values())}


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
    print(f"{len(value['packed'])} presets, {value['bytes'] / 1e6:.1f} MB in {value['path']}")
