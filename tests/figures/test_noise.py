"""Noise in pictures: rows keep their place, baselines keep their look, the mean picture sets the frame."""

import numpy as np

from aedash.figures.lambdas import Curve
from aedash.figures.noise import INKS, ROOM, Baseline, grid, matrix, robustness


def test_rows_without_a_picture_keep_their_place():
    clean = np.full((3, 4, 4), 9, np.uint8)
    made = grid(clean, [("noisy", INKS["noisy input"].swatch, None), ("0.5", "#123456", clean)])
    assert (made.columns, made.rows) == (3, 3)
    assert made.labels == ("clean", "noisy", "0.5")
    assert made.swatches[2] == "#123456"
    assert made.swatches[1].startswith("linear-gradient(")


def test_the_frame_ends_where_all_is_lost():
    curve = Curve("trained at 0", 0, 1, (0.0, 2.0), ((0.01, 0.01, 0.01), (0.5, 0.4, 0.6)))
    figure = robustness((curve,), (Baseline("mean picture", (0.0,), (0.06,)),), 2.0, 0.5, "deviation", False)
    band, line, mean = figure.data
    assert (line.name, line.line.dash, mean.line.dash) == ("trained at 0", "solid", "dot")
    assert list(band.y) == [0.01, 0.6, 0.4, 0.01]
    assert figure.layout.yaxis.range == (0, ROOM * 0.06)
    assert figure.layout.shapes[0].x0 == 0.5
    assert figure.layout.xaxis.title.text == "tested at: deviation"
    assert figure.layout.yaxis.title.text == "MSE per pixel"


def test_the_matrix_tells_what_is_good_and_outlines_its_diagonal():
    values = ((20.0, 10.0), (float("nan"), float("nan")))
    figure = matrix(values, ("0", "0.5"), "PSNR", "deviation", True)
    assert [note.text for note in figure.layout.annotations] == ["<b>20.0</b>", "<b>10.0</b>"]
    assert [(shape.x0, shape.y0) for shape in figure.layout.shapes] == [(-0.49, -0.48), (0.51, 0.52)]
    errors = matrix(((0.0123,),), ("0",), "MSE", "deviation", True)
    assert errors.layout.annotations[0].text == "<b>0.0123</b>"
    assert errors.data[0].reversescale
