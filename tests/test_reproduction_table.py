"""The table of reproductions in docs, against the trained runs that come with the app."""

from pathlib import Path
from typing import get_args

import pytest

from aedash.commands.reproduce import HEADS
from aedash.presets.base import Verdict, preset
from aedash.store.gallery import pretrained, read_history

ROOT = Path(__file__).parents[1]
GALLERY = pretrained(ROOT / "checkpoints")
ROWS = [
    dict(zip(HEADS.split(" | "), cells, strict=True))
    for line in (ROOT / "docs" / "reproduction.md").read_text().splitlines()
    if len(cells := [cell.strip() for cell in line.strip("|").split("|")]) == len(HEADS.split(" | "))
    and cells[0].split(",")[0] in GALLERY
]
OWN = [row for row in ROWS if "," not in row["system"]]  # of the preset's own data


def test_every_trained_run_has_its_row():
    assert {row["system"] for row in OWN} == set(GALLERY)


@pytest.mark.parametrize("row", OWN, ids=lambda row: row["system"])
def test_a_row_is_of_the_run_that_comes_with_the_app(row):
    """A row of one seed is that run; one of several encloses it, where its figure is one of a whole split."""
    run, source = GALLERY[row["system"]], preset(row["system"])
    figure = source.published[0] if source.published else None
    value = figure.measured(run, read_history(run.folder)) if figure else run.figures["test"].loss
    low, _, high = row["seeds: low to high"].rpartition(": ")[2].partition(" to ")
    if not high:
        assert row["ours"] == f"{value:.4g}"
        assert row["live code"] == f"{run.figures['test'].code_size} of {run.figures['test'].code_units}"
        assert row["test MSE"] == f"{run.figures['test'].mse:.5f}"
    elif row["split"] != "last-batch":  # of which a shipped run keeps only every so many
        assert float(low) * 0.9995 <= value <= float(high) * 1.0005


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["system"])
def test_a_verdict_claims_nothing_from_fewer_than_three_seeds(row):
    assert row["verdict"] in (*get_args(Verdict), "no figure")
    if row["seeds: low to high"].partition(":")[0] in ("1", "2"):
        assert row["verdict"] != "better"
