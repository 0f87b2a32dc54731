"""RunConfig: the one description of a run, as data. It is what disk, links, the command line and the page exchange.

A run is a product of independent choices: data x architecture x corruption x objective, and how to optimise. Bounds are
said once, here or in the config class beside a part's code: slider, tooltip, flag and error sentence come from them.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal, Protocol, Self, get_args, get_origin

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SerializeAsAny,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    model_validator,
)
from pydantic.fields import FieldInfo

from aedash import registry, words
from aedash.registry import Refused


class Part(BaseModel):
    """A frozen piece of a RunConfig; unknown fields are refused, and so are infinity and nan.

    Compared and hashed by value, so that it can be a cache's key.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class ArchitectureConfig(Part):
    """Base of every architecture's config; the subclass stands beside its model, and may add fields with bounds.

    main: the field that says how large the code is, the number that people turn first; dotted: a field of the last of
    these layers; empty, or none of its fields: no one number says it.
    """

    main: ClassVar[str] = "latent"

    name: str
    variational: bool = Field(False, description="Encode to a mean and a variance, and decode a random draw (VAE).")
    output: Literal["sigmoid", "none"] = Field("sigmoid", description="Last activation: sigmoid keeps pixels in 0..1.")

    def kind(self) -> str:
        """What sort of autoencoder these layers make, a word of `kinds.KINDS`; empty when they are of no sort of
        their own.
        """
        return ""

    def beside(self) -> str:
        """What the decoder gets of an image beside its code, in words; empty when the code is all.

        Its errors are then no merit of the code alone, and sentences say so.
        """
        return ""

    def brings(self) -> dict[str, str]:
        """{name: formula} of the loss terms that the model itself adds to the sum (`Output.terms`); each weighs 1."""
        return {}


class CorruptionConfig(Part):
    """Base of every corruption's config: what is done to the input while the target stays clean.

    Fields that are numbers are its strength, and may be changed while a run is under way. main: the one of them that
    people turn first; empty for none.
    """

    main: ClassVar[str] = ""

    name: str

    def kind(self) -> str:
        """What sort of autoencoder it makes, in a word; empty when none."""
        return "denoising"


class TermConfig(Part):
    """Base of every objective term's config. The weight multiplies the term's value for one image.

    `needs` is asked by the first gate, `wants` by whoever adds the term to a run that lacks what it needs.
    """

    name: str
    weight: float = Field(1.0, ge=0, le=1e9, description="Factor of this term in the sum that is minimised.")

    def needs(self, run: "RunConfig") -> str:
        """What the run lacks for this term to make sense, in words for a sentence; empty when nothing."""
        return ""

    def wants(self, run: "RunConfig") -> list[tuple[str, Any]]:
        """The changes of the run that give the term what it needs, (path, value) as `vary_all` takes them; empty when
        none.
        """
        return []

    def kind(self) -> str:
        """What sort of autoencoder it makes, in a word; empty when none."""
        return ""


class Configured(Protocol):
    """A registered part whose settings have a class of their own, as `registry.architectures.get` gives it."""

    @property
    def config(self) -> type[Part]: ...


class Kind(Protocol):
    """A registry of such parts: `registry.architectures`, `corruptions` or `terms`."""

    kind: str

    def names(self) -> list[str]: ...

    def get(self, name: str) -> Configured: ...


def _by_name(known: Kind) -> Callable[[Any, ValidatorFunctionWrapHandler], Any]:
    """Validator that finds the config class by its name; a bare name stands for its defaults.

    Typed as the base alone pydantic would save only the base's fields, and lose the rest without a warning.
    """

    def find(value: Any, _: ValidatorFunctionWrapHandler) -> Any:
        if isinstance(value, Part):
            value = value.model_dump()
        if isinstance(value, str):
            value = {"name": value}
        if not isinstance(value, dict) or not isinstance(value.get("name"), str):
            raise ValueError(f"needs the name of a registered {known.kind}: {', '.join(known.names())}")
        return known.get(value["name"]).config.model_validate(value)

    return find


Architecture = Annotated[SerializeAsAny[ArchitectureConfig], WrapValidator(_by_name(registry.architectures))]
Corruption = Annotated[SerializeAsAny[CorruptionConfig], WrapValidator(_by_name(registry.corruptions))]
Term = Annotated[SerializeAsAny[TermConfig], WrapValidator(_by_name(registry.terms))]


_KINDS: Mapping[str, Kind] = {"architecture": registry.architectures, "corruption": registry.corruptions}


class DataConfig(Part):
    """Which images, how their pixels are scaled, and how many are held out of training.

    `parse` refuses an unknown set.
    """

    name: str = Field("digits", description="The images that the model sees.")
    scaling: Literal["unit", "raw", "standardised"] = Field(
        "unit", description="Pixels as 0..1, as raw 0..255, or with mean 0 and deviation 1."
    )
    validation: float = Field(
        1 / 6, ge=0, le=0.9, description="Share of the training images held out to choose the best weights."
    )
    without: int | None = Field(
        None,
        ge=0,
        exclude_if=lambda value: value is None,  # configs from before it keep their key
        description="A class that is never trained on, nor held out; all test images stay. Its images should stand out "
        "afterwards: Explore, Odd one out.",
    )

    @model_validator(mode="after")
    def _known(self) -> Self:
        info = registry.datasets.get(self.name).info
        if self.without is not None and not self.without < len(info.classes) > 1:
            allowed = f"0 to {len(info.classes) - 1}" if len(info.classes) > 1 else "none"
            raise Refused(f"The class left out must be {allowed}: {info.title} has no other.", "data.without", allowed)
        return self


class OptimizerConfig(Part):
    """Adam and its settings (Kingma and Ba 2015); beta 1 and 2 are 0.9 and 0.999.

    `weight_decay` is L2 in the gradient, not decoupled as in AdamW (Loshchilov and Hutter 2019).
    """

    learning_rate: float = Field(
        1e-3,
        gt=0,
        le=10,
        description="How far each step goes. 0.001 suits Adam; ten times more may diverge.",
    )
    batch_size: int = Field(
        128,
        ge=1,
        le=100_000,
        description="Images a step; fewer make more steps an epoch.",
    )
    weight_decay: float = Field(0.0, ge=0, le=10, description="Pull of every weight towards zero.")
    eps: float = Field(1e-8, gt=0, le=1, description="Keeps Adam from dividing by nothing; hardly ever worth a change.")
    shuffle: bool = Field(True, description="Show the images in a new random order each epoch.")


class RunConfig(Part):
    """Everything that decides a run's result, given the images.

    Frozen and comparable by value. The objective begins with the reconstruction and names each term once; validation
    fails where a term lacks what it needs. Make one by `parse`, which says so in a sentence.
    """

    data: DataConfig = Field(default_factory=DataConfig)
    architecture: Architecture = Field("dense", validate_default=True)
    corruption: Corruption = Field("none", validate_default=True)
    objective: tuple[Term, ...] = Field(("reconstruction",), validate_default=True)
    optimizer: OptimizerConfig = Field(default_factory=OptimizerConfig)
    epochs: int = Field(
        10,
        ge=1,
        le=10_000,
        description="One epoch shows every training image once. Begin with few: a run can go on later.",
    )
    seed: int = Field(
        0,
        ge=0,
        le=2**31 - 1,
        description="Same seed, same weights, on the same machine and torch; another shows how much was luck.",
    )
    threads: int = Field(0, ge=0, le=256, description="CPU threads; 0 shares the cores among runs.")

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        names = [term.name for term in self.objective]
        if names[:1] != ["reconstruction"] or len(set(names)) != len(names):
            raise ValueError("objective must start with reconstruction and name each term once")
        for term in self.objective:
            if missing := term.needs(self):
                raise ValueError(missing)
        return self

    def key(self) -> str:
        """sha256 of the canonical JSON, 64 hexadecimal digits: equal configs have equal keys, in any process."""
        text = json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class DataInfo:
    """What the registry tells of a dataset before it is loaded.

    per_class: numbers of training images, by label; test: of test images; shape: (channels, height, width); classes:
    their names, by label; about: one sentence.
    """

    name: str
    title: str
    per_class: tuple[int, ...]
    test: int
    shape: tuple[int, int, int]
    classes: tuple[str, ...]
    about: str

    @property
    def train(self) -> int:
        """Number of all training images."""
        return sum(self.per_class)


def parse(raw: Any) -> RunConfig:
    """The first gate: a validated RunConfig of what JSON holds, or Refused with one sentence, its field and what is
    allowed.

    raw: a mapping; what it leaves out gets its default, a bare name stands for a part with its defaults.

    >>> parse({"architecture": "pca"}).architecture.latent
    32
    >>> parse({"epochs": 0})
    Traceback (most recent call last):
    aedash.registry.Refused: Epochs must be 1 to 10,000; got 0.
    """
    try:
        return RunConfig.model_validate(raw)
    except ValidationError as error:
        raise refusal(error, raw) from None
    except UnicodeError:  # half a character, which no text of UTF-8 can hold
        raise Refused("The recipe holds half a character; allowed: whole ones.", "config", "UTF-8") from None


def training_images(config: DataConfig, info: DataInfo) -> int:
    """Number of images left for training once a class is left out and the validation share is held out;
    `ImageData.splits` rounds likewise.

    >>> training_images(DataConfig(), registry.datasets.get("digits").info)
    1197
    """
    images = there_to_train(config, info)
    return images - round(images * config.validation)


def there_to_train(config: DataConfig, info: DataInfo) -> int:
    """Number of training images without the class that is left out, before any is held out.

    >>> there_to_train(DataConfig(without=0), registry.datasets.get("digits").info)
    1297
    """
    return info.train - (0 if config.without is None else info.per_class[config.without])


def check(config: RunConfig, info: DataInfo) -> RunConfig:
    """The second gate: the config against the dataset.

    Raises Refused where a batch is larger than the set: nothing is silently cut. Returns the config itself. The third
    gate is `training.limits.fits`.
    """
    images = training_images(config.data, info)
    if config.optimizer.batch_size > images:
        allowed = f"1 to {images:,}"
        raise Refused(
            f"Batch size must be {allowed}; {info.title} has {images:,} training images here.",
            "optimizer.batch_size",
            allowed,
        )
    return config


def vary(config: RunConfig, path: str, value: Any) -> RunConfig:
    """The config with one field changed, validated again. See `vary_all`.

    >>> vary(RunConfig(), "optimizer.learning_rate", 0.01).optimizer.learning_rate
    0.01
    """
    return vary_all(config, [(path, value)])


def vary_all(config: RunConfig, changes: Iterable[tuple[str, Any]]) -> RunConfig:
    """The config with several fields changed in order, validated once, at the end.

    path: dotted, a term of the objective by its name ("objective.kl.weight"). A registered term that is absent is
    added, a weight of 0 removes it. A whole part is changed by its name ("corruption", "gaussian"). Raises Refused with
    the paths that exist there, and as `parse` for a value that is not allowed.

    >>> noisy = vary_all(RunConfig(), [("corruption", "gaussian"), ("corruption.sigma", 0.5)])
    >>> noisy.corruption.sigma
    0.5
    """
    raw = config.model_dump(mode="json")
    for path, value in changes:
        _edit(raw, path, value)
    return parse(raw)


def _edit(raw: dict[str, Any], path: str, value: Any) -> None:
    part, *fields = path.split(".")
    if part == "objective" and len(fields) == 2:
        raw["objective"] = _edit_terms(raw["objective"], fields[0], fields[1], value)
    elif not fields and part in raw and part != "objective":
        raw[part] = {"name": value} if part in _KINDS and isinstance(value, str) else value
    elif len(fields) == 1 and isinstance(raw.get(part), dict) and fields[0] in _fields_of(part, raw[part]):
        raw[part][fields[0]] = value
    else:
        paths = _paths(raw)
        near = [p for p in paths if p.startswith(f"{part}.")] or paths
        raise Refused(f"Unknown path '{path[:80]}'; known: {', '.join(near)}.", path[:80], ", ".join(near))


def _edit_terms(terms: list[dict[str, Any]], name: str, field: str, value: Any) -> list[dict[str, Any]]:
    known = registry.terms.get(name).config.model_fields
    if field not in known or field == "name":
        fields = [f"objective.{name}.{f}" for f in known if f != "name"]
        raise Refused(f"Unknown path 'objective.{name}.{field}'; known: {', '.join(fields)}.", field, ", ".join(fields))
    if field == "weight" and value == 0 and name != "reconstruction":
        return [term for term in terms if term["name"] != name]
    if name not in [term["name"] for term in terms]:
        terms = [*terms, {"name": name}]
    return [{**term, field: value} if term["name"] == name else term for term in terms]


def _fields_of(part: str, raw: dict[str, Any]) -> list[str]:
    """Fields of a part of the config, of the registered kind that it names where there are several."""
    if part in _KINDS:
        return list(_KINDS[part].get(str(raw.get("name"))).config.model_fields)
    settings: dict[str, type[Part]] = {"data": DataConfig, "optimizer": OptimizerConfig}
    return list(settings[part].model_fields)


def _paths(raw: dict[str, Any]) -> list[str]:
    """All paths that `vary` takes for this config."""
    parts = {name: value for name, value in raw.items() if isinstance(value, dict)}
    paths = [f"{part}.{field}" for part, value in parts.items() for field in _fields_of(part, value)]
    terms = [(t.config.model_fields["name"].default, t.config.model_fields) for t in registry.terms]
    paths += [f"objective.{name}.{field}" for name, fields in terms for field in fields if field != "name"]
    return paths + [name for name in raw if name not in parts and name != "objective"]


def differences(one: RunConfig, other: RunConfig) -> dict[str, tuple[Any, Any]]:
    """{path: (value in one, value in other)} of every field that differs; None where one has no such field.

    >>> differences(RunConfig(), RunConfig(seed=3))
    {'seed': (0, 3)}
    """
    a, b = flat(one), flat(other)
    return {path: (a.get(path), b.get(path)) for path in {**a, **b} if a.get(path) != b.get(path)}


def flat(config: RunConfig) -> dict[str, Any]:
    """{path: value} of every leaf, as JSON has it, terms by name.

    >>> list(flat(RunConfig()))[:4]
    ['data.name', 'data.scaling', 'data.validation', 'architecture.name']
    """
    leaves: dict[str, Any] = {}
    for name, value in config.model_dump(mode="json").items():
        parts = {t["name"]: t for t in value} if name == "objective" else {"": value}
        for term, fields in parts.items():
            start = f"{name}.{term}" if term else name
            leaves |= {f"{start}.{k}": v for k, v in fields.items()} if isinstance(fields, dict) else {start: fields}
    return leaves


def refusal(error: ValidationError, raw: Any) -> Refused:
    """One sentence for people from pydantic's report on `raw`: the first field that is wrong, what is allowed there.

    A Refused that a validator raised is given back as it is.
    """
    first = error.errors()[0]
    cause = first.get("ctx", {}).get("error")
    if isinstance(cause, Refused):
        return cause
    where = ".".join(str(step) for step in first["loc"])
    said = first["msg"].removeprefix("Value error, ")
    if first["type"] == "value_error":
        return Refused(f"{said[0].upper()}{said[1:]}.", where, said)
    if first["type"] == "extra_forbidden":
        return Refused(f"{where} is not a known field.", where)
    owner = _owner(raw, first["loc"])
    allowed = _allowed(first, owner)
    name = next((step for step in reversed(first["loc"]) if isinstance(step, str)), "config")
    info = owner[0].model_fields.get(name) if owner else None
    got = f"; got {_short(first.get('input'))}"
    why = f" ({str(info.description).removesuffix('.')})" if info and fixed(info) else got
    return Refused(f"{words.label(name)} must be {allowed}{why}.", where, allowed)


def fixed(info: FieldInfo) -> bool:
    """Whether the field has a single allowed value; its description then says why. Pages show no widget for it."""
    return get_origin(info.annotation) is Literal and len(get_args(info.annotation)) == 1


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 40 else text[:37] + "..."


def _owner(raw: Any, where: tuple[int | str, ...]) -> list[type[Part]]:
    """The registered config class that the place in `raw` is a field of, if it is one."""
    known, value = {**_KINDS, "objective": registry.terms}.get(str(where[:1] and where[0])), raw
    if known is None:
        return []
    for step in where[: 2 if known is registry.terms else 1]:
        value = value[step]
    return [known.get(value["name"]).config] if isinstance(value, dict) and len(where) > 1 else []


def _allowed(first: Any, owner: list[type[Part]]) -> str:
    name = next((step for step in reversed(first["loc"]) if isinstance(step, str)), "")
    bounds = _bounds(name, first.get("ctx", {}), owner)
    if "le" in bounds and "ge" in bounds:
        return f"{bounds['ge']:,.10g} to {bounds['le']:,.10g}"
    if "le" in bounds and "gt" in bounds:
        return f"above {bounds['gt']:,.10g} and up to {bounds['le']:,.10g}"
    message = re.sub(r"^\w+ should (be|have) ", "", first["msg"])  # Input should be, String should have
    return message[0].lower() + message[1:]


def _bounds(name: str, hit: dict[str, Any], owner: list[type[Part]]) -> dict[str, float]:
    """All bounds of the field of that name, or of its items, whose bound was hit: pydantic reports only the one."""
    for part in (*owner, *_all_parts(Part)):
        field = part.model_fields.get(name)
        limits = [*field.metadata, *_of_items(field.annotation)] if field else []
        bounds = {k: getattr(m, k) for m in limits for k in ("ge", "gt", "le") if hasattr(m, k)}
        if bounds and all(bounds.get(k) == v for k, v in hit.items()):
            return bounds
    return {}


def _of_items(annotation: Any) -> list[Any]:
    """Bounds of what a tuple of numbers may hold."""
    fields = [each for each in getattr(annotation, "__metadata__", ()) if isinstance(each, FieldInfo)]
    deeper = [bound for inner in get_args(annotation) for bound in _of_items(inner)]
    return [bound for field in fields for bound in field.metadata] + deeper


def _all_parts(base: type[Part]) -> list[type[Part]]:
    return [part for child in base.__subclasses__() for part in (child, *_all_parts(child))]
