"""Experiments: cards that lead to answers, the newest answer first, one list of earlier ones, and rows that lead on."""

import re

import pytest

from aedash.formatting import number
from aedash.store import sweeps as records
from aedash.sweep import Axis, sweep
from aedash.training import sweeps
from aedash.ui.desk.manager import manager
from aedash.ui.experiments.shared.asked import ASKED
from aedash.ui.widgets.comparing import MOST
from tests import fakes

RATE = "optimizer.learning_rate"


def made(values=(0.001, 0.01), kind="question", path=RATE, name="Rates", seeds=1, more=()):
    """A finished sweep, as the command line or a page would make it."""
    axes = [Axis(path=path, values=values), *more]
    begun = sweeps.start(
        manager(), sweep(name=name, base=fakes.config(epochs=1), axes=axes, kind=kind, seeds=seeds), ""
    )
    for identifier in begun.runs:
        fakes.over(manager(), identifier)
    return begun


def links(tab):
    """{address: text} of the links in the page's HTML."""
    found = re.findall(r'<a class="inside" href="([^"]*)"[^>]*>(.*?)</a>', tab.html)
    return {address.replace("&amp;", "&"): text for address, text in found}


@pytest.fixture
def gallery(monkeypatch):
    monkeypatch.setenv("AEDASH_GALLERY_DIR", str(fakes.GALLERY))


def test_each_question_has_a_card_that_leads_to_its_page(open_page):
    tab = open_page("experiments")
    cards = {card.proto.label: card.proto.query_string for card in tab.app.get("page_link")}
    assert cards["What does beta do to a VAE?"] == "question=beta"
    assert cards["How much noise can it take?"] == cards["What if one number were different?"] == ""
    assert set(cards) == {each.title for each in ASKED.values()}
    assert "None yet" in tab.text


def test_a_card_shows_the_answer_that_comes_with_the_app(open_page, gallery):
    tab = open_page("experiments")
    assert manager().illustration("lambda").sentence in tab.text
    assert 'class="answer"' in tab.html
    page = open_page("lambda")
    assert page.query["sweep"] == [manager().shipped()["lambda"].id]
    assert "comes with aedash" in page.text
    assert "Ask it anew" in page.buttons
    assert not {"Stop all", "Go on"} & set(page.buttons)
    assert not any(button.icon == ":material/delete:" for button in page.app.button)


def test_a_page_opens_with_the_newest_answer_and_asks_anew(open_page):
    assert "Train 5 runs" in open_page("sweeps", question="rate").buttons
    old, other = made(), made((2, 3), path="architecture.latent")
    new = made((0.002,))
    tab = open_page("sweeps", question="rate")
    assert tab.query == {"sweep": [new.id]}
    assert tab.value("Earlier") == new.id
    assert [option.split(", ")[1] for option in tab.field(tab.app.selectbox, "Earlier").options] == [
        "1 run on Digits",
        "2 runs on Digits",
    ]
    tab.choose("Earlier", old.id)
    assert tab.query == {"sweep": [old.id]}
    tab.click("Ask it anew")
    assert (tab.query["question"], "sweep" in tab.query) == (["rate"], False)
    assert open_page("sweeps", question="code").query == {"sweep": [other.id]}
    assert "Train 1 run" in open_page("sweeps", question="rate", values="0.1").buttons


def test_what_was_shown_stands_again_after_a_visit_elsewhere(open_page):
    old = made()
    made((0.002,))
    tab = open_page("sweeps", sweep=old.id)
    assert tab.visit("runs").visit("sweeps").query == {"sweep": [old.id]}
    tab.click("Ask it anew")
    assert "sweep" not in tab.visit("runs").visit("sweeps").query


def test_an_answer_whose_runs_were_deleted_is_not_the_newest(open_page):
    good, gone = made(), made((0.003,))
    manager().delete(gone.runs[0])
    assert open_page("sweeps", question="rate").query == {"sweep": [good.id]}


def test_the_list_holds_all_kinds_and_each_row_leads_to_its_own(open_page):
    own = made(kind="own", name="CLI <b>rates</b>", seeds=2)
    two = made(kind="question", name="Both", more=[Axis(path="architecture.latent", values=(2, 3))])
    asked = made((0.004,))
    twins = made((1, 2), kind="twins", path="seed", name="Two seeds")
    tab = open_page("experiments")
    assert links(tab) == {
        f"twins?sweep={twins.id}": "What if one number were different?",
        f"sweeps?sweep={asked.id}": "What does the learning rate do?",
        f"sweeps?sweep={two.id}": "Both",
        f"sweeps?sweep={own.id}": "CLI &lt;b&gt;rates&lt;/b&gt;",
    }
    assert "2 values of learning rate, dense, 2 seeds each Digits 4 of 4" in tab.text
    assert "2 values of learning rate × 2 values of code size, dense Digits 4 of 4" in tab.text
    manager().delete(asked.runs[0])
    assert re.search(r"1 value of learning rate, dense Digits 0 of 1 today \S+ Runs deleted", tab.again().text)


def test_a_long_list_is_shown_in_part_until_all_are_asked_for(open_page):
    first = made()
    for i in range(13):
        records.save(manager().settings.runs_dir, sweep(**(first.model_dump() | {"name": f"No {i}"})), list(first.runs))
    tab = open_page("experiments")
    assert len(links(tab)) == 12
    tab.click("Show all 14")
    assert len(links(tab)) == 14
    assert tab.query == {"view-all": ["yes"]}


def test_every_row_opens_its_runs_and_all_lead_to_compare(open_page):
    sweep_ = made(seeds=2)
    page = links(open_page("sweeps", sweep=sweep_.id))
    one, other, two, _ = sweep_.runs
    assert page[f"train?run={one}"] == "0.001"
    assert page[f"train?run={other}"] == str(fakes.config().seed + 1)
    assert page[f"train?run={two}"] == "0.01"
    assert page[f"compare?run={one}&run={two}"] == "Compare these 2, the first seed of each"
    grid = made(more=[Axis(path="architecture.latent", values=(2, 3, 4, 5, 6))])
    page = links(open_page("sweeps", sweep=grid.id))
    errors = [number(manager().run(identifier).figures["test"].mse) for identifier in grid.runs]
    assert [page[f"train?run={identifier}"] for identifier in grid.runs] == errors
    many = [address for address in page if address.startswith("compare?")]
    assert [address.count("run=") for address in many] == [MOST]
    assert page[many[0]] == f"Compare the first {MOST} of 10"
    assert open_page("compare", run=re.findall("run=([0-9a-f]+)", many[0])).problem == ""


def test_twins_open_either_twin_and_both_in_compare(open_page):
    pair = made((0.001, 0.002), kind="twins")
    page = links(open_page("twins", sweep=pair.id))
    assert [f"train?run={identifier}" in page for identifier in pair.runs] == [True, True]
    assert page[f"compare?run={pair.runs[0]}&run={pair.runs[1]}"] == "Compare these 2"
