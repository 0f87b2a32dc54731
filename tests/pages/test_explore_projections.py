"""The tool Projections of Explore, and the line under its maps."""

import pytest

from aedash.config import vary_all
from aedash.presets.base import preset
from aedash.ui.desk import background
from aedash.ui.desk.manager import manager
from tests import fakes

SMALL = [("data.name", "digits"), ("architecture.widths", [16]), ("architecture.latent", 4), ("epochs", 2)]


@pytest.fixture
def trained(house):
    """Id of a finished run on digits."""
    run = manager().submit(vary_all(preset("R0-simple").config, SMALL), "R0-simple")
    fakes.over(manager(), run)
    return run


def settled(tab):
    for _ in range(6):
        background.settle(60)
        tab.again()
    return tab


def test_maps_stand_side_by_side_with_their_trust(open_page, trained):
    tab = settled(open_page("explore", run=trained, **{"view-tool": "Projections", "view-class": "3"}))
    assert not tab.problem
    for told in ("the code is", "are the same from all three starts", "Raw pixels", "PCA, 4 numbers", "effective"):
        assert told in tab.text
    assert tab.text.count("Trustworthiness") == 7  # of the large map, and of two rows of three
    maps = tab.live("cloud")
    assert [each["choice"]["class"] for each in maps] == [3] * 7
    assert len({each["pack"] for each in maps}) == 1


def test_a_perplexity_that_is_none_is_left_out(open_page, trained):
    tab = settled(open_page("explore", run=trained, **{"view-tool": "Projections", "view-starts": "31"}))
    assert tab.problem == "The link's starts could not be read and was left out."
