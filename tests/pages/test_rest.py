"""A page on which nothing lives watches nothing, and costs nothing."""

import pytest

from aedash.ui.desk import background
from tests.pages.conftest import PAGES


@pytest.mark.parametrize("page", PAGES)
def test_a_page_at_rest_watches_nothing(open_page, page):
    tab = open_page(page)
    for _ in range(3):
        background.settle()
        tab.again()
    assert tab.watched == set()


def test_a_page_watches_its_run_and_leaves_it_at_its_end(quick):
    tab = quick().click("Start training")
    assert tab.watched == {f"run/{tab.run}"}
    assert tab.until("finished").watched == set()
