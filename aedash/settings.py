"""Settings from the environment: every `AEDASH_*` variable, its default and its meaning."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from aedash.registry import Refused


def _beside_the_runs(values: dict[str, Any]) -> Path:
    """The log lies where runs may be written, wherever the code is."""
    return Path(values.get("runs_dir", "runs")) / "aedash.log"


def _if_shared(shared: int, else_: int) -> Callable[[dict[str, Any]], int]:
    """A default that keeps a server for everybody where strangers use it."""
    return lambda values: shared if values.get("shared") else else_


class Settings(BaseSettings):
    """One field a variable: `data_dir` is read from `AEDASH_DATA_DIR`.

    Frozen; another environment needs another object. Paths are relative to where the process was started. Raises
    ValidationError where a variable is wrong; `read` says so in a sentence.
    """

    model_config = SettingsConfigDict(env_prefix="AEDASH_", frozen=True, extra="ignore")

    data_dir: Path = Field(Path("data"), description="Folder of the data sets, in torchvision's layout.")
    runs_dir: Path = Field(Path("runs"), description="Folder of the runs and their index.")
    gallery_dir: Path = Field(Path("checkpoints"), description="Folder of the trained runs that come with the app.")
    shared: bool = Field(False, description="Whether strangers use this server: then runs belong to who started them.")
    device: Literal["auto", "cpu", "cuda", "mps"] = Field("auto", description="Where to compute.")
    tf32: bool = Field(False, description="Let a GPU round the factors of products to TF32, which is faster.")
    executor: Literal["thread", "process"] = Field(
        "thread", description="How runs train: in threads of the server, or each in a process of its own."
    )
    ray_address: str = Field("", description="host:port of a Ray cluster that trains the runs instead.")
    ray_fallback: bool = Field(False, description="Train on this machine when that cluster does not answer.")
    max_concurrent_runs: int = Field(1, ge=1, le=64, description="Runs that train at the same time in the app.")
    max_queued_runs: int = Field(
        100,
        ge=1,
        le=10_000,
        description="Runs that may wait in the app's queue; on a shared server a sweep is one.",
    )
    max_streams: int = Field(200, ge=1, le=10_000, description="Pages that are kept live at the same time.")
    threads: int = Field(0, ge=0, le=256, description="CPU threads of a run; 0 shares the cores among runs.")
    max_gigabytes: float = Field(4.0, gt=0, description="Memory that a step, an evaluation or a snapshot may need.")
    max_epochs: int = Field(
        default_factory=_if_shared(1_000, 10_000), ge=1, description="Epochs that a run may have at most."
    )
    max_parameters: int = Field(
        50_000_000, ge=1, le=50_000_000, description="Parameters that a model may have at most."
    )
    max_seconds: int = Field(
        default_factory=_if_shared(900, 0),
        ge=0,
        description="Seconds of training after which a run is stopped and kept, and may take another turn; 0: none.",
    )
    max_threads: int = Field(
        default_factory=_if_shared(os.cpu_count() or 1, 256),
        ge=1,
        le=256,
        description="CPU threads that a recipe may ask for.",
    )
    max_cells: int = Field(100, ge=1, le=100, description="Runs that a sweep may have at most.")
    teacher_key: SecretStr = Field(
        SecretStr(""),
        description="Word that lets a browser do everything on a shared server; best 16 letters or more; empty: none.",
    )
    max_running_per_person: int = Field(1, ge=1, le=64, description="Runs of one person at once on a shared server.")
    max_waiting_per_person: int = Field(
        2, ge=0, le=10_000, description="Runs of one person that may wait there; a sweep is one."
    )
    max_disk: float = Field(0, ge=0, description="GB that all runs and own data sets may take; 0: what the disk has.")
    max_disk_per_person: float = Field(2.0, gt=0, description="GB that one person's may take on a shared server.")
    max_disk_per_run: float = Field(5.0, gt=0, description="GB that one run may take.")
    retention: Literal["none", "oldest"] = Field(
        "none", description="What is removed when a new run finds no room on the disk: nothing, or the oldest runs."
    )
    max_upload: int = Field(100, ge=1, le=2000, description="MB of one uploaded file.")
    max_uploads: int = Field(400, ge=1, description="MB of uploads that are in memory at once, of all people.")
    log_file: Path = Field(
        default_factory=_beside_the_runs,
        description="File that gets the traceback of a failed run; aedash.log in the runs folder, unless it is set.",
    )

    @classmethod
    def read(cls) -> "Settings":
        """From the environment. Raises Refused with the variable that is wrong."""
        try:
            return cls()
        except ValidationError as error:
            first = error.errors()[0]
            name = f"AEDASH_{first['loc'][0]}".upper()
            allowed = first["msg"].removeprefix("Input should be ")
            raise Refused(f"{name} must be {allowed}; got {str(first['input'])[:40]}.", name, allowed) from None
