"""The list in SQL finds and sorts as plain Python would, whatever the runs are called, and outlives older indexes."""

import json
import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from aedash.config import vary, vary_all
from aedash.events import Figures, RunState
from aedash.history import Run
from aedash.kinds import kind
from aedash.presets.base import preset
from aedash.recipe_words import title
from aedash.store import Store, entries, listing
from aedash.store import folder as folders
from aedash.store.listing import SORTS, Wanted
from aedash.training.joining import next_seed
from aedash.training.records import Records
from tests import fakes

WORDS = ["lecture", "Odd", "größe", "100%", "a_b", "'; DROP TABLE runs; --", "<b>", "\U0001f600", "ᾳ", "ﬁ"]
STATES = [RunState.FINISHED, RunState.STOPPED, RunState.QUEUED, RunState.RUNNING, RunState.FAILED]
CONFIGS = [
    vary_all(preset(name).config, [("data.name", data)])
    for name in ("R0-simple", "R0-vae-meant", "R4-denoising-meant")
    for data in ("digits", "mnist")
]
word = st.sampled_from(WORDS)
error = st.none() | st.floats(1e-6, 1e6)


@st.composite
def run_of(draw):
    """A run with whatever people and training may have written to it."""
    measured = draw(st.none() | st.builds(_figures, error, error, st.none() | st.integers(1, 40)))
    return Run(
        id="",
        order=0,
        config=draw(st.sampled_from(CONFIGS)),
        state=draw(st.sampled_from(STATES)),
        folder=None,
        created=f"2026-01-{draw(st.integers(1, 28)):02d}T00:00:00+00:00",
        preset=draw(st.sampled_from(["", "R0-simple", "of another version"])),
        epochs_done=draw(st.integers(0, 3)),
        figures={"test": measured} if measured else {},
        seconds=draw(st.sampled_from([0.0, 1.5, 90.0])),
        owner=draw(st.sampled_from(["", "me", "you"])),
        joined=tuple(draw(st.lists(st.sampled_from(["me", "you"]), max_size=2))),
        name=draw(st.just("") | word),
        note=draw(st.just("") | word),
        tags=tuple(draw(st.lists(word, max_size=3, unique=True))),
        group=draw(st.just("") | word),
        pinned=draw(st.booleans()),
        bytes=draw(st.sampled_from([0, 10**6, 10**9])),
    )


def _figures(noisy, kl, size):
    return Figures(1.0, 0.5, {} if kl is None else {"kl": kl}, mse_corrupted=noisy, code_units=size)


wanted = st.builds(
    Wanted,
    text=st.lists(word | st.sampled_from(["vae", "seed", "finished", "sweep"]), max_size=2).map(" ".join),
    state=st.sampled_from(["", "finished", "interrupted", "queued"]),
    data=st.sampled_from(["", "digits", "mnist", "nothing"]),
    kind=st.sampled_from(["", "plain", "denoising", "variational"]),
    person=st.sampled_from(["", "me", "m"]),
    tag=st.just("") | word,
    group=st.just("") | word,
    pinned=st.booleans(),
    begun=st.booleans(),
    measured=st.booleans(),
    sort=st.sampled_from(list(SORTS)),
    rising=st.booleans(),
)


def words_of(run):
    """What a search looks through."""
    data = {"digits": "Digits", "mnist": "MNIST"}[run.config.data.name]
    named = run.preset.removesuffix("-meant") + ", mended" * run.preset.endswith("-meant")
    parts = [title(run, beside=True), data, run.group, *run.tags, run.note, named, kind(run.config)]
    return "\n".join([*parts, run.config.architecture.name, f"seed {run.config.seed}"]).casefold()


def holds(run, ask, swept):
    """Whether the run is wanted, in Python."""
    found = [words_of(run), run.state.value, swept.get(run.id, "").casefold()]
    for each in ask.text.casefold().split():
        if not any(each in text for text in found) and not (len(each) >= 4 and run.id.startswith(each)):
            return False
    alike = {"state": run.state, "data": run.config.data.name, "kind": kind(run.config), "group": run.group}
    if any(getattr(ask, name) and getattr(ask, name) != value for name, value in alike.items()):
        return False
    if ask.begun and not (run.epochs_done or run.figures):
        return False
    if ask.measured and (run.state.alive or not run.figures):
        return False
    if ask.person and ask.person not in (run.owner, *run.joined):
        return False
    return (not ask.tag or ask.tag in run.tags) and run.pinned >= ask.pinned


def key(run, sort, swept):
    """What the run is sorted by, or None."""
    test = run.figures.get("test")
    values = {
        "started": lambda: run.order,
        "title": lambda: lower(title(run, beside=True)),
        "state": lambda: run.state.value,
        "group": lambda: lower(run.group) or None,
        "sweep": lambda: swept.get(run.id, "").casefold() or None,
        "parameters": lambda: None,
        "data": lambda: run.config.data.name,
        "kind": lambda: kind(run.config),
        "pinned": lambda: run.pinned,
        "epochs": lambda: run.epochs_done,
        "seconds": lambda: run.seconds or None,
        "noisy": lambda: test and test.mse_corrupted,
        "clean": lambda: test and test.mse,
        "kl": lambda: test and test.terms.get("kl"),
        "loss": lambda: test and test.loss,
        "code": lambda: (test and test.code_units) or getattr(run.config.architecture, "latent", None),
        "rate": lambda: run.config.optimizer.learning_rate,
        "seed": lambda: run.config.seed,
        "bytes": lambda: run.bytes or None,
    }
    return values[sort]()


def lower(text):
    """As SQLite's NOCASE has it, in the order of its bytes."""
    return bytes(byte + 32 if 65 <= byte <= 90 else byte for byte in text.encode())


def by_hand(runs, ask, swept):
    """Ids of what is wanted, in its order, in Python."""
    left = sorted((run for run in runs if holds(run, ask, swept)), key=lambda run: -run.order)
    have = [run for run in left if key(run, ask.sort, swept) is not None]
    have.sort(key=lambda run: key(run, ask.sort, swept), reverse=not ask.rising)
    return [run.id for run in [*have, *(run for run in left if run not in have)]]


def filled(store, runs):
    """The runs as they stand in the index, written in one go, without folders."""
    placed = [replace(run, id=f"{i:012x}", order=i, folder=store.root / f"{i:012x}") for i, run in enumerate(runs, 1)]

    def write(db):
        db.execute("DELETE FROM runs")
        for run in placed:
            entries.put(db, run)

    store.write(write)
    return placed


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    with closing(Store(tmp_path_factory.mktemp("listing") / "runs")) as store:
        yield store


@given(st.lists(run_of(), max_size=12), st.lists(wanted, min_size=1, max_size=6))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_it_finds_and_sorts_as_python_would(store, runs, asked):
    placed = filled(store, runs)
    swept = {run.id: f"Sweep {'ABa'[run.order % 3]}" for run in placed if run.order % 2}
    told = {run.id: RunState.INTERRUPTED for run in placed if run.state is RunState.RUNNING}
    now = [replace(run, state=told.get(run.id, run.state)) for run in placed]
    for ask in asked:
        right = by_hand(now, ask, swept)
        assert store.listing.found(ask, told, swept) == (right, len(right)), ask
        assert store.listing.found(ask, told, swept, 3, 2) == (right[2:5], len(right)), ask
    counted = store.listing.choices(told)
    assert counted.runs == len(now)
    assert counted.state == Counter(run.state for run in now)
    assert counted.tag == Counter(tag for run in now for tag in run.tags)
    assert counted.group == Counter(run.group for run in now if run.group)
    assert counted.people == Counter(each for run in now for each in {run.owner, *run.joined} - {""})


@given(st.text(max_size=30))
@example("\0")
@example("\ud800")
@example("%' OR 1=1 --")
@settings(max_examples=60, deadline=None)
def test_whatever_is_typed_is_looked_for_and_nothing_else_happens(store, text):
    before = store._rows("SELECT COUNT(*) FROM runs")
    for ask in (Wanted(text=text), Wanted(tag=text), Wanted(group=text), Wanted(person=text), Wanted(data=text)):
        store.listing.found(ask, {}, {})
    assert store._rows("SELECT COUNT(*) FROM runs") == before


def test_every_sort_is_known_by_both_halves_of_this_test():
    run = Run("0" * 12, 1, CONFIGS[0], RunState.FINISHED, None, "2026-01-01T00:00:00+00:00")
    for sort in SORTS:
        key(run, sort, {})


# -- a page of many runs


@pytest.fixture
def many(tmp_path):
    """A store of 5,000 runs, and how many manifests were parsed since."""
    with closing(Store(tmp_path / "runs")) as store:
        one = Run("", 0, CONFIGS[0], RunState.FINISHED, None, datetime.now(UTC).isoformat(), "R0-simple")
        figures = [{"test": Figures(1.0, 1 / (seed % 97 + 1), {})} for seed in range(5000)]
        filled(store, [replace(one, figures=each, epochs_done=i % 7) for i, each in enumerate(figures)])
        yield store


def test_of_5000_runs_a_page_reads_its_own_alone(many, tmp_path, monkeypatch):
    read, asked = [], []
    real = folders.from_manifest
    monkeypatch.setattr(folders, "from_manifest", lambda *args: (read.append(args), real(*args))[1])
    records = Records(many, tmp_path)
    rows = many._db.rows
    monkeypatch.setattr(many._db, "rows", lambda *args: (asked.append(args), rows(*args))[1])
    page = records.page(Wanted(sort="clean", rising=True), 50, 100)
    assert page.found == 5000
    assert [run.figures["test"].mse for run in page.runs] == [1 / 96] * 2 + [1 / 95] * 48
    assert len(read) == 50
    assert len(asked) <= 6
    assert records.page(Wanted(sort="clean", rising=True), 50, 100) == page
    assert len(read) == 50
    assert records.page(Wanted(text="no such"), 50).found == 0
    assert [records.page(each, 50).found for each in (Wanted(measured=True), Wanted(begun=True))] == [5000, 5000]
    assert records.choices().runs == 5000
    assert [run.order for run in islice(records.each(Wanted()), 3)] == [5000, 4999, 4998]
    assert len(read) <= 160


def test_whoever_asks_for_a_recipe_reads_the_runs_of_it_alone(tmp_path, monkeypatch):
    with closing(Store(tmp_path / "runs")) as store:
        one = Run("", 0, CONFIGS[0], RunState.FINISHED, None, datetime.now(UTC).isoformat(), "R0-simple")
        seeds = [CONFIGS[0].seed + i for i in (*range(1, 50), 51, 52)]
        filled(store, [replace(one, config=vary(CONFIGS[0], "seed", seed)) for seed in seeds])
        read, real = [], folders.from_manifest
        monkeypatch.setattr(folders, "from_manifest", lambda *args: (read.append(args), real(*args))[1])
        records = Records(store, tmp_path)
        assert [run.config.seed for run in records.alike([vary(CONFIGS[0], "seed", seeds[k]) for k in (3, 7)])] == [
            *(seeds[7], seeds[3])
        ]
        assert records.alike(CONFIGS[:2]) == []
        assert len(read) == 2
        assert next_seed(CONFIGS[0], records.alike) == CONFIGS[0].seed + 50
        assert next_seed(vary(CONFIGS[0], "seed", CONFIGS[0].seed + 50), records.alike) == CONFIGS[0].seed + 53


# -- indexes of earlier versions, and damaged ones


@pytest.fixture
def root(tmp_path):
    """A folder with three runs, closed."""
    with closing(Store(tmp_path / "runs")) as store:
        for seed in range(3):
            store.create(fakes.config(seed=seed))
    return tmp_path / "runs"


def changed(root, *sql):
    with closing(sqlite3.connect(root / "aedash.sqlite")) as db, db:
        for each in sql:
            db.execute(each)


BEFORE = {
    "without lines": ["DROP TABLE lines", "DROP TRIGGER written", "DROP TRIGGER changed", "DROP TRIGGER removed"],
    "of other columns": ["DROP TABLE lines", "CREATE TABLE lines (id TEXT PRIMARY KEY, title TEXT)"],
    "of other words": ["UPDATE lines SET title = 'old', text = 'old'", "PRAGMA user_version = 7"],
    "with a line missing": ["DELETE FROM lines WHERE place = 2"],
}


@pytest.mark.parametrize("sql", BEFORE.values(), ids=list(BEFORE))
def test_the_lines_of_an_earlier_index_are_made_anew(root, sql):
    with closing(Store(root)) as store:
        right = store._rows("SELECT * FROM lines ORDER BY id")
    changed(root, *sql)
    with closing(Store(root)) as store:
        assert store.notice == ""
        assert store._rows("SELECT * FROM lines ORDER BY id") == right
        assert store.listing.found(Wanted(text="seed"), {}, {})[1] == 3


def test_what_an_older_version_writes_meanwhile_is_listed(root):
    """It knows nothing of the lines; the index itself forgets those of what it writes."""
    with closing(Store(root)) as store:
        [first, *others] = store.listing.found(Wanted(), {}, {})[0]
        [[text]] = store._rows("SELECT manifest FROM runs WHERE id = ?", first)
        renamed = json.dumps({**json.loads(text), "name": "Renamed", "id": "f" * 12})
        changed(
            root,
            f"INSERT OR REPLACE INTO runs VALUES ('{first}', 9, 'stopped', '{renamed}')",
            f"INSERT INTO runs VALUES ('{'f' * 12}', 10, 'stopped', '{renamed}')",
            f"DELETE FROM runs WHERE id = '{others[0]}'",
        )
        assert len(store.listing.found(Wanted(text="renamed"), {}, {})[0]) == 2
        assert store.listing.choices({}).runs == 3


def test_a_line_that_cannot_be_read_is_in_no_list(root):
    changed(root, "UPDATE runs SET manifest = 'garbage' WHERE \"order\" = 2")
    with closing(Store(root)) as store:
        assert store.listing.found(Wanted(), {}, {})[1] == 2
        assert len(store.runs()) == 2
        assert len(store.unreadable) == 1


def test_an_index_that_is_garbage_is_rebuilt_with_its_lines(root):
    (root / "aedash.sqlite").write_bytes(b"garbage")
    with closing(Store(root)) as store:
        assert "rebuilt" in store.notice
        assert store.listing.found(Wanted(text="seed"), {}, {})[1] == 3
        assert [row[1] for row in store._rows("PRAGMA table_info(lines)")] == listing.COLUMNS
