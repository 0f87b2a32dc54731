"""What keeps the whole app from working is said in one sentence, until it is mended."""

import json

import numpy as np
import streamlit as st

from aedash.events import RunState
from aedash.training.executors import cluster
from aedash.ui.desk import background
from aedash.ui.desk.manager import manager
from tests import fakes


def test_a_ray_cluster_that_cannot_be_had(open_page, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setenv("AEDASH_RAY_ADDRESS", "127.0.0.1:6379")
        patch.setattr(cluster, "find_spec", lambda name: None)
        tab = open_page("home")
        assert tab.problem.startswith("AEDASH_RAY_ADDRESS is set but Ray is not installed")
        assert tab.problem.endswith(".")
    assert tab.again().problem == ""


NPZ = {"scores": np.zeros((2, 3, 4)), "components": np.zeros(1), "mse": np.array(["low"])}
DAMAGE = {
    "best.safetensors": b"garbage",
    "last.safetensors": (100_000).to_bytes(8, "little") + b"[" * 100_000,
    "best-state.safetensors": b"",
    "epoch-one.safetensors": b"",
    "probes.npz": b"PK\x03\x04",
    "history.json": b"[" * 100_000,
    "run.json": b"null",
}


def test_damaged_files_of_a_finished_run_and_of_a_sweep_put_an_error_on_no_page(house, quick, open_page):
    run = quick(epochs=1).click("Start training").until(RunState.FINISHED).run
    folder = fakes.until(lambda: not manager().run(run).state.alive and manager().run(run).folder)
    manager().close()
    st.cache_resource.clear()
    for name, content in DAMAGE.items():
        (folder / name).write_bytes(content)
    for path in (folder / "snapshots").glob("*.npz"):
        np.savez(path, **NPZ)
    (house / "sweeps").mkdir()
    for name, created in (("feedfeedfeed", "soon"), ("deafdeafdeaf", "2026-01-01T00:00:00")):
        (house / "sweeps" / f"{name}.json").write_text(json.dumps({"name": name, "created": created}))
    for page in ("home", "runs", "compare", "lambda", "noise", "sweeps", "twins"):
        open_page(page)
    assert open_page("train", run=run).status["word"] == "Finished"
    tab = open_page("compare", run=[run])
    background.settle(60)
    tab.again()
