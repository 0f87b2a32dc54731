"""A run to be: its gates and its threads."""

from contextlib import closing
from math import inf

import pytest

from aedash.history import History
from aedash.registry import Refused
from aedash.settings import Settings
from aedash.store import Store
from aedash.sweep import MOST_RUNS
from aedash.training.plan import check_cells, job_of, threads_for
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


def test_the_time_that_a_run_may_have_comes_from_the_settings(tmp_path):
    with closing(Store(tmp_path)) as store:
        run = store.create(fakes.config())
        most = [job_of(run, History(), Settings(max_seconds=each), resume=False).most_seconds for each in (0, 900)]
        assert most == [inf, 900]


def test_a_sweep_of_too_many_runs_is_refused_in_a_sentence():
    check_cells(10, Settings(max_cells=10))
    with pytest.raises(Refused) as refused:
        check_cells(11, Settings(max_cells=10))
    assert str(refused.value) == "The sweep has 11 runs; allowed are at most 10 here (AEDASH_MAX_CELLS)."
    assert Settings().max_cells <= MOST_RUNS
