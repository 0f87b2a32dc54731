"""Where nothing of Unix is there: the app imports and trains, and what needs a fork is refused in a sentence."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TRAINED = ["train", "--json", "--preset", "R0-simple", "--dataset", "digits", "--epochs", "1"]
SMALL = ["--set", "architecture.widths=[16]"]


@pytest.fixture
def elsewhere(environment):
    """elsewhere(module, *arguments): the finished process, on a system without Unix."""

    def ask(*command):
        called = [sys.executable, ROOT / "tests" / "other_system.py", *command]
        return subprocess.run(called, cwd=ROOT, capture_output=True, text=True)

    return ask


def test_it_trains_without_anything_of_unix(elsewhere, environment):
    done = elsewhere("aedash", *TRAINED, *SMALL)
    assert done.returncode == 0, done.stderr
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert told[-1]["state"] == "finished"
    assert (environment / told[-1]["id"] / "best.safetensors").is_file()


def test_the_app_is_imported_whole_and_processes_of_their_own_are_refused(elsewhere, monkeypatch):
    monkeypatch.setenv("AEDASH_EXECUTOR", "process")
    done = elsewhere("tests.other_system_imports")
    assert done.returncode == 0, done.stderr
    assert "need a system that forks" in done.stdout
