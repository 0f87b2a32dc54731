"""A curve in the height of a line: its first and last value, and its shape between them."""

from base64 import b64encode
from collections.abc import Sequence
from html import escape

WIDTH, HEIGHT, EDGE = 100, 24, 2  # of the drawing; the page stretches it to its own width


def sparkline(values: Sequence[float], alt: str) -> str:
    """HTML. A mask and not a picture: so the line takes the colour of the theme that it stands in.

    values: at least one, in any unit, evenly spaced; the first and the last stand beside it. alt: what it shows, for
    those who do not see it.
    """
    line = b64encode(_svg(values).encode()).decode()
    drawn = f'<i role="img" aria-label="{escape(alt)}" style="mask-image:url(data:image/svg+xml;base64,{line})"></i>'
    return f'<span class="spark"><b>{values[0]:g}</b>{drawn}<b>{values[-1]:g}</b></span>'


def _svg(values: Sequence[float]) -> str:
    low, high = min(values), max(values)
    across, up = WIDTH / max(1, len(values) - 1), (HEIGHT - 2 * EDGE) / ((high - low) or 1)
    points = " ".join(f"{i * across:.1f},{EDGE + (high - value) * up:.1f}" for i, value in enumerate(values))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none">'
        f'<polyline points="{points}" fill="none" stroke="#000" stroke-width="1.5" stroke-linejoin="round" '
        'vector-effect="non-scaling-stroke"/></svg>'
    )
