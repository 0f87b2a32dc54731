"""Warming up: the first optimiser step of a process imports half of torch; the server takes it before anyone waits."""

from contextlib import suppress
from pathlib import Path

from aedash import registry
from aedash.data.image_data import Unavailable, load
from aedash.events import StepBlock
from aedash.presets.base import preset
from aedash.training.checkpoint import TrainState
from aedash.training.device import device_named
from aedash.training.limits import needs
from aedash.training.trainer import fit


def warm_up(data_root: Path, device_name: str) -> None:
    """Train a few steps on the bundled digits, and throw them away; then read the data sets that are there.

    Called by a thread of the server as it starts. device_name: as `device_named` takes it, which raises Refused.
    """
    config = preset("R0-simple").config
    device = device_named(device_name)
    data = load("digits", Path()).to(device)
    needs(config.architecture, config.objective, config.optimizer.batch_size, data.info)
    state = TrainState.fresh(config, data.info, device)
    for event in fit(data, state, config):
        if isinstance(event, StepBlock) and event.step >= 2:
            break
    for entry in registry.datasets:
        with suppress(Unavailable):
            if entry.present(data_root):
                load(entry.info.name, data_root)
