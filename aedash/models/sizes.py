"""Sizes: whether layers fit an image, and, where they do not, which images they would fit."""

from collections.abc import Callable

from torch import Tensor

from aedash.models.layers import output_shape
from aedash.registry import Refused

Shape = tuple[int, ...]
SIDES = range(8, 129)  # pixels: among these a fitting side is sought
NAMED = 3  # sides at most that a sentence names
_SHRINKS = ("too small", "greater than actual input size", "negative dimension")


def fitting(part: str, stack: Callable[[Tensor], Tensor], shape: Shape) -> Shape:
    """Shape that the stack makes of `shape`, both (channels, height, width).

    part: "encoder" or "decoder", as the refusal names it. Raises Refused when a layer does not fit, with its cause.
    """
    try:
        return output_shape(stack, shape)
    except RuntimeError as error:
        shrinks = any(word in str(error) for word in _SHRINKS)
        cause = "the image shrinks to nothing" if shrinks else str(error).rstrip(".")
        raise Refused(
            f"The {part}'s layers do not fit an input of {_said(shape)}: {cause}.",
            f"architecture.{part}",
            "smaller kernels, strides or pooling, or fewer layers" if shrinks else "",
        ) from error


def check(through: Callable[[Shape], Shape], shape: Shape, field: str = "architecture") -> None:
    """Raises Refused unless a model gives an image of `shape`, (channels, height, width), back in that shape.

    through: the shape that comes out for one that goes in, or RuntimeError; field: of the refusal, which names the
    sides that would fit.
    """
    made = _through(through, shape)
    if made == shape:
        return
    size = "nothing" if made is None else _said(made)
    wanted, sides = _said(shape), fitting_sides(through, shape)
    also = f" These layers fit images with a side of {_either(sides)} pixels." if sides else ""
    raise Refused(f"The decoder makes {size}; it must make the image's {wanted}.{also}", field, wanted)


def fitting_sides(through: Callable[[Shape], Shape], shape: Shape) -> list[int]:
    """Up to three sides of a square image, 8..128 pixels, that come out as they went in: those nearest to `shape`'s."""
    near = sorted(SIDES, key=lambda side: abs(side - max(shape[1:])))
    found: list[int] = []
    for side in near:
        square = (shape[0], side, side)
        if len(found) < NAMED and _through(through, square) == square:
            found.append(side)
    return sorted(found)


def _through(through: Callable[[Shape], Shape], shape: Shape) -> Shape | None:
    try:
        return through(shape)
    except RuntimeError:
        return None


def _said(shape: Shape) -> str:
    return " x ".join(map(str, shape))


def _either(sides: list[int]) -> str:
    *others, last = map(str, sides)
    return f"{', '.join(others)} or {last}" if others else last
