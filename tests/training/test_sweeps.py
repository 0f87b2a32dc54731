"""Sweeps in training: shared starts, reuse, stopping together, and the command line."""

import json
from dataclasses import replace

import pytest

from aedash.__main__ import main
from aedash.config import vary
from aedash.events import UPLOADED, RunState, StepBlock
from aedash.history import Run
from aedash.registry import Refused
from aedash.settings import Settings
from aedash.store import sweeps as records
from aedash.sweep import Axis, members, sweep
from aedash.training import sweeps
from aedash.training.manager import RunManager
from tests import fakes

LAMBDA = "objective.contractive.weight"


@pytest.fixture
def manager(opened, tmp_path):
    return opened(data_dir=tmp_path, gallery_dir=tmp_path / "none")


def of(path, values, **fields):
    return sweep(**{"name": "s", "base": fakes.config(), "axes": [Axis(path=path, values=values)], **fields})


def finished(manager, started):
    for identifier in started.runs:
        assert manager.wait(identifier, lambda history: not history.state.state.alive, fakes.LIMIT)
    return fakes.until(lambda: all(not run.state.alive for run in sweeps.runs_of(manager, started))) and sweeps.runs_of(
        manager, started
    )


def test_members_share_start_and_batches(few):
    """Control and penalised run are the same until the penalty has changed the weights."""
    states = {value: fakes.fresh(vary(fakes.config(), LAMBDA, value), few) for value in (0, 5)}
    assert fakes.unlike(states[0].model, states[5].model) == []
    first = {}
    for value, state in states.items():
        blocks = fakes.only(StepBlock, fakes.fit(few, state, vary(fakes.config(), LAMBDA, value)))
        first[value] = blocks[0].losses["reconstruction"]
    assert first[0] == first[5]
    assert fakes.unlike(states[0].model, states[5].model) != []


def test_members_are_looked_up_by_their_ids_in_a_folder_of_many_runs(manager, monkeypatch):
    one, other = (manager.store.create(fakes.config(seed=seed)).id for seed in (1, 2))
    monkeypatch.setattr(manager.store, "runs", None)
    planned = of("epochs", (1, 2, 3)).model_copy(update={"runs": (other, "0123456789ab", one)})
    assert [run and run.id for run in sweeps.runs_of(manager, planned)] == [other, None, one]


def test_a_sweep_trains_its_members_and_is_kept(manager):
    started = sweeps.start(manager, of(LAMBDA, (0, 0.1), seeds=2), "a visitor")
    runs = finished(manager, started)
    assert [(run.state, run.owner) for run in runs] == [(RunState.FINISHED, "a visitor")] * 4
    assert [run.config.seed for run in runs] == [3, 4, 3, 4]
    assert len({run.figures["test"].loss for run in runs}) == 4
    assert records.load(manager.settings.runs_dir, started.id) == started
    assert records.all_of(manager.settings.runs_dir) == [started]
    again = RunManager(manager.settings)
    assert again.store.unreadable == {}
    again.close()


def test_what_is_trained_is_not_trained_again(manager):
    first = sweeps.start(manager, of("optimizer.learning_rate", (0.01, 0.02)))
    finished(manager, first)
    wider = sweeps.start(manager, of("optimizer.learning_rate", (0.02, 0.03, 0.01)))
    assert (wider.runs[0], wider.runs[2]) == (first.runs[1], first.runs[0])
    assert len(manager.runs()) == 3
    finished(manager, wider)
    assert sweeps.start(manager, of("optimizer.learning_rate", (0.01, 0.02))) == first, "nothing new is kept of it"
    assert len(records.all_of(manager.settings.runs_dir)) == 2


def test_one_person_keeps_so_many_comparisons_on_a_shared_server(opened, monkeypatch):
    monkeypatch.setattr(sweeps, "MOST_KEPT", 1)
    manager = opened(shared=True, max_waiting_per_person=4)
    first = sweeps.start(manager, of("optimizer.learning_rate", (0.01, 0.02)), "anna")
    finished(manager, first)
    assert sweeps.start(manager, of("optimizer.learning_rate", (0.01, 0.02)), "anna") == first
    with pytest.raises(Refused, match="1 comparisons here"):
        sweeps.start(manager, of("optimizer.learning_rate", (0.02, 0.01)), "anna")
    assert sweeps.start(manager, of("optimizer.learning_rate", (0.02, 0.01)), "ben").runs == first.runs[::-1]
    assert len(manager.runs()) == 2


def test_weights_that_somebody_uploaded_are_not_taken_for_trained_ones(manager):
    wanted = of("optimizer.learning_rate", (0.01,))
    made = manager.store.create(members(wanted)[0].config, owner="stranger")
    manager.store.update(replace(made, state=RunState.FINISHED, sentence=UPLOADED))
    assert manager.run(made.id).uploaded
    started = sweeps.start(manager, wanted)
    assert made.id not in started.runs
    finished(manager, started)


def test_stopping_ends_all_and_resuming_goes_on_with_all(manager):
    started = sweeps.start(manager, of("optimizer.learning_rate", (0.01, 0.02, 0.03), base=fakes.config(epochs=10_000)))
    assert manager.wait(started.runs[0], lambda history: bool(history.blocks), fakes.LIMIT)
    sweeps.stop(manager, started)
    assert {run.state for run in finished(manager, started)} == {RunState.STOPPED}
    sweeps.resume(manager, started)
    assert {run.state for run in sweeps.runs_of(manager, started)} <= {RunState.QUEUED, RunState.RUNNING}
    sweeps.stop(manager, started)
    finished(manager, started)


@pytest.mark.parametrize("state", list(RunState))
def test_which_runs_can_go_on_is_said_once(state, tmp_path):
    run = Run("0" * 12, 1, fakes.config(), state, tmp_path, "", sentence="The disk was full.")
    over = (RunState.INTERRUPTED, RunState.STOPPED, RunState.FAILED)
    assert run.resumable == (state in over)
    assert sweeps.can_go_on(run) == (state in (*over, RunState.PAUSED))
    diverged = replace(run, sentence="Diverged in epoch 3: the loss became infinite at step 9.")
    assert diverged.resumable == (state in over and state is not RunState.FAILED)


def test_one_that_diverges_fails_alone(manager):
    started = sweeps.start(
        manager, of("optimizer.learning_rate", (0.001, 10), base=fakes.config(**fakes.FRAGILE, epochs=3))
    )
    first, second = finished(manager, started)
    assert first.state is RunState.FINISHED
    assert second.state is RunState.FAILED
    assert second.sentence.startswith("Diverged in epoch")


def test_nothing_is_created_when_one_member_is_refused(manager):
    with pytest.raises(Refused, match="Batch size must be"):
        sweeps.start(manager, of("optimizer.batch_size", (64, 5000)))
    assert manager.runs() == []
    assert records.all_of(manager.settings.runs_dir) == []


def test_a_sweep_that_the_queue_cannot_hold_is_refused_whole(tmp_path):
    manager = RunManager(Settings(runs_dir=tmp_path / "runs", data_dir=tmp_path, max_queued_runs=2))
    try:
        with pytest.raises(Refused, match="4 runs are to be queued; there is room for 3"):
            sweeps.start(manager, of("optimizer.learning_rate", (0.1, 0.2, 0.3, 0.4)))
        assert manager.runs() == []
    finally:
        manager.close()


@pytest.mark.parametrize("text", ["", "nothing", "../../aedash", "0" * 12])
def test_an_unknown_sweep_is_refused(manager, text):
    with pytest.raises(Refused, match=r"^There is no sweep"):
        records.load(manager.settings.runs_dir, text)


def test_a_file_of_another_version_is_passed_over(manager):
    folder = manager.settings.runs_dir / records.FOLDER
    folder.mkdir()
    (folder / f"{'a' * 12}.json").write_text('{"future": 1}')
    assert records.all_of(manager.settings.runs_dir) == []
    with pytest.raises(Refused, match="another version"):
        records.load(manager.settings.runs_dir, "a" * 12)


@pytest.fixture
def places(tmp_path, monkeypatch):
    for name in ("RUNS", "DATA", "GALLERY"):
        monkeypatch.setenv(f"AEDASH_{name}_DIR", str(tmp_path / name.lower()))
    monkeypatch.setenv("AEDASH_LOG_FILE", str(tmp_path / "log"))


def told(capsys):
    return json.loads(capsys.readouterr().out.strip().splitlines()[-1])


QUICK = ["sweep", "--preset", "R0-simple", "--dataset", "digits", "--epochs", "1", "--json"]


def test_the_command_line_tells_what_was_varied(places, capsys):
    words = [*QUICK, "--vary", "architecture.widths=[32],[16,8]", "--vary", f"{LAMBDA}=0,0.1", "--parallel", "1"]
    assert main(words) == 0
    rows = told(capsys)
    assert [row["varied"] for row in rows] == [
        {"architecture.widths": widths, LAMBDA: weight} for widths in ([32], [16, 8]) for weight in (0, 0.1)
    ]
    assert {row["state"] for row in rows} == {"finished"}
    assert len({row["id"] for row in rows}) == 4
    assert ["contractive" in row["test"]["terms"] for row in rows] == [False, True] * 2


def test_the_command_line_says_that_a_run_failed_and_prints_all(places, capsys):
    words = ["sweep", "--preset", "R0-simple", "--dataset", "digits", "--epochs", "2", "--parallel", "1", "--json"]
    fragile = ("architecture.widths=[64,64,64,64]", "architecture.output=none", "objective.reconstruction.loss=mse")
    sets = [word for change in fragile for word in ("--set", change)]
    assert main([*words, *sets, "--vary", "optimizer.learning_rate=0.001,10"]) == 1
    rows = told(capsys)
    assert [row["state"] for row in rows] == ["finished", "failed"]


@pytest.mark.parametrize(
    ("vary", "sentence"),
    [
        ([], "The grid is empty"),
        (["--vary", "epochs="], "The grid is empty"),
        (["--vary", "epochs"], "--vary needs PATH=V1,V2,..."),
        (["--vary", "no.such=1"], "Unknown path 'no.such'"),
        (["--vary", "optimizer.learning_rate=0.1,NaN"], "The values of optimizer.learning_rate must be finite numbers"),
        (["--vary", "optimizer.learning_rate=1e999"], "The values of optimizer.learning_rate must be finite numbers"),
        (["--vary", f"optimizer.learning_rate={'[' * 999}"], "Learning rate must be above 0 and up to 10; got [[["),
        (["--vary", f"optimizer.learning_rate={'9' * 5000}"], "Learning rate must be above 0 and up to 10; got 999"),
        (
            ["--vary", "epochs=1", "--vary", "seed=1", "--vary", "threads=1"],
            "--vary may be given once or twice; got 3.",
        ),
        (["--vary", "epochs=1,2", "--parallel", "0"], "--parallel must be 1 to 64; got 0."),
    ],
)
def test_the_command_line_refuses_in_one_sentence(places, capsys, vary, sentence):
    assert main([*QUICK, *vary]) == 2
    refusal = told(capsys)
    assert refusal["error"].startswith(sentence)
    assert refusal["field"]
