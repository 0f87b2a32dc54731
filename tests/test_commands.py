"""The command line, field by field: scripts rely on it."""

import argparse
import json
import re
import signal
from dataclasses import replace
from pathlib import Path

import pytest

from aedash import registry
from aedash.__main__ import BAD_INPUT, BROKEN_OFF, FAILED, OK, discover, main
from aedash.analysis import trust
from aedash.atomic import held
from aedash.commands import train
from aedash.data.image_data import Unavailable, load
from aedash.events import Figures, RunState, StateChanged
from aedash.history import History
from aedash.settings import Settings
from aedash.store import Store
from aedash.training import trainer
from aedash.training.manager import RunManager
from tests import fakes

TRAIN = ["train", "--preset", "R0-simple", "--dataset", "digits", "--epochs", "1"]
SMALL = ["--set", "architecture.widths=[16]"]

pytestmark = pytest.mark.usefixtures("environment")


@pytest.fixture
def ask(capsys):
    """ask(words...): (exit status, the JSON value in the last line of standard output)."""

    def call(*words):
        capsys.readouterr()
        status = main([*words, "--json"])
        return status, json.loads(capsys.readouterr().out.splitlines()[-1])

    return call


@pytest.fixture
def refusal(ask):
    """refusal(words...): the JSON of bad input, checked."""

    def call(*words):
        status, value = ask(*words)
        assert status == BAD_INPUT
        assert list(value) == ["error", "field", "allowed"]
        assert value["error"]
        assert "\n" not in value["error"]
        return value

    return call


def typed(value, kinds):
    """Whether a JSON object has these fields, of these types."""
    missing = set(kinds) - set(value)
    assert not missing
    wrong = {name: value[name] for name, kind in kinds.items() if not isinstance(value[name], kind)}
    assert not wrong
    return True


NUMBER = (int, float)
FIGURES = {"loss": float, "mse": float, "terms": dict, "code_size": int, "code_units": int}
TRAINED = {"id": str, "state": str, "folder": str, "seconds": float, "samples_per_second": int, "test": dict}


@pytest.fixture
def trained(ask):
    """What `train` tells of a run of one epoch."""
    status, value = ask(*TRAIN, *SMALL)
    assert status == OK
    return value


def test_every_command_has_a_summary_and_can_explain_itself(capsys):
    for name, module in discover().items():
        assert module.__doc__, name
        with pytest.raises(SystemExit) as left:
            main([name, "--help"])
        assert left.value.code == 0
        assert "--json" in capsys.readouterr().out


# -- presets, settings


def test_presets(ask):
    status, rows = ask("presets")
    assert status == OK
    assert [row["id"] for row in rows] == registry.presets.names()
    published = {"dataset": str, "scaling": str, "split": str, "value": NUMBER, "unit": str, "honest": bool}
    for row in rows:
        assert typed(row, {"id": str, "title": str, "parameters": int, "dataset": str})
        assert row["parameters"] > 1000
        assert row["dataset"] in registry.datasets.names()
        assert row["published"] is None or row["published"]
        for figure in row["published"] or []:
            assert typed(figure, published)
            assert set(figure) == set(published)
            assert figure["split"] in ("train", "validation", "test", "last-batch")


def test_settings_come_from_the_environment(ask, environment, monkeypatch):
    monkeypatch.setenv("AEDASH_MAX_EPOCHS", "7")
    status, rows = ask("settings")
    assert status == OK
    values = {row["name"]: row["value"] for row in rows}
    assert set(values) >= {"AEDASH_DATA_DIR", "AEDASH_RUNS_DIR", "AEDASH_MAX_CONCURRENT_RUNS", "AEDASH_THREADS"}
    assert (values["AEDASH_RUNS_DIR"], values["AEDASH_MAX_EPOCHS"]) == (str(environment), 7)
    assert all(row["about"] and "default" in row for row in rows)


def test_a_setting_out_of_bounds_is_bad_input(refusal, monkeypatch):
    monkeypatch.setenv("AEDASH_THREADS", "-1")
    assert refusal("runs") == {
        "error": "AEDASH_THREADS must be greater than or equal to 0; got -1.",
        "field": "AEDASH_THREADS",
        "allowed": "greater than or equal to 0",
    }


# -- train


def test_train(trained, environment):
    assert typed(trained, TRAINED)
    assert trained["state"] == "finished"
    assert trained["validation"] is None
    assert trained["folder"] == str((environment / trained["id"]).resolve())
    assert trained["seconds"] > 0
    assert trained["samples_per_second"] == pytest.approx(1437 / trained["seconds"], rel=0.2)
    assert typed(trained["test"], FIGURES)
    assert trained["test"]["terms"] == {"reconstruction": pytest.approx(trained["test"]["loss"])}
    assert {"run.json", "best.safetensors", "last.safetensors", "snapshots"} <= {
        path.name for path in (environment / trained["id"]).iterdir()
    }


def test_the_manifest_tells_what_was_trained(trained, environment):
    manifest = json.loads((environment / trained["id"] / "run.json").read_text())
    assert (manifest["state"], manifest["preset"], manifest["threads"]) == ("finished", "R0-simple", 1)
    assert manifest["config"]["architecture"]["widths"] == [16]
    assert manifest["figures"]["test"]["loss"] == trained["test"]["loss"]


def test_train_takes_flags_and_paths(ask, environment):
    words = ["--seed", "5", "--device", "cpu", "--set", "data.validation=0.5", "--set", "objective.kl.weight=0.25"]
    words += ["--set", "architecture.variational=true", "--set", "corruption=gaussian", "--set", "corruption.sigma=0.2"]
    status, value = ask(*TRAIN, *SMALL, *words)
    assert status == OK
    assert typed(value["validation"], FIGURES)
    assert list(value["test"]["terms"]) == ["reconstruction", "kl"]
    assert value["test"]["mse_corrupted"] > 0
    config = json.loads((environment / value["id"] / "run.json").read_text())["config"]
    assert (config["seed"], config["data"]["validation"], config["corruption"]["sigma"]) == (5, 0.5, 0.2)


def test_the_same_words_give_the_same_figures(ask, trained):
    _, again = ask(*TRAIN, *SMALL)
    assert again["test"] == trained["test"]
    assert again["id"] != trained["id"]
    assert ask(*TRAIN, *SMALL, "--seed", "9")[1]["test"] != trained["test"]


BAD = [
    ([], "arguments", "required"),
    (["--preset", "R0-simpel"], "preset", "Did you mean 'R0-simple'?"),
    ([*TRAIN[1:], "--epochs", "0"], "epochs", "Epochs must be 1 to 10,000; got 0."),
    ([*TRAIN[1:], "--epochs", "ten"], "arguments", "invalid int value: 'ten'"),
    ([*TRAIN[1:], "--dataset", "cifar"], "dataset", "Unknown dataset 'cifar'"),
    ([*TRAIN[1:], "--device", "abacus"], "device", "Device abacus is not available"),
    ([*TRAIN[1:], "--set", "epochs"], "set", "--set needs PATH=VALUE"),
    ([*TRAIN[1:], "--set", "optimiser.speed=3"], "optimiser.speed", "optimizer.learning_rate"),
    ([*TRAIN[1:], "--set", "optimizer.learning_rate=fast"], "optimizer.learning_rate", "got fast"),
    ([*TRAIN[1:], "--set", "optimizer.batch_size=5000"], "optimizer.batch_size", "1 to 1,437"),
    ([*TRAIN[1:], "--set", "architecture.latent=[1"], "architecture.latent", "got [1"),
    ([*TRAIN[1:], "--set", "epochs=" + "9" * 5000], "epochs", "Epochs must be 1 to 10,000; got 999"),
]


@pytest.mark.parametrize(("words", "field", "said"), BAD)
def test_bad_input_makes_no_run(words, field, said, refusal, environment):
    value = refusal("train", *words)
    assert value["field"] == field
    assert said in value["error"]
    assert not list(environment.glob("*"))


def test_bad_input_is_told_to_people_too(capsys):
    assert main(["train", "--preset", "none such"]) == BAD_INPUT
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("Unknown preset 'none such'")
    assert "Traceback" not in told.err


def test_a_failed_run_exits_with_one(ask, monkeypatch):
    def train_step(*_):
        raise RuntimeError("boom")

    monkeypatch.setattr(trainer, "train_step", train_step)
    status, value = ask(*TRAIN, *SMALL)
    assert status == FAILED
    assert (value["state"], value["test"]) == ("failed", None)
    assert fakes.without_id(value["sentence"]) == "Training failed with RuntimeError; the log file has the details."
    assert ask("runs")[1][0]["state"] == "failed"


def test_a_bug_is_no_bad_input(ask, monkeypatch, caplog):
    def runs(self):
        raise ValueError("shapes (3, 4) and 0x7f")

    monkeypatch.setattr(Store, "runs", runs)
    status, value = ask("runs")
    assert status == FAILED
    assert fakes.without_id(value["error"]) == "runs failed with ValueError; the log file has the details."
    assert "0x7f" in caplog.text


def test_ctrl_c_is_no_traceback(monkeypatch, capsys):
    def runs(self):
        raise KeyboardInterrupt

    monkeypatch.setattr(Store, "runs", runs)
    assert main(["runs"]) == BROKEN_OFF
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_is_interrupted_exits_with_one(number, ask, monkeypatch):
    step = trainer.train_step

    def train_step(state, batch, config):
        if state.step == 3:
            signal.raise_signal(number)
        return step(state, batch, config)

    monkeypatch.setattr(trainer, "train_step", train_step)
    status, value = ask(*TRAIN, *SMALL)
    assert (status, value["state"]) == (FAILED, "interrupted")
    monkeypatch.undo()


def test_a_sweep_that_is_interrupted_ends_in_order(ask, monkeypatch):
    """What trains and what waits is interrupted, all of it is printed, and can be resumed."""
    raised = []
    wait = RunManager.wait

    def waiting(self, identifier, until, timeout):
        told = wait(self, identifier, lambda history: history.step > 0, fakes.LIMIT)
        raised.append(signal.raise_signal(signal.SIGINT))
        return told

    monkeypatch.setattr(RunManager, "wait", waiting)
    words = [*TRAIN[1:-1], "500", *SMALL, "--vary", "seed=1,2,3", "--parallel", "1"]
    status, rows = ask("sweep", *words)
    assert status == FAILED
    assert [row["state"] for row in rows] == ["interrupted"] * 3
    assert {row["state"] for row in ask("runs")[1]} == {"interrupted"}


def test_progress_goes_to_standard_error(capsys):
    assert main([*TRAIN, *SMALL]) == OK
    told = capsys.readouterr()
    assert "epoch" in told.err
    assert "finished." in told.out
    assert re.search(r"test loss [\d.]+, test MSE per pixel [\d.]+\n", told.out)


def test_a_denoiser_s_errors_are_named(capsys):
    assert main([*TRAIN, *SMALL, "--set", "corruption=gaussian"]) == OK
    told = re.search(r"test MSE per pixel ([\d.]+) from noisy input, ([\d.]+) from clean\n", capsys.readouterr().out)
    assert told
    assert told[1] != told[2]


# -- data that is not there


@pytest.fixture
def remote(registered, few):
    """A data set that has to be fetched; `present` and `fault` can be set."""

    class Remote:
        info = replace(few.info, name="remote", title="Remote")
        there = False
        fault = None

        def __init__(self):
            self.fetched = []

        def read(self, root):
            if not self.there:
                raise Unavailable("Remote cannot be read: it is missing; download it.")
            return few.train, few.test

        def present(self, root):
            return self.there

        def fetch(self, root, progress):
            if self.fault:
                raise Unavailable(self.fault)
            progress(5, 10)
            progress(10, 10)
            self.fetched.append(root)
            self.there = True

    remote = Remote()
    registered(registry.datasets, "remote", remote)
    return remote


REMOTE = ["train", "--preset", "R0-simple", "--dataset", "remote", "--epochs", "1", "--set", "optimizer.batch_size=16"]


def test_images_that_are_missing_are_fetched_first(remote, ask, monkeypatch, tmp_path):
    monkeypatch.setenv("AEDASH_DATA_DIR", str(tmp_path / "data"))
    status, value = ask(*REMOTE)
    assert (status, value["state"]) == (OK, "finished")
    assert remote.fetched == [tmp_path / "data"]


def test_images_that_cannot_be_had_are_refused_and_no_run_is_made(remote, refusal, environment, monkeypatch, tmp_path):
    monkeypatch.setenv("AEDASH_DATA_DIR", str(tmp_path / "other"))
    remote.fault = "Remote cannot be downloaded: no connection to its server."
    assert refusal(*REMOTE)["error"] == remote.fault
    assert not list(environment.glob("*"))


def test_images_that_stay_damaged_are_refused_and_no_run_is_made(remote, refusal, environment, monkeypatch, tmp_path):
    monkeypatch.setenv("AEDASH_DATA_DIR", str(tmp_path / "third"))
    monkeypatch.setattr(type(remote), "fetch", lambda self, root, progress: None)
    assert refusal(*REMOTE)["error"].startswith("Remote cannot be read")
    assert not list(environment.glob("*"))


# -- runs, resume, delete


@pytest.fixture
def stored(environment):
    """stored(state): the id of a run in that state, not trained at all."""

    def make(state, sentence="why"):
        store = Store(environment)
        run = store.create(fakes.config())
        store.record(run, History(), StateChanged(state, sentence, {"test": Figures(1.0, 0.1, {})}))
        store.close()
        return run.id

    return make


def test_runs(ask, trained, stored, environment):
    other = stored(RunState.STOPPED)
    status, rows = ask("runs")
    assert status == OK
    assert rows[1] == {
        "id": trained["id"],
        "state": "finished",
        "folder": trained["folder"],
        "preset": "R0-simple",
        "dataset": "digits",
        "epochs_done": 1,
    }
    assert [(row["id"], row["state"], row["preset"]) for row in rows[:1]] == [(other, "stopped", None)]


def test_there_may_be_no_runs(ask, capsys):
    assert ask("runs") == (OK, [])
    assert main(["runs"]) == OK
    assert "No runs yet" in capsys.readouterr().out


@pytest.mark.parametrize("state", [RunState.STOPPED, RunState.FAILED, RunState.INTERRUPTED, RunState.RUNNING])
def test_what_broke_off_can_be_resumed(state, ask, stored):
    """A run that claims to be running without a process is interrupted."""
    identifier = stored(state)
    status, value = ask("resume", identifier)
    assert status == OK
    assert typed(value, TRAINED)
    assert (value["id"], value["state"]) == (identifier, "finished")


def test_a_finished_run_goes_on_for_more_epochs(ask):
    """Exact as `tests/training/test_extending.py` shows; with fewer it is refused."""
    _, run = ask(*TRAIN, *SMALL)
    status, longer = ask("resume", run["id"], "--epochs", "2")
    assert (status, longer["id"], longer["state"]) == (0, run["id"], "finished")
    assert longer["test"]["loss"] < run["test"]["loss"]
    status, value = ask("resume", run["id"], "--epochs", "2")
    assert (status, value["error"]) == (2, "The run has 2 epochs already; ask for more.")


def test_what_is_finished_cannot_be_resumed(refusal, stored):
    assert refusal("resume", stored(RunState.FINISHED))["error"] == "A finished run cannot be resumed."


def test_what_diverged_cannot_be_resumed(refusal, stored):
    assert refusal("resume", stored(RunState.FAILED, "Diverged in epoch 3: the loss became infinite."))["error"] == (
        "The run diverged and would diverge again: train it, or fork it, with a smaller learning rate."
    )


def test_what_another_process_trains_cannot_be_resumed_or_deleted(refusal, stored, environment):
    identifier = stored(RunState.RUNNING)
    with held(environment / identifier / "lock"):
        assert refusal("resume", identifier)["error"] == "A running run cannot be resumed."
        assert refusal("delete", identifier)["error"] == "Stop the run before you delete it; it is running."


def test_delete(ask, stored, environment):
    identifier = stored(RunState.FINISHED)
    assert ask("delete", identifier) == (OK, {"id": identifier})
    assert ask("runs") == (OK, [])
    assert not (environment / identifier).exists()


@pytest.mark.parametrize("command", ["resume", "replay", "delete"])
@pytest.mark.parametrize("identifier", ["0123456789ab", "..", "/etc/passwd"])
def test_an_unknown_run_is_refused(command, identifier, refusal):
    assert refusal(command, identifier)["error"] == f"There is no run '{identifier}'."


# -- explore

WITHOUT = ["--set", "data.without=4", "--seed", "2"]


def test_explore_measures_a_model_beside_what_costs_nothing(ask):
    _, run = ask(*TRAIN, *SMALL, *WITHOUT)
    status, value = ask("explore", run["id"])
    assert status == OK
    (told,) = value["models"]
    assert told["model"] == told["id"] == run["id"]
    pixels = load("digits", Path()).test
    near = trust.alike(pixels.images.flatten(1).numpy().astype(float), pixels.labels.numpy()).mean()
    spaces = {row["space"]: row for row in told["trust"]}
    assert [(name, row["numbers"]) for name, row in spaces.items()] == [("code", 20), ("pixels", 784), ("PCA", 20)]
    assert spaces["pixels"]["alike"] == pytest.approx(near)
    assert spaces["pixels"]["gap"] == pytest.approx(spaces["code"]["alike"] - near)
    assert [row["name"] for row in told["samples"]][:2] == ["N(0, I)", "Gaussian"]
    assert told["samples"][-1]["name"] == "random pixels"
    assert [(row["without"], row["seed"], row["name"]) for row in told["odd"]] == [
        ("4", 2, name) for name in ("this model", "PCA, 20 numbers", "distance to the mean image")
    ]
    (kept,) = told["identity"]
    assert 0 < kept["by_pca"] <= 1
    assert 0 <= kept["equivalent"] < 20  # after one epoch nobody is better than PCA
    assert [row["points"] for row in told["tsne"]] == [360]


def test_explore_prints_tables_and_says_what_there_is_none_of(trained, capsys):
    capsys.readouterr()
    assert main(["explore", trained["id"], "--only", "odd", "trust"]) == OK
    _, _, *table, _, refused = capsys.readouterr().out.splitlines()
    assert refused == f"odd, {trained['id']}: This model was trained with all classes."
    assert len(table) == 5
    assert len({line.count("|") for line in table}) == 1


def test_explore_refuses_what_it_does_not_know(refusal):
    assert refusal("explore", "R0-simpel")["error"] == "There is no run 'R0-simpel'."
    assert "invalid choice: 'map'" in refusal("explore", "R0-simple", "--only", "map")["error"]


# -- small parts


@pytest.mark.parametrize(
    ("text", "value"), [("1e-3", 0.001), ("[1,2]", [1, 2]), ("true", True), ("relu", "relu"), ("null", None), ("", "")]
)
def test_values_are_json_or_text(text, value):
    assert train.parsed(text) == value


def test_missing_flags_take_the_presets_values():
    words = argparse.Namespace(preset="R0-elaborate", dataset=None, epochs=None, seed=None, set=[])
    from aedash.presets.base import preset

    assert train.configured(words) == preset("R0-elaborate").config


def test_the_log_file_gets_the_place_that_settings_name(environment):
    assert Settings().log_file == environment.parent / "log"


def test_the_docs_have_a_row_for_every_command_and_every_setting():
    text = (Path(__file__).parents[1] / "docs" / "commands.md").read_text()
    commands = {f"`python -m aedash {name}" for name in discover()}
    settings = {f"| `AEDASH_{name.upper()}` |" for name in Settings.model_fields}
    assert {row for row in commands | settings if row not in text} == set()
