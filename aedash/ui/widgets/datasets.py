"""Data sets: those that a person may choose among, and what a recipe changes with the choice."""

from typing import Any

from aedash import registry
from aedash.config import RunConfig, training_images
from aedash.data.own import sets
from aedash.data.own.sets import OwnSet
from aedash.ui.shell.visitor import who

STEPS = 4  # an epoch has of a set that is smaller than the batch was


def mine() -> list[OwnSet]:
    """Own sets that this browser may choose and remove, the newest first: all, where it may do everything."""
    me = who()
    return [each for each in sets.listed() if me.free or me.visitor in each.owners]


def names(chosen: str = "") -> list[str]:
    """Those that come with the app, one's own, and the chosen one, which may be somebody else's, by a link."""
    found = [*registry.datasets.names(), *(each.name for each in mine())]
    return found if chosen in ("", *found) else [*found, chosen]


def title(name: str) -> str:
    """As menus show it."""
    return registry.datasets.get(name).info.title


def changes(config: RunConfig, name: str) -> list[tuple[str, Any]]:
    """What makes a recipe one of that data set: no batch larger than the set, and no class left out that it lacks."""
    info, left = registry.datasets.get(name).info, config.data.without
    found: list[tuple[str, Any]] = []
    if left is not None and not left < len(info.classes) > 1:
        found, left = [("data.without", None)], None
    data = config.data.model_copy(update={"name": name, "without": left})
    images = training_images(data, info)
    if config.optimizer.batch_size > images:
        found.append(("optimizer.batch_size", max(1, images // STEPS)))
    return [*found, ("data.name", name)]
