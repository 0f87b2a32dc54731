"""The list of runs in SQL: what they are found and sorted by stands in a table beside their manifests.

Table `lines` holds nothing that the manifests do not: it is made from them, where it is missing, of another version, or
lacks a run that an older version has written since. So a page of the list reads as many manifests as it has lines.
"""

import json
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar
from zlib import crc32

from aedash import __version__, registry, words
from aedash.atomic import parse_json
from aedash.events import RunState
from aedash.history import Run
from aedash.kinds import kind
from aedash.recipe_words import title
from aedash.store import folder as folders

T = TypeVar("T")
Write = Callable[[Callable[[sqlite3.Connection], T]], T]
BETWEEN = "\n"  # before and behind each of several words in one column
MOST_WORDS = 20  # of a search that are looked for
ID_LETTERS = 4  # fewer hexadecimal digits name no run
ALIVE = tuple(state.value for state in RunState if state.alive)


def _figure(name: str) -> Callable[[Run], Any]:
    return lambda run: getattr(run.figures["test"], name) if "test" in run.figures else None


def _kl(run: Run) -> float | None:
    return run.figures["test"].terms.get("kl") if "test" in run.figures else None


def _code(run: Run) -> int | None:
    """Measured, else as it is planned where the recipe says it."""
    return _figure("code_units")(run) or getattr(run.config.architecture, "latent", None)


def _text(run: Run) -> str:
    """What a search looks through, in small letters."""
    data = registry.datasets.get(run.config.data.name).info.title
    said = [title(run, beside=True), data, run.group, *run.tags, run.note, words.model(run.preset), kind(run.config)]
    return BETWEEN.join([*said, run.config.architecture.name, f"seed {run.config.seed}"]).casefold()


_LINE: dict[str, tuple[str, Callable[[Run], Any]]] = {  # {column: (type, value)}; None where there is none
    "place": ("INTEGER", lambda run: run.order),
    "state": ("TEXT", lambda run: run.state.value),
    "title": ("TEXT", lambda run: title(run, beside=True)),
    "text": ("TEXT", _text),
    "people": ("TEXT", lambda run: _several([run.owner, *run.joined])),
    "data": ("TEXT", lambda run: run.config.data.name),
    "kind": ("TEXT", lambda run: kind(run.config)),
    "tags": ("TEXT", lambda run: _several(run.tags)),
    "family": ("TEXT", lambda run: run.group or None),
    "pinned": ("INTEGER", lambda run: int(run.pinned)),
    "created": ("REAL", lambda run: datetime.fromisoformat(run.created).timestamp()),
    "epochs": ("INTEGER", lambda run: run.epochs_done),
    "seconds": ("REAL", lambda run: run.seconds or None),
    "noisy": ("REAL", _figure("mse_corrupted")),
    "clean": ("REAL", _figure("mse")),
    "kl": ("REAL", _kl),
    "loss": ("REAL", _figure("loss")),
    "code": ("INTEGER", _code),
    "rate": ("REAL", lambda run: run.config.optimizer.learning_rate),
    "seed": ("INTEGER", lambda run: run.config.seed),
    "bytes": ("INTEGER", lambda run: run.bytes or None),
    "recipe": ("TEXT", lambda run: run.config.key()),
}
COLUMNS = ["id", *_LINE]
STAMP = crc32(f"{__version__} {COLUMNS}".encode()) >> 1  # 31 bits: another version may tell a run in other words
NOW = "{now}"  # stands for the state that a run is in
_LISTED = "(SELECT value FROM json_each(?))"
_MEASURED = "(loss NOT NULL OR clean NOT NULL)"  # figures of the test images
_PARAMETERS = (
    "(SELECT json_extract(json, '$.parameters') FROM events WHERE run = lines.id AND kind = 'Started' LIMIT 1)"
)
SORTS = {  # {what a list is sorted by: SQL}
    "started": "place",
    "title": "title COLLATE NOCASE",
    "state": NOW,
    "group": "family COLLATE NOCASE",
    "sweep": "place",
    "parameters": _PARAMETERS,
    **{name: name for name in ("data", "pinned", "epochs", "seconds", "noisy", "clean", "kl", "loss", "code", "rate")},
    **{name: name for name in ("kind", "seed", "bytes")},
}
TABLES = (
    f"CREATE TABLE IF NOT EXISTS lines (id TEXT PRIMARY KEY, {', '.join(f'{n} {t}' for n, (t, _) in _LINE.items())})",
    "CREATE TRIGGER IF NOT EXISTS written AFTER INSERT ON runs BEGIN DELETE FROM lines WHERE id = NEW.id; END",
    "CREATE TRIGGER IF NOT EXISTS changed AFTER UPDATE ON runs BEGIN DELETE FROM lines WHERE id = OLD.id; END",
    "CREATE TRIGGER IF NOT EXISTS removed AFTER DELETE ON runs BEGIN DELETE FROM lines WHERE id = OLD.id; END",
)


@dataclass(frozen=True)
class Wanted:
    """Which runs, and in what order. text: words that all stand in a run's words, in any order; person: who began it or
    watches it as their own. Empty: whichever.

    begun: that have weights, of an epoch at least or from a file; measured: that are over and have figures.
    sort: one of SORTS; rising: smallest first; what has no such value stands last either way, and of equals the newest
    first.
    """

    text: str = ""
    state: str = ""
    data: str = ""
    kind: str = ""
    person: str = ""
    tag: str = ""
    group: str = ""
    pinned: bool = False
    begun: bool = False
    measured: bool = False
    sort: str = "started"
    rising: bool = False

    @property
    def everything(self) -> bool:
        """Whether no run is left out."""
        return replace(self, sort="started", rising=False) == Wanted()


@dataclass(frozen=True)
class Choices:
    """What the runs of a folder can be told apart by: {value: how many runs have it}. people: of whom."""

    state: Mapping[str, int]
    data: Mapping[str, int]
    kind: Mapping[str, int]
    tag: Mapping[str, int]
    group: Mapping[str, int]
    people: Mapping[str, int]
    pinned: int
    runs: int


@dataclass(frozen=True)
class Listing:
    """Asks the table. rows, write: of the index, which mend it where it is damaged; root: the runs folder.

    told: {id: state} of runs that are not, or no more, in the state that the index has. swept: {id: name} of runs that
    belong to a sweep.
    """

    rows: Callable[..., list[tuple[Any, ...]]]
    write: Write[None]
    root: Path

    def alive(self) -> list[str]:
        """Ids of the runs that claim to be alive."""
        places = ", ".join("?" * len(ALIVE))
        return [row[0] for row in self.rows(f"SELECT id FROM lines WHERE state IN ({places})", *ALIVE)]

    def found(
        self,
        wanted: Wanted,
        told: Mapping[str, str],
        swept: Mapping[str, str],
        limit: int = -1,
        offset: int = 0,
    ) -> tuple[list[str], int]:
        """(ids of the runs in their order, how many there are in all). limit: -1 for all of them."""
        self._complete()
        now, known = _now(told)
        where, values = _where(wanted, now, known, swept)
        by, way = SORTS[wanted.sort].replace(NOW, now), "ASC" if wanted.rising else "DESC"
        sorting = known * SORTS[wanted.sort].count(NOW)
        order = f"ORDER BY {by} IS NULL, {by} {way}, place DESC"
        if wanted.sort == "sweep":  # its names are not in the index
            ids = [row[0] for row in self.rows(f"SELECT lines.id FROM lines {where} {order}", *values)]
            ids = _by_sweep(ids, swept, wanted.rising)
            return ids[offset:][: limit if limit >= 0 else None], len(ids)
        rows = self.rows(
            f"SELECT lines.id FROM lines {where} {order} LIMIT ? OFFSET ?", *values, *sorting * 2, limit, offset
        )
        if limit < 0 and not offset:
            return [row[0] for row in rows], len(rows)
        [[count]] = self.rows(f"SELECT COUNT(*) FROM lines {where}", *values)
        return [row[0] for row in rows], count

    def choices(self, told: Mapping[str, str]) -> Choices:
        """What can be asked for, of all runs."""
        self._complete()
        now, known = _now(told)
        state, data, kinds, groups = (self._counts(column, *known) for column in (now, "data", "kind", "family"))
        tags, people = map(_apart, (self._counts("tags"), self._counts("people")))
        pinned = self._counts("pinned")
        return Choices(state, data, kinds, tags, groups, people, pinned.get(1, 0), sum(pinned.values()))

    def _counts(self, column: str, *known: str) -> dict[Any, int]:
        """{value: how many runs have it}."""
        known = known * column.count("CASE")
        return dict(
            self.rows(
                f"SELECT {column} AS it, COUNT(*) FROM lines WHERE title NOT NULL AND it <> '' GROUP BY it", *known
            )
        )

    def parameters(self, ids: Iterable[str]) -> dict[str, int]:
        """{id: numbers in the model} of those that have begun."""
        asked = json.dumps(list(ids))
        sql = f"SELECT id, {_PARAMETERS} FROM lines WHERE id IN {_LISTED}"
        return {identifier: count for identifier, count in self.rows(sql, asked) if isinstance(count, int)}

    def alike(self, recipes: Iterable[str]) -> list[str]:
        """Ids of the runs whose config has one of these keys, the newest first."""
        self._complete()
        sql = f"SELECT id FROM lines WHERE recipe IN {_LISTED} ORDER BY place DESC"
        return [row[0] for row in self.rows(sql, json.dumps(list(recipes)))]

    def measured(self, ids: Iterable[str]) -> set[str]:
        """Those of the ids whose run has figures of the test images."""
        self._complete()
        sql = f"SELECT id FROM lines WHERE id IN {_LISTED} AND {_MEASURED}"
        return {row[0] for row in self.rows(sql, json.dumps(list(ids)))}

    def unweighed(self) -> list[str]:
        """Ids of the runs whose bytes are not known, the newest first."""
        sql = "SELECT id FROM lines WHERE title NOT NULL AND bytes IS NULL ORDER BY place DESC"
        return [row[0] for row in self.rows(sql)]

    def bytes_by_owner(self) -> dict[str, int]:
        """{owner, empty for nobody's: bytes of their runs, as last measured}."""
        self._complete()
        found: Counter[str] = Counter()
        for people, total in self.rows("SELECT people, SUM(bytes) FROM lines GROUP BY people"):
            found[str(people or "").strip(BETWEEN).split(BETWEEN)[0]] += total or 0
        return dict(found)

    def _complete(self) -> None:
        """Make the lines that an older version, which knows nothing of them, has left out since."""
        if self.rows(f"{_LACKING} LIMIT 1"):
            self.write(lambda db: fill(db, self.root))


_LACKING = "SELECT id, manifest FROM runs WHERE NOT EXISTS (SELECT 1 FROM lines WHERE lines.id = runs.id)"
_FROM = "FROM runs JOIN lines ON lines.id = lines.id"


def prepare(db: sqlite3.Connection, root: Path) -> None:
    """The table as this version has it, with a line for every run. Called in a transaction, once `runs` is there."""
    columns = [row[1] for row in db.execute("PRAGMA table_info(lines)")]
    [stamp] = db.execute("PRAGMA user_version").fetchone()
    if columns and (columns != COLUMNS or stamp != STAMP):
        db.execute("DROP TABLE lines")
    for table in TABLES:
        db.execute(table)
    db.execute(f"PRAGMA user_version = {STAMP}")
    fill(db, root)


def fill(db: sqlite3.Connection, root: Path) -> None:
    """Make the lines that are missing."""
    for identifier, manifest in db.execute(_LACKING).fetchall():
        _put(db, identifier, _read(identifier, manifest, root))


def put(db: sqlite3.Connection, run: Run) -> None:
    """The line of a run, whose manifest has just been written."""
    _put(db, run.id, run)


def _put(db: sqlite3.Connection, identifier: str, run: Run | None) -> None:
    """A run that cannot be read has a line without a title, which no list shows."""
    values = [_whole(value(run)) if run else None for _, value in _LINE.values()]
    db.execute(f"INSERT OR REPLACE INTO lines VALUES ({', '.join('?' * len(COLUMNS))})", (identifier, *values))


def _read(identifier: str, manifest: str, root: Path) -> Run | None:
    try:
        return folders.from_manifest(parse_json(manifest or ""), root / str(identifier))
    except (ValueError, TypeError):
        return None


def _now(told: Mapping[str, str]) -> tuple[str, list[str]]:
    """(SQL of the state that a run is in, values of its question marks)."""
    by_state: dict[str, list[str]] = {}
    for identifier, state in told.items():
        by_state.setdefault(str(state), []).append(identifier)
    cases = " ".join(f"WHEN lines.id IN {_LISTED} THEN ?" for _ in by_state)
    known = [text for state, ids in by_state.items() for text in (json.dumps(ids), state)]
    return (f"(CASE {cases} ELSE state END)", known) if cases else ("state", [])


def _where(wanted: Wanted, now: str, known: list[str], swept: Mapping[str, str]) -> tuple[str, list[Any]]:
    """(condition, values of its question marks)."""
    parts: list[tuple[str, list[Any]]] = [("title NOT NULL", [])]
    if wanted.state:
        parts.append((f"{now} = ?", [*known, wanted.state]))
    for column, value in (("data", wanted.data), ("kind", wanted.kind), ("family", wanted.group)):
        if value:
            parts.append((f"{column} = ?", [_whole(value)]))
    for column, word in (("people", wanted.person), ("tags", wanted.tag)):
        if word:
            parts.append((f"instr({column}, ?)", [f"{BETWEEN}{_whole(word)}{BETWEEN}"]))
    if wanted.pinned:
        parts.append(("pinned", []))
    if wanted.begun:
        parts.append((f"(epochs > 0 OR {_MEASURED})", []))
    if wanted.measured:
        parts.append((f"{_MEASURED} AND {now} NOT IN {_LISTED}", [*known, json.dumps(ALIVE)]))
    parts += [_holds(word, now, known, swept) for word in _whole(wanted.text).casefold().split()[:MOST_WORDS]]
    return f"WHERE {' AND '.join(sql for sql, _ in parts)}", [value for _, values in parts for value in values]


def _holds(word: str, now: str, known: list[str], swept: Mapping[str, str]) -> tuple[str, list[Any]]:
    """That a run's words, its state or its sweep's name hold a word, or that its id begins with it."""
    of_sweeps = [run for run, name in swept.items() if word in name.casefold()]
    said = ["instr(text, ?)", f"instr({now}, ?)"]
    values: list[Any] = [word, *known, word]
    if of_sweeps:
        said, values = [*said, f"lines.id IN {_LISTED}"], [*values, json.dumps(of_sweeps)]
    if len(word) >= ID_LETTERS:
        said, values = [*said, "substr(lines.id, 1, ?) = ?"], [*values, len(word), word]
    return f"({' OR '.join(said)})", values


def _by_sweep(ids: list[str], swept: Mapping[str, str], rising: bool) -> list[str]:
    """By the sweep's name, those of none last; of one sweep as they were."""
    members = sorted((run for run in ids if run in swept), key=lambda run: swept[run].casefold(), reverse=not rising)
    return [*members, *(run for run in ids if run not in swept)]


def _apart(counts: Mapping[str, int]) -> dict[str, int]:
    """Of each word, where several stand in one text."""
    found = Counter[str]()
    for text, count in counts.items():
        found.update(dict.fromkeys(filter(None, text.split(BETWEEN)), count))
    return dict(found)


def _several(parts: Sequence[str]) -> str:
    """Several words in one text: each stands between two line breaks."""
    return BETWEEN + BETWEEN.join(dict.fromkeys(filter(None, parts))) + BETWEEN if any(parts) else ""


def _whole(value: Any) -> Any:
    """Text that SQLite takes: no half characters, and nothing that ends it early."""
    return value.encode(errors="replace").decode().replace("\0", " ") if isinstance(value, str) else value
