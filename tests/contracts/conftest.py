"""Managers for executors, and the cluster on which the one for Ray is tested."""

import secrets
import tempfile
from importlib.util import find_spec
from pathlib import Path

import pytest
from filelock import FileLock

from aedash.settings import Settings
from aedash.training.manager import RunManager
from tests import fakes

TOKEN = secrets.token_hex(32)  # of all clusters of a process: Ray remembers the first


@pytest.fixture
def opened(environment):
    """opened(**settings): a manager with a folder of its own, closed after the test."""
    managers = []

    def manager(**changes):
        managers.append(RunManager(Settings(runs_dir=environment / str(len(managers)), **changes)))
        return managers[-1]

    yield manager
    for each in managers:
        each.close(fakes.LIMIT)


@pytest.fixture(scope="package")
def cluster(require):
    """A real Ray head and a second node on this machine, one CPU each; closed to whoever does not know the token.

    Two clusters take each other's ports: of two processes that test, the second waits for the end of the first's.
    """
    require("ray", find_spec("ray"), "Ray is not installed (requirements-ray.txt)")
    alone = FileLock(Path(tempfile.gettempdir()) / "aedash-tests-ray.lock")
    with alone, pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_AUTH_MODE", "token")
        patch.setenv("RAY_AUTH_TOKEN", TOKEN)
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        from ray.cluster_utils import Cluster

        cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
        try:
            cluster.add_node(num_cpus=1)
            yield cluster
        finally:
            cluster.shutdown()
