"""Fixtures for all tests."""

import os
from contextlib import closing
from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, settings

from aedash.data.image_data import load
from aedash.store import Store
from tests import fakes

# an example may take long on a machine that has much else to do
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


@pytest.fixture(scope="session")
def require():
    """require(what, present, reason): skip where something is missing; fail where AEDASH_REQUIRE names it."""

    def check(what, present, reason):
        if present:
            return
        if what in os.environ.get("AEDASH_REQUIRE", "").split(","):
            pytest.fail(reason)
        pytest.skip(reason)

    return check


@pytest.fixture(autouse=True, scope="module")
def one_thread():
    """The same bits everywhere, and quick on small tensors; runs of the module before may have asked for more."""
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def digits():
    """All of scikit-learn's digits."""
    return load("digits", Path())


@pytest.fixture(scope="session")
def few(digits):
    """64 training and 32 test digits."""
    return fakes.subset(digits, 64, 32)


@pytest.fixture
def root(tmp_path):
    """Where `store` keeps its runs."""
    return tmp_path / "runs"


@pytest.fixture
def store(root):
    """The store of a folder of its own."""
    with closing(Store(root)) as store:
        yield store


@pytest.fixture
def registered():
    """registered(registry, name, entry): an entry for the time of one test."""
    added = []

    def add(registry, name, entry):
        registry.add(name, entry)
        added.append((registry, name))

    yield add
    for registry, name in added:
        registry.remove(name)


@pytest.fixture
def environment(monkeypatch, tmp_path):
    """Settings of a test: its own folder of runs, the CPU, one thread. Gives the folder."""
    values = {"RUNS_DIR": tmp_path / "runs", "LOG_FILE": tmp_path / "log", "THREADS": "1", "DEVICE": "cpu"}
    for name, value in values.items():
        monkeypatch.setenv(f"AEDASH_{name}", str(value))
    return tmp_path / "runs"
