"""Reads the text of the components; every one starts with the shared base.css and base.js."""

from __future__ import annotations

import base64
import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

_FOLDER = Path(__file__).parent


def script(*names: str) -> str:
    """Join base.js and the named files into one ES module; only the last may have the default export."""
    return _lean("\n".join((_FOLDER / f"{name}.js").read_text("utf-8") for name in ("base", *names)))


def style(*names: str) -> str:
    """Join base.css and the named files."""
    return _lean("\n".join((_FOLDER / f"{part}.css").read_text("utf-8") for part in ("base", *names)))


def packed(array: NDArray[Any], kind: str) -> str:
    """Encode an array as base64 of little-endian numbers of a NumPy kind, such as "<f4"."""
    return base64.b64encode(np.ascontiguousarray(array, kind).tobytes()).decode()


def _lean(text: str) -> str:
    """Drop comments that stand alone, indentation and empty lines: Streamlit sends the code with every update."""
    text = re.sub(r"^\s*/\*.*?\*/$", "", text, flags=re.DOTALL | re.MULTILINE)
    lines = (re.sub(r"\s*// .*$", "", line).strip() for line in text.splitlines())
    return "\n".join(line for line in lines if line)
