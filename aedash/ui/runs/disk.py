"""The disk: what runs take of it, what was removed to make room, and how to bring back what was deleted."""

from datetime import datetime
from functools import lru_cache
from pathlib import Path

import streamlit as st

from aedash.formatting import many, size
from aedash.registry import Refused
from aedash.store import folder as folders
from aedash.store import removals
from aedash.store.folder import Unreadable
from aedash.store.trash import Thrown
from aedash.training.room import Usage
from aedash.ui.desk.manager import manager
from aedash.ui.shell import frame, notice
from aedash.ui.shell.visitor import visitor, who

UNDO = "Undo"


def undo() -> None:
    """While it can be brought back: what was deleted last, at one go, and the button for that."""
    deleted = _last_deleted()
    if not deleted:
        return
    what = f"{many(len(deleted), 'run')} {'was' if len(deleted) == 1 else 'were'}"
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="undo"):
        told = f"{what} deleted. For ten minutes, or until the room is needed, this can be undone."
        st.html(frame.note(told), width="stretch")
        ids = tuple(one.id for one in deleted)
        st.button(UNDO, icon=":material/undo:", on_click=_restore, args=(ids,), width="content")


def _restore(identifiers: tuple[str, ...]) -> None:
    with notice.acting():
        manager().restore(*identifiers, who=who())


def _last_deleted() -> list[Thrown]:
    """The newest deletion of this visitor's runs, all of it that is still whole."""
    me, deletions = who(), dict[str, list[Thrown]]()
    for one in manager().store.trash.thrown():
        if one.whole and not one.old and (me.free or _owner(one.folder) == me.visitor):
            deletions.setdefault(one.together or one.id, []).append(one)
    return next(iter(deletions.values()), [])


@lru_cache(4096)
def _owner(deleted: Path) -> str:
    """Whose a deleted run is, or empty; read once: what lies in the trash does not change."""
    try:
        return folders.from_manifest(folders.read_manifest(deleted), deleted, deleted.name[:12]).owner
    except Unreadable:  # its ten minutes ended just now
        return ""


def removed() -> None:
    """That runs were removed to make room, for a day."""
    told = removals.recent(manager().store.root)
    if told:
        count, newest = sum(each.runs for each in told), max(each.newest for each in told)
        st.html(frame.note(_removed(count, newest)))


def _removed(count: int, newest: datetime) -> str:
    """
    >>> _removed(12, datetime(2026, 11, 3))
    '12 runs, the newest of 3 Nov, were removed to make room for new ones (AEDASH_RETENTION).'
    """
    which = f"{many(count, 'run')}, the newest of {newest.day} {newest:%b}, were" if count > 1 else "The oldest run was"
    return f"{which} removed to make room for new ones (AEDASH_RETENTION)."


def line() -> None:
    """At the foot of the page: what the runs take, and what there is."""
    try:
        usage = manager().disk.usage(visitor())
    except Refused as error:
        st.html(frame.problem(str(error)))
        return
    settings = manager().settings
    st.html(f'<div class="meta">{said(usage, settings.max_disk_per_person * settings.shared, settings.max_disk)}</div>')


def said(usage: Usage, per_person: float, most: float) -> str:
    """HTML. per_person, most: limits in GB of a person and of all; 0 where there is none.

    >>> said(Usage(mine=120_000_000, all=3_100_000_000, left=40_000_000_000, trash=0), 2.0, 0)
    '<span>Yours: <b>120 MB</b> of 2 GB</span><span>All runs: <b>3.1 GB</b></span><span>The disk has 40 GB left</span>'
    """
    parts = [f"Yours: <b>{size(usage.mine)}</b> of {size(per_person * 1e9)}"] if per_person else []
    parts.append(f"All runs: <b>{size(usage.all)}</b>{f' of {size(most * 1e9)}' * bool(most)}")
    if usage.trash:
        parts[-1] += f", of which deleted just now {size(usage.trash)}"
    parts.append(f"The disk has {size(usage.left)} left")
    return "".join(f"<span>{part}</span>" for part in parts)
