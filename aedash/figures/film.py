"""Film: the training of a run as an animated picture for slides, in the light theme, bounded in size and length."""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from aedash.analysis.moments import positions
from aedash.events import Bytes, Floats, Probes, Snapshot
from aedash.figures.board import SAMPLE_COLUMNS
from aedash.figures.grids import error_map
from aedash.figures.scatter import Box, box
from aedash.figures.theme import class_color, role
from aedash.formatting import count, number
from aedash.history import History
from aedash.registry import Refused

Kind = Literal["map", "reconstructions", "samples"]
Form = Literal["GIF", "WEBP"]
Font = ImageFont.FreeTypeFont | ImageFont.ImageFont

WIDTH, HEAD, EDGE, GAP = 640, 62, 16, 2  # pixels
MAP, LEGEND = 420, 120  # height of the map, width of its legend
FINE = 2  # dots are drawn so many times as large, and made smaller: their edges are smooth
DOT, SHORT = 3.2, 2  # radius; letters of a name that stands on the map
MOST_FRAMES, GLIDE = 121, 8  # of a film; between two moments
SECONDS, REST = 8.0, 2.0  # of the whole, about, and how long its last frame stays
WHITE = 255  # its place in the palette
QUICK, SLOW = 0.08, 0.6  # seconds of a frame
INK, MUTED, LINE, PAGE, PRIMARY = (role(name, False) for name in ("ink", "reference", "border", "page", "primary"))


@dataclass(frozen=True)
class Caption:
    """What stands above each frame: the model, its images, and of how many epochs."""

    model: str
    data: str
    epochs: int


@dataclass(frozen=True)
class Frame:
    """A picture and how long it is shown, in seconds."""

    picture: Image.Image
    seconds: float


def film(history: History, kind: Kind, caption: Caption, classes: Sequence[str], form: Form) -> bytes:
    """The file of a film that runs for ever: of each recorded moment a frame, the map with frames between.

    classes: names, by label. Raises Refused for a run of which no moment was recorded.
    """
    snapshots, probes = history.snapshots[:], history.probes
    if not snapshots or probes is None:
        raise Refused("No moment of this run was recorded yet: there is nothing to film.", "run")
    scene = _map if kind == "map" else _reconstructions if kind == "reconstructions" else _samples
    return encoded(list(scene(history, probes, snapshots, caption, classes)), form)


def encoded(frames: Sequence[Frame], form: Form) -> bytes:
    """The frames, at least one, as a file that repeats itself."""
    first, *others = [frame.picture for frame in frames]
    how = {"save_all": True, "loop": 0, "duration": [round(1000 * frame.seconds) for frame in frames]}
    stream = io.BytesIO()
    if form == "GIF":
        palette = _palette([frame.picture for frame in frames])
        first, *others = [_reduced(each, palette) for each in (first, *others)]
        first.save(stream, "GIF", append_images=others, optimize=False, **how)
    else:
        first.save(stream, "WEBP", append_images=others, lossless=True, quality=60, method=1, **how)
    return stream.getvalue()


def still(content: bytes) -> bytes:
    """The last frame of a film as a WebP file, for whoever wants nothing to move."""
    stream = io.BytesIO()
    with Image.open(io.BytesIO(content)) as file:
        file.seek(getattr(file, "n_frames", 1) - 1)
        file.convert("RGB").save(stream, "WEBP", lossless=True)
    return stream.getvalue()


def _palette(pictures: Sequence[Image.Image]) -> Image.Image:
    """256 colours for all frames, found on a few of them: one palette a film, so that nothing flickers."""
    few = [pictures[round(i)] for i in np.linspace(0, len(pictures) - 1, min(4, len(pictures)))]
    sheet = Image.new("RGB", (few[0].width, few[0].height * len(few)))
    for row, picture in enumerate(few):
        sheet.paste(picture, (0, row * picture.height))
    found = sheet.quantize(255)
    colors = (found.getpalette() or [])[: 3 * WHITE]
    found.putpalette([*colors, *[0] * (3 * WHITE - len(colors)), 255, 255, 255])
    return found


def _reduced(picture: Image.Image, palette: Image.Image) -> Image.Image:
    """The picture in the colours of a palette; what is white stays so, which Pillow's search does not promise."""
    reduced = picture.quantize(palette=palette, dither=Image.Dither.NONE)
    page = Image.fromarray(np.uint8(255) * (np.asarray(picture) == 255).all(-1))
    reduced.paste(WHITE, (0, 0), page)
    return reduced


# -- what moves


def _map(
    history: History, probes: Probes, snapshots: list[Snapshot], caption: Caption, classes: Sequence[str]
) -> Iterator[Frame]:
    """Dots that glide from moment to moment, in the axes and the scale that all moments share."""
    places = [positions(history, snapshot)[: len(probes.labels)] for snapshot in snapshots]
    if not any(np.isfinite(each).all(1).any() for each in places):
        raise Refused("No code of this run is a number: there is no map to film.", "run")
    frame, steps = box(np.concatenate(places)), between(len(snapshots))
    seconds = max(QUICK, SECONDS / (1 + steps * (len(snapshots) - 1)))
    for i, (now, at) in enumerate(zip(snapshots, places, strict=True)):
        ways = [k / steps for k in range(1, steps + 1)] if i else [1.0]
        for share in ways:
            shown = at if share == 1 else _glided(places[i - 1], at, share)
            step = now.step if i == 0 else snapshots[i - 1].step + share * (now.step - snapshots[i - 1].step)
            picture = _headed(HEAD + MAP + EDGE, caption, history, step)
            picture.paste(_dots(shown, probes.labels, frame, classes), (EDGE, HEAD))
            _named(picture, classes)
            yield Frame(picture, REST if now is snapshots[-1] and share == 1 else seconds)


def between(moments: int) -> int:
    """Frames from one moment to the next: so many that the film stays short.

    >>> between(60), between(12), between(1)
    (2, 8, 8)
    """
    return max(1, min(GLIDE, (MOST_FRAMES - 1) // max(1, moments - 1)))


def _glided(before: Floats, after: Floats, share: float) -> Floats:
    """Slow at both ends. A dot that is no number at one of them is none between."""
    eased = share * share * (3 - 2 * share)
    return np.asarray(before + eased * (after - before))


def _dots(points: Floats, labels: NDArray[np.int64], frame: Box, classes: Sequence[str]) -> Image.Image:
    """Dots in the frame; those outside it, or that are no number, are left out. A short name stands amid its class."""
    wide = WIDTH - 2 * EDGE - LEGEND
    picture = Image.new("RGB", (wide * FINE, MAP * FINE), PAGE)
    pen, radius = ImageDraw.Draw(picture), DOT * FINE
    low, high = np.array(frame[:2]), np.array(frame[2:])
    shares = (points - low) / (high - low)
    inside = np.isfinite(shares).all(1) & (shares > 0).all(1) & (shares < 1).all(1)
    room = np.array([wide, MAP]) * FINE - 2 * radius
    places = radius + np.column_stack([shares[:, 0], 1 - shares[:, 1]]) * room
    for (x, y), label in zip(places[inside], labels[inside], strict=True):
        pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=class_color(int(label)))
    _amid(pen, places[inside], labels[inside], classes)
    return picture.resize((wide, MAP), Image.Resampling.BOX)


def _amid(pen: ImageDraw.ImageDraw, places: Floats, labels: NDArray[np.int64], classes: Sequence[str]) -> None:
    """A short name in the middle of its class, where none stands already."""
    named: list[Floats] = []
    for label, name in enumerate(classes):
        own = places[labels == label]
        if len(name) > SHORT or not len(own):
            continue
        middle = np.median(own, axis=0)
        if all(np.abs(middle - other).max() > 16 * FINE for other in named):
            named.append(middle)
            x, y = middle.tolist()
            pen.text((x, y), name, class_color(label), _font(20 * FINE), "mm", stroke_width=4 * FINE, stroke_fill=PAGE)


def _named(picture: Image.Image, classes: Sequence[str]) -> None:
    """The legend: a dot and a name for each class, as many as there is room for."""
    pen, left = ImageDraw.Draw(picture), WIDTH - LEGEND
    for i, name in enumerate(classes[: MAP // 24]):
        y = HEAD + 14 + 24 * i
        pen.ellipse((left, y - 5, left + 10, y + 5), fill=class_color(i))
        pen.text((left + 18, y), _shortened(name, 14), INK, _font(14), "lm")


def _reconstructions(
    history: History, probes: Probes, snapshots: list[Snapshot], caption: Caption, _classes: Sequence[str]
) -> Iterator[Frame]:
    """Test images, what the model is given, what it makes of them, and by how much that is off."""
    noisy = not np.array_equal(probes.inputs, probes.originals)
    given = {"clean": probes.originals, "input": probes.inputs} if noisy else {"input": probes.originals}
    for snapshot in snapshots:
        error = error_map((snapshot.reconstructions.astype(np.float32) - probes.originals) / 255)
        rows = {**given, "output": snapshot.reconstructions, "error": error}
        tile = (WIDTH - 2 * EDGE - 60) // len(probes.originals) - GAP
        picture = _headed(HEAD + len(rows) * (tile + GAP) + 22 + EDGE, caption, history, snapshot.step)
        for row, (name, images) in enumerate(rows.items()):
            y = HEAD + row * (tile + GAP)
            ImageDraw.Draw(picture).text((EDGE, y + tile // 2), name, MUTED, _font(13), "lm")
            _row(picture, images, (EDGE + 60, y), tile)
        _foot(picture, snapshot.mse, tile, HEAD + len(rows) * (tile + GAP) + 10)
        yield Frame(picture, _rest(snapshot, snapshots))


def _foot(picture: Image.Image, errors: Floats, tile: int, y: int) -> None:
    """The MSE per pixel under each image."""
    pen = ImageDraw.Draw(picture)
    pen.text((EDGE, y), "MSE", MUTED, _font(13), "lm")
    for i, error in enumerate(errors):
        pen.text((EDGE + 60 + i * (tile + GAP) + tile // 2, y), number(float(error)), MUTED, _font(12), "mm")


def _samples(
    history: History, _probes: Probes, snapshots: list[Snapshot], caption: Caption, _classes: Sequence[str]
) -> Iterator[Frame]:
    """The same random codes, decoded at each moment."""
    tile = (WIDTH - 2 * EDGE) // SAMPLE_COLUMNS - GAP
    rows = max(1, min(5, len(snapshots[-1].samples) // SAMPLE_COLUMNS))
    for snapshot in snapshots:
        picture = _headed(HEAD + rows * (tile + GAP) + EDGE, caption, history, snapshot.step)
        for row in range(rows):
            images = snapshot.samples[row * SAMPLE_COLUMNS : (row + 1) * SAMPLE_COLUMNS]
            _row(picture, images, (EDGE, HEAD + row * (tile + GAP)), tile)
        yield Frame(picture, _rest(snapshot, snapshots))


def _rest(snapshot: Snapshot, snapshots: list[Snapshot]) -> float:
    """Seconds for which a moment of a grid is shown."""
    return REST if snapshot is snapshots[-1] else min(SLOW, max(QUICK, SECONDS / len(snapshots)))


# -- what stands still


def _headed(height: int, caption: Caption, history: History, step: float) -> Image.Image:
    """A page with the model and its images, the epoch, and a line that grows with it."""
    picture = Image.new("RGB", (WIDTH, height), PAGE)
    pen = ImageDraw.Draw(picture)
    pen.text((EDGE, 19), _shortened(caption.model, 46), INK, _font(18), "lm")
    pen.text((WIDTH - EDGE, 19), _shortened(caption.data, 20), MUTED, _font(15), "rm")
    per_epoch = history.started.steps_per_epoch if history.started else 1
    told = f"epoch {step / per_epoch:.1f} of {count(caption.epochs)}, step {count(step)}"
    pen.text((EDGE, 40), told, MUTED, _font(14), "lm")
    y, right = HEAD - 10, WIDTH - EDGE
    done = min(1.0, step / (per_epoch * caption.epochs))
    pen.line((EDGE, y, right, y), LINE, 2)
    pen.line((EDGE, y, EDGE + done * (right - EDGE), y), PRIMARY, 2)
    return picture


def _row(picture: Image.Image, images: Bytes, place: tuple[int, int], tile: int) -> None:
    """Tiles side by side. images: (n, H, W), (n, H, W, 3) or (n, H, W, 4), whose see-through pixels show the page."""
    x, y = place
    for i, pixels in enumerate(images):
        image = Image.fromarray(np.ascontiguousarray(pixels))
        larger = tile >= max(image.size)
        image = image.resize((tile, tile), Image.Resampling.NEAREST if larger else Image.Resampling.BOX)
        where = (x + i * (tile + GAP), y)
        picture.paste(image, where, image if image.mode == "RGBA" else None)
        if image.mode == "RGBA":
            ImageDraw.Draw(picture).rectangle((*where, where[0] + tile - 1, y + tile - 1), outline=LINE)


def _shortened(text: str, most: int) -> str:
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"


@cache
def _font(size: int) -> Font:
    return ImageFont.load_default(size)
