"""The Explore page: which model it shows, at which moment, and what a link may ask of it."""

import pytest

from aedash.config import vary
from aedash.formatting import number
from aedash.ui.desk import background
from aedash.ui.desk.manager import manager
from aedash.ui.widgets import comparing
from tests import fakes


def settled(tab):
    """Until nothing is waited for: what one result brings asks for the next."""
    for turn in range(8):
        background.settle(60)
        tab.again()
        if turn >= 2 and not tab.live("live"):
            break
    return tab


def test_without_any_model_it_says_where_to_get_one(open_page):
    assert "Train one on the Train page" in open_page("explore").text


def test_it_opens_on_a_model_and_says_which(open_page, trained):
    tab = settled(open_page("explore"))
    assert tab.run == trained
    assert not tab.problem


def test_of_many_runs_the_newest_are_listed_and_a_link_opens_any(open_page, trained, monkeypatch):
    monkeypatch.setattr(comparing, "LISTED", 1)
    newer = manager().submit(vary(manager().run(trained).config, "seed", 7), "R0-simple")
    fakes.until(lambda: not manager().run(newer).state.alive)
    tab = settled(open_page("explore"))
    assert tab.run == newer
    assert "The newest 1 of 2 runs are listed" in tab.text
    tab = settled(open_page("explore", run=trained))
    assert not tab.problem
    assert tab.run == trained
    assert "seed 7" in " ".join(tab.field(tab.app.selectbox, "Model").options)


def test_a_link_to_no_model_says_so_and_shows_one(open_page, trained):
    tab = open_page("explore", run="../../etc/passwd")
    assert tab.problem == "The link's run could not be read and was left out."
    assert tab.run == trained


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("view-at", "2"),
        ("view-at", "nan"),
        ("view-image", "-1"),
        ("view-image", "1e9"),
        ("view-points", "0"),
        ("view-tool", "<b>"),
    ],
)
def test_nonsense_in_a_link_is_left_out_in_one_sentence(open_page, trained, name, value):
    tab = settled(open_page("explore", run=trained, **{name: value}))
    assert tab.problem == f"The link's {name.removeprefix('view-')} could not be read and was left out."


def test_a_recorded_moment_is_told_to_be_one(open_page, trained):
    tab = settled(open_page("explore", run=trained, **{"view-at": "0"}))
    assert "as they were recorded" in tab.text
    assert not tab.problem
    now, then = settled(open_page("explore", run=trained)).status["metrics"], tab.status["metrics"]
    first = manager().history(manager().run(trained)).snapshots[0]
    assert (now[0], then[0]) == (["2.0 / 2", "epoch"], ["0.0 / 2", "epoch"])
    assert then[2] == [number(float(first.mse.mean())), f"test MSE, {len(first.mse)} images"]
    assert len(then) == len(now)
    assert {value for value, _ in then[1:2] + then[3:]} == {"–"}


def test_a_model_of_images_that_are_not_there_shows_what_was_kept(open_page, house, monkeypatch):
    monkeypatch.setenv("AEDASH_GALLERY_DIR", str(fakes.GALLERY))
    tab = settled(open_page("explore"))
    assert "as they were recorded" in tab.text
    assert "Download MNIST" in tab.buttons


def test_a_run_that_is_deleted_meanwhile_gives_way_to_another(open_page, trained):
    tab = settled(open_page("explore", run=trained))
    manager().delete(trained)
    assert "No model yet" in tab.again().text


@pytest.mark.parametrize("page", ["home", "train"])
def test_a_shown_run_leads_there(open_page, trained, page):
    tab = open_page(page, **({"run": trained} if page == "train" else {}))
    key = "Explore" if page == "train" else f"explore-{trained}"
    tab.click(key)
    assert tab.app.query_params["run"] in (trained, [trained])
    assert tab.query == {"run": [trained]}
