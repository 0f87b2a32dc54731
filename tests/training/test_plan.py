"""A run to be: its gates and its threads."""

import pytest

from aedash.settings import Settings
from aedash.training.plan import threads_for
from tests import fakes


@pytest.mark.parametrize(
    ("own", "setting", "slots", "expected"), [(3, 2, 1, 3), (0, 2, 1, 2), (0, 0, 2, 4), (0, 0, 16, 1)]
)
def test_threads_are_the_runs_own_else_the_settings_else_a_share(own, setting, slots, expected, monkeypatch):
    monkeypatch.setattr("os.cpu_count", lambda: 8)
    given = Settings(threads=setting, max_concurrent_runs=slots)
    assert threads_for(fakes.config(threads=own), given) == expected
