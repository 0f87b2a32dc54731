"""Parallel coordinates of the runs that are chosen, else of those that are found."""

from collections.abc import Mapping, Sequence

import streamlit as st

from aedash import words
from aedash.figures.parallel import Scale, parallel
from aedash.formatting import count, many
from aedash.history import Run
from aedash.kinds import kind
from aedash.recipe_words import differing
from aedash.store.listing import Wanted
from aedash.ui.desk.manager import manager
from aedash.ui.shell import address, frame
from aedash.ui.widgets.measured import CLEAN, NOISY
from aedash.ui.widgets.run_words import data_title

SHOW, TABLE, PARALLEL = "view-show", "Table", "Parallel coordinates"
AXES, MOST = "view-axes", 300  # runs that are drawn
FIRST, MOST_AXES, MOST_TEXTS = 5, 9, 12  # settings at first; axes in all; texts that one axis has room for
MSE = f"Test MSE, {CLEAN}"
LIKED = ("objective.kl.weight", "architecture.latent", "optimizer.learning_rate", "corruption.sigma", "epochs")


def switch() -> bool:
    """Whether parallel coordinates are asked for."""
    return address.switch(SHOW, "Show", [TABLE, PARALLEL], TABLE, key="runs-show") == PARALLEL


def draw(asked: Wanted, chosen: Sequence[Run]) -> None:
    """The chart, and above it which axes it has."""
    runs = list(chosen if len(chosen) > 1 else manager().page(asked, MOST).runs)[:MOST]
    measured = [run for run in runs if "test" in run.figures]
    if len(measured) < 2:
        frame.empty("Nothing to compare", "It takes two runs that have ended and were measured.", 220)
        return
    settings, results = _settings(measured), _results(measured)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        shown, colored = _axes(settings), _color(list(results))
    scales = [*(settings[path] for path in shown), *results.values()]
    place = len(shown) + list(results).index(colored)
    with st.container(key="runs_parallel"):
        figure = parallel(scales, place, frame.dark())
        alt = f"{many(len(measured), 'run')} across {', '.join(scale.title for scale in scales)}"
        st.plotly_chart(figure, theme=None, key="runs-parallel", config=frame.QUIET, alt=alt)
    st.html(f'<p class="hint">{_told(len(measured), len(runs) - len(measured), bool(len(chosen) > 1))}</p>')


def _told(drawn: int, unmeasured: int, chosen: bool) -> str:
    most = drawn + unmeasured == MOST
    which = ("first " * most) + f"{MOST} " * most + ("chosen" if chosen else "found")
    left = f" {count(unmeasured)} not measured yet {'is' if unmeasured == 1 else 'are'} left out." * bool(unmeasured)
    how = "Drag along an axis to keep those that cross there; look for a setting whose lines all end low."
    of = f"{many(drawn, 'run')} of the {which}, a line each"
    return f"{of}, best weights on the test images; MSE is per pixel. {how}{left}"


def _settings(runs: Sequence[Run]) -> dict[str, Scale]:
    """{path: axis} of all that differs among the runs and can stand on an axis; those that are asked for most first."""
    titles = {"data.name": tuple(map(data_title, runs)), "kind": tuple(kind(run.config) for run in runs)}
    values = {path: tuple(each) for path, each in differing([run.config for run in runs]).items()} | {
        name: told for name, told in titles.items() if len(set(told)) > 1
    }
    scales = {path: Scale(_title(path), _flat(each)) for path, each in values.items()}
    fit = {path: scale for path, scale in scales.items() if scale.numeric or len(set(scale.told)) <= MOST_TEXTS}
    liked = [path for path in ("kind", "data.name", *LIKED) if path in fit]
    return {path: fit[path] for path in [*liked, *(path for path in fit if path not in liked)] if fit[path].told}


def _flat(values: Sequence[object]) -> tuple[object, ...]:
    """Lists and switches as texts, which an axis can hold."""
    texts = [value if value is None or type(value) in (int, float, str) else str(value)[:24] for value in values]
    mixed = {type(text) is str for text in texts if text is not None} == {True, False}
    return tuple(str(text) if mixed and text is not None else text for text in texts)


def _title(path: str) -> str:
    return "Kind" if path == "kind" else words.capital(words.field(path))


def _results(runs: Sequence[Run]) -> dict[str, Scale]:
    """{title: axis} of what was measured; of the KL in nats."""
    tests = [run.figures["test"] for run in runs]
    found = {
        MSE: tuple(test.mse for test in tests),
        f"Test MSE, {NOISY}": tuple(test.mse_corrupted for test in tests),
        "Test KL, nats": tuple(test.terms.get("kl") for test in tests),
    }
    return {
        title: Scale(title, values, measured=True)
        for title, values in found.items()
        if any(v is not None for v in values)
    }


def _axes(settings: Mapping[str, Scale]) -> list[str]:
    """Paths of the settings that have an axis, chosen by the person, in the address."""

    def read(text: str) -> str:
        if len(text) > 600:
            raise ValueError(text)
        return text

    first = ",".join(list(settings)[:FIRST])
    asked = [path for path in address.kept(AXES, first, read).split(",") if path in settings]
    address.look(AXES, ",".join(asked) if asked != first.split(",") else None)
    key = f"runs-axes-{hash(tuple(settings))}#{address.version()}"

    def changed() -> None:
        address.keep(AXES, ",".join(st.session_state[key]))

    st.multiselect(
        "Axes",
        list(settings),
        asked,
        format_func=lambda path: settings[path].title,
        key=key,
        max_selections=MOST_AXES,
        on_change=changed,
        label_visibility="collapsed",
        placeholder="Settings that differ",
    )
    return asked


def _color(results: Sequence[str]) -> str:
    """The result that colours the lines."""
    if len(results) == 1:
        return results[0]
    return address.select(
        "view-color",
        "Coloured by",
        list(results),
        results[0],
        key="runs-color",
        format_func=lambda title: f"Coloured by {title}",
        label_visibility="collapsed",
        width=290,
    )
