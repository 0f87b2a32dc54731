"""The README's example of a new model, taken from the README: one file, and it is everywhere."""

import json
import re
import sys
from pathlib import Path

import pytest

import aedash.models
from aedash import registry
from aedash.__main__ import main
from aedash.analysis.trace import outline
from aedash.config import parse, vary
from aedash.events import EpochEnd
from aedash.registry import Refused
from tests import fakes

README = (Path(__file__).parents[1] / "README.md").read_text()


@pytest.fixture
def tiny(tmp_path, monkeypatch):
    """The example as a file beside the app's own models, found as they are."""
    (tmp_path / "tiny.py").write_text(re.search(r"```python\n(.*?)```", README, re.DOTALL)[1])
    monkeypatch.setattr(aedash.models, "__path__", [*aedash.models.__path__, str(tmp_path)])
    monkeypatch.setattr(registry.architectures, "_discovered", False)
    yield
    registry.architectures.remove("tiny")
    del sys.modules["aedash.models.tiny"]


def test_it_is_in_the_registry_with_its_bounds_and_its_diagram(tiny):
    assert "tiny" in registry.architectures.names()
    config = parse({"architecture": "tiny"})
    assert (outline(config).middle, outline(config).parameters) == ("4", 784 * 4 * 2 + 4 + 784)
    with pytest.raises(Refused, match="Code size must be 1 to 64; got 65"):
        vary(config, "architecture.latent", 65)


def test_the_command_line_trains_it(tiny, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("AEDASH_RUNS_DIR", str(tmp_path / "runs"))
    monkeypatch.setenv("AEDASH_LOG_FILE", str(tmp_path / "log"))
    words = ["train", "--preset", "R0-simple", "--dataset", "digits", "--epochs", "1", "--json"]
    assert main([*words, "--set", "architecture=tiny", "--set", "architecture.latent=9"]) == 0
    told = json.loads(capsys.readouterr().out.strip().splitlines()[-1])
    assert (told["state"], told["test"]["code_units"]) == ("finished", 9)


def test_it_learns(tiny, few):
    run = fakes.config(architecture="tiny", optimizer={"batch_size": 8, "learning_rate": 0.01}, epochs=10)
    _, events = fakes.fitted(run, few)
    ends = fakes.only(EpochEnd, events)
    assert ends[-1].figures.mse < ends[0].figures.mse
