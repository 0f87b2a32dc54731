"""Beside which model's the spread of a code is told."""

from pathlib import Path

import pytest

from aedash.config import vary
from aedash.events import RunState
from aedash.history import Run
from aedash.presets.base import preset
from aedash.ui.train.yardstick import yardstick


@pytest.mark.parametrize("begun_with", ["", "R0-simple"])
@pytest.mark.parametrize("size", [2, 10, 20])
def test_a_changed_network_is_told_beside_the_preset_that_it_comes_from(monkeypatch, begun_with, size):
    """Not beside one that has a code of nearly the same size by chance."""
    monkeypatch.delenv("AEDASH_GALLERY_DIR")
    config = vary(preset("R0-simple").config, "architecture.latent", size)
    name, spread = yardstick(Run("0" * 12, 0, config, RunState.FINISHED, Path("nowhere"), begun_with), size)
    assert name == "R0-simple"
    assert spread > 0
