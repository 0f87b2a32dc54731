"""What an own image starts from: nothing, the chosen test image, or an upload."""

from dataclasses import dataclass
from functools import partial
from hashlib import sha256

import numpy as np

from aedash.analysis.own_image import framed
from aedash.analysis.trained import Trained
from aedash.analysis.traversal import shown
from aedash.data.framing import Step
from aedash.data.upload import FORMATS, LARGEST_FILE, grey
from aedash.events import Bytes
from aedash.ui.components.canvas import Ground
from aedash.ui.explore.bench import Bench
from aedash.ui.shell import address
from aedash.ui.shell.uploader import uploader

BLANK, IMAGE, UPLOAD = "Blank", "Chosen image", "Upload"


@dataclass(frozen=True, eq=False)
class Start:
    """painted: it lies in the field already, and what is drawn on it is taken as it is. steps: how an upload came
    there; notes: how its file was read, a few words each.
    """

    ground: Ground
    painted: bool
    steps: tuple[Step, ...] = ()
    notes: tuple[str, ...] = ()


def start(bench: Bench) -> Start:
    """What is drawn on, by the switch that this draws; blank until anything else is there."""
    kind = address.switch("view-own", "Start from", [BLANK, IMAGE, UPLOAD], BLANK, bench.run.id, "explore-own")
    found = {IMAGE: _image, UPLOAD: _upload}.get(kind, lambda _: None)(bench)
    return found or Start(Ground(f"{kind} {bench.shape}", np.zeros(bench.shape, np.uint8)), painted=False)


def _image(bench: Bench) -> Start | None:
    data = bench.run.config.data.name
    picture = bench.desk.ask(bench.run, "test image", partial(_test_image, place=bench.place), data, bench.place)
    return None if picture is None else Start(Ground(f"{data} {bench.place}", picture), painted=True)


def _test_image(trained: Trained, place: int) -> Bytes:
    """(H, W) uint8: one is drawn on in grey, whatever the images are in."""
    [picture] = shown(trained, trained.image(place).index.numpy())
    return picture if picture.ndim == 2 else picture.mean(-1).round().astype(np.uint8)


def _upload(bench: Bench) -> Start | None:
    kinds = [kind.lower() for kind in FORMATS]
    label = "An image of one thing, light on dark or dark on light"
    file = uploader(label, f"own-upload-{bench.run.id}", LARGEST_FILE // 2**20, [*kinds, "jpg"])
    if file is None:
        return None
    content = file.getvalue()
    name = sha256(content).hexdigest()
    read = bench.desk.look(("upload", name), partial(grey, content))
    if read is None:
        return None
    data = bench.run.config.data.name
    steps = bench.desk.ask(bench.run, "framed upload", partial(framed, picture=read[0]), data, name)
    if steps is None:
        return None
    return Start(Ground(f"upload {name} {data}", steps[-1].picture), painted=True, steps=steps, notes=read[1])
