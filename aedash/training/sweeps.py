"""Sweeps in training: a group of ordinary runs, started, stopped and resumed together."""

from collections.abc import Iterable, Sequence
from threading import Lock

from aedash.config import RunConfig
from aedash.events import RunState
from aedash.history import Run
from aedash.registry import Refused
from aedash.store import sweeps as records
from aedash.sweep import Member, Sweep, members
from aedash.training import twins
from aedash.training.manager import RunManager
from aedash.training.owning import ANYBODY, Who, check, may
from aedash.training.plan import Plan, check_cells

MOST_KEPT = 50  # comparisons of one person on a shared server: each is a file that every page reads
_starting = Lock()  # two tabs that ask for the same sweep at once train it once


def start(manager: RunManager, sweep: Sweep, owner: str = "") -> Sweep:
    """Queue every member that is not there yet; one of equal config that is finished or under way is taken over.

    owner: of the sweep and of the runs that are new; of those that are taken over it becomes one of those whose they
    are. Returns the sweep as it was saved, with the ids of its runs; the one of before, where they asked for the very
    same and nothing is to be trained. Raises Refused before anything is created: when a member does not pass the gates,
    or the queue has no room for all, or they keep too many.
    """
    wanted = members(sweep)
    check_cells(len(wanted), manager.settings)
    with _starting:
        there = _known(manager, [member.config for member in wanted])
        missing = {key: member for member in wanted if (key := member.config.key()) not in there}
        before = _before(manager, sweep, owner)
        plans = [Plan(member.config, _preset(sweep, member), owner=owner) for member in missing.values()]
        taken = [there[key] for member in wanted if (key := member.config.key()) in there]
        there |= zip(missing, manager.submit_all(plans, needed=taken) if plans else (), strict=True)
    runs = [there[member.config.key()] for member in wanted]
    for run in filter(None, (_run(manager, identifier) for identifier in runs)):
        manager.join(run, owner)
    same = next((each for each in before if each.runs == tuple(runs)), None)
    return same or records.save(manager.settings.runs_dir, sweep, runs, owner)


def _before(manager: RunManager, sweep: Sweep, owner: str) -> list[Sweep]:
    """Sweeps of that person that ask for the same. Raises Refused where there are none and they keep too many."""
    theirs = [each for each in records.all_of(manager.settings.runs_dir) if each.owner == owner]
    same = [each for each in theirs if _question(each) == _question(sweep)]
    if not same and owner and manager.settings.shared and len(theirs) >= MOST_KEPT:
        kept = f"You have {MOST_KEPT} comparisons here, as many as one person may keep"
        raise Refused(f"{kept}: take some off the list first.", "sweep", f"up to {MOST_KEPT}")
    return same


def _question(sweep: Sweep) -> Sweep:
    """What it asks for, whoever did, and whenever."""
    return sweep.model_copy(update={"id": "", "created": "", "runs": (), "owner": ""})


def runs_of(manager: RunManager, sweep: Sweep) -> list[Run | None]:
    """The members' runs in their order; None for one that was deleted since."""
    return [_run(manager, identifier) for identifier in sweep.runs]


def _run(manager: RunManager, identifier: str) -> Run | None:
    """Looked up by its id: the folder may hold many more runs than the sweep."""
    try:
        return manager.run(identifier)
    except Refused:
        return None


def stop(manager: RunManager, sweep: Sweep, who: Who = ANYBODY) -> None:
    """Stop every member that is queued, running or paused here; those of another process go on, and those that are
    another's, or that others joined: of these the sweep's owner lets go. Raises Refused for another's sweep.
    """
    check(who, sweep, "stop")
    owner = _as_owner(who, sweep)
    for run in reversed(runs_of(manager, sweep)):  # the waiting ones first, or each would start as another stops
        if run and run.state.alive and run.own:
            if may(owner, run):
                manager.stop(run.id, owner)
            else:
                manager.leave(run, owner.visitor)


def resume(manager: RunManager, sweep: Sweep, who: Who = ANYBODY) -> None:
    """Go on with every member that can and is no other's; nothing happens where none can.

    Raises Refused where the queue has no room for all, and for another's sweep.
    """
    check(who, sweep, "go on with")
    owner = _as_owner(who, sweep)
    runs = [run for run in runs_of(manager, sweep) if run and run.own and can_go_on(run) and may(owner, run)]
    manager.resume(*dict.fromkeys(run.id for run in runs), together=sweep.kind == twins.KIND, who=who)


def delete(manager: RunManager, sweep: Sweep, who: Who = ANYBODY) -> None:
    """Forget the sweep; its runs stay. Raises Refused for another's, and where it is gone already."""
    check(who, sweep, "delete")
    records.delete(manager.settings.runs_dir, sweep.id)


def of_others(sweep: Sweep, runs: Iterable[Run], who: Who) -> int:
    """How many of its runs are another's, so that what is done to the sweep leaves them alone."""
    owner = _as_owner(who, sweep)
    return sum(not may(owner, run) for run in runs)


def _as_owner(who: Who, sweep: Sweep) -> Who:
    """The teacher does to a sweep what its owner could: a member that is another's is none of its business."""
    return Who(sweep.owner, free=False) if who.teacher and sweep.owner else who


def can_go_on(run: Run) -> bool:
    """Whether it is paused, or ended so that it can be resumed."""
    return run.state is RunState.PAUSED or run.resumable


def _known(manager: RunManager, configs: Sequence[RunConfig]) -> dict[str, str]:
    """{config key: run id} of what need not be trained again, of these configs and of what comes with the app."""
    kept = [run for run in manager.alike(configs) if run.state.alive or run.state is RunState.FINISHED]
    usable = [run for run in kept if not run.changes and not run.uploaded]  # those did not train their config here
    return {run.config.key(): run.id for run in (*manager.kept().values(), *reversed(usable))}


def _preset(sweep: Sweep, member: Member) -> str:
    """The preset's name stays with a member that trains the preset's own network."""
    return sweep.preset if member.config.architecture == sweep.base.architecture else ""
