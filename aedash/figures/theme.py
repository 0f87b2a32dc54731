"""Colours of both themes and the Plotly template. One list per meaning, used on every page."""

from __future__ import annotations

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

# Sweeps of lambda, noise or beta, low to high; the first is the control (value zero) in grey.
SWEEP_LIGHT = ("#747B82", "#139EB8", "#4572DB", "#7A4E90", "#900650", "#521910")
SWEEP_DARK = ("#9EA5AD", "#03899A", "#B281C8", "#D9A084", "#DEC652", "#EAE8AB")

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

# CIELAB, D65: linear sRGB to XYZ relative to the white point, rows summing to one.
_TO_XYZ = np.array(
    [[0.4339499, 0.3762098, 0.1898403], [0.2126729, 0.7151522, 0.0721750], [0.0177566, 0.1094680, 0.8727755]]
)
_TO_LAB = np.array([[0.0, 116.0, 0.0], [500.0, -500.0, 0.0], [0.0, 200.0, -200.0]])


def role(name: str, dark: bool) -> str:
    """Return the colour of a role as "#RRGGBB" for the light or the dark theme."""
    return ROLES[name][1 if dark else 0]


def class_color(index: int) -> str:
    """Return the colour of a class; beyond ten classes the list starts again."""
    return CLASSES[index % len(CLASSES)]


def sweep(count: int, dark: bool) -> tuple[str, ...]:
    """Return `count` colours for the values of a sweep: first the control, then low to high.

    Up to six values take evenly spread stops; more are interpolated in CIELAB, the ends kept.
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
    """Return the Plotly template of a theme; give the chart `theme=None`, or Streamlit overrides it."""
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


def _lab(color: str) -> NDArray[np.float64]:
    """Convert "#RRGGBB" to CIELAB (3,)."""
    srgb = np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    xyz = _TO_XYZ @ linear
    cubed = np.where(xyz > 0.008856, np.cbrt(xyz), xyz * 7.787 + 16 / 116)
    return np.asarray(_TO_LAB @ cubed - np.array([16.0, 0.0, 0.0]), float)


def _hex(lab: NDArray[np.float64]) -> str:
    """Convert CIELAB (3,) to "#RRGGBB", clipped to the sRGB range."""
    cubed = np.linalg.solve(_TO_LAB, lab + np.array([16.0, 0.0, 0.0]))
    xyz = np.where(cubed > 0.206893, cubed**3, (cubed - 16 / 116) / 7.787)
    linear = np.clip(np.linalg.solve(_TO_XYZ, xyz), 0, 1)
    srgb = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    return "#" + "".join(f"{round(float(channel) * 255):02X}" for channel in srgb)
