"""What a step costs with each form of the contractive penalty."""

from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import torch

from aedash.config import RunConfig, parse, vary_all
from aedash.data.image_data import Batch, load
from aedash.training.checkpoint import TrainState
from aedash.training.trainer import train_step

# (encoder, its hidden widths, form)
PENALTIES: tuple[tuple[str, list[int], str], ...] = (
    ("784-64", [], "exact"),
    ("784-64", [], "hutchinson"),
    ("784-128-64", [128], "exact"),
    ("784-128-64", [128], "hutchinson"),
    ("784-128-64", [128], "published"),
)
ROUNDS = 40  # steps of each kind, in turn


def penalty(encoder: str, widths: list[int], form: str) -> dict[str, Any]:
    """How many plain steps one with this penalty takes: medians of steps at batch 64, taken in turn.

    encoder: a name for the table; widths: its hidden layers; form: of `ContractiveConfig`.
    """
    dense = {"name": "dense", "widths": widths, "latent": 64, "code_activation": "relu"}
    plain = parse({"architecture": dense, "optimizer": {"batch_size": 64}})
    taxed = vary_all(plain, [("objective.contractive.weight", 0.1), ("objective.contractive.form", form)])
    data = load("digits", Path())
    x = data.scaling("unit").to_model(data.train.images[:64])
    batch = Batch(x, x, data.train.labels[:64], torch.arange(64))
    states = {config: TrainState.fresh(config, data.info, torch.device("cpu")) for config in (plain, taxed)}
    taken: dict[RunConfig, list[float]] = {plain: [], taxed: []}
    for _ in range(ROUNDS):
        for config, state in states.items():
            began = perf_counter()
            train_step(state, batch, config)
            taken[config].append(perf_counter() - began)
    return {"encoder": encoder, "form": form, "ratio": round(median(taken[taxed]) / median(taken[plain]), 2)}
