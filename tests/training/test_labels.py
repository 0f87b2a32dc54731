"""Labels: bounded, on one line, their owner's, and never lost to whoever writes the rest of a run's line."""

from contextlib import closing
from threading import Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aedash import atomic
from aedash.events import EpochEnd, Figures, RunState, Started, StateChanged
from aedash.history import History
from aedash.registry import Refused
from aedash.store import Store, entries
from aedash.store import folder as folders
from aedash.store.folder import LETTERS, MOST_TAGS
from aedash.training import labels
from aedash.training.owning import Who
from aedash.training.records import Records
from tests import fakes


@pytest.fixture
def records(store, tmp_path):
    return Records(store, tmp_path / "gallery")


@given(st.text(max_size=200))
def test_whatever_is_typed_is_one_line_that_can_be_kept_or_refused(text):
    told = _kept(lambda: labels.line("name", text))
    assert len(told) <= LETTERS["name"]
    assert told == told.strip()
    assert not set(told) & set("\n\r\t\0\u2028\u2029\u202e\x85")
    assert labels.line("name", told) == told
    told.encode()


@pytest.mark.parametrize("nothing", ["\u200b", "\u200d\ufe0f", "\u3164", "\u2800 \u00ad", "\U000e0041"])
def test_a_label_of_which_nothing_is_seen_is_none(nothing):
    """A title that nobody sees cannot be pressed."""
    assert labels.line("name", nothing) == ""
    assert labels.words([nothing, f"a{nothing}"]) == (labels.line("tag", f"a{nothing}"),)


@given(st.lists(st.text(max_size=30), max_size=30))
def test_tags_are_few_short_and_each_once(words):
    told = _kept(lambda: labels.words(words))
    assert len(told) <= MOST_TAGS
    assert len({tag.casefold() for tag in told}) == len(told)
    assert not any("," in tag or tag != tag.strip() or not tag for tag in told)


def test_of_what_is_much_too_long_nothing_is_looked_at(monkeypatch):
    """Unicode's order of marks takes the square of their number: a million would hold the server for an hour."""
    seen = []
    monkeypatch.setattr(labels, "_seen", lambda text, kept: seen.append(len(text)) or text)
    marks = "a" + "\u0316\u0301" * 500_000
    for make in (lambda: labels.line("name", marks), lambda: labels.lines(marks), lambda: labels.words([marks])):
        with pytest.raises(Refused, match="got 1,000,001"):
            make()
    assert seen == []


def _kept(make):
    """What is made, or nothing where it is refused."""
    try:
        return make()
    except Refused:
        return ""


def test_a_label_that_is_refused_changes_nothing(records):
    run = records.label(records.store.create(fakes.config(), owner="me").id, name="First", tags=["a"])
    for wrong in ({"name": "x" * 61}, {"note": "x" * 2001}, {"tags": ["x" * 31]}, {"tags": map(str, range(21))}):
        with pytest.raises(Refused):
            records.label(run.id, group="Second", **wrong)
    with pytest.raises(Refused, match="only they can label it"):
        records.label(run.id, Who("you", False), name="Yours")
    with pytest.raises(Refused, match="There is no run"):
        records.label("0" * 12, name="Nobody")
    assert records.run(run.id) == run
    assert records.label(run.id, Who("me", False), name="Mine").name == "Mine"


def test_labels_and_epochs_are_written_at_once_and_neither_is_lost(records):
    """The recorder holds the run as it was when it began, without any name."""
    run, history = records.store.create(fakes.config(epochs=40)), History()
    figures = Figures(1.0, 0.5, {"reconstruction": 1.0})

    def record():
        now = run
        events = [EpochEnd(n, n, "test", {"loss": 0.1}, figures, True) for n in range(1, 41)]
        end = StateChanged(RunState.FINISHED, "", {"test": figures})
        for event in (StateChanged(RunState.RUNNING), Started(0, 1, "cpu", 1, 1), *events, end):
            now = records.store.record(now, history, event)

    def label():
        for n in range(40):
            records.label(run.id, name=f"Name {n}", tags=[f"tag {n}"], pinned=bool(n % 2))

    with closing(Store(records.store.root)) as other:  # another process, as far as locks go

        def group():
            for n in range(40):
                other.mark(run.id, group=f"Group {n}")

        threads = [Thread(target=each) for each in (record, label, group)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
    now = records.run(run.id)
    assert (now.state, now.epochs_done) == (RunState.FINISHED, 40)
    assert (now.name, now.tags, now.pinned, now.group) == ("Name 39", ("tag 39",), True, "Group 39")
    assert folders.from_manifest(folders.read_manifest(now.folder), now.folder) == now


def test_a_label_that_is_written_as_the_run_begins_elsewhere_is_kept(records, monkeypatch):
    run, history, line_of = records.store.create(fakes.config()), History(), entries.line_of

    def begun(db, identifier):
        """The run that begins removes what a killed process may have left half written."""
        if list(run.folder.glob("run.json.*.tmp")):
            monkeypatch.undo()
            atomic.sweep(run.folder, "run.json.*")
        return line_of(db, identifier)

    monkeypatch.setattr(entries, "line_of", begun)
    with closing(Store(records.store.root)) as other:
        other.mark(run.id, group="Seeds")
    now = run
    for event in (StateChanged(RunState.RUNNING), Started(0, 1, "cpu", 1, 1)):
        now = records.store.record(now, history, event)
    assert records.run(run.id).group == "Seeds"
    assert folders.from_manifest(folders.read_manifest(run.folder), run.folder).group == "Seeds"
