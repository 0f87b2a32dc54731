"""Where runs are executed: one interface, one file a place."""

import logging
import os
from typing import TYPE_CHECKING

from aedash.registry import Refused
from aedash.settings import Settings

if TYPE_CHECKING:  # without torch: the driver of a cluster imports this package, too
    from aedash.training.executors.task import Executor

log = logging.getLogger("aedash")


def make_executor(settings: Settings) -> "Executor":
    """The executor that the settings ask for: a Ray cluster where an address is set, else threads or processes.

    Raises Refused when it cannot be had: no cluster (unless `ray_fallback` is set), no fork.
    """
    from aedash.training.executors.cluster import RayExecutor
    from aedash.training.executors.process import ProcessExecutor
    from aedash.training.executors.thread import ThreadExecutor

    if settings.ray_address:
        try:
            return RayExecutor(settings.ray_address)
        except Refused as refused:
            if not settings.ray_fallback:
                raise
            log.warning("%s Runs train on this machine.", refused)
    if settings.executor == "thread":
        return ThreadExecutor()
    if not hasattr(os, "fork"):
        raise Refused(
            "Runs in processes of their own need a system that forks: set AEDASH_EXECUTOR to thread.", "executor"
        )
    return ProcessExecutor()
