"""A run on images in colour on every page: no page raises, and what it shows has their colours."""

import pytest

from aedash.config import vary_all
from aedash.presets.base import preset
from aedash.ui.desk import background
from aedash.ui.desk.manager import manager
from aedash.ui.explore.board import TOOLS
from tests import fakes
from tests.figures.test_colour import pixels
from tests.tinted import registered, tinted

CHANGES = [("data.name", "tinted"), ("epochs", 2), ("optimizer.batch_size", 20)]


@pytest.fixture
def run(house):
    with registered(tinted(80, 40, side=20)):
        yield fakes.over(manager(), manager().submit(vary_all(preset("R3-transpose").config, CHANGES), "R3-transpose"))


def test_a_run_in_colour_is_on_every_page_and_in_every_tool(run, open_page):
    views = [("train", {}), ("compare", {}), ("runs", {}), *(("explore", {"view-tool": tool}) for tool in TOOLS)]
    seen = []
    for page, how in views:
        session = open_page(page, run=run.id, **how)
        background.settle()
        session.again()
        images = [grid["image"] for grid in session.live("mosaic") if grid.get("image")]
        seen = [page] * any(pixels(image)[..., :3].std(-1).max() > 20 for image in images) + seen
        assert "cannot be measured" not in session.text, (page, how)
    assert {"train", "compare", "explore"} <= set(seen)
