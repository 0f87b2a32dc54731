"""What every executor promises."""

import subprocess
import sys
import threading
from dataclasses import replace

import pytest
from safetensors.torch import load_file

from aedash.atomic import held, is_held
from aedash.events import Changed, Probes, RunState, Snapshot, Started, StateChanged, StepBlock
from aedash.settings import Settings
from aedash.training.executors import make_executor
from aedash.training.worker import Change, Job, Pause, Resume, Stop, stopped_after
from tests import fakes

SHORT = fakes.config(epochs=1)
ENDLESS = fakes.config(epochs=10_000, optimizer={"batch_size": 4})


@pytest.fixture(params=["thread", "process", "ray"])
def executor(request):
    if request.param == "ray":
        settings = Settings(ray_address=request.getfixturevalue("cluster").address)
    else:
        settings = Settings(executor=request.param)
    executor = make_executor(settings)
    yield executor
    executor.close(fakes.LIMIT)


@pytest.fixture
def job(tmp_path):
    def make(config=ENDLESS, name="0123456789ab", threads=1, **fields):
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        return Job(name, config, folder, tmp_path, "cpu", threads, **fields)

    return make


def pulled(executor, run, enough, seen=()):
    """Events of a run, pulled one answer after another, until one is enough."""
    seen = list(seen)
    while not any(enough(event) for event in seen):
        news = executor.events(run, len(seen), fakes.LIMIT)
        assert news, "nothing was told in time"
        seen += news
    return seen


def ended(event):
    return isinstance(event, StateChanged) and not event.state.alive


def stepped(event):
    return isinstance(event, StepBlock)


def test_every_event_is_given_once_in_order(executor, job):
    executor.submit(job(SHORT))
    seen = pulled(executor, "0123456789ab", ended)
    kinds = [type(event) for event in seen]
    assert kinds[:5] == [StateChanged, Started, Probes, Snapshot, StepBlock]
    assert [kind for kind in kinds if kind is StateChanged] == [StateChanged] * 2
    assert seen[0].state is RunState.RUNNING
    assert seen[-1].state is RunState.FINISHED
    steps = [event.step for event in seen if stepped(event)]
    assert steps == sorted(set(steps))


def test_what_was_pulled_is_dropped_once_more_is_asked_for(executor, job):
    executor.submit(job(SHORT))
    executor.join("0123456789ab")
    seen = executor.events("0123456789ab", 0)
    assert [type(event) for event in executor.events("0123456789ab", 0)] == [type(event) for event in seen]
    assert executor.events("0123456789ab", 3)[0] is seen[3]
    assert executor.events("0123456789ab", 0)[0] is seen[3]
    assert executor.events("0123456789ab", len(seen)) == []
    assert executor.events("0123456789ab", 0) == []


def test_an_unknown_run_has_no_events_and_takes_no_harm(executor):
    assert executor.events("feedfeedfeed", 0) == []
    executor.send("feedfeedfeed", Stop())
    executor.forget("feedfeedfeed")


def test_a_forgotten_run_has_no_events(executor, job):
    executor.submit(job(SHORT))
    pulled(executor, "0123456789ab", ended)
    executor.forget("0123456789ab")
    assert executor.events("0123456789ab", 0) == []


def test_pause_resume_and_stop(executor, job):
    executor.submit(job())
    seen = pulled(executor, "0123456789ab", stepped)
    executor.send("0123456789ab", Pause())
    seen = pulled(executor, "0123456789ab", lambda e: e == StateChanged(RunState.PAUSED), seen)
    assert executor.events("0123456789ab", len(seen), 0.1) == []
    executor.send("0123456789ab", Resume())
    count = len([event for event in seen if stepped(event)])
    while len([event for event in seen if stepped(event)]) == count:
        seen += executor.events("0123456789ab", len(seen), fakes.LIMIT)
    executor.send("0123456789ab", Stop())
    assert pulled(executor, "0123456789ab", ended, seen)[-1].state is RunState.STOPPED


def test_a_run_that_has_had_its_time_is_stopped_and_kept(executor, job):
    executor.submit(job(most_seconds=0.01))
    end = pulled(executor, "0123456789ab", ended)[-1]
    assert (end.state, end.sentence) == (RunState.STOPPED, stopped_after(0.01))
    assert end.figures["test"].loss > 0


def test_a_change_is_taken_up_and_nonsense_is_not(executor, job):
    executor.submit(job())
    seen = pulled(executor, "0123456789ab", stepped)
    executor.send("0123456789ab", Change("optimizer.learning_rate", -1.0))
    executor.send("0123456789ab", Change("no.such.path", 1.0))
    executor.send("0123456789ab", Change("objective.reconstruction.weight", 0.5))

    def halved(event):
        return stepped(event) and event.losses["loss"] == pytest.approx(event.losses["reconstruction"] / 2)

    seen = pulled(executor, "0123456789ab", halved, seen)
    changes = [(i, event) for i, event in enumerate(seen) if isinstance(event, Changed)]
    assert [(event.path, event.value) for _, event in changes] == [("objective.reconstruction.weight", 0.5)]
    (i, change) = changes[0]
    assert change.step == [event.step for event in seen[:i] if stepped(event)][-1]
    assert halved(next(event for event in seen[i:] if stepped(event)))


def test_two_runs_at_once_do_not_mix(executor, job, tmp_path):
    alone = job(SHORT, "aaaaaaaaaaaa")
    executor.submit(alone)
    pulled(executor, "aaaaaaaaaaaa", ended)
    for name, seed in (("bbbbbbbbbbbb", 3), ("cccccccccccc", 4)):
        executor.submit(job(replace_seed(seed), name))
    for name in ("bbbbbbbbbbbb", "cccccccccccc"):
        assert pulled(executor, name, ended)[-1].state is RunState.FINISHED
    first, same, other = (load_file(tmp_path / (c * 12) / "last.safetensors") for c in "abc")
    assert fakes.unlike(first, same) == []
    assert fakes.unlike(first, other) != []


def replace_seed(seed):
    return SHORT.model_copy(update={"seed": seed})


def test_whoever_trains_holds_the_lock(executor, job):
    mine = job()
    executor.submit(mine)
    pulled(executor, mine.run, stepped)
    assert is_held(mine.folder / "lock")
    executor.close(fakes.LIMIT)
    assert not is_held(mine.folder / "lock")


def test_a_run_that_is_over_holds_no_lock(executor, job):
    mine = job(SHORT)
    executor.submit(mine)
    assert pulled(executor, mine.run, ended)[-1].state is RunState.FINISHED
    with held(mine.folder / "lock", tries=1):
        pass


def test_a_folder_that_another_one_trains_is_refused(executor, job):
    mine = job(SHORT)
    with held(mine.folder / "lock"):
        executor.submit(mine)
        end = pulled(executor, mine.run, ended)[-1]
    assert (end.state, end.sentence) == (RunState.FAILED, "This run is being trained by another process.")


def test_closing_interrupts_every_run_and_waits_for_its_end(executor, job):
    before = set(threading.enumerate())
    for name in ("aaaaaaaaaaaa", "bbbbbbbbbbbb"):
        executor.submit(job(name=name))
        pulled(executor, name, stepped)
    executor.close(fakes.LIMIT)
    for name in ("aaaaaaaaaaaa", "bbbbbbbbbbbb"):
        assert executor.events(name, 0)[-1].state is RunState.INTERRUPTED
    assert set(threading.enumerate()) <= before


def test_an_interrupted_run_goes_on(executor, job):
    executor.submit(job())
    seen = pulled(executor, "0123456789ab", stepped)
    executor.close(fakes.LIMIT)
    seen = pulled(executor, "0123456789ab", ended, seen)
    step = [event.step for event in seen if stepped(event)][-1]
    executor.forget("0123456789ab")
    executor.submit(replace(job(), resume=True, recorded=step))
    started = next(
        e for e in pulled(executor, "0123456789ab", lambda e: isinstance(e, Started)) if isinstance(e, Started)
    )
    assert started.step == step


def test_data_that_is_missing_fails_in_a_sentence(executor, job):
    executor.submit(job(fakes.config(data={"name": "kmnist"})))
    end = pulled(executor, "0123456789ab", ended)[-1]
    assert end.state is RunState.FAILED
    assert end.sentence.startswith("KMNIST is not on this machine yet: ")


def test_a_failure_is_told_in_a_sentence_and_logged_here(executor, job, caplog):
    executor.submit(job(threads=0))
    end = pulled(executor, "0123456789ab", ended)[-1]
    told = "Training failed with RuntimeError; the log file has the details."
    assert (end.state, fakes.without_id(end.sentence)) == (RunState.FAILED, told)
    [record] = [record for record in caplog.records if "error" in vars(record)]
    assert record.error in end.sentence
    assert "Traceback" in caplog.text
    assert "0123456789ab" in caplog.text


SERVER = """
import sys
from pathlib import Path
from aedash.events import StepBlock
from aedash.settings import Settings
from aedash.training.executors import make_executor
from aedash.training.worker import Job
from tests import fakes
from tests.contracts.test_executors import ENDLESS

executor, folder = make_executor(Settings()), Path(sys.argv[1])
executor.submit(Job("0123456789ab", ENDLESS, folder, folder, "cpu"))
seen = []
while not any(isinstance(event, StepBlock) for event in seen):
    seen += executor.events("0123456789ab", len(seen), fakes.LIMIT)
print("training", flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize("kind", ["thread", "process", "ray"])
def test_runs_die_with_the_server_however_it_dies(kind, request, monkeypatch, tmp_path):
    if kind == "ray":
        monkeypatch.setenv("AEDASH_RAY_ADDRESS", request.getfixturevalue("cluster").address)
    else:
        monkeypatch.setenv("AEDASH_EXECUTOR", kind)
    command = [sys.executable, "-c", SERVER, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout.readline() == "training\n"
        assert is_held(tmp_path / "lock")
        server.kill()
    assert fakes.until(lambda: not is_held(tmp_path / "lock"))
