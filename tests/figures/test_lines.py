"""Static charts: zero has a place on a logarithmic axis, bands lie around their line, themes have their colours."""

import numpy as np
import pytest

from aedash.figures.lines import Axis, Series, error_grid, heat_map, is_wide, line_chart, scatter_chart, zero_ticks


def test_zero_stands_left_of_the_smallest_value():
    assert zero_ticks([0, 0.01, 1]) == (0.001, [0.001, 0.01, 1], ["0", "0.01", "1"])
    assert zero_ticks([0.1, 1])[1:] == ([0.1, 1], ["0.1", "1"])


def test_a_line_with_its_band():
    series = Series("a", [0, 0.1, 1], [3, 2, 1], ("#112233", "#445566"), low=[2, 1, 0], high=[4, 3, 2])
    figure = line_chart([series], Axis("lambda", log=True), Axis("MSE per pixel"), dark=True)
    band, line = figure.data
    assert list(line.x) == [0.01, 0.1, 1]
    assert list(line.y) == [3, 2, 1]
    assert line.line.color == "#445566"
    assert list(band.y) == [4, 3, 2, 0, 1, 2]
    assert band.fillcolor == "rgba(68,85,102,0.16)"
    assert (figure.layout.xaxis.title.text, figure.layout.yaxis.title.text) == ("lambda", "MSE per pixel")
    assert list(figure.layout.xaxis.ticktext) == ["0", "0.1", "1"]


@pytest.mark.parametrize(
    ("values", "wide"),
    [
        ([0.1, 1], True),
        ([0.1, 1, 20], True),
        ([0, 0.3, 0.5], False),
        ([0, 0.01, 5], True),
        ([-1, 100], False),
        ([4, 20], False),
    ],
)
def test_two_values_and_three_have_the_same_axis(values, wide):
    assert is_wide(values) is wide


def test_numbers_on_hover_are_written_as_everywhere():
    line = line_chart([Series("a", [1, 2], [2.04e30, 0.0123456])], Axis("x"), Axis("y"), False).data[0]
    assert (list(line.customdata), line.hovertemplate) == (["2.0e30", "0.0123"], "%{customdata}")


def test_words_on_an_axis():
    figure = line_chart(
        [Series("a", [0, 1], [3, 2])], Axis("decoder", categories=("one", "two")), Axis("y"), dark=False
    )
    assert list(figure.layout.xaxis.ticktext) == ["one", "two"]


def test_a_heat_map_writes_each_value_and_the_best_of_a_column_bold():
    values, names = np.array([[0.1, 2.0], [3.0, np.nan]]), (["a", "d"], ["b", "c"], ("tested", "trained"))
    figure = heat_map(values, *names, False, outlined=[(1, 0)])
    assert [note.text for note in figure.layout.annotations] == ["0.100", "<b>2.00</b>", "<b>3.00</b>"]
    assert {note.font.color for note in figure.layout.annotations} == {"#000000"}
    assert {note.font.color for note in heat_map(values, *names, True).layout.annotations} == {"#FFFFFF"}
    low = heat_map(values, *names, False, low_is_good=True)
    assert [note.text for note in low.layout.annotations] == ["<b>0.100</b>", "<b>2.00</b>", "3.00"]
    assert (figure.data[0].reversescale, low.data[0].reversescale) == (False, True)
    assert (figure.layout.xaxis.title.text, figure.layout.yaxis.title.text) == ("tested", "trained")
    [shape] = figure.layout.shapes
    assert (shape.x0, shape.y1) == (-0.49, 1.48)


def test_a_heat_map_of_many_columns_has_a_scale_instead():
    names = [str(i) for i in range(20)]
    wide = heat_map(np.arange(20.0)[None], ["a"], names, ("unit", "beta"), False)
    assert (len(wide.layout.annotations), wide.data[0].showscale) == (0, True)
    assert list(wide.data[0].customdata[0][:2]) == ["0", "1.00"]
    narrow = heat_map(np.arange(5.0)[None], ["a"], names[:5], ("unit", "beta"), False)
    assert (len(narrow.layout.annotations), narrow.data[0].showscale) == (5, False)


def test_words_stand_in_cells_without_a_value():
    values = np.array([[0.1, np.nan]])
    figure = heat_map(values, ["a"], ["b", "c"], ("x", "y"), False, words={(0, 1): "failed"})
    assert [(note.x, note.y, note.text) for note in figure.layout.annotations] == [
        (0, 0, "<b>0.100</b>"),
        (1, 0, "failed"),
    ]


def test_two_fields_stand_across_and_down_with_the_chosen_cell_outlined():
    cells = [(rate, code) for rate in (0.01, 10) for code in (2, 8, 32)]
    values = [list(each) for each in zip(*cells, strict=True)]
    errors = [0.3, 0.2, 0.1, 0.4, 0.5, None]
    figure = error_grid(values, ["rate", "code, numbers"], errors, [""] * 5 + ["failed"], 3, dark=False)
    [drawn] = figure.data
    assert (list(drawn.x), list(drawn.y)) == (["0.01", "10"], ["2", "8", "32"])
    np.testing.assert_array_equal(drawn.z, [[0.3, 0.4], [0.2, 0.5], [0.1, np.nan]])
    assert (figure.layout.xaxis.title.text, figure.layout.yaxis.title.text) == ("rate", "code, numbers")
    [outline] = figure.layout.shapes
    assert (outline.x0, outline.y0) == (0.51, -0.48)  # which one is chosen is the caller's to say
    assert figure.layout.annotations[-1].text == "failed"


def test_the_field_of_longer_words_stands_at_the_side():
    words = ["a" * 30, "b" * 30]
    figure = error_grid([words, [1, 1]], ["a", "b"], [0.1, 0.2], ["", ""], 0, dark=True)
    assert (list(figure.data[0].x), list(figure.data[0].y)) == (["1"], words)
    assert figure.layout.margin.l > 200


def test_values_that_read_alike_keep_their_own_place():
    alike = [{"name": "dense", "a": 1, "b": 2}, {"name": "dense", "a": 3, "b": 4}]
    figure = error_grid([[1, 1], alike], ["a", "b"], [None, None], ["queued", "queued"], None, dark=True)
    assert list(figure.data[0].y) == ["dense (1)", "dense (2)"]
    assert [note.text for note in figure.layout.annotations] == ["queued", "queued"]


def test_named_points_among_lines():
    figure = scatter_chart(
        [("R0", 20, 0.01)], [Series("PCA", [1, 2], [0.2, 0.1])], Axis("n", log=True), Axis("e"), False
    )
    assert list(figure.data[-1].text) == ["R0"]
    assert len(figure.data) == 2


def test_cells_of_any_size_fit():
    figure = heat_map(np.array([[2.04e30, 4.1e-5, 0.9996]]), ["a"], ["b", "c", "d"], ("x", "y"), False)
    texts = [note.text.removeprefix("<b>").removesuffix("</b>") for note in figure.layout.annotations]
    assert texts == figure.data[0].customdata[0].tolist() == ["2.0e30", "4.1e-5", "1.00"]
