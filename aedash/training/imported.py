"""Imported: weights from a stranger's file, held to the model of a checked config, and measured here.

Of the file nothing is believed but its numbers: they must be those of the model, all of them, and finite. Figures,
pictures and reference lines are made here, in the thread for analyses.
"""

import json
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass
from hashlib import sha256
from math import isfinite, prod
from time import perf_counter

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor as Weight

from aedash import registry, words
from aedash.analysis.baselines import references
from aedash.analysis.metrics import at_mean, clean_batches, evaluate
from aedash.analysis.snapshots import Probe
from aedash.atomic import parse_json
from aedash.config import RunConfig, parse
from aedash.data.image_data import Batch, ImageData, Scaling, images_of
from aedash.events import UPLOADED, Event, Figures, RunState, StateChanged
from aedash.formatting import many, number
from aedash.history import History, Run
from aedash.models import build, trial
from aedash.models.base import Autoencoder
from aedash.registry import Refused
from aedash.settings import Settings
from aedash.store import Store
from aedash.store.database import sentences
from aedash.store.header import Head, Tensor, read_head
from aedash.store.weights import about, fill, read_tensors, write_tensors
from aedash.training.plan import gate

FORMAT = 1
ABOUT = "aedash"  # the name of what we tell in a file's metadata
PREFIX = "model/"  # of the names in a run's own folder
HALVES = ("F32", "F16")  # kinds that numbers of single precision may have in a file
LARGEST_CONFIG = 256 * 2**10  # bytes of JSON
SENTENCE = f"{UPLOADED}; not trained here. Its figures were measured here; what it was trained on nobody can tell."
PATIENCE = 60.0  # seconds that measuring may take
TRIED = 16  # images by which that is told


@dataclass(frozen=True)
class Claim:
    """A file that has passed all that can be asked of its head.

    config: of the model that it is held to; preset: as `Run.preset`; digest: sha256 of the whole file, 64 digits.
    """

    config: RunConfig
    preset: str
    digest: str


@dataclass(frozen=True, eq=False)
class Imported:
    """A model that was taken in. weights: by name, on the CPU; told: pictures and reference lines, in the order in
    which a history takes them; figures: {split: measured here}.
    """

    claim: Claim
    weights: dict[str, Weight]
    told: tuple[Event, ...]
    figures: dict[str, Figures]


def take_in(store: Store, imported: Imported, owner: str) -> Run:
    """A finished run of these weights. Raises Refused where it cannot be written, and then nothing is left of it."""
    run = store.create(imported.claim.config, imported.claim.preset, owner=owner)
    try:
        with sentences():
            write_tensors(imported.weights, {"digest": imported.claim.digest}, run.folder / "best.safetensors")
        history = History()
        for event in (*imported.told, StateChanged(RunState.FINISHED, SENTENCE, imported.figures)):
            run = store.record(run, history, event)
    except BaseException:
        with suppress(Refused):
            store.trash.remove(run)
        raise
    return run


# -- out


def exported(run: Run) -> bytes:
    """The run's best weights as one safetensors file with all that it takes to read it anywhere.

    Its tensors have the names of the model's state dict; its metadata hold, as JSON under "aedash", the config, the
    figures that were measured, and the sha256 of the numbers. Raises Refused where there are none.
    """
    path = run.folder / "best.safetensors"
    try:
        tensors, _ = read_tensors(path)
    except (OSError, ValueError):
        raise Refused("The run's weights cannot be read; train it again.", "run") from None
    plain = {name.removeprefix(PREFIX): value.contiguous() for name, value in tensors.items()}
    bare = save(plain)
    told = {
        "format": FORMAT,
        "config": run.config.model_dump(mode="json"),
        "preset": run.preset,
        "digest": _digest(bare),
        "figures": {split: asdict(figures) for split, figures in run.figures.items()},
        "epoch": about(path).get("epoch"),
    }
    return save(plain, {ABOUT: json.dumps(told)})


def _digest(content: bytes) -> str:
    """sha256 of the numbers behind the head."""
    return sha256(memoryview(content)[8 + int.from_bytes(content[:8], "little") :]).hexdigest()


# -- in


def claimed(content: bytes, settings: Settings, chosen: RunConfig | None = None) -> Claim:
    """The first look at a file, by its head alone: what model it is of, and whether it can be.

    chosen: the config that it is said to be of; needed where the file tells none. Raises Refused with one sentence.
    """
    head = read_head(content)
    own, preset = _told(head)
    config = chosen or own
    if config is None:
        raise Refused("The file tells no config: choose the recipe that its weights are of, or bring it as JSON.")
    info = registry.datasets.get(config.data.name).info
    tensors = {name.removeprefix(PREFIX): tensor for name, tensor in head.tensors.items()}
    if len(tensors) < len(head.tensors):
        raise _other(config, f"names stand twice, with and without '{PREFIX}'")
    if own and own.architecture != config.architecture:
        theirs, ours = model_name(own), model_name(config)
        raise Refused(f"This file is of a {theirs}; you chose a {ours}.", "architecture", theirs)
    for name, wanted in _wanted(trial(config.architecture, info)).items():
        _check(name, wanted, tensors.pop(name, None), config)
    if tensors:
        raise _other(config, f"it has no '{_few(tensors)}'")
    gate(config, settings)
    return Claim(config, preset, sha256(content).hexdigest())


def config_of(content: bytes) -> RunConfig:
    """The config in a JSON file: by itself, or in a run's run.json. Raises Refused."""
    if len(content) > LARGEST_CONFIG:
        raise Refused("A config is a JSON file of up to 256 kB; this one is larger.", "config")
    try:
        raw = parse_json(content)
    except ValueError:
        raise Refused("The config cannot be read; allowed: JSON, as in a run's run.json.", "config") from None
    if not isinstance(raw, dict) or not raw:
        raise Refused("The JSON file holds no config; allowed: a run's run.json, or its config alone.", "config")
    return parse(raw.get("config", raw))


def measured(claim: Claim, content: bytes, settings: Settings) -> Imported:
    """The model with the file's weights, and what is measured of it. Seconds of computing, for the analysis thread.

    Raises Refused with one sentence for weights that are not finite, or would take a minute, Unavailable without
    images.
    """
    config = claim.config
    data = images_of(config.data, settings.data_dir)
    model = _filled(content, config, data)
    scaling, splits = data.scaling(config.data.scaling), data.splits(config.data.validation)
    wanted = [name for name in ("validation", "test") if name in splits]
    _check_pace(model, data, scaling, sum(len(splits[name]) for name in wanted))
    figures: dict[str, Figures] = {name: evaluate(model, splits[name], config, scaling) for name in wanted}
    if not all(isfinite(value) for each in figures.values() for value in (each.loss, each.mse)):
        raise Refused("With these weights the outputs are not finite: they are damaged, or of another recipe.")
    probe = Probe(data, config, scaling)
    lines = references(data, config, prod(model.latent_shape))
    weights = {f"{PREFIX}{name}": value for name, value in model.state_dict().items()}
    return Imported(claim, weights, (probe.probes(), probe.look(model, 0), lines), figures)


def model_name(config: RunConfig) -> str:
    """What its model is called in a sentence: dense VAE with a code of 32 numbers."""
    size = prod(trial(config.architecture, registry.datasets.get(config.data.name).info).latent_shape)
    kind = words.plain(config.architecture.name).removesuffix(" VAE")
    return f"{kind} {'VAE' if config.architecture.variational else 'autoencoder'} with a code of {many(size, 'number')}"


def _told(head: Head) -> tuple[RunConfig | None, str]:
    """(config, preset) as the file tells them; None where it tells none. Raises Refused for what is no config."""
    if ABOUT not in head.metadata:
        return None, ""
    try:
        raw = parse_json(head.metadata[ABOUT])
    except ValueError:
        raise Refused("What the file tells of itself cannot be read: its metadata are damaged.") from None
    if not isinstance(raw, dict) or not isinstance(raw.get("config"), dict):
        raise Refused("What the file tells of itself holds no config: its metadata are damaged.")
    preset = raw.get("preset", "")
    return parse(raw["config"]), preset if preset in registry.presets.names() else ""


def _wanted(model: Autoencoder) -> dict[str, Tensor]:
    """What the model's own file would hold."""
    kinds = {torch.float32: "F32", torch.float64: "F64", torch.int64: "I64", torch.int32: "I32", torch.bool: "BOOL"}
    return {name: Tensor(kinds[value.dtype], tuple(value.shape)) for name, value in model.state_dict().items()}


def _check(name: str, wanted: Tensor, there: Tensor | None, config: RunConfig) -> None:
    if there is None:
        raise _other(config, f"'{name}' is missing")
    if there.shape != wanted.shape:
        raise _other(config, f"'{name}' is {_size(there)}, not {_size(wanted)}")
    if there.dtype not in (HALVES if wanted.dtype == "F32" else (wanted.dtype,)):
        raise _other(config, f"'{name}' holds {there.dtype}, not {wanted.dtype}")


def _other(config: RunConfig, why: str) -> Refused:
    return Refused(f"These are not the weights of a {model_name(config)}: {why}.", "weights", model_name(config))


def _size(tensor: Tensor) -> str:
    return " x ".join(map(str, tensor.shape)) or "one number"


def _few(names: Iterable[str]) -> str:
    """The first of the names, in so many letters as a sentence has room for."""
    return "".join(letter if letter.isprintable() else "?" for letter in next(iter(names))[:60])


def _filled(content: bytes, config: RunConfig, data: ImageData) -> Autoencoder:
    """The model with the file's weights, in single precision."""
    head = read_head(content)
    told = parse_json(head.metadata[ABOUT]) if ABOUT in head.metadata else {}
    if told.get("digest", _digest(content)) != _digest(content):
        raise Refused("The file is damaged: its weights are not those that were saved in it.", "weights")
    model = build(config.architecture, data.info, config.seed)
    try:
        tensors = {f"{PREFIX}{name.removeprefix(PREFIX)}": value for name, value in load(content).items()}
        fill(model, tensors)
    except (SafetensorError, ValueError):
        raise Refused("The file's weights cannot be read: it is damaged.", "weights") from None
    for name, value in model.state_dict().items():
        if not bool(torch.isfinite(value).all()):
            wrong = int((~torch.isfinite(value)).sum())
            raise Refused(f"{many(wrong, 'number')} of '{name}' not finite: these weights are lost.", "weights")
    return model


def _check_pace(model: Autoencoder, data: ImageData, scaling: Scaling, images: int) -> None:
    """Raises Refused where measuring so many images would keep everybody's analyses waiting."""
    few: Batch = next(clean_batches(data.test, scaling, min(TRIED, len(data.test))))
    if model.coupled:
        return  # of one batch nothing follows for all, and such a model is small
    took = []
    with torch.no_grad():
        for _ in range(2):  # the first one is slow in any case
            began = perf_counter()
            at_mean(model.eval(), few)
            took.append(perf_counter() - began)
    model.train()
    seconds = min(took) * images / len(few.target)
    if seconds > PATIENCE:
        raise Refused(f"Measuring this model would take about {number(seconds / 60)} minutes; allowed: 1.", "weights")
