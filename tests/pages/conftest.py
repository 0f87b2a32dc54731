"""Sessions of the real app in AppTest: one runs folder a test, no data set but the bundled digits."""

import json
import logging
import re
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest
import streamlit as st
from streamlit import config
from streamlit.testing.v1 import AppTest

from aedash import registry
from aedash.config import vary, vary_all
from aedash.presets.base import preset
from aedash.ui.desk import background
from aedash.ui.desk.manager import manager
from aedash.ui.home import hero
from aedash.ui.shell import server, visitor
from aedash.ui.train import changes
from aedash.ui.widgets import steer
from tests import fakes

APP = Path(__file__).resolve().parents[2] / "app.py"
SMALL = [("data.name", "digits"), ("architecture.widths", [16]), ("architecture.latent", 4), ("epochs", 2)]
PAGES = {path.stem: path.relative_to(APP.parent).as_posix() for path in (APP.parent / "pages").glob("*/*.py")}


class Session:
    """One browser tab. Whatever it does, no page may raise."""

    def __init__(self):
        self.app = AppTest.from_file(str(APP), default_timeout=fakes.LIMIT)
        self.settle(self.app.run())

    def settle(self, app):
        assert [(error.message, error.stack_trace) for error in app.exception] == []
        return self

    def open(self, page, **query):
        """Go to a page; with a query, as a link in a new tab would."""
        for name, value in query.items():
            self.app.query_params[name] = value
        return self.settle(self.app.switch_page(PAGES[page]).run())

    def visit(self, page):
        """Go to a page by the navigation, whose addresses are bare."""
        self.app.query_params = {}
        return self.open(page)

    def goes_to(self, **query):
        """The address of the page becomes another one: Back, Forward, or typed."""
        self.app.query_params = query
        return self.again()

    @property
    def query(self):
        """What the address says."""
        return {name: [each] if isinstance(each, str) else each for name, each in self.app.query_params.items()}

    def again(self):
        """The next tick: AppTest has no clock of its own."""
        return self.settle(self.app.run())

    def click(self, label):
        """Press a button by its label, or by its key where it has none."""
        return self.settle(self.button(label).click().run())

    def button(self, label):
        return next(b for b in self.app.button if label in (b.label, b.key))

    def use(self, model):
        """Choose a model in the dialog: a preset, or `own:` and an architecture."""
        return self.click("choose_model").click(f"use-{model}")

    def choose(self, label, option):
        return self.settle(self.field(self.app.selectbox, label).set_value(option).run())

    def type(self, label, value):
        return self.settle(self.field(self.app.number_input, label).set_value(value).run())

    def write(self, label, text):
        return self.settle(self.field(self.app.text_input, label).set_value(text).run())

    def field(self, kind, label):
        return next(widget for widget in kind if widget.label == label)

    def value(self, label):
        return self.field([*self.app.selectbox, *self.app.number_input, *self.app.toggle], label).value

    @property
    def buttons(self):
        return [button.label for button in self.app.button if button.label]

    @property
    def html(self):
        """All HTML of the page but its style sheet."""
        bodies = [element.proto.body for element in self.app.get("html")]
        return "\n".join(body for body in bodies if not body.startswith("<style"))

    @property
    def text(self):
        """What a person reads in it."""
        whole = re.sub(r"</?dfn\b[^>]*>", "", self.html)  # a word that is explained stays one
        return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", whole)))

    @property
    def problem(self):
        """The sentence in the slot, or nothing."""
        found = re.findall(r'class="finding bad"><span>(.*?)</span>', self.html)
        assert len(found) <= 1
        return unescape(found[0]) if found else ""

    def live(self, name):
        """Data of a live component of that name."""
        found = [e.proto for e in self.app.get("bidi_component") if e.proto.component_name == f"aedash.{name}"]
        return [json.loads(proto.json) for proto in found]

    @property
    def watched(self):
        """The channels that the page watches for news; none costs nothing."""
        data = [json.loads(element.proto.json or "{}") for element in self.app.get("bidi_component")]
        wires = [each["wire"] for each in data if isinstance(each, dict) and "wire" in each]
        return {wire["channel"] for wire in wires if wire["live"]}

    @property
    def status(self):
        return self.live("status")[0]

    @property
    def run(self):
        """Id of the run in the address."""
        value = self.app.query_params["run"]
        return value if isinstance(value, str) else value[-1]

    @property
    def recipe(self):
        return self.app.session_state["draft"]

    def until(self, state):
        """Wait for a state of the run in the address, then show it."""
        assert manager().wait(self.run, lambda history: history.state.state == state, fakes.LIMIT)
        return self.again()


@pytest.fixture(autouse=True)
def house(environment, monkeypatch, tmp_path):
    """Settings of a test; what the server process keeps ends with it. Gives the folder of runs."""
    monkeypatch.setenv("AEDASH_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("AEDASH_GALLERY_DIR", str(tmp_path / "gallery"))
    background.forget()
    st.cache_resource.clear()  # of tests before that asked for the manager and let it go
    monkeypatch.setattr(server, "warm_up", lambda *_: None)
    monkeypatch.setattr("atexit.register", lambda *_: None)
    monkeypatch.setattr(steer, "SETTLE_SECONDS", 20.0)  # what is done is seen with the same click, however busy it is
    monkeypatch.setattr(changes, "EFFECT_SECONDS", 20.0)
    handlers = list(logging.getLogger("aedash").handlers)
    config.set_option("client.showErrorDetails", "full")
    yield environment
    manager().close(fakes.LIMIT)
    st.cache_resource.clear()
    st.cache_data.clear()
    for handler in set(logging.getLogger("aedash").handlers) - set(handlers):
        handler.close()
        logging.getLogger("aedash").removeHandler(handler)


@pytest.fixture
def open_page():
    """open_page(page, **query): a new tab on that page."""
    return lambda page, **query: Session().open(page, **query)


@pytest.fixture
def shared(house, monkeypatch):
    """The server is one that strangers use, with a teacher's key."""
    monkeypatch.setenv("AEDASH_SHARED", "true")
    monkeypatch.setenv("AEDASH_TEACHER_KEY", "open sesame")
    monkeypatch.setenv("AEDASH_MAX_EPOCHS", "10000")


@pytest.fixture
def seat(monkeypatch):
    """seat(name): from now on a browser of that name is at every tab; nobody asked, all tabs are of one browser."""
    return lambda name: monkeypatch.setattr(visitor, "_token_here", lambda: name)


@pytest.fixture
def trained(house):
    """Id of a finished run on digits, of the recipe SMALL."""
    run = manager().submit(vary_all(preset("R0-simple").config, SMALL), "R0-simple")
    fakes.over(manager(), run)
    return run


@pytest.fixture
def quick(open_page):
    """A tab on the Train page whose recipe takes a second: a small network, 4 epochs of digits."""

    def session(epochs=4):
        changes = ['data.name="digits"', "architecture.widths=[32]", f"epochs={epochs}"]
        return open_page("train", preset="R0-simple", set=changes)

    return session


@pytest.fixture
def lasting(monkeypatch):
    """What Home's button trains does not end while a test looks at it."""
    recipe = hero.quick_recipe
    monkeypatch.setattr(hero, "quick_recipe", lambda: vary(recipe(), "epochs", 5000))


@pytest.fixture
def dataset(monkeypatch):
    """dataset(name, **fields): another registry entry in the place of a data set's."""

    def put(name, **fields):
        monkeypatch.setitem(registry.datasets._entries, name, replace(registry.datasets.get(name), **fields))

    return put
