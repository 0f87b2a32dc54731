"""A run to be: its gates and its threads."""

from contextlib import closing

import pytest

from aedash.history import History
from aedash.settings import Settings
from aedash.store import Store
from aedash.training.plan import job_of, threads_for
from tests import fakes


@pytest.mark.parametrize(
    ("own", "setting", "slots", "expected"), [(3, 2, 1, 3), (0, 2, 1, 2), (0, 0, 2, 4), (0, 0, 16, 1)]
)
def test_threads_are_the_runs_own_else_the_settings_else_a_share(own, setting, slots, expected, monkeypatch):
    monkeypatch.setattr("os.cpu_count", lambda: 8)
    given = Settings(threads=setting, max_concurrent_runs=slots)
    assert threads_for(fakes.config(threads=own), given) == expected


@pytest.mark.parametrize(
    ("own", "setting", "recorded", "fewer"), [(0, 0, 0, True), (3, 0, 0, False), (0, 2, 0, False), (0, 0, 2, False)]
)
def test_fewer_are_tried_only_where_nobody_said_how_many_and_nothing_is_to_be_repeated(
    own, setting, recorded, fewer, tmp_path
):
    with closing(Store(tmp_path)) as store:
        run = store.create(fakes.config(threads=own), threads=recorded)
        assert job_of(run, History(), Settings(threads=setting), resume=False).fewer is fewer
