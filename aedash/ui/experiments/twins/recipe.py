"""The Twins page's recipe: which run, after which epoch, which number to change."""

from functools import partial
from itertools import islice
from typing import Any

import streamlit as st

from aedash import words
from aedash.config import RunConfig, flat
from aedash.formatting import many, setting
from aedash.history import Run
from aedash.store.listing import Wanted
from aedash.sweep import Sweep
from aedash.training import twins
from aedash.ui.desk.manager import manager
from aedash.ui.experiments.shared import choice
from aedash.ui.shell import address, notice
from aedash.ui.shell.visitor import visitor
from aedash.ui.widgets import draft, run_words
from aedash.ui.widgets.run_words import duration

FRESH = ""
LISTED = 40
NO_NUMBERS = ("epochs", "threads", "data.without")  # set elsewhere, or the name of a class
MOST = 1000  # epochs behind the fork


def offer() -> None:
    """Which run, after which epoch, what becomes different, and how long both go on."""
    known = {run.id: run for run in [*islice(filter(_ended, manager().each(Wanted(begun=True))), LISTED), *_linked()]}
    line = partial(_line, run_words.lines(known))
    asked = address.select("of", "Run", [FRESH, *known], FRESH, format_func=line, width=330)
    run = known.get(asked)
    config = run.config if run else draft.draft()
    after = _after(run) if run else 0
    epoch = min(max(0, after), run.epochs_done) if run else 0
    options = twins.numbers(run, epoch) if run else _numbers(config)
    first = next(iter(options))
    path = address.select("change", "Change", list(options), first, asked, format_func=words.field, width=190)
    now = float(options[path])
    value = address.number(
        "to", f"From {setting(now)} to", now * 10 if now else 1.0, f"{path}-{now:g}", format="%.6g", width=140
    )
    more = min(config.epochs - epoch or max(1, epoch // 4), MOST)
    epochs = address.number("more", "Epochs more", more, f"{asked}-{epoch}", width=120)
    address.write({**address.fields(), **({} if run else draft.query())})
    act = partial(_begin, run, config, after, path, value, epochs)
    st.button("Train both", type="primary", icon=":material/call_split:", on_click=act, width="content")
    if run and (replayed := twins.start(run, epoch).replayed):
        again = f"{many(replayed, 'epoch')} {'is' if replayed == 1 else 'are'}"
        cost = duration(twins.replay_seconds(run, epoch))
        st.caption(f"That epoch was not kept: {again} trained again first, about {cost} each twin.")


def _linked() -> list[Run]:
    """The run of the address, however old it is."""
    return list(filter(_ended, manager().some([address.kept("of", FRESH, str)])))


def _ended(run: Run) -> bool:
    return bool(run.epochs_done) and not run.state.alive


def _after(run: Run) -> int:
    """After which epoch the twins part, as it is typed."""
    kept = f"Kept, so that twins start there at once: {', '.join(map(str, twins.kept(run)))}."
    return int(address.number("after", "After epoch", run.epochs_done, run.id, width=120, help=kept))


def _line(known: dict[str, str], identifier: str) -> str:
    return known[identifier] if identifier else "The Train page's recipe, from its start"


def _numbers(config: RunConfig) -> dict[str, float]:
    """Every number of the config that one may change before a run begins."""
    numeric = {p: v for p, v in flat(config).items() if isinstance(v, int | float) and not isinstance(v, bool)}
    first = "optimizer.learning_rate"
    return {first: numeric[first]} | {path: v for path, v in numeric.items() if path not in NO_NUMBERS}


def _begin(run: Run | None, config: RunConfig, epoch: int, path: str, value: float, epochs: int) -> None:
    exact: Any = int(value) if value == int(value) else value
    with notice.acting():
        address.within("After epoch", epoch, 0, run.epochs_done if run else 0)
        address.within("Epochs more", epochs, 1, MOST)
        if run:
            pair = twins.fork(manager(), run, epoch, path, exact, epochs, visitor())
        else:
            longer = config.model_copy(update={"epochs": epochs})
            pair = twins.from_the_start(manager(), longer, path, exact, owner=visitor())
        choice.show(pair)


def pair(shown: Sweep | None) -> Sweep | None:
    """A sweep that is a pair of twins; another one is refused."""
    if shown is None or shown.kind == twins.KIND:
        return shown
    choice.refuse(f"The sweep '{shown.name[:40]}' is no pair of twins; open it under Experiments.")
    return None
