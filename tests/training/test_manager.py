"""What people do to runs, and what runs do to each other."""

import time
from dataclasses import replace
from math import inf
from threading import Event

import pytest
import torch

from aedash.atomic import held
from aedash.config import parse, vary
from aedash.events import RunState, StepBlock
from aedash.registry import Refused
from aedash.training import recorder, trainer
from aedash.training.manager import RunManager
from aedash.training.plan import Plan
from aedash.training.worker import BUSY
from tests import fakes

ENDLESS = fakes.config(epochs=10_000, optimizer={"batch_size": 4})
SHORT = fakes.config(epochs=1)


def awaited(manager, run, state):
    """Wait until the run is in that state; gives it."""
    assert manager.wait(run, lambda history: history.state.state is state, fakes.LIMIT)
    return fakes.until(lambda: (found := manager.run(run)).state is state and found)


def test_a_run_trains_to_its_end_and_is_recorded(manager):
    run = awaited(manager, manager.submit(SHORT, "a preset"), RunState.FINISHED)
    assert (run.preset, run.epochs_done, run.own) == ("a preset", 1, True)
    assert set(run.figures) == {"validation", "test"}
    assert (run.folder / "best.safetensors").exists()
    assert manager.history(run).blocks == manager.store.history(run).blocks


@pytest.mark.parametrize(
    ("raw", "field"),
    [
        ({"optimizer": {"batch_size": 2000}}, "optimizer.batch_size"),
        ({"epochs": 51}, "epochs"),
        (
            {"architecture": {"name": "conv_transpose", "encoder": [{"kernel": 15, "pool": 4}] * 3}},
            "architecture.encoder",
        ),
    ],
    ids=["batch", "epochs", "layers"],
)
def test_what_cannot_work_is_refused_and_nothing_is_created(raw, field, opened):
    manager = opened(max_epochs=50)
    with pytest.raises(Refused) as refused:
        manager.submit(parse({"data": {"name": "digits"}, **raw}))
    assert refused.value.field == field
    assert manager.runs() == []


def test_runs_wait_in_line(manager):
    first, second, third = (manager.submit(config) for config in (ENDLESS, SHORT, SHORT))
    fakes.training(manager, first)
    assert [manager.position(run) for run in (first, second, third)] == [0, 1, 2]
    assert manager.run(second).state is RunState.QUEUED
    manager.stop(second)
    assert manager.run(second).sentence == "Stopped before it began."
    assert manager.position(third) == 1
    manager.stop(first)
    assert fakes.over(manager, third).state is RunState.FINISHED
    assert manager.run(first).state is RunState.STOPPED
    assert manager.run(second).state is RunState.STOPPED
    assert [run.id for run in manager.runs()] == [third, second, first]


def test_a_full_queue_refuses(opened):
    manager = opened(max_queued_runs=1)
    manager.submit(ENDLESS)
    manager.submit(ENDLESS)
    with pytest.raises(Refused, match=r"^The queue is full: 1 run waits, and at most 1 may wait here "):
        manager.submit(ENDLESS)
    assert len(manager.runs()) == 2


def test_more_than_the_queue_holds_are_refused_whole_and_it_moves_on(opened):
    """Both when they are submitted and when they are resumed."""
    first = opened()
    runs = [first.submit(ENDLESS), *(first.submit(fakes.config(epochs=1, seed=seed)) for seed in range(3))]
    first.close(60)
    manager = opened(max_queued_runs=1)
    rest = [run.id for run in manager.runs() if run.state is RunState.INTERRUPTED]
    assert len(rest) == 4
    with pytest.raises(Refused, match=r"^3 runs are to be queued; there is room for 2: at most 1 "):
        manager.resume(*rest[:3])
    with pytest.raises(Refused, match=r"^3 runs are to be queued; there is room for 2: at most 1 "):
        manager.submit_all([Plan(SHORT)] * 3)
    assert len(manager.runs()) == len(runs)
    assert {manager.run(run).state for run in rest} == {RunState.INTERRUPTED}
    manager.resume(*rest[:2])
    assert [fakes.over(manager, run).state for run in rest[:2]] == [RunState.FINISHED] * 2
    assert fakes.over(manager, manager.submit(SHORT)).state is RunState.FINISHED


def test_one_that_cannot_be_resumed_leaves_all_as_they_were(manager):
    stopped, finished = manager.submit(ENDLESS), manager.submit(SHORT)
    fakes.training(manager, stopped)
    manager.stop(stopped)
    fakes.over(manager, stopped)
    fakes.over(manager, finished)
    with pytest.raises(Refused, match="A finished run cannot be resumed"):
        manager.resume(stopped, finished)
    assert manager.run(stopped).state is RunState.STOPPED


def test_a_run_that_waits_cannot_be_paused(manager):
    fakes.training(manager, manager.submit(ENDLESS))
    waiting = manager.submit(SHORT)
    with pytest.raises(Refused, match=r"^A queued run cannot be paused\.$"):
        manager.pause(waiting)
    assert manager.run(waiting).state is RunState.QUEUED


def test_several_may_train_at_once(opened):
    manager = opened(max_concurrent_runs=2)
    runs = [manager.submit(ENDLESS) for _ in range(3)]
    for run in runs[:2]:
        fakes.training(manager, run)
    assert [manager.position(run) for run in runs] == [0, 0, 1]


def test_pause_and_resume(manager):
    run = manager.submit(ENDLESS)
    fakes.training(manager, run)
    manager.pause(run)
    paused = awaited(manager, run, RunState.PAUSED)
    step = manager.history(paused).step
    assert (paused.folder / "last.safetensors").exists()
    assert manager.wait(run, lambda history: history.step > step, 0.1) is False
    manager.resume(run)
    fakes.training(manager, run, step + 1)
    assert manager.run(run).state is RunState.RUNNING


def test_a_paused_run_keeps_its_slot_and_can_be_stopped(manager):
    run, other = manager.submit(ENDLESS), manager.submit(SHORT)
    fakes.training(manager, run)
    manager.pause(run)
    awaited(manager, run, RunState.PAUSED)
    assert manager.position(other) == 1
    manager.stop(run)
    assert fakes.over(manager, run).state is RunState.STOPPED
    assert fakes.over(manager, other).state is RunState.FINISHED


def test_stop_keeps_and_judges_the_weights(manager):
    run = manager.submit(ENDLESS)
    fakes.training(manager, run)
    manager.stop(run)
    stopped = fakes.over(manager, run)
    assert stopped.state is RunState.STOPPED
    assert stopped.figures["test"].mse > 0
    assert (stopped.folder / "best.safetensors").exists()


def test_the_figures_of_a_stop_end_as_the_run_goes_on(manager):
    """They would be told as those of an interrupted run, whose weights are others by then."""
    run = manager.submit(ENDLESS)
    fakes.training(manager, run)
    manager.stop(run)
    figures = fakes.over(manager, run).figures
    other = manager.submit(ENDLESS)
    manager.resume(run)
    manager.stop(run)
    assert manager.run(run).figures == figures
    manager.stop(other)
    fakes.over(manager, other)
    manager.resume(run)
    fakes.training(manager, run, manager.history(manager.run(run)).step + 1)
    assert manager.run(run).figures == {}


def test_a_stopped_run_goes_on_where_it_was(manager):
    run = manager.submit(ENDLESS)
    fakes.training(manager, run, 40)
    manager.stop(run)
    step = manager.history(fakes.over(manager, run)).step
    manager.resume(run)
    fakes.training(manager, run, step + 1)
    history = manager.history(manager.run(run))
    assert history.started.step == step
    assert [block.step for block in history.blocks] == sorted({block.step for block in history.blocks})


@pytest.mark.parametrize("slots", [1, 2])
def test_a_run_resumed_the_moment_it_stops_goes_on(slots, opened):
    """Its recorder may not have ended yet."""
    manager = opened(max_concurrent_runs=slots)
    run = manager.submit(ENDLESS)
    for _ in range(5):
        step = manager.history(manager.run(run)).step
        fakes.training(manager, run, step + 1)
        manager.stop(run)
        fakes.until(lambda: manager.store.run(run).state is RunState.STOPPED)
        manager.resume(run)
    awaited(manager, run, RunState.RUNNING)
    fakes.training(manager, run, manager.history(manager.run(run)).step + 1)


def test_what_is_over_or_runs_cannot_be_resumed(manager):
    finished = fakes.over(manager, manager.submit(SHORT)).id
    running = manager.submit(ENDLESS)
    fakes.training(manager, running)
    for run in (finished, running):
        with pytest.raises(Refused, match=r"^A (finished|running) run cannot be resumed\.$"):
            manager.resume(run)


def test_delete(manager):
    finished = fakes.over(manager, manager.submit(SHORT))
    running = manager.submit(ENDLESS)
    fakes.training(manager, running)
    with pytest.raises(Refused, match="Stop the run before you delete it; it is running"):
        manager.delete(running)
    fakes.until(lambda: manager.position(running) == 0)
    manager.delete(finished.id)
    assert not finished.folder.exists()
    assert [run.id for run in manager.runs()] == [running]


@pytest.mark.parametrize("ask", ["pause", "resume", "stop", "delete", "run"])
def test_a_run_that_does_not_exist_is_refused(ask, manager):
    with pytest.raises(Refused, match=r"^There is no run '0123456789ab'\.$"):
        getattr(manager, ask)("0123456789ab")


# -- two managers on one folder


def test_the_second_manager_reads_and_does_not_schedule(manager, opened):
    run = manager.submit(ENDLESS)
    fakes.training(manager, run)
    second = opened()
    assert (manager.schedules, second.schedules) == (True, False)
    (seen,) = second.runs()
    assert (seen.id, seen.state, seen.own) == (run, RunState.RUNNING, False)
    assert second.history(seen).blocks
    with pytest.raises(Refused, match=r"^Another process, an app or a sweep, runs this folder's queue"):
        second.submit(SHORT)
    for ask in (second.pause, second.stop):
        with pytest.raises(Refused, match="belongs to another process"):
            ask(run)
    with pytest.raises(Refused, match="Stop the run before you delete it"):
        second.delete(run)
    assert len(manager.runs()) == 1


# -- the end of the process


def test_the_queue_is_free_again_once_its_manager_is_closed(manager, opened):
    manager.close(60)
    assert opened().schedules


def test_closing_interrupts_and_the_next_server_goes_on(manager, opened):
    running, waiting = manager.submit(ENDLESS), manager.submit(SHORT)
    fakes.training(manager, running, 40)
    manager.close(60)
    later = opened()
    assert [run.state for run in later.runs()] == [RunState.INTERRUPTED] * 2
    assert later.run(waiting).sentence == "The server ended before it began."
    step = later.history(later.run(running)).step
    assert step >= 40
    later.resume(running)
    fakes.training(later, running, step + 1)
    later.stop(running)
    later.resume(waiting)
    assert fakes.over(later, waiting).state is RunState.FINISHED


def test_a_resumed_run_keeps_its_number_of_threads(opened):
    manager = opened(threads=2)
    run = manager.submit(vary(ENDLESS, "threads", 0))
    fakes.training(manager, run)
    manager.close(60)
    later = opened(threads=1)
    later.resume(run)
    fakes.training(later, run, later.history(later.run(run)).step + 1)
    assert later.run(run).threads == later.history(later.run(run)).started.threads == 2


def test_a_run_that_takes_fewer_threads_says_so_and_has_the_bits_of_one_that_was_told_to(opened, monkeypatch):
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    monkeypatch.setattr("aedash.training.threads.WORTH", inf)  # so that the smaller number is taken
    manager = opened()
    short = fakes.config(epochs=1, threads=0)
    runs = [fakes.over(manager, manager.submit(vary(short, "threads", threads))) for threads in (0, 1)]
    assert [run.threads for run in runs] == [1, 1]
    tried, told = (run.figures["test"] for run in runs)
    assert tried == told


# -- failures

BUG = "Training failed with {}; the log file has the details of error "
FAULTS = {
    "a bug": (
        RuntimeError("boom at 0x7f"),
        BUG.format("RuntimeError"),
    ),
    "a bug without words": (
        AssertionError(),
        BUG.format("AssertionError"),
    ),
    "a full card": (torch.OutOfMemoryError("CUDA\nout of memory"), "Out of memory: "),
    "full memory": (MemoryError(), "Out of memory: "),
    "memory in other words": (RuntimeError("DefaultCPUAllocator: can't allocate memory"), "Out of memory: "),
    "a full disk": (OSError(28, "No space left on device"), "The run folder could not be written: No space left"),
}


def break_at_step_20(monkeypatch, error):
    """Let each run of seed 13 raise it there."""
    step = trainer.train_step

    def train_step(state, batch, config):
        if config.seed == 13 and state.step >= 20:
            raise error
        return step(state, batch, config)

    monkeypatch.setattr(trainer, "train_step", train_step)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_failure_is_told_in_a_sentence_and_hurts_no_other_run(fault, manager, monkeypatch, caplog):
    error, sentence = FAULTS[fault]
    break_at_step_20(monkeypatch, error)
    failing, next_one = manager.submit(fakes.config(seed=13)), manager.submit(SHORT)
    failed = fakes.over(manager, failing)
    assert failed.state is RunState.FAILED
    assert failed.sentence.startswith(sentence)
    assert failed.sentence.endswith(".")
    assert "\n" not in failed.sentence
    assert fakes.over(manager, next_one).state is RunState.FINISHED
    assert manager.store.run(failing).sentence == failed.sentence
    assert "Traceback" in caplog.text
    assert failing in caplog.text
    monkeypatch.undo()
    manager.resume(failing)
    assert fakes.over(manager, failing).state is RunState.FINISHED


@pytest.mark.parametrize("error", [GeneratorExit, KeyboardInterrupt, SystemExit])
def test_whatever_ends_a_worker_ends_its_run_and_frees_its_slot(error, manager, monkeypatch):
    break_at_step_20(monkeypatch, error)
    failing, next_one = manager.submit(fakes.config(seed=13)), manager.submit(SHORT)
    failed = fakes.over(manager, failing)
    told = f"Training failed with {error.__name__}; the log file has the details."
    assert (failed.state, fakes.without_id(failed.sentence)) == (RunState.FAILED, told)
    assert fakes.over(manager, next_one).state is RunState.FINISHED


def test_a_diverged_run_is_not_resumed_into_the_same_divergence(manager):
    deep = {"name": "dense", "widths": [32] * 6, "latent": 4, "output": "none"}
    run = fakes.over(
        manager, manager.submit(fakes.config(architecture=deep, optimizer={"learning_rate": 10.0}, epochs=9))
    )
    assert (run.state, run.diverged, run.resumable) == (RunState.FAILED, True, False)
    with pytest.raises(Refused, match="The run diverged and would diverge again"):
        manager.resume(run.id)


def test_a_store_that_cannot_be_written_is_tried_again_while_training_goes_on(manager, monkeypatch, caplog):
    monkeypatch.setattr(recorder, "RETRY_SECONDS", 0.01)
    write, refused = manager.store.record, []

    def full(run, history, event):
        if isinstance(event, StepBlock) and len(refused) <= 20:
            refused.append(1)
            raise Refused("The disk is full.")
        return write(run, history, event)

    monkeypatch.setattr(manager.store, "record", full)
    run = manager.submit(fakes.config(epochs=4))
    fakes.until(lambda: manager.store.run(run, [run]).state is RunState.FINISHED)
    finished = manager.run(run)
    assert finished.images == 4 * fakes.training_images(finished.config)
    assert [end.epoch for end in manager.store.history(finished).ends] == [1, 2, 3, 4]
    assert caplog.text.count("cannot be recorded yet") < len(refused)


def test_an_end_that_cannot_be_written_is_seen_and_written_later(manager, monkeypatch):
    monkeypatch.setattr(recorder, "RETRY_SECONDS", 0.01)
    run = manager.submit(ENDLESS)
    fakes.training(manager, run)
    write, full = manager.store.record, Event()
    full.set()

    def record(run, history, event):
        if full.is_set():
            raise Refused("The disk is full.")
        return write(run, history, event)

    monkeypatch.setattr(manager.store, "record", record)
    manager.stop(run)
    assert fakes.over(manager, run).state is RunState.STOPPED
    for act in (manager.delete, manager.resume):
        with pytest.raises(Refused, match="The run's end is not recorded yet"):
            act(run)
    full.clear()
    fakes.until(lambda: manager.store.run(run).state is RunState.STOPPED)
    manager.resume(run)
    fakes.training(manager, run, manager.history(manager.run(run)).step + 1)


@pytest.mark.parametrize("act", ["submit", "resume", "delete"])
def test_a_full_disk_is_one_sentence_and_all_works_once_there_is_room(act, manager, monkeypatch):
    run = fakes.over(manager, manager.submit(SHORT))
    if act == "resume":
        run = replace(run, state=RunState.STOPPED)
        manager.store.update(run)
    doing = {
        "submit": lambda: manager.submit(SHORT),
        "resume": lambda: manager.resume(run.id),
        "delete": lambda: manager.delete(run.id),
    }[act]

    def full(*_, **__):
        raise Refused("The disk is full.")

    before = [(each.id, each.state) for each in manager.runs()]
    with monkeypatch.context() as patch:
        patch.setattr(manager.store.making, "begin", full)
        for write in ("update", "delete"):
            patch.setattr(manager.store, write, full)
        with pytest.raises(Refused, match=r"^The disk is full\.$"):
            doing()
    assert [(each.id, each.state) for each in manager.runs()] == before
    doing()
    if act == "resume":
        assert fakes.over(manager, run.id).state is RunState.FINISHED
    assert fakes.over(manager, manager.submit(SHORT)).state is RunState.FINISHED


def test_a_run_whose_folder_is_removed_fails_and_frees_its_slot(manager, tmp_path):
    run = manager.submit(ENDLESS)
    fakes.training(manager, run, 40)
    manager.run(run).folder.rename(tmp_path / "elsewhere")
    failed = fakes.over(manager, run)
    assert (failed.state, failed.sentence) == (RunState.FAILED, "The run's folder was removed while it trained.")
    assert fakes.over(manager, manager.submit(SHORT)).state is RunState.FINISHED
    manager.delete(run)


def test_the_line_of_a_run_that_another_process_trains_is_left_alone(manager):
    stopped = manager.submit(ENDLESS)
    fakes.training(manager, stopped)
    manager.stop(stopped)
    run = fakes.over(manager, stopped)
    fakes.until(lambda: stopped not in manager._queue.running)
    with held(run.folder / "lock"):
        with pytest.raises(Refused, match=BUSY.sentence):
            manager.resume(stopped)
        assert manager.store.run(stopped).state is RunState.STOPPED


def test_what_was_acquired_is_given_back_when_the_executor_cannot_be_had(settings, monkeypatch):
    def fails(_):
        raise Refused("No executor.", "executor")

    with monkeypatch.context() as patch:
        patch.setattr("aedash.training.manager.make_executor", fails)
        with pytest.raises(Refused, match="No executor"):
            RunManager(settings)
    manager = RunManager(settings)
    assert manager.schedules
    manager.close()


def test_nothing_is_read_back_between_submit_and_the_first_step(manager, monkeypatch):
    asked = []

    def noting(name, method):
        return lambda *args: (asked.append(name), method(*args))[1]

    with monkeypatch.context() as patch:
        patch.setattr(manager.store.making, "publish", noting("publish", manager.store.making.publish))
        for name in ("update", "record", "run", "history"):
            patch.setattr(manager.store, name, noting(name, getattr(manager.store, name)))
        run = manager.submit(SHORT)
        assert manager.news.wait_for(lambda: manager._histories[run].step > 0, fakes.LIMIT)
    assert asked[:2] == ["publish", "record"]
    assert not {"run", "history"} & set(asked)


def test_the_clock_of_the_wall_does_not_matter(manager, monkeypatch):
    monkeypatch.setattr(time, "time", lambda: 0.0)
    assert fakes.over(manager, manager.submit(SHORT)).seconds > 0


def test_whatever_happens_to_a_run_is_told_to_those_who_listen(opened):
    manager = opened(max_concurrent_runs=1)
    told = []
    manager.news.listen(told.append)
    first, second = manager.submit(ENDLESS), manager.submit(ENDLESS)
    assert {first, second} <= set(told)  # one trains, and the other has a place in the queue
    del told[:]
    manager.stop(second)
    assert second in told
    del told[:]
    manager.stop(first)
    assert first in told
    fakes.over(manager, first)
    for thread in manager._threads:
        if thread.name.startswith("record-"):
            thread.join(fakes.LIMIT)
    del told[:]
    manager.delete(first)
    assert told == [first]
