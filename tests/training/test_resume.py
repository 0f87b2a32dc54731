"""A run that was broken off goes on to the same weights, bit for bit, as one that was left alone."""

import json
import signal
import subprocess
import sys
from dataclasses import replace
from queue import SimpleQueue

import pytest
from safetensors.torch import load_file

from aedash.__main__ import main
from aedash.events import EpochEnd, RunState, Started, StateChanged, StepBlock
from aedash.history import History
from aedash.store.weights import about, read_tensors, write_tensors
from aedash.training import checkpoint
from aedash.training.checkpoint import load_state, save_state
from aedash.training.trainer import fit
from aedash.training.worker import Change, Interrupt, Job, Pause, Resume, Stop, work
from tests import fakes

CONFIGS = {
    "dense": fakes.config(epochs=3),
    "conv": fakes.config(architecture="conv_transpose"),
    "all generators": fakes.config(**fakes.VARIATIONAL, corruption={"name": "gaussian", "sigma": 0.3}, epochs=3),
}
# early, at an epoch's end before it was evaluated, in the middle of a later one
STOPS_OF_TEN = [4, 10, 16]
STOPS_OF_NINETEEN = [4, 19, 32]


def broken_off(config, data, step):
    """A state that was closed at the end of that step."""
    state = fakes.fresh(config, data)
    training = fit(data, state, config)
    for event in training:
        if isinstance(event, StepBlock) and state.step >= step:
            break
    training.close()
    return state


@pytest.fixture(scope="module")
def some(digits):
    """Images for ten steps an epoch."""
    return fakes.subset(digits, 760, 60)


@pytest.fixture(scope="module", params=CONFIGS)
def left_alone(request, some):
    return CONFIGS[request.param], *fakes.fitted(CONFIGS[request.param], some)


@pytest.mark.parametrize("step", STOPS_OF_TEN)
def test_a_loaded_state_goes_on_bit_for_bit(left_alone, step, some, tmp_path):
    config, state, events = left_alone
    save_state(broken_off(config, some, step), tmp_path / "last.safetensors")
    again = fakes.fresh(config, some)
    load_state(again, tmp_path / "last.safetensors")
    assert again.step == step
    rest = list(fit(some, again, config))
    assert rest[0] == replace(events[0], step=rest[0].step)
    assert fakes.unlike(state.model, again.model) == []
    assert (again.epoch, again.step, again.best) == (state.epoch, state.step, state.best)
    for one, other in zip(reversed(fakes.only(EpochEnd, events)), reversed(fakes.only(EpochEnd, rest)), strict=False):
        assert other.figures == one.figures
        assert other.best == one.best
        assert other.train == pytest.approx(one.train)


def test_a_state_of_another_model_is_refused(digits, tmp_path):
    save_state(fakes.fresh(CONFIGS["dense"], digits), tmp_path / "last.safetensors")
    with pytest.raises(ValueError, match="another model"):
        load_state(fakes.fresh(CONFIGS["conv"], digits), tmp_path / "last.safetensors")


@pytest.mark.parametrize(
    "damage",
    [
        {"told": [["StepBlock", {"step": "x"}]]},
        {"told": [["Rumour", {}]]},
        {"told": 3},
        {"since": ["x", 0]},
        {"since": [1]},
        {"epoch": "first"},
        {"images": -1},
    ],
    ids=str,
)
def test_a_save_whose_metadata_are_damaged_is_told_in_a_sentence(damage, digits, tmp_path):
    last = tmp_path / "last.safetensors"
    save_state(fakes.fresh(CONFIGS["dense"], digits), last)
    tensors, place = read_tensors(last)
    write_tensors(tensors, {**place, **damage}, last)
    end = worked(job(tmp_path, CONFIGS["dense"], resume=True))[-1]
    assert (end.state, end.sentence) == (
        RunState.FAILED,
        "The run's last save is damaged, so it cannot go on; train it again.",
    )


def job(folder, config, **fields):
    folder.mkdir(exist_ok=True)
    return Job("0" * 12, config, folder, folder, "cpu", 1, **fields)


def worked(job, commands=None, at=1):
    """All events of a job, sent the commands after its event at that step."""
    inbox, events = SimpleQueue(), []
    for event in work(job, inbox):
        events.append(event)
        if commands and isinstance(event, StepBlock) and event.step >= at:
            for command in commands:
                inbox.put(command)
            commands = None
    return events


def record(history, events):
    for event in events:
        history.append(event)


def files(folder):
    return {f"{name}/{k}": v for name in ("best", "last") for k, v in load_file(folder / f"{name}.safetensors").items()}


@pytest.fixture(scope="module")
def worked_alone(tmp_path_factory):
    folder = tmp_path_factory.mktemp("alone")
    events = worked(job(folder, CONFIGS["all generators"]))
    return files(folder), events


@pytest.mark.parametrize(("command", "state"), [(Stop(), RunState.STOPPED), (Interrupt(), RunState.INTERRUPTED)])
@pytest.mark.parametrize("step", STOPS_OF_NINETEEN)
def test_a_job_goes_on_bit_for_bit(worked_alone, command, state, step, tmp_path):
    alone, told = worked_alone
    config = CONFIGS["all generators"]
    before = worked(job(tmp_path, config), [command], at=step)
    assert before[-1].state is state
    past = tuple(fakes.only(EpochEnd, before))
    recorded = fakes.only(StepBlock, before)[-1].step
    after = worked(job(tmp_path, config, resume=True, past=past, recorded=recorded))
    assert after[-1].state is RunState.FINISHED
    assert after[-1].figures == told[-1].figures
    assert fakes.unlike(alone, files(tmp_path)) == []


def test_an_interrupted_job_is_saved_without_being_judged(tmp_path):
    end = worked(job(tmp_path, CONFIGS["dense"]), [Interrupt()])[-1]
    assert end == StateChanged(RunState.INTERRUPTED, "The process that trained it was stopped.")
    assert (tmp_path / "last.safetensors").exists()


def test_a_stopped_job_is_judged_by_its_best_weights(tmp_path):
    end = worked(job(tmp_path, CONFIGS["dense"]), [Stop()])[-1]
    assert set(end.figures) == {"validation", "test"}


@pytest.mark.parametrize("validation", [0.1, 0.0])
def test_each_stop_keeps_and_judges_the_weights_of_its_own_moment(validation, tmp_path):
    """Twice within one epoch, and without held-out images at any time."""
    config = fakes.config(epochs=3, data={"name": "digits", "validation": validation}, optimizer={"batch_size": 16})
    figures = []
    for step in (4, 64):
        end = worked(job(tmp_path, config, resume=step > 4, recorded=step), [Stop()], at=step)[-1]
        figures.append(end.figures["test"].mse)
        last, best = (load_file(tmp_path / f"{name}.safetensors") for name in ("last", "best"))
        assert fakes.unlike({name: last[name] for name in best}, best) == []
    assert figures[1] < 0.9 * figures[0]


def test_without_held_out_images_a_stop_keeps_the_last_weights_in_a_later_epoch_too(tmp_path):
    config = fakes.config(epochs=3, data={"name": "digits", "validation": 0})
    worked(job(tmp_path, config), [Stop()], at=32)
    last, best = (load_file(tmp_path / f"{name}.safetensors") for name in ("last", "best"))
    assert fakes.unlike({name: last[name] for name in best}, best) == []


def test_with_held_out_images_a_stop_keeps_the_best_epoch(tmp_path):
    worked(job(tmp_path, CONFIGS["dense"]), [Stop()], at=32)
    assert about(tmp_path / "best.safetensors") == {"epoch": 1, "step": 19}


@pytest.mark.parametrize("lost", [1, 2, 9, None])
def test_what_a_save_is_ahead_of_its_record_by_is_told_again(lost, tmp_path, monkeypatch):
    """Killed as the second epoch was saved, and before its last events, or all of them, were recorded."""
    monkeypatch.setattr(checkpoint, "CARRIED_SECONDS", 600.0)
    inbox, history, events = SimpleQueue(), History(), []
    training = work(job(tmp_path, CONFIGS["dense"]), inbox)
    for event in training:
        events.append(event)
        if isinstance(event, StepBlock) and event.step == 1:
            inbox.put(Change("optimizer.learning_rate", 0.002))
        if isinstance(event, EpochEnd) and event.epoch == 2:
            next(training)
            break
    training.close()
    record(history, events[:-lost] if lost else [])
    again = job(tmp_path, CONFIGS["dense"], resume=True, past=tuple(history.ends), recorded=history.step)
    after = worked(again)
    record(history, after)
    assert sum(isinstance(event, EpochEnd) and event.epoch == 3 for event in after) == 1
    assert [end.epoch for end in history.ends] == [1, 2, 3]
    assert history.images == 3 * fakes.training_images(CONFIGS["dense"])
    assert [block.step for block in history.blocks] == sorted({block.step for block in history.blocks})
    assert [change.value for change in history.changes] == [0.002]


def test_a_record_that_reaches_further_than_the_save_is_cut_back(tmp_path):
    inbox, history = SimpleQueue(), History()
    training = work(job(tmp_path, CONFIGS["dense"]), inbox)
    for event in training:
        history.append(event)
        if history.ends and history.step > history.ends[0].step:
            break
    training.close()
    again = job(tmp_path, CONFIGS["dense"], resume=True, past=tuple(history.ends), recorded=history.step)
    record(history, worked(again))
    assert history.images == 3 * fakes.training_images(CONFIGS["dense"])
    assert [end.epoch for end in history.ends] == [1, 2, 3]


def test_a_save_that_does_not_join_its_record_gives_way_to_an_older_one(tmp_path, monkeypatch):
    """The store was locked for longer than a save remembers, and then the process was killed."""
    monkeypatch.setattr(checkpoint, "CARRIED_SECONDS", 0.0)
    config = fakes.config(epochs=12)
    events = worked(job(tmp_path, config), [Interrupt()], at=19 * 10 + 4)
    ends = [end for end in fakes.only(EpochEnd, events) if end.epoch < 11]
    history = History()
    record(history, events[: events.index(ends[-1]) + 1])
    again = worked(job(tmp_path, config, resume=True, past=tuple(ends), recorded=ends[-1].step))
    assert fakes.only(Started, again)[0].step == ends[-1].step
    record(history, again)
    assert history.images == 12 * fakes.training_images(config)


def test_a_pause_changes_nothing(worked_alone, tmp_path):
    events = worked(job(tmp_path, CONFIGS["all generators"]), [Pause(), Pause(), Resume(), Resume()], at=32)
    states = [event.state for event in fakes.only(StateChanged, events)]
    assert states == [RunState.RUNNING, RunState.PAUSED, RunState.RUNNING, RunState.FINISHED]
    assert fakes.unlike(worked_alone[0], files(tmp_path)) == []


def test_a_job_whose_first_save_never_came_begins_again(worked_alone, tmp_path):
    worked(job(tmp_path, CONFIGS["all generators"], resume=True))
    assert fakes.unlike(worked_alone[0], files(tmp_path)) == []


def test_a_run_that_diverges_keeps_its_last_finite_weights(digits, tmp_path):
    deep = {"name": "dense", "widths": [32] * 6, "latent": 4, "output": "none"}
    config = fakes.config(architecture=deep, data={"scaling": "raw"}, epochs=30)
    end = worked(job(tmp_path, config), [Change("optimizer.learning_rate", 10.0)], at=20)[-1]
    assert end.state is RunState.FAILED
    assert end.sentence.startswith("Diverged in epoch ")
    assert "Learning rate 10 is too large here." in end.sentence
    assert "\n" not in end.sentence
    again = fakes.fresh(config, digits)
    load_state(again, tmp_path / "last.safetensors")
    assert again.step >= 19
    assert all(p.isfinite().all() for p in again.model.parameters())


TRAIN = ["--preset", "R0-vae", "--dataset", "digits", "--epochs", "12", "--json"]
TRAIN += ["--set", "optimizer.batch_size=8", "--set", "architecture.widths=[32]", "--set", "corruption=gaussian"]


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    """The tensors that the command leaves when nobody disturbs it."""
    folder = tmp_path_factory.mktemp("uninterrupted")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {"RUNS_DIR": folder, "LOG_FILE": folder / "log", "THREADS": "1", "DEVICE": "cpu"}.items():
            patch.setenv(f"AEDASH_{name}", str(value))
        assert main(["train", *TRAIN]) == 0
    return files(next(path for path in folder.iterdir() if path.is_dir()))


@pytest.mark.parametrize("blow", [signal.SIGKILL, signal.SIGTERM], ids=lambda blow: blow.name)
def test_a_process_that_is_ended_leaves_a_run_that_can_be_resumed(blow, environment, uninterrupted, capsys):
    command = [sys.executable, "-m", "aedash", "train", *TRAIN]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        saved = fakes.until(lambda: next(environment.glob("*/last.safetensors"), None))
        process.send_signal(blow)
        told, _ = process.communicate(timeout=300)
    capsys.readouterr()
    if blow is signal.SIGKILL:
        assert process.returncode == -signal.SIGKILL
    else:
        assert process.returncode == 1
        assert json.loads(told.splitlines()[-1])["state"] == "interrupted"
    assert main(["runs", "--json"]) == 0
    (run,) = json.loads(capsys.readouterr().out)
    assert (run["id"], run["state"]) == (saved.parent.name, "interrupted")
    assert 1 <= run["epochs_done"] < 12
    assert main(["resume", run["id"], "--json"]) == 0
    resumed = json.loads(capsys.readouterr().out)
    assert (resumed["id"], resumed["state"]) == (run["id"], "finished")
    assert fakes.unlike(uninterrupted, files(saved.parent)) == []
    assert not list(saved.parent.glob("*.tmp"))
