"""Configs as nobody would write them: each is refused in one line or accepted, and what is accepted can be trained."""

import random
from collections.abc import Iterator
from contextlib import suppress
from math import isfinite
from pathlib import Path
from time import process_time
from typing import Any

import torch

from aedash import registry
from aedash.commands.soak.outcome import Outcome
from aedash.config import RunConfig, flat, parse, vary
from aedash.data.image_data import load
from aedash.events import EpochEnd
from aedash.presets.base import preset
from aedash.registry import Refused
from aedash.settings import Settings
from aedash.training.checkpoint import TrainState
from aedash.training.limits import needs
from aedash.training.plan import gate
from aedash.training.trainer import Diverged, fit

CONFIGS = {True: 500, False: 10_000}  # quick or not
TRAINED = {True: 10, False: 100}
LIGHT = 200e6  # bytes of a step: what is trained here shall take a second
SLOW = 1.0  # seconds of computing
LONGEST = 1200  # letters of a sentence
SEED = 20
HOSTILE: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -1, 2, 3, 7, 16, 1e-9, 0.5, 1.0, 1e9, -0.0, 10**9, 10**30, 2**31, 2**63, -(2**63)),
    *(float("nan"), float("inf"), float("-inf"), "9" * 4999, "", " ", "x" * 9999, "\x00", "\ud800", "٣", "💥" * 99),
    *("dense", "conv", "vq", "graph", "pca", "sigmoid", "none", "relu", "digits", "cats", "__class__", "os.system"),
    *("../../etc/passwd", "<script>alert(1)</script>", "**bold**", "$x$", "{}", "0x10", "1_0", "1e5", "NaN"),
    *([], [[]], [0], [-1], [1] * 600, [16], [32, 8], ["a"], [None], [10**8], [2.5], [{}], [{"channels": 1}]),
    *({}, {"name": "dense"}, {"name": None}, {"name": "kl", "weight": 1}, {"": ""}, {"name": {"name": "dense"}}),
    *([{"channels": 4, "kernel": 3, "stride": 2}], [{"channels": 10**6}], [{"channels": 4, "kernel": 99}]),
    *([{"name": "reconstruction"}], ["reconstruction", "kl"], ["reconstruction"] * 2, ["kl"]),
)


def case(quick: bool) -> Outcome:
    """So many mutated presets through all gates; of those that pass, some are trained for an epoch."""
    settings, chance = Settings(), random.Random(SEED)
    for name in registry.presets.names():  # as a server does before its first visitor: torch imports what it needs
        with suppress(Refused):
            gate(vary(preset(name).config, "data.name", "digits"), settings)
    faults: list[str] = []
    accepted: list[RunConfig] = []
    took: list[float] = []
    for raw in configs(chance, CONFIGS[quick]):
        began = process_time()
        try:
            accepted.append(gate(parse(raw), settings))
        except Refused as refused:
            faults += told(str(refused))
        except Exception as error:
            faults.append(f"{type(error).__name__} for {str(raw)[:300]}")
        took.append(process_time() - began)
        if took[-1] > SLOW:
            faults.append(f"{took[-1]:.1f} s for {str(raw)[:300]}")
    light = [config for config in accepted if trainable(config)]
    sample = chance.sample(light, min(len(light), TRAINED[quick]))
    for config in sample:
        faults += trained(config)
    counted = {"configs": len(took), "accepted": len(accepted), "trained": len(sample)}
    return Outcome({**counted, "slowest, ms": round(1000 * max(took))}, tuple(faults))


def configs(chance: random.Random, many: int) -> Iterator[Any]:
    """Presets as JSON holds them, on digits, with one to four of their fields made something else."""
    names = registry.presets.names()
    for _ in range(many):
        raw = vary(preset(chance.choice(names)).config, "data.name", "digits").model_dump(mode="json")
        for _ in range(chance.choice((1, 1, 2, 4))):
            mutate(raw, chance)
        yield raw


def mutate(raw: dict[str, Any], chance: random.Random) -> None:
    """Put something else in the place of a random field, or of all that stands above it."""
    place: Any = raw
    while isinstance(place, dict | list) and place:
        step = chance.choice(list(place) if isinstance(place, dict) else range(len(place)))
        below = place[step]
        if not isinstance(below, dict | list) or not below or chance.random() < 0.15:
            place[step] = value(below, chance)
            return
        if isinstance(below, dict) and chance.random() < 0.05:
            below[chance.choice(("code", "__class__", "name", "latent", ""))] = chance.choice(HOSTILE)
            return
        place = below


def value(before: Any, chance: random.Random) -> Any:
    """Something hostile, or a number near the one before, which may well be allowed."""
    if isinstance(before, int | float) and not isinstance(before, bool) and chance.random() < 0.5:
        near = before * chance.choice((0.1, 0.5, 2, 3, 10, 1000))
        return round(near) if isinstance(before, int) else near
    return chance.choice(HOSTILE)


def told(sentence: str) -> list[str]:
    """What is wrong with a sentence of refusal."""
    fine = sentence.strip() and len(sentence.splitlines()) == 1 and len(sentence) <= LONGEST
    return [] if fine and "Traceback" not in sentence else [f"No sentence: {sentence[:200]!r}"]


def trainable(config: RunConfig) -> bool:
    """Whether an epoch of it takes about a second."""
    info = registry.datasets.get(config.data.name).info
    if config.data.name != "digits" or config.optimizer.batch_size < 16:
        return False
    return max(needs(config.architecture, config.objective, config.optimizer.batch_size, info).values()) < LIGHT


def trained(config: RunConfig) -> list[str]:
    """What is wrong with an epoch of it: nothing where its loss is finite, or where it is said that it is not."""
    one = vary(config, "epochs", 1)
    try:
        data = load(config.data.name, Path()).without(config.data.without)
        state = TrainState.fresh(one, data.info, torch.device("cpu"))
        ends = [event for event in fit(data, state, one) if isinstance(event, EpochEnd)]
    except Diverged:
        return []
    except Refused as refused:
        return told(str(refused))
    except Exception as error:
        return [f"{type(error).__name__} as it trained: {sorted(flat(one).items())}"]
    return [] if isfinite(ends[-1].figures.loss) else [f"Its loss is not finite: {sorted(flat(one).items())}"]
