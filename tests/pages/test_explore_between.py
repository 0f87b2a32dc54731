"""Between images: all that is chosen stands in the address, and what is not there is one sentence."""

import pytest

from aedash.ui.desk.manager import manager
from tests.pages.test_explore import settled
from tests.pages.test_explore_own import trained  # noqa: F401  (a fixture)

BETWEEN = {"view-tool": "Between images"}


def grids(tab):
    return {grid["alt"]: grid for grid in tab.live("mosaic")}


def test_a_way_is_drawn_from_the_chosen_image_to_one_of_another_class(open_page, trained):  # noqa: F811
    run = trained()
    tab = settled(open_page("explore", run=run, **BETWEEN, **{"view-image": "3"}))
    drawn = grids(tab)
    assert [name for name in drawn if name.startswith("A way")] == [
        "A way: through the code",
        "A way: blended pixels",
        "A way: code less pixels",
    ]
    assert drawn["Both ends"]["foot"][0].startswith("3: ")
    assert "Half-way" in tab.text
    tab.click("Start at image 3")
    assert "view-from" not in tab.query  # it is that image
    chosen = {"view-image": "3", "view-from": "8", "view-to": "11"}
    tab = settled(open_page("explore", run=run, **BETWEEN, **chosen))
    assert [words.split(":")[0] for words in grids(tab)["Both ends"]["foot"]] == ["8", "11"]
    tab.click("End at image 3")
    assert tab.query["view-to"] == ["3"]


def test_a_class_is_added_and_the_amount_stands_in_the_address(open_page, trained):  # noqa: F811
    chosen = {"view-between": "Plus a class", "view-plus": "8", "view-minus": "3", "view-amount": "1.5"}
    tab = settled(settled(open_page("explore", run=trained(), **BETWEEN, **chosen)))
    drawn = grids(tab)
    assert drawn["Amount 1.5"]["foot"] == ["in the code", "in pixels"]
    assert "Test image 0 +1.5 × (mean 8 less mean 3)." in tab.text
    assert drawn["An image plus a class: code less pixels"]["foot"][0] == "−1"
    assert {name: tab.query[name] for name in chosen} == {name: [text] for name, text in chosen.items()}
    assert not tab.problem


@pytest.mark.parametrize(
    ("name", "value"),
    [("view-from", "360"), ("view-to", "-1"), ("view-to", "x"), ("view-between", "Styles"), ("view-plus", "<b>")],
)
def test_nonsense_in_a_link_is_left_out(open_page, trained, name, value):  # noqa: F811
    more = {"view-between": "Plus a class"} if name == "view-plus" else {}
    tab = settled(open_page("explore", run=trained(), **BETWEEN, **more, **{name: value}))
    assert tab.problem == f"The link's {name.removeprefix('view-')} could not be read and was left out."
    assert grids(tab)


def test_styles_are_those_of_a_conditional_model(open_page, trained):  # noqa: F811
    run = trained(base="aedash-conditional")
    tab = settled(open_page("explore", run=run, **BETWEEN, **{"view-between": "Styles"}))
    told = "Beside the code the decoder is told the class: of the nearer end."
    assert told in settled(open_page("explore", run=run, **BETWEEN)).text
    drawn = grids(tab)["Styles in every class"]
    assert (drawn["columns"], drawn["rows"]) == (11, 2)
    assert not tab.problem


def test_a_chosen_image_that_is_not_there_is_one_sentence(open_page, trained):  # noqa: F811
    tab = settled(open_page("explore", run=trained(), **BETWEEN, **{"view-image": "999"}))
    assert tab.problem == "The link's image could not be read and was left out."
    assert manager().runs()
