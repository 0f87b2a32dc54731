"""Mounts the canvas on a ground with one white square; what it has told stands below, as it came."""

import json

import numpy as np
import streamlit as st

from aedash.ui.components.canvas import Ground, canvas, drawn
from aedash.ui.components.source import deliver
from aedash.ui.shell.first_paint import sheet as sheet_of_styles

st.set_page_config(page_title="canvas", page_icon="🧪", layout="wide")
deliver()
st.html(f"<style>{sheet_of_styles()}</style>")

picture = np.zeros((28, 28), np.uint8)
picture[2, 3] = 200
ground = Ground("a", picture)
gone = st.toggle("Another page")
told = drawn(ground, key="canvas")
if not gone:
    canvas(ground, told.number, None, key="canvas")
ink = None if told.picture is None else told.picture.reshape(28, 4, 28, 4).mean((1, 3)).round().astype(int).tolist()
st.html(f'<pre class="told">{json.dumps({"number": told.number, "ink": ink})}</pre>')
