"""Controls of the Train page: which run is shown, the buttons beside the recipe, the link, and what to do next."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import streamlit as st

from aedash import registry
from aedash.config import RunConfig, vary
from aedash.data.image_data import Dataset, Missing, Unavailable
from aedash.events import RunState
from aedash.formatting import change, number, setting
from aedash.history import History, Run
from aedash.presets.base import preset
from aedash.registry import Refused
from aedash.settings import Settings
from aedash.training import twins
from aedash.training.twins import KIND
from aedash.ui import address, compared, frame, notice, recipe
from aedash.ui.server import manager
from aedash.ui.state import FIRST_PRESET, TrainView

SETTLE_SECONDS = 0.5
GRADES = {"reproduced": "ok", "better": "ok", "missed": "off"}  # of a verdict; all others are grey


def current_run() -> Run | None:
    """The run that the address or this session names; its config becomes the recipe when it is opened."""
    query = address.wish()
    if query is not None and {"run", "preset", "set"} & query.keys():
        _wished(query)
    asked = st.session_state.get("run", "")
    if not asked:
        return None
    try:
        run = manager().run(asked)
    except Refused as error:
        st.session_state.run = ""
        notice.say(str(error))
        return None
    if st.session_state.get("opened") != run.id:
        _open(run, TrainView(run.id))
    return run


def _wished(query: dict[str, list[str]]) -> None:
    """Show what the address asks for: a run, with what was changed in its recipe, or a recipe."""
    view = TrainView.from_query(query)
    show(view.run)
    if view.run:
        with suppress(Refused):
            _open(manager().run(view.run), view)
    else:
        recipe.wished(query)
        notice.say(view.notice)


def _open(run: Run, view: TrainView) -> None:
    view = view.tried(run.config)
    recipe.load(run.preset or FIRST_PRESET, view.config(run.config), view.notice)
    st.session_state.opened = run.id


def show(identifier: str) -> None:
    """Make this the run of the session, or none."""
    st.session_state.update(run=identifier, opened="")


def write_link(run: Run | None) -> None:
    """The address of what is on screen: a run, or none, and the recipe."""
    config = recipe.draft()
    address.write(TrainView.of(run, st.session_state.preset, config).to_query())


def buttons(run: Run | None) -> None:
    """Start, or Pause, Resume and Stop for a run under way."""
    if run is None or not run.state.alive:
        word = "Start training" if run is None else "Train again" if run.config == recipe.draft() else "Train this"
        ready = recipe.present(recipe.draft().data.name)
        st.button(
            word, type="primary", icon=":material/play_arrow:", on_click=start, disabled=not ready, width="content"
        )
        return
    steer: dict[str, Any] = {"disabled": not run.own, "width": "content", "args": (run.id,)}
    why = None if run.own else "Another process trains this run; it can be steered only there."
    if run.state is RunState.PAUSED:
        st.button("Resume", icon=":material/play_arrow:", on_click=resume, help=why, **steer)
    elif run.state is RunState.RUNNING:
        st.button("Pause", icon=":material/pause:", on_click=pause, help=why, **steer)
    st.button("Stop", icon=":material/stop:", on_click=stop, help=why, **steer)


def start() -> None:
    """Queue the recipe and show its run; a refusal becomes the sentence in the slot."""
    if notice.untold():  # of a value that was refused in the same moment: the click meant that one
        return
    config, name = recipe.draft(), st.session_state.preset
    same = preset(name).config.architecture == config.architecture
    with notice.acting():
        run = manager().submit(config, name if same else "")
        st.session_state.update(run=run, opened=run)


def replay(identifier: str) -> None:
    """Queue a run that repeats this one, changes and all, and show it."""
    with notice.acting():
        show(manager().replay(identifier))


def slower(identifier: str) -> None:
    """Fork a run that diverged at a tenth of its learning rate, or train it so from the start, and show the new run."""
    with notice.acting():
        run = manager().run(identifier)
        calmer = vary(run.config, twins.RATE, twins.calmer_rate(run))
        show(twins.slower(manager(), run) if run.epochs_done else manager().submit(calmer, run.preset))


def pause(identifier: str) -> None:
    """Pause and wait for it, so that the button shows what is."""
    _steer(identifier, manager().pause, lambda history: history.state.state is not RunState.RUNNING)


def resume(identifier: str) -> None:
    """Go on."""
    _steer(identifier, manager().resume, lambda history: history.state.state is RunState.RUNNING)


def stop(identifier: str) -> None:
    """Stop, keep the weights."""
    _steer(identifier, manager().stop, lambda history: not history.state.state.alive)


def _steer(identifier: str, command: Callable[[str], None], done: Callable[[History], bool]) -> None:
    with notice.acting():
        command(identifier)
        manager().wait(identifier, done, SETTLE_SECONDS)


def data_needed(name: str) -> None:
    """Offer the download of a dataset that is not there, or not as it should be; digits always are."""
    entry: Dataset = registry.datasets.get(name)
    trouble = _trouble(entry)
    if entry.fetch is None or trouble is None:
        return
    failed = st.session_state.get(f"fetch_failed-{name}", "") or ("" if isinstance(trouble, Missing) else str(trouble))
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="data_needed"):
        st.html(frame.problem(failed) if failed else frame.note(str(trouble)))
        again = "Retry" if failed else f"Download {entry.info.title}"
        wanted = st.button(again, icon=":material/download:", width="content")
        st.button("Use digits instead", on_click=recipe.edit_all, args=([("data.name", "digits")],), width="content")
    if wanted:
        _download(entry)


def _trouble(entry: Dataset) -> Unavailable | None:
    """Why a dataset cannot be used, if it cannot."""
    try:
        entry.check(Settings().data_dir)
    except Unavailable as error:
        return error
    return None


def _download(entry: Dataset) -> None:
    bar = st.progress(0.0, f"Downloading {entry.info.title}")

    def progress(done: int, total: int) -> None:
        bar.progress(min(1.0, done / total), f"Downloading {entry.info.title}")

    try:
        if entry.fetch:
            entry.fetch(Settings().data_dir, progress)
        st.session_state[f"fetch_failed-{entry.info.name}"] = ""
    except Unavailable as error:
        st.session_state[f"fetch_failed-{entry.info.name}"] = str(error)
    st.rerun()


def mark(run: Run) -> None:
    """Say where the recipe above is not that of the run below."""
    if run.config != recipe.draft():
        st.html('<span class="badge">recipe differs from the run shown</span>', width="content")


def next_steps(run: Run) -> None:
    """After a run: its figure beside the published one, and where to go from here."""
    shipped = any(run.id == one.id for one in manager().gallery().values())
    badge = verdict(run, "ours" if shipped else "yours")
    if badge:
        st.html(badge, width="content")
    if run.diverged:
        _slower(run)
    elif run.resumable and st.button(
        "Go on", icon=":material/resume:", type="tertiary", help="Resume from its last save"
    ):
        resume(run.id)
        st.rerun()
    if run.changes and st.button(
        "Replay", icon=":material/replay:", type="tertiary", help="Train it anew, with every change at its step"
    ):
        replay(run.id)
        st.rerun()
    if "test" in run.figures and st.button("Compare", icon=":material/compare:", type="tertiary"):
        compared.begin_with(run)
        st.switch_page("pages/compare/compare.py")
    mine = run.epochs_done and not run.state.alive and run.folder.parent == manager().settings.runs_dir
    if mine and st.button(
        "What if?", icon=":material/call_split:", type="tertiary", help="Fork it: what had another number done?"
    ):
        address.keep("of", run.id, page=KIND)
        st.session_state[f"sweep-{KIND}"] = ""
        st.switch_page("pages/compare/twins.py")
    if st.button("All runs", icon=":material/table_rows:", type="tertiary"):
        st.switch_page("pages/train/runs.py")


def _slower(run: Run) -> None:
    """Going on is exact, so it would diverge again; a tenth of the rate may not: from its last kept epoch, or anew."""
    rate = twins.calmer_rate(run)
    how = f"Go on from epoch {run.epochs_done} at a tenth of its rate" if run.epochs_done else "A tenth of its rate"
    if st.button(f"Train at {setting(rate)}", icon=":material/play_arrow:", type="tertiary", help=how):
        slower(run.id)
        st.rerun()


def what_is_measured(config: RunConfig) -> tuple[Any, ...]:
    """What must be the same before a published figure may stand beside one's own."""
    return config.data, config.corruption, config.objective


def verdict(run: Run, whose: str = "yours") -> str:
    """published 65.3 · yours 65.6, where the run did what its source did."""
    if run.preset not in registry.presets.names() or not run.figures:
        return ""
    source = preset(run.preset)
    alike = what_is_measured(source.config) == what_is_measured(run.config)
    figures = [p for p in source.published if p.split in run.figures]
    if not alike or not figures or run.changes:
        return ""
    value = figures[0].ours(run.figures[figures[0].split])
    theirs, ours = source.config.epochs, run.epochs_done
    if ours != theirs:
        return (
            f'<span class="badge">published <b>{figures[0].value:g}</b> after {theirs} epochs · '
            f"{whose} <b>{number(value)}</b> after {ours}</span>"
        )
    off, judged = value / figures[0].value - 1, figures[0].verdict([value])
    return (
        f'<span class="badge">published <b>{figures[0].value:g}</b> · {whose} <b>{number(value)}</b> '
        f'<span class="{GRADES.get(judged, "")}">{change(off)}, {judged}</span></span>'
    )
