"""Where runs are executed: one small protocol, one file an implementation."""

import logging

from aedash.registry import Refused
from aedash.settings import Settings
from aedash.training.executors.base import Executor

log = logging.getLogger("aedash")


def make_executor(settings: Settings) -> Executor:
    """The executor that the settings ask for. Raises Refused when a Ray cluster is wanted and cannot be had."""
    if settings.ray_address:
        try:
            return _on_cluster(settings.ray_address)
        except Refused as refused:
            if not settings.ray_fallback:
                raise
            log.warning("%s Runs train on this machine.", refused)
    return _on_this_machine(settings.executor)


def _on_cluster(address: str) -> Executor:
    try:
        from aedash.training.executors.ray import RayExecutor
    except ModuleNotFoundError:
        sentence = "AEDASH_RAY_ADDRESS is set but Ray is not installed: pip install -r requirements-ray.txt."
        raise Refused(sentence, "AEDASH_RAY_ADDRESS") from None
    return RayExecutor(address)


def _on_this_machine(kind: str) -> Executor:
    if kind == "process":
        from aedash.training.executors.process import ProcessExecutor

        return ProcessExecutor()
    from aedash.training.executors.thread import ThreadExecutor

    return ThreadExecutor()
