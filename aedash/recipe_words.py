"""Configs in words: what is different in one, and among several; a run's title by itself."""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Any

from aedash import registry, words
from aedash.config import DataConfig, RunConfig, flat, parse
from aedash.formatting import MISSING, count, many, value_label
from aedash.history import Run

FIRST_PRESET = "R0-simple"  # of several that a recipe is as near to
STAND_BESIDE = ("data.name", "epochs")  # fields that need no words in a title that has them beside it
QUIET = ("threads", "data.validation")  # fields that are told only where nothing else tells runs apart
ON_THE_WAY = "changes"
MOST_LETTERS = 60  # of a name that came from elsewhere
KEPT = 4096  # configs whose words are kept: those of a large runs folder


def title(run: Run, beside: bool = False, also: Iterable[str] = ()) -> str:
    """The name that its owner gave it; else its preset, for a network of one's own the one that it is nearest to, and
    every field that differs from it: R0-simple, code size 8, seed 3.

    beside: whether the data set and the epochs stand beside it, and need no words. also: paths told in any case.
    """
    if run.name:
        return run.name
    untold = (*QUIET, *(STAND_BESIDE if beside else ()))
    return ", ".join([head(run), *(said for path, said in parts(run, also).items() if path not in untold)])


def head(run: Run) -> str:
    """What its title begins with: its own name, else what it is told from."""
    return run.name or reference(run.preset, run.config)[0]


def parts(run: Run, also: Iterable[str] = ()) -> dict[str, str]:
    """{path: words} of what differs from the run's reference, and of further paths."""
    found = {path: word(path, run.config) for path in also} | dict(changes(run.preset, run.config))
    found = {path: found[path] for path in in_order(found)}
    return found | ({ON_THE_WAY: _on_the_way(run)} if run.changes else {})


def _on_the_way(run: Run) -> str:
    if len(run.changes) > 1:
        return f"{count(len(run.changes))} changes on the way"
    [only] = run.changes
    return f"{words.field(only.path)} {value_word(only.value)} from step {count(only.step)}"


@lru_cache(KEPT)
def reference(name: str, config: RunConfig) -> tuple[str, RunConfig]:
    """(what it is called, config) of what a recipe is told from: its preset, or the one that it is nearest to.

    name: of the preset that it was begun with, or empty.
    """
    known, kind = registry.presets.names(), config.architecture.name
    near = [each for each in known if _preset(each).architecture.name == kind]
    if name in near:
        return words.model(name), _preset(name)
    if name and name not in known:  # of another version
        return name if len(name) <= MOST_LETTERS else f"{name[:MOST_LETTERS]}…", _plain(kind)
    if not near:
        return words.plain(kind), _plain(kind)
    nearest = min(near, key=lambda each: (len(_changed(_preset(each), config)), each != FIRST_PRESET))
    return words.model(nearest), _preset(nearest)


@lru_cache(KEPT)
def changes(name: str, config: RunConfig) -> Mapping[str, str]:
    """{path: words} of every field in which a recipe differs from its reference; a noise of another kind as one."""
    before = reference(name, config)[1]
    return MappingProxyType({path: word(path, config, before) for path in _changed(before, config)})


@lru_cache(KEPT * 4)
def word(path: str, config: RunConfig, before: RunConfig | None = None) -> str:
    """A field and its value: code size 8, MNIST, 25 epochs, Gaussian noise 0.3, no KL. before: what it is told from."""
    value = _leaves(config).get(path)
    match path:
        case "data.name":
            return registry.datasets.get(str(value)).info.title
        case "data.without" if config.data.without is not None:
            return f"without {class_left_out(config.data)}"
        case "epochs":
            return many(config.epochs, "epoch")
        case "corruption":
            return _noise(config)
        case "architecture":
            return words.plain(config.architecture.name)
    if value is None:
        return f"no {words.field(path).removesuffix(' weight')}"
    told, *_ = value_words([value, _leaves(before).get(path)] if before else [value])
    return f"{words.field(path)} {told}"


def class_left_out(data: DataConfig) -> str:
    """The name of the class that is never trained on; empty where all are."""
    return "" if data.without is None else registry.datasets.get(data.name).info.classes[data.without]


def in_order(paths: Iterable[str]) -> list[str]:
    """The paths in the order in which a recipe is read: the images first, then the network."""
    parts = list(RunConfig.model_fields)
    return sorted(paths, key=lambda path: parts.index(path.split(".")[0]))


def differing(configs: Sequence[RunConfig]) -> dict[str, list[Any]]:
    """{path: value in each} of the fields that are not the same in all of the configs; None where there is none."""
    leaves = [_leaves(config) for config in configs]
    paths = dict.fromkeys(path for one in leaves for path in one if not _names_term(path))
    every = {path: [one.get(path) for one in leaves] for path in paths}
    return {path: values for path, values in every.items() if any(value != values[0] for value in values)}


def value_word(value: Any) -> str:
    """A value of a config field in few letters."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if _layers(value):
        return "-".join(f"{layer.get('channels')}@{layer.get('kernel')}" for layer in value)
    if isinstance(value, str):
        return words.option(value)
    return MISSING if value is None else value_label(value)


def value_words(values: Sequence[Any]) -> list[str]:
    """Values of one field in few letters, but so many that two read alike only where they are.

    >>> value_words([4, 8])
    ['4', '8']
    >>> value_words([[{"channels": 16, "kernel": 3, "stride": stride}] for stride in (1, 2)])
    ['16@3 stride 1', '16@3 stride 2']
    """
    short = [value_word(value) for value in values]
    if len(set(short)) == len({str(value) for value in values}):
        return short
    return _layers_told(values) if all(map(_layers, values)) else [str(value) for value in values]


def _layers_told(values: Sequence[list[dict[str, Any]]]) -> list[str]:
    """Layers with all that is not the same in each of several stacks of them."""
    names = dict.fromkeys(name for layers in values for layer in layers for name in layer)
    differ = [name for name in names if len({str([layer.get(name) for layer in layers]) for layers in values}) > 1]
    return [
        "-".join(
            " ".join([value_word([layer]), *(f"{words.plain(n)} {layer.get(n)}" for n in differ)]) for layer in each
        )
        for each in values
    ]


def _layers(value: Any) -> bool:
    """Whether these are layers of a convolutional net."""
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)


@cache
def _preset(name: str) -> RunConfig:
    return registry.presets.get(name)().config


@cache
def _plain(architecture: str) -> RunConfig:
    """The config of that architecture in which nothing was chosen."""
    return parse({"architecture": architecture})


@lru_cache(KEPT)
def _leaves(config: RunConfig) -> Mapping[str, Any]:
    return MappingProxyType(flat(config))


def _changed(before: RunConfig, now: RunConfig) -> list[str]:
    """Paths of what differs; a noise of another kind, and a term that is gone, as one."""
    old, new = _leaves(before), _leaves(now)
    paths = [path for path in {**new, **old} if old.get(path) != new.get(path) and not _names_term(path)]
    return list(dict.fromkeys(_joined(path, before, now) for path in paths))


def _joined(path: str, before: RunConfig, now: RunConfig) -> str:
    part, *steps = path.split(".")
    if part == "corruption" and before.corruption.name != now.corruption.name:
        return part
    if part == "objective" and steps[0] not in [term.name for term in now.objective]:
        return f"objective.{steps[0]}.weight"
    return path


def _names_term(path: str) -> bool:
    """Whether it holds only the name of a term, by which the term is found."""
    return re.fullmatch(r"objective\..*\.name", path) is not None


def _noise(config: RunConfig) -> str:
    """Gaussian noise 0.3."""
    if config.corruption.name == "none":
        return "no noise"
    numbers = [value_word(value) for name, value in config.corruption.model_dump(mode="json").items() if name != "name"]
    return " ".join([registry.corruptions.get(config.corruption.name).title, *numbers])
