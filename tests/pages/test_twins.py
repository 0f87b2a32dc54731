"""The Twins page: from a finished run to two runs that differ in one number, and what that did."""

import re

from aedash.formatting import number, percent
from aedash.store import sweeps as records
from aedash.sweep import Axis, sweep
from aedash.training import sweeps
from aedash.training.trends import jitter
from aedash.ui.desk.manager import manager
from aedash.ui.experiments.shared import broadcast
from aedash.ui.experiments.twins import recipe
from aedash.ui.experiments.twins.answer import chance
from tests import fakes


def finished(tab):
    [pair] = records.all_of(manager().settings.runs_dir)
    for identifier in pair.runs:
        assert manager().wait(identifier, lambda history: not history.state.state.alive, fakes.LIMIT)
    fakes.until(lambda: all(not run.state.alive for run in sweeps.runs_of(manager(), pair)))
    return pair, tab.again()


def test_a_run_is_forked_and_the_sentence_is_measured(open_page):
    run = manager().submit(fakes.config(epochs=3))
    assert manager().wait(run, lambda history: not history.state.state.alive, fakes.LIMIT)
    fakes.until(lambda: not manager().run(run).state.alive)
    tab = open_page("twins")
    tab.choose("Run", run).type("After epoch", 2)
    assert "2 epochs are trained again first" in tab.app.caption[0].value
    tab.type("From 0.001 to", 0.001).click("Train both")
    assert tab.problem == "Learning rate is 0.001 already; twins must differ."
    tab.type("From 0.001 to", 0.05).type("Epochs more", 2).click("Train both")
    pair, _ = finished(tab)
    one, two = (manager().history(each) for each in sweeps.runs_of(manager(), pair))
    a, b = one.ends[-1].figures.mse, two.ends[-1].figures.mse
    assert one.ends[1].figures == two.ends[1].figures
    assert b > 1.05 * a
    how = f"{number(b / a)} times the error of" if b >= 2 * a else f"an error {percent(b / a - 1)} higher than"
    assert f"After epoch 4, learning rate 0.05 has {how} 0.001" in tab.text
    assert re.search(r"One pair: less than (\d+) % may be chance\.", tab.text)
    assert 'class="finding good"' not in tab.html
    assert pair.name == "dense after epoch 2: learning rate 0.001 or 0.05"
    assert "Validation loss" in tab.text
    assert tab.live("mosaic")[0]["labels"] == ["input", "0.001", "0.05", "difference"]
    whole, apart = tab.live("curve")
    assert [line["name"] for line in whole["lines"]] == ["0.001", "0.05"]
    assert apart["levels"] == [{"label": "no difference", "value": 0.0}]


def test_the_recipe_can_be_varied_from_its_start(open_page):
    tab = open_page("twins")
    tab.choose("Change", "optimizer.batch_size").type("From 128 to", 64).type("Epochs more", 1).click("Train both")
    pair, _ = finished(tab)
    assert [run.config.optimizer.batch_size for run in sweeps.runs_of(manager(), pair)] == [128, 64]
    parts = broadcast.board(pair.id).parts  # what those who watched it train see at its end
    loss, apart = tab.live("curve")
    assert (parts["twins-loss"]["lines"], parts["twins-difference_chart"]["lines"]) == (loss["lines"], apart["lines"])
    assert re.sub("<[^>]*>", "", parts["twins-sentence"]["html"]) in re.sub("<[^>]*>", "", tab.html)
    for row, run in enumerate(sweeps.runs_of(manager(), pair)):
        assert parts[f"figure-1-{row}"] == {"html": number(manager().history(run).ends[-1].figures.mse)}


def test_what_cannot_be_is_told_in_one_sentence(open_page):
    tab = open_page("twins")
    tab.choose("Change", "optimizer.batch_size").type("From 128 to", 0.5).click("Train both")
    assert tab.problem.startswith("Batch size must be")
    assert manager().runs() == []


def test_where_the_sums_differ_the_reconstruction_alone_is_compared(open_page, monkeypatch):
    run = manager().submit(fakes.config(epochs=1, **fakes.VARIATIONAL))
    assert manager().wait(run, lambda history: not history.state.state.alive, fakes.LIMIT)
    fakes.until(lambda: not manager().run(run).state.alive)
    monkeypatch.setattr(recipe, "LISTED", 0)  # as where many are newer
    tab = open_page("twins", of=run)
    assert tab.value("Run") == run
    tab.choose("Change", "objective.kl.weight").type("From 0.5 to", 5).click("Train both")
    finished(tab)
    assert re.search(r"KL weight 5 (has|and)", tab.text)
    assert "alidation loss" not in tab.text
    assert "Their sums do not compare" in tab.text


def test_a_link_to_another_sweep_is_refused(open_page):
    wanted = sweep(name="rates", base=fakes.config(), axes=[Axis(path="epochs", values=(1, 2))])
    started = sweeps.start(manager(), wanted)
    tab = open_page("twins", sweep=started.id)
    assert tab.problem == "The sweep 'rates' is no pair of twins; open it under Experiments."


def test_a_recipe_of_many_epochs_opens(open_page):
    tab = open_page("twins", set="epochs=5000")
    assert tab.app.number_input[-1].value == 1000


def test_a_change_of_nothing_is_level(open_page):
    run = manager().submit(fakes.config(epochs=2))
    fakes.over(manager(), run)
    tab = open_page("twins")
    tab.choose("Run", run).type("From 0.001 to", 0.0010001).click("Train both")
    finished(tab)
    assert re.search(
        r"After epoch 3, learning rate 0.0010001 (and 0.001 are level, 0\.\d % apart|has the same)", tab.text
    )
    assert 'class="finding good"' not in tab.html
    assert "whatever differs" not in tab.text


def test_what_may_be_chance_is_five_per_cent_or_twice_the_jitter():
    assert chance([]) == chance([1.3]) == chance([1.0, 0.9, 0.8, 0.7]) == 0.05
    assert chance([1.0, 1.2, 1.0, 1.2]) == 2 * jitter([1.0, 1.2, 1.0, 1.2]) > 0.5


def test_a_name_is_no_markdown(open_page):
    wanted = sweep(name="*a* $x$", base=fakes.config(epochs=1), axes=[Axis(path="seed", values=(1, 2))], kind="twins")
    started = sweeps.start(manager(), wanted)
    assert open_page("twins", sweep=started.id).app.title[0].value == r"\*a\* \$x\$"


def test_twins_of_a_denoiser_are_judged_and_shown_from_noisy_input(open_page):
    noise = {"name": "gaussian", "sigma": 0.5}
    run = manager().submit(fakes.config(epochs=1, corruption=noise))
    assert manager().wait(run, lambda history: not history.state.state.alive, fakes.LIMIT)
    fakes.until(lambda: not manager().run(run).state.alive)
    tab = open_page("twins")
    tab.choose("Run", run).type("From 0.001 to", 0.05).click("Train both")
    finished(tab)
    assert "on noisy validation images" in tab.text
    assert "MSE, noisy input" in tab.text
    assert "MSE, clean input" in tab.text
    assert tab.live("mosaic")[0]["labels"] == ["clean", "input", "0.001", "0.05", "difference"]
