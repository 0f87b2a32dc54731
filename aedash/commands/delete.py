"""Delete a run that is over, with its folder."""

from argparse import ArgumentParser, Namespace
from contextlib import closing

from aedash.registry import Refused
from aedash.settings import Settings
from aedash.store import Store


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("id", help="the run's 12 hexadecimal digits")


def run(args: Namespace) -> dict[str, str]:
    """{id} of the run that is gone. Raises Refused for an unknown one, or one that is waiting, running or paused."""
    with closing(Store(Settings().runs_dir)) as store:
        found = store.run(args.id)
        if found.state.alive:
            raise Refused(f"Stop the run before you delete it; it is {found.state}.", "id", "a run that is over")
        store.delete(args.id)
    return {"id": args.id}


def show(value: dict[str, str]) -> None:
    print(f"Deleted {value['id']}.")
