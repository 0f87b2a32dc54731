"""Warming up: the first optimiser step of a process imports half of torch; the server takes it before anyone waits."""

from pathlib import Path

from aedash.data.image_data import load
from aedash.events import StepBlock
from aedash.presets.base import preset
from aedash.training.checkpoint import TrainState
from aedash.training.trainer import fit
from aedash.training.worker import device_named


def warm_up() -> None:
    """Train a few steps on the bundled digits, and throw them away."""
    config = preset("R0-simple").config
    device = device_named("auto")
    data = load("digits", Path()).to(device)
    state = TrainState.fresh(config, data.info, device)
    for event in fit(data, state, config):
        if isinstance(event, StepBlock) and event.step >= 2:
            break
