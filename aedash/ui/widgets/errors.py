"""Errors of a model by class, and its best, median and worst images: on Train and on Explore."""

from collections.abc import Sequence

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from aedash.analysis.inside import error_by_class
from aedash.events import Floats
from aedash.figures import inside
from aedash.formatting import count

BARS = "Bars: mean MSE per pixel on [0, 1] with one standard error, of {}. Grey: level with the rest."


def by_class(mse: Floats, labels: NDArray[np.int64], classes: Sequence[str], images: str) -> None:
    """A bar a class. mse, labels: (N,); images: which they are, in words."""
    errors = error_by_class(mse, labels, classes)
    if not np.isfinite(mse).all():
        st.caption(f"{count(int((~np.isfinite(mse)).sum()))} of {count(len(mse))} reconstructions are not finite.")
    st.html(inside.class_bars(errors))
    st.caption(f"{inside.hardest(errors)} {BARS.format(images)}")
