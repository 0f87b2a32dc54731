"""What the wire says of a run: the same that the page's script draws, to whoever asks."""

import json

from aedash.config import RunConfig
from aedash.events import RunState
from aedash.history import History
from aedash.ui.desk.manager import manager
from aedash.ui.train import broadcast
from aedash.ui.train.view import View
from aedash.wire.board import packed
from tests import fakes


def drawn(tab):
    """{part: data} of the components that take from the wire."""
    names = ("status", "curve", "scatter", "mosaic")
    every = [data for name in names for data in tab.live(name) if "wire" in data]
    return {part: data for data in every for part in data["wire"]["parts"]}


def test_the_board_says_what_the_script_draws(quick):
    tab = quick(2).click("Start training").until(RunState.FINISHED)
    board = broadcast.board(tab.run)
    parts = {name: json.loads(packed(part)) for name, part in board.parts.items()}
    shown = drawn(tab)
    assert set(parts) - set(shown) == {"slot", "objective"}
    for name, data in shown.items():
        assert {field: data[field] for field in parts[name]} == parts[name], name
        assert (data["wire"]["channel"], data["wire"]["live"]) == (f"run/{tab.run}", False)
    assert f'data-part="slot">{parts["slot"]["html"][:16]}' in tab.html
    assert parts["objective"]["html"] in tab.html


def test_a_moment_is_what_the_script_draws_there(quick, open_page):
    tab = quick(2).click("Start training").until(RunState.FINISHED)
    snapshots = manager().history(manager().run(tab.run)).snapshots
    past = snapshots[len(snapshots) // 2]
    at = past.step / snapshots[-1].step
    shown = drawn(open_page("train", run=tab.run, **{"view-at": f"{at:.5f}"}))
    moment = broadcast.moment(tab.run, past.step)
    for name, part in json.loads(packed(dict(moment.parts))).items():
        if name in shown:
            assert shown[name]["wire"]["moment"] == past.step
            assert {field: shown[name][field] for field in part} == part, name
    assert shown["loss"]["marker"] == moment.parts["loss"]["marker"]
    assert broadcast.moment(tab.run, 7_777) is None
    assert broadcast.board("0" * 12) is broadcast.moment("0" * 12, 1) is None


def test_a_moment_is_the_same_whenever_it_is_told(quick):
    """Browsers keep it for a year."""
    tab = quick(5000).click("Start training")
    assert manager().wait(tab.run, lambda history: history.anchor and len(history.ends) > 2, fakes.LIMIT)
    history = manager().history(manager().run(tab.run))
    early, late = history.snapshots[1].step, history.anchor.step
    before = [broadcast.moment(tab.run, step).parts for step in (early, late)]
    epochs = len(history.ends)
    assert manager().wait(tab.run, lambda history: len(history.ends) > epochs + 2, fakes.LIMIT)
    assert [broadcast.moment(tab.run, step).parts for step in (early, late)] == before
    manager().stop(tab.run)
    tab.until(RunState.STOPPED)
    assert broadcast.moment(tab.run, late).parts["status"] == before[1]["status"]


def test_a_run_that_goes_on_further_tells_its_moments_anew():
    editions = [broadcast.edition(View(RunConfig(epochs=epochs), History())) for epochs in (10, 20)]
    assert len(set(editions)) == 2


def test_the_version_is_another_one_when_the_page_is(quick):
    tab = quick(5000).click("Start training")
    assert manager().wait(tab.run, lambda history: history.anchor and history.probes, fakes.LIMIT)
    before = broadcast.board(tab.run)
    assert tab.again().live("live")[0]["version"] == before.version
    epochs = len(manager().history(manager().run(tab.run)).ends)
    assert manager().wait(tab.run, lambda history: len(history.ends) > epochs + 2, fakes.LIMIT)
    assert broadcast.board(tab.run).version == before.version
    assert broadcast.board(tab.run).parts["status"] != before.parts["status"]
    manager().change(tab.run, "optimizer.learning_rate", 0.002)
    assert manager().wait(tab.run, lambda history: bool(history.changes), fakes.LIMIT)
    changed = broadcast.board(tab.run)
    manager().stop(tab.run)
    tab.until(RunState.STOPPED)
    assert len({before.version, changed.version, broadcast.board(tab.run).version}) == 3
