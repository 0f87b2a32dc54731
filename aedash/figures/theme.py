"""Colours of both themes and the Plotly template. One list per meaning, used on every page."""

from __future__ import annotations

import re
from functools import cache
from html import escape
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from plotly.graph_objects import layout

FONT = "Inter, 'Source Sans', sans-serif"

# Ten classes: at least 3:1 on both page colours and at least 12 CIEDE2000 apart in every colour vision.
CLASSES = (
    "#AE6F88",
    "#BF1653",
    "#126F5C",
    "#00AA6F",
    "#134CF9",
    "#6E588B",
    "#8D9807",
    "#2D84FF",
    "#928BBB",
    "#815F00",
)

# Sweeps of lambda, noise or beta, low to high; the first is the control (value zero) in grey. A value has about the
# same hue in both themes, and stands out more the higher it is: darker on white, lighter on black. In the worst of four
# colour visions any two are at least 8 CIEDE2000 apart.
SWEEP_LIGHT = ("#747B82", "#139EB8", "#4572DB", "#7A4E90", "#900650", "#521910")
SWEEP_DARK = ("#9EA5AD", "#47878F", "#8386FC", "#CDA2F0", "#FBA5D0", "#FFCBC1")

# Roles, light and dark. The components repeat the line colours as light-dark() in base.css.
ROLES: dict[str, tuple[str, str]] = {
    "ink": ("#1A2029", "#E6EAF0"),
    "page": ("#FFFFFF", "#0F1216"),
    "border": ("#DDE2EA", "#2B323D"),
    "primary": ("#2B59C3", "#7AA5FF"),
    "train": ("#2B59C3", "#7FA9FF"),
    "second": ("#B85200", "#FFA95C"),
    "reference": ("#5F6B7C", "#9AA6B6"),
}
TEXT_CONTRAST = 4.5


def role(name: str, dark: bool) -> str:
    """Return the colour of a role as "#RRGGBB" for the light or the dark theme. name: one of ROLES, else KeyError.

    >>> role("page", dark=True)
    '#0F1216'
    """
    return ROLES[name][1 if dark else 0]


def class_color(index: int) -> str:
    """Return the colour "#RRGGBB" of a class by its index; beyond ten classes the list starts again."""
    return CLASSES[index % len(CLASSES)]


def sweep(count: int, dark: bool) -> tuple[str, ...]:
    """Return `count` colours "#RRGGBB" for the values of a sweep: first the control, then low to high.

    Up to six values take evenly spread stops; more are interpolated in CIELAB, the ends kept. Empty for a count of 0.

    >>> sweep(2, dark=False)
    ('#747B82', '#521910')
    """
    stops = SWEEP_DARK if dark else SWEEP_LIGHT
    control, ramp = stops[0], stops[1:]
    values = count - 1
    if values < 2:  # a single value is the strongest: most contrast with the control
        return (control, ramp[-1])[: max(count, 0)]
    at = np.linspace(0, len(ramp) - 1, values)
    if values <= len(ramp):
        return (control, *(ramp[round(float(stop))] for stop in at))
    lab = np.stack([_lab(color) for color in ramp])
    mixed = np.stack([np.interp(at, np.arange(len(ramp)), lab[:, axis]) for axis in range(3)], axis=1)
    return (control, *(_hex(color) for color in mixed))


def look(dark: bool) -> layout.Template:
    """Return the Plotly template of a theme; give the chart `theme=None`, or Streamlit overrides it.

    Sizes are CSS pixels; the margins leave no room for long labels: `automargin`, or one's own.
    """
    from plotly.graph_objects import layout  # loaded only by pages that draw static figures

    ink, reference, border = (role(name, dark) for name in ("ink", "reference", "border"))
    axis = {"ticks": "", "zeroline": False, "automargin": False, "title": {"standoff": 10, "font": {"size": 12}}}
    return layout.Template(
        layout={
            "margin": {"l": 44, "r": 10, "t": 28, "b": 44},
            "font": {"family": FONT, "size": 12, "color": reference},
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "colorway": list(CLASSES),
            "legend": {
                "orientation": "h",
                "x": 0,
                "y": 1.02,
                "xanchor": "left",
                "yanchor": "bottom",
                "font": {"size": 12, "color": ink},
            },
            "hovermode": "x unified",
            "hoverlabel": {
                "bgcolor": "#181D24" if dark else "#FFFFFF",
                "bordercolor": border,
                "font": {"size": 12, "color": ink},
            },
            "dragmode": False,
            "uirevision": "keep",
            "xaxis": {**axis, "showgrid": False, "linecolor": border},
            "yaxis": {**axis, "gridcolor": border, "linecolor": "rgba(0,0,0,0)", "nticks": 5},
        }
    )


def literal(text: str) -> str:
    """A text that Plotly shows as it is: no markup, no link, no place of a template.

    >>> literal("<b>a</b> %{x}")
    '&lt;b&gt;a&lt;/b&gt; % {x}'
    """
    return escape(text, quote=False).replace("%{", "% {")


def legible(color: str) -> str:
    """A series' colour for its name: as light or dark as 4.5:1 on the page of each theme needs (WCAG 1.4.3).

    color: CSS, "#RRGGBB" or "light-dark(#RRGGBB,#RRGGBB)"; "" stays so. Hue is kept, lightness moved in CIELAB.
    """
    stops = re.findall("#[0-9A-Fa-f]{6}", color)
    return f"light-dark({_contrasting(stops[0], False)},{_contrasting(stops[-1], True)})" if stops else ""


@cache
def _contrasting(color: str, dark: bool) -> str:
    page = role("page", dark)
    lightness, *hue = _lab(color)
    while contrast(color, page) < TEXT_CONTRAST:
        lightness += 1 if dark else -1
        color = _hex(np.array([lightness, *hue]))
    return color


def contrast(one: str, two: str) -> float:
    """Contrast ratio (WCAG 2) of two colours "#RRGGBB": 1 to 21, in either order; (L1 + 0.05) / (L2 + 0.05).

    >>> round(contrast("#000000", "#FFFFFF"), 6)
    21.0
    """
    low, high = sorted(luminance(_rgb(color)) for color in (one, two))
    return (high + 0.05) / (low + 0.05)


def luminance(rgb: NDArray[np.float64]) -> float:
    """Relative luminance, 0..1, of sRGB (3,) of 0..1; above 0.18 black reads better on it than white.

    >>> round(luminance(np.array([1.0, 1.0, 1.0])), 6)
    1.0
    """
    from skimage.color import rgb2xyz

    return float(rgb2xyz(rgb)[1])


def _rgb(color: str) -> NDArray[np.float64]:
    """Convert "#RRGGBB" to sRGB (3,) of 0..1."""
    return np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)]) / 255


def _lab(color: str) -> NDArray[np.float64]:
    """Convert "#RRGGBB" to CIELAB (3,), D65."""
    from skimage.color import rgb2lab

    return np.asarray(rgb2lab(_rgb(color)), float)


def _hex(lab: NDArray[np.float64]) -> str:
    """Convert CIELAB (3,) to "#RRGGBB", clipped to the sRGB range."""
    from skimage.color import lab2xyz, xyz2rgb

    return "#" + "".join(f"{round(float(channel) * 255):02X}" for channel in xyz2rgb(lab2xyz(lab)))
