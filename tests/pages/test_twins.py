"""The Twins page: from a finished run to two runs that differ in one number, and what that did."""

from aedash.formatting import number, percent
from aedash.store import sweeps as records
from aedash.sweep import Axis, sweep
from aedash.training import sweeps
from aedash.ui.server import manager
from tests import fakes


def finished(tab):
    [pair] = records.all_of(manager().settings.runs_dir)
    for identifier in pair.runs:
        assert manager().wait(identifier, lambda history: not history.state.state.alive, 60)
    fakes.until(lambda: all(not run.state.alive for run in sweeps.runs_of(manager(), pair)))
    return pair, tab.again()


def test_a_run_is_forked_and_the_sentence_is_measured(open_page):
    run = manager().submit(fakes.config(epochs=3))
    assert manager().wait(run, lambda history: not history.state.state.alive, 60)
    fakes.until(lambda: not manager().run(run).state.alive)
    tab = open_page("twins")
    tab.choose("Run", run).type("After epoch", 2)
    assert "2 epochs are trained again first" in tab.app.caption[0].value
    tab.type("From 0.001 to", 0.001).click("Train both")
    assert tab.problem == "optimizer.learning_rate is 0.001 already; twins must differ."
    tab.type("From 0.001 to", 0.05).type("Epochs more", 2).click("Train both")
    pair, _ = finished(tab)
    one, two = (manager().history(each) for each in sweeps.runs_of(manager(), pair))
    a, b = one.ends[-1].figures.mse, two.ends[-1].figures.mse
    assert one.ends[1].figures == two.ends[1].figures
    how = f"an error {percent(abs(b / a - 1))} {'lower' if b < a else 'higher'}"
    if b >= 2 * a:
        how = f"{number(b / a)} times the error"
    assert f"After epoch 4, learning rate 0.05 has {how}" in tab.text
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


def test_what_cannot_be_is_told_in_one_sentence(open_page):
    tab = open_page("twins")
    tab.choose("Change", "optimizer.batch_size").type("From 128 to", 0.5).click("Train both")
    assert tab.problem.startswith("Batch size must be")
    assert manager().runs() == []


def test_where_the_sums_differ_the_reconstruction_alone_is_compared(open_page):
    run = manager().submit(fakes.config(epochs=1, **fakes.VARIATIONAL))
    assert manager().wait(run, lambda history: not history.state.state.alive, 60)
    fakes.until(lambda: not manager().run(run).state.alive)
    tab = open_page("twins")
    tab.choose("Run", run).choose("Change", "objective.kl.weight").type("From 0.5 to", 5).click("Train both")
    finished(tab)
    assert "an error" in tab.text
    assert "alidation loss" not in tab.text
    assert "Their sums do not compare" in tab.text


def test_a_link_to_another_sweep_is_refused(open_page):
    wanted = sweep(name="rates", base=fakes.config(), axes=[Axis(path="epochs", values=(1, 2))])
    started = sweeps.start(manager(), wanted)
    tab = open_page("twins", sweep=started.id)
    assert tab.problem == "The sweep 'rates' is no pair of twins; see it on the Sweeps page."


def test_a_recipe_of_many_epochs_opens(open_page):
    tab = open_page("twins", set="epochs=5000")
    assert tab.app.number_input[-1].value == 1000


def test_twins_of_a_denoiser_are_judged_and_shown_from_noisy_input(open_page):
    noise = {"name": "gaussian", "sigma": 0.5}
    run = manager().submit(fakes.config(epochs=1, corruption=noise))
    assert manager().wait(run, lambda history: not history.state.state.alive, 60)
    fakes.until(lambda: not manager().run(run).state.alive)
    tab = open_page("twins")
    tab.choose("Run", run).type("From 0.001 to", 0.05).click("Train both")
    finished(tab)
    assert "on noisy validation images" in tab.text
    assert "MSE, noisy input" in tab.text
    assert "MSE, clean input" in tab.text
    assert tab.live("mosaic")[0]["labels"] == ["clean", "input", "0.001", "0.05", "difference"]
