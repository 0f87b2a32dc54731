"""The diagram of a built model: one square a stage, as large as the stage is wide, derived from its layers."""

from html import escape
from math import prod, sqrt

from aedash.analysis.trace import Layer, Outline

LARGEST, SMALLEST = 96, 4  # px


def stages(outline: Outline) -> list[tuple[str, tuple[int, ...], str]]:
    """(label, shape, role) from image to output, one a layer with weights; role: image, hidden or code.

    shape: of the layer's output, (numbers,) or (channels, height, width).
    """
    encoder = [layer.shape for layer in _shown(outline, "encoder")]
    decoder = [layer.shape for layer in _shown(outline, "decoder")]
    image = (outline.pixels,)
    blocks: list[tuple[str, tuple[int, ...], str]] = [("image", image, "image")]
    blocks += [(_label(shape), shape, "hidden") for shape in encoder[:-1]]
    blocks.append(("code" if outline.middle.isdigit() else f"code {outline.middle}", (outline.code,), "code"))
    blocks += [(_label(shape), shape, "hidden") for shape in decoder[:-1]]
    return [*blocks, ("output", image, "image")]


def diagram(outline: Outline) -> str:
    """HTML: squares in a row, areas by how many numbers pass there, with a text for those who do not see it."""
    most = max(prod(shape) for _, shape, _ in stages(outline))
    blocks = "".join(_block(label, prod(shape), role, most) for label, shape, role in stages(outline))
    return f'<div class="diagram" role="img" aria-label="{escape(_alt(outline))}">{blocks}</div>'


def layer_table(outline: Outline) -> str:
    """HTML: every layer with its output's shape and its number of parameters, and their sum."""
    rows = "".join(
        f'<tr><td class="text">{escape(layer.part)}</td><td class="text">{escape(layer.kind)}</td>'
        f"<td>{_words(layer.shape)}</td><td>{layer.parameters:,}</td></tr>"
        for layer in outline.layers
    )
    head = '<tr><th class="text">part</th><th class="text">layer</th><th>output</th><th>parameters</th></tr>'
    foot = f'<tr><td class="text"><b>all</b></td><td></td><td></td><td><b>{outline.parameters:,}</b></td></tr>'
    return f'<table class="table">{head}{rows}{foot}</table>'


def _shown(outline: Outline, part: str) -> list[Layer]:
    return [layer for layer in outline.layers if layer.part == part and layer.parameters]


def _words(shape: tuple[int, ...]) -> str:
    return " × ".join(map(str, shape))


def _label(shape: tuple[int, ...]) -> str:
    return _words(shape) if len(shape) > 1 else "hidden"


def _block(label: str, size: int, role: str, most: int) -> str:
    side = max(SMALLEST, LARGEST * sqrt(size / most))
    square = f'<i class="{role}" style="width:{side:.0f}px;height:{side:.0f}px"></i>'
    return f"<div>{square}<b>{size:,}</b><span>{escape(label)}</span></div>"


def _alt(outline: Outline) -> str:
    return f"{len(outline.layers)} layers: {outline.pixels} pixels, a code of {outline.code} numbers, the pixels again"
