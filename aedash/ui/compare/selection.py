"""Which runs are compared: chosen from all that have figures, kept in the address, named and coloured."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from math import prod

import streamlit as st

from aedash import registry
from aedash.figures.compare import colors
from aedash.formatting import count, many
from aedash.history import Run
from aedash.registry import Refused
from aedash.sweep import Sweep
from aedash.ui.desk.manager import manager
from aedash.ui.shell import address, frame, notice
from aedash.ui.widgets.comparing import LESSON, MEASURED, MOST, measurable, newest, older
from aedash.ui.widgets.run_words import data_title, lines, names, when_asked

Images = tuple[str, float, int | None]  # a data set, the share of it that was held out, the class left out
SWEEPS = 50  # the newest, in a list to pick from
CHOSEN, SWEEP = "compare-runs", "compare-sweep"  # keys of the widgets


@dataclass(frozen=True)
class Model:
    """A run beside others. name: short and its own; color: "#RRGGBB", for both themes."""

    run: Run
    name: str
    color: str

    @property
    def data(self) -> str:
        """The data set's title."""
        return data_title(self.run)

    @property
    def pixels(self) -> int:
        """Numbers in an image."""
        return prod(registry.datasets.get(self.run.config.data.name).info.shape)

    @property
    def code(self) -> int:
        """Numbers in its code."""
        return self.run.figures["test"].code_units or 0

    @property
    def images(self) -> Images:
        """Names the training images: the data set, the share of them that was held out, and the class left out."""
        data = self.run.config.data
        return data.name, data.validation, data.without


def pick() -> list[Model]:
    """The widgets, and what they say."""
    options = choosable(_wished())
    known = _asked(options)
    st.session_state.compared = known
    address.write({"run": known or [""]})
    if st.session_state.get(CHOSEN) != known:
        st.session_state[CHOSEN] = known
    by_id = lines(options)
    st.multiselect(
        f"Runs and models, up to {MOST}",
        list(options),
        format_func=lambda identifier: by_id.get(identifier, identifier),
        key=CHOSEN,
        max_selections=MOST,
        select_all=False,
        wrap=True,
        placeholder="Pick two or more",
        on_change=_picked,
    )
    _sweeps()
    shown = models([options[identifier] for identifier in known])
    frame.tab_title(" and ".join([*(model.name for model in shown[:1]), *_more(shown[1:])]), "Compare")
    return shown


def _more(others: list[Model]) -> list[str]:
    """The one other in a tab's title, or how many there are: it has no room for more."""
    return [model.name for model in others] if len(others) < 2 else [f"{len(others)} more"]


def choosable(asked: Collection[str] = ()) -> dict[str, Run]:
    """{id: run} of what has been measured: the newest own runs, those that are asked for, then those that come with the
    app: its models, then the members of its sweeps.
    """
    runs = [*newest(MEASURED).runs, *filter(measurable, manager().some(list(dict.fromkeys(asked))))]
    return {run.id: run for run in [*runs, *manager().gallery().values()]} | manager().kept()


def others() -> None:
    """How to get at a run that the picker does not list; nothing where it lists all."""
    older(newest(MEASURED), "Compare")


def _wished() -> list[str]:
    """Ids of the link, or of those last shown."""
    query = address.wish() or {}
    return [*query.get("run", []), *st.session_state.get("compared", ())]


def _asked(options: dict[str, Run]) -> list[str]:
    """Ids of the link, else those last shown, else a lesson. What cannot be shown is told in the slot."""
    query = address.wish()
    linked = query.get("run") if query else None
    gallery = manager().gallery()
    lesson = [gallery[name].id for name in LESSON if name in gallery]
    shown = st.session_state.get("compared", lesson)
    asked = list(dict.fromkeys(shown if linked is None else filter(None, linked)))
    known = [identifier for identifier in asked if identifier in options]
    if gone := [identifier for identifier in asked if identifier not in options]:
        some = ", ".join(identifier[:20] for identifier in gone[:3])
        what = f"Run {some} is" if len(gone) == 1 else f"{count(len(gone))} runs ({some}{', …' * (len(gone) > 3)}) are"
        notice.say(f"{what} gone or not measured yet, and left out.")
    elif len(known) > MOST:
        notice.say(f"{count(len(known))} runs were asked for; the first {MOST} are shown.")
    return known[:MOST]


def deleted(models: Iterable[Model]) -> bool:
    """Whether a run that is shown was deleted meanwhile."""
    try:
        for model in models:
            manager().run(model.run.id)
    except Refused:
        return True
    return False


def show(runs: Iterable[str]) -> None:
    """Compare these from now on."""
    notice.act()
    st.session_state.compared = list(runs)


def _picked() -> None:
    show(st.session_state[CHOSEN])


def _sweeps() -> None:
    """All runs of a sweep at once; nothing while no sweep has any that is measured."""
    sweeps = [*manager().sweeps()[:SWEEPS], *manager().shipped().values()]
    members = [identifier for sweep in sweeps for identifier in sweep.runs]
    measured = manager().kept().keys() | manager().store.listing.measured(members)
    known = {sweep.id: sweep for sweep in sweeps if measured.intersection(sweep.runs)}
    if not known:
        return

    def take() -> None:
        runs = {run.id: run for run in manager().some(known[st.session_state[SWEEP]].runs)} | manager().kept()
        show(each for each in known[st.session_state[SWEEP]].runs if each in runs and measurable(runs[each]))
        st.session_state[SWEEP] = None

    st.selectbox(
        "All of a sweep",
        list(known),
        index=None,
        format_func=lambda identifier: _sweep_line(known[identifier]),
        key=SWEEP,
        placeholder="Choose one",
        on_change=take,
        width=220,
    )


def _sweep_line(sweep: Sweep) -> str:
    return f"{sweep.name}, {many(len(sweep.runs), 'run')}, {when_asked(sweep)}"


def models(runs: list[Run]) -> list[Model]:
    """The runs with names that tell them apart, each in its own colour."""
    return [Model(*each) for each in zip(runs, names(runs), colors(len(runs)), strict=True)]
