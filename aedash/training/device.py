"""The device: where a run computes, and how exactly."""

from dataclasses import dataclass

import torch

from aedash.registry import Refused


@dataclass(frozen=True)
class Backend:
    """What computes: runs of equal config and threads have equal bits only on equal ones.

    device: "cpu", "cuda" or "mps", empty where it is not known; precision: of products, "float32" or "tf32".
    """

    device: str = ""
    precision: str = ""

    def __str__(self) -> str:
        return f"{self.device.upper()} in {self.precision.replace('tf', 'TF')}"


def device_named(name: str) -> torch.device:
    """auto: cuda, else mps, else cpu. Raises Refused for one that this machine lacks, with those that it has.

    >>> device_named("cpu")
    device(type='cpu')
    """
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if name == "auto":
        name = next(kind for kind, available in there.items() if available)
    if not there.get(name):
        known = ", ".join(kind for kind, available in there.items() if available)
        raise Refused(f"Device {name} is not available here; available: {known}.", "device", known)
    return torch.device(name)


def gpu_memory() -> tuple[int, int] | None:
    """(bytes in use, by whomever; all bytes) of the first NVIDIA GPU; None without one."""
    if not torch.cuda.is_available():
        return None
    free, total = torch.cuda.mem_get_info()
    return total - free, total


def choose(name: str, tf32: bool) -> torch.device:
    """The device of that name, with its precision put in force, which is the process's. Raises as `device_named`.

    tf32: whether a GPU may round the factors of products to 10 bits behind the point, which is faster (NVIDIA 2020). Of
    itself cuDNN does so for convolutions, and nothing else does.
    """
    device = device_named(name)
    if device.type == "cuda":  # torch's flag would set something else on a CPU
        torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = tf32
    return device


def backend(device: torch.device) -> Backend:
    """The device, and the precision that is in force on it."""
    rounds = device.type == "cuda" and torch.backends.cuda.matmul.allow_tf32
    return Backend(device.type, "tf32" if rounds else "float32")


def check_same(before: Backend, here: Backend) -> None:
    """Raises Refused where a run that was trained on `before` cannot go on `here` bit for bit; unknown is let through.

    >>> check_same(Backend(), Backend("cpu", "float32"))
    >>> check_same(Backend("cuda", "tf32"), Backend("cuda", "float32"))
    Traceback (most recent call last):
    aedash.registry.Refused: The run was trained on CUDA in TF32; on CUDA in float32 it would go on to other numbers.
    """
    if before.device and before != here:
        raise Refused(f"The run was trained on {before}; on {here} it would go on to other numbers.", "device")
