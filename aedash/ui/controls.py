"""Controls of the Train page: which run is shown, the buttons beside the recipe, the link, and what to do next."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from aedash import registry
from aedash.config import RunConfig, vary
from aedash.data.image_data import Dataset, Unavailable
from aedash.events import DIVERGED, RunState
from aedash.formatting import setting
from aedash.history import History, Run
from aedash.presets.base import preset
from aedash.registry import Refused
from aedash.settings import Settings
from aedash.training.twins import KIND
from aedash.ui import compared, frame, recipe
from aedash.ui.server import fixed_images, manager
from aedash.ui.state import FIRST_PRESET

SETTLE_SECONDS = 0.5
RESUMABLE = (RunState.INTERRUPTED, RunState.STOPPED, RunState.FAILED)


def current_run() -> Run | None:
    """The run that the link or this session names; its config becomes the recipe when it is opened."""
    asked = st.query_params.get("run") or st.session_state.get("run", "")
    if not asked:
        return None
    try:
        run = manager().run(asked)
    except Refused as error:
        recipe.draft()
        st.session_state.update(run="", refusal=str(error))
        return None
    if st.session_state.get("run") != run.id or "draft" not in st.session_state:
        show(run.id)
        recipe.load(run.preset or FIRST_PRESET, run.config)
    return run


def show(identifier: str) -> None:
    """Make this the run of the session and of the link."""
    st.session_state.run = identifier
    if identifier:
        st.query_params.from_dict({"run": identifier})


def write_link(run: Run | None) -> None:
    """The address of what is on screen: a run, or the recipe."""
    view = recipe.view(run.id if run else "")
    if {name: st.query_params.get_all(name) for name in st.query_params} != _listed(view.to_query()):
        st.query_params.from_dict(view.to_query())


def _listed(query: dict[str, str | list[str]]) -> dict[str, list[str]]:
    return {name: value if isinstance(value, list) else [value] for name, value in query.items()}


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
    else:
        st.button("Pause", icon=":material/pause:", on_click=pause, help=why, **steer)
    st.button("Stop", icon=":material/stop:", on_click=stop, help=why, **steer)


def start() -> None:
    """Queue the recipe and show its run; a refusal becomes the sentence in the slot."""
    if recipe.just_refused():
        return
    config, name = recipe.draft(), st.session_state.preset
    same = preset(name).config.architecture == config.architecture
    try:
        show(manager().submit(config, name if same else ""))
        st.session_state.refusal = ""
    except Refused as error:
        st.session_state.refusal = str(error)


def replay(identifier: str) -> None:
    """Queue a run that repeats this one, changes and all, and show it."""
    try:
        show(manager().replay(identifier))
        st.session_state.refusal = ""
    except Refused as error:
        st.session_state.refusal = str(error)


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
    try:
        command(identifier)
        manager().wait(identifier, done, SETTLE_SECONDS)
        st.session_state.refusal = ""
    except Refused as error:
        st.session_state.refusal = str(error)


def data_needed(name: str) -> None:
    """Offer the download of a dataset that is not there; digits always are."""
    entry: Dataset = registry.datasets.get(name)
    damage = _damage(name)
    if entry.fetch is None or (recipe.present(name) and not damage):
        return
    failed = st.session_state.get(f"fetch_failed-{name}", "") or (damage if recipe.present(name) else "")
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="data_needed"):
        st.html(frame.problem(failed) if failed else frame.note(f"{entry.info.title} is not on this machine yet."))
        again = "Retry" if failed else f"Download {entry.info.title}"
        wanted = st.button(again, icon=":material/download:", width="content")
        st.button("Use digits instead", on_click=recipe.edit_all, args=([("data.name", "digits")],), width="content")
    if wanted:
        _download(entry)


def _damage(name: str) -> str:
    """What is wrong with a dataset's files, in one sentence; empty when they can be read."""
    try:
        fixed_images(name)
    except Unavailable as error:
        return str(error)
    return ""


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


def next_steps(run: Run) -> None:
    """After a run: its figure beside the published one, and where to go from here."""
    shipped = any(run.id == one.id for one in manager().gallery().values())
    badge = verdict(run, "ours" if shipped else "yours")
    if badge:
        st.html(badge, width="content")
    if _diverged(run):
        _slower(run)
    elif run.state in RESUMABLE and st.button(
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
        st.session_state.update({"twin-run": run.id, f"sweep-{KIND}": ""})
        st.switch_page("pages/compare/twins.py")
    if st.button("All runs", icon=":material/table_rows:", type="tertiary"):
        st.switch_page("pages/train/runs.py")


def _diverged(run: Run) -> bool:
    return run.state is RunState.FAILED and run.sentence.startswith(DIVERGED)


def _slower(run: Run) -> None:
    """Going on is exact, so it would diverge again; another learning rate may not."""
    rate = float(f"{run.config.optimizer.learning_rate / 10:.6g}")
    if not st.button(
        f"Train at {setting(rate)}", icon=":material/play_arrow:", type="tertiary", help="A tenth of the learning rate"
    ):
        return
    try:
        calmer = vary(run.config, "optimizer.learning_rate", rate)
        st.query_params.from_dict({"run": manager().submit(calmer, run.preset)})  # opened like any link
        st.session_state.refusal = ""
    except Refused as error:
        st.session_state.refusal = str(error)
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
            f"{whose} <b>{value:.4g}</b> after {ours}</span>"
        )
    off = value / figures[0].value - 1
    grade = "ok" if abs(off) <= figures[0].band or (off < 0 and figures[0].honest) else "off"
    return (
        f'<span class="badge">published <b>{figures[0].value:g}</b> · {whose} <b>{value:.4g}</b> '
        f'<span class="{grade}">{off:+.1%}</span></span>'
    )
