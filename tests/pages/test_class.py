"""A class: many browsers at one server."""

from aedash.ui.desk.manager import manager
from aedash.ui.shell.visitor import anothers, mine


def test_a_run_is_of_the_browser_that_started_it(quick, open_page, seat):
    seat("anna")
    tab = quick().click("Start training").until("finished")
    run = manager().run(tab.run)
    assert mine(run)
    assert not anothers(run)
    seat("ben")
    assert anothers(run)
    assert not mine(run)
    assert "anna" not in (run.folder / "run.json").read_text()


def test_a_run_of_the_command_line_is_anybody_s(house, quick, seat):
    quick()
    run = manager().store.create(quick().recipe)
    assert not mine(run)
    assert not anothers(run)
