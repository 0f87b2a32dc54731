"""Links: a good one shows what was shared, a bad one shows the page with one sentence."""

import pytest
from streamlit.testing.v1 import AppTest

from aedash.presets.base import preset
from aedash.ui.desk import background
from aedash.ui.shell.links import FIRST_PRESET, TrainView

NONSENSE = [
    "../../etc",
    "zzz",
    "<script>alert(1)</script>",
    "'; DROP TABLE runs; --",
    "epochs=0",
    "epochs=-1",
    "epochs=1e9",
    "epochs=NaN",
    "epochs=Infinity",
    "epochs=true",
    "epochs=null",
    "epochs=[]",
    "epochs={}",
    "epochs=" + "9" * 5000,
    "epochs=" + "9" * 1900,
    "epochs=٣",
    "epochs=１２",
    "٣٣٣٣٣٣٣٣٣٣٣٣",
    "１２３４５６７８９０１２",
    "9" * 5000,
    "a" * 12 + "\n",
    "A" * 12,
    "0" * 12,
    "0" * 13,
    " ",
    "=",
    "==",
    "=1",
    "epochs",
    "epochs=",
    "epochs=1=2",
    ".",
    "..",
    "...=1",
    ".epochs=1",
    "epochs.=1",
    "epochs.x=1",
    "data=1",
    "data=[]",
    'data="digits"',
    'data={"name": "digits"}',
    'data.name="cats"',
    "data.name=[]",
    "data.name=null",
    "data.scaling=1",
    "data.validation=0.91",
    "data.validation=-0",
    "data.x=1",
    "objective=1",
    "objective=[]",
    'objective="reconstruction"',
    "objective.x=1",
    "objective.x.y=1",
    "objective.kl=1",
    "objective.kl.weight=1",
    "objective.kl.weight=-1",
    "objective.kl.name=1",
    "objective.reconstruction.weight=0",
    "objective.reconstruction.weight=1e309",
    "objective.reconstruction.loss=1",
    "objective.reconstruction.x.y=1",
    "architecture=1",
    "architecture=null",
    'architecture="x"',
    'architecture={"name": 1}',
    'architecture={"name": "dense", "latent": 0}',
    'architecture={"name": "dense", "__class__": 1}',
    "architecture.widths=[0]",
    "architecture.widths=[-1]",
    "architecture.widths=[1.5]",
    'architecture.widths=["a"]',
    "architecture.widths=5",
    "architecture.widths=null",
    f"architecture.widths={[1] * 600}",
    "architecture.widths=[999999999999]",
    "architecture.latent=99999999999999999999",
    "architecture.name=1",
    "architecture.output=<b>",
    "corruption=1",
    'corruption="x"',
    'corruption={"name": "gaussian", "sigma": -1}',
    "corruption.sigma=1",
    "optimizer=1",
    "optimizer=null",
    "optimizer.learning_rate=0",
    "optimizer.learning_rate=-1",
    "optimizer.learning_rate=1e400",
    "optimizer.batch_size=0",
    "optimizer.batch_size=0.5",
    'optimizer.shuffle="maybe"',
    "seed=-1",
    "seed=99999999999999999999",
    "threads=257",
    "name=1",
    "model_config=1",
    "__class__=1",
    "epochs.__class__=1",
    "epochs=" + "[" * 1900,
    "epochs=" + '{"a":' * 380,
    "\x00",
    "epochs=\x00",
    "💥" * 200,
    "%00",
    "%2e%2e%2f",
    "$(reboot)",
    "{{7*7}}",
]


KINDS = ["../../etc", "<script>alert(1)</script>", "epochs=NaN", "epochs=" + "[" * 1900, "\x00", "💥" * 200]


READABLE = {"epochs=true", 'data={"name": "digits"}', "data.validation=-0", "objective.reconstruction.weight=0"}


def reading():
    """The Train page without its board: what it reads from the address, tells, and writes back."""
    import streamlit as st

    from aedash.ui.shell import address, notice
    from aedash.ui.train import current
    from aedash.ui.widgets import draft

    address.opened("train")
    run = current.current_run()
    draft.draft()
    current.write_link(run)
    st.text(run.id if run else "Ready")
    st.html(f"<p>{notice.shown()}</p>")


@pytest.mark.parametrize("page", ["home", "runs", "compare", "noise", "lambda", "sweeps", "twins"])
def test_other_pages_bear_any_link(open_page, page):
    tab = open_page(page)
    for text in KINDS:
        names = ("run", "preset", "set", "sweep", "epochs", "data", "values", "levels", "lambdas", "view-at", "runs")
        tab.goes_to(**dict.fromkeys(names, text))
        assert "<script>" not in tab.html


@pytest.mark.parametrize("name", ["run", "preset", "set"])
def test_nonsense_in_a_link_gives_the_page_and_a_notice(open_page, name):
    tab = open_page("train")
    for text in KINDS:
        tab.goes_to(**{name: text})
        assert tab.status["word"] == "Ready"
        assert tab.problem
        assert "<script>" not in tab.html


@pytest.mark.parametrize("name", ["run", "preset", "set"])
def test_any_nonsense_in_a_link_is_told(name):
    page = AppTest.from_function(reading).run()
    for text in NONSENSE:
        if name == "set" and text in READABLE:
            continue
        page.query_params = {name: text}
        page.run()
        assert not page.exception, text
        assert page.text[0].value == "Ready", text
        assert "finding bad" in page.get("html")[0].proto.body, text
        assert page.query_params == {"preset": FIRST_PRESET, "set": ['data.name="digits"', "epochs=100"]}, text


@pytest.mark.parametrize("page", ["home", "train", "compare", "noise", "sweeps", "twins", "runs"])
def test_a_parameter_that_nobody_knows_changes_nothing(open_page, page):
    tab = open_page(page)
    background.settle()
    html, query = tab.again().html, tab.query
    tab.goes_to(runs="**bold**")
    assert tab.html == html
    assert page in ("home", "runs") or tab.query == query


def test_all_of_it_at_once(open_page):
    tab = open_page("train", run="../../etc", preset="<script>", set=["epochs=0"] * 900)
    assert tab.problem
    assert "Download MNIST" not in tab.buttons
    assert "<script>" not in tab.html
    assert tab.recipe.epochs >= 1


def test_hundreds_of_changes_are_no_more_than_their_limit(open_page):
    tab = open_page("train", preset=FIRST_PRESET, set=[f"epochs={n + 1}" for n in range(900)])
    assert tab.recipe.epochs == 60
    assert tab.problem == "The link's set could not be read and was left out."


@pytest.mark.parametrize("texts", [["epochs=2"] * 61, ["epochs=2", "x" * 2001]])
def test_changes_that_are_cut_are_told(texts):
    view = TrainView.from_query({"set": texts})
    assert view.notice
    assert view.config(preset(FIRST_PRESET).config).epochs == 2


@pytest.mark.parametrize("text", NONSENSE)
def test_what_cannot_be_read_becomes_the_default(text):
    view = TrainView.from_query({"run": [text], "preset": [text], "set": [text]})
    assert view.preset == FIRST_PRESET
    assert view.tried(preset(FIRST_PRESET).config).config(preset(FIRST_PRESET).config)
    assert view.notice


def test_what_can_be_read_of_a_link_is_kept(open_page):
    changes = ["epochs=-1", "architecture.latent=7", 'data.name="digits"', "<b>=1", 'corruption="gaussian"']
    tab = open_page("train", preset=FIRST_PRESET, set=changes)
    assert tab.recipe.architecture.latent == 7
    assert (tab.recipe.data.name, tab.recipe.corruption.name) == ("digits", "gaussian")
    assert tab.recipe.epochs == preset(FIRST_PRESET).config.epochs
    assert tab.problem == "The link's set epochs and set could not be read and were left out."


def test_a_change_that_needs_a_later_one_is_kept_beside_one_that_is_wrong():
    view = TrainView.from_query({"set": ["objective.kl.weight=2", "epochs=0", "architecture.variational=true"]})
    config = view.config(preset(FIRST_PRESET).config)
    assert (config.architecture.variational, config.objective[1].weight) == (True, 2)
    assert view.wrong == ("set epochs",)


def test_a_link_to_a_run_that_is_gone_says_so(open_page):
    assert "There is no run '0123456789ab'" in open_page("train", run="0123456789ab").problem


def test_a_link_to_a_run_shows_it(quick, open_page):
    run = quick().click("Start training").until("finished").run
    tab = open_page("train", run=run)
    assert tab.status["word"] == "Finished"
    assert tab.run == run
    assert tab.recipe.epochs == 4
