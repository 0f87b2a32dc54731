"""What noise is trained against: networks that learn in a few epochs, kinds of noise, and how strong each may be."""

from typing import Any

from aedash import registry
from aedash.config import CorruptionConfig, RunConfig, parse
from aedash.presets.base import preset

LEVELS = (0, 0.1, 0.3, 0.5, 0.8)
STRONGEST = 2.0  # deviation of a noise without a bound: 98 of 100 pixels leave 0..1, or would
STEPS = 20  # from no noise to the strongest


_KNOWN: dict[str, tuple[str, Any]] = {
    "dense": ("Dense 400-32", {"name": "dense", "widths": [400], "latent": 32}),
    "wide": (
        "Dense, code of 1,024",
        {"name": "dense", "widths": [], "latent": 1024, "code_activation": "relu"},
    ),
    "R2-denoising": ("Convolutions, code of 1,568", None),
    "R1-conv": ("Convolutions, code of 64", None),
}


_NOT = {"dense", "conv_transpose", "pca"}  # are among the known; PCA is solved from clean images


def networks() -> dict[str, str]:
    """{id: title}: the known ones first, then every further registered architecture with its defaults.

    An id is what `base` takes.
    """
    others = {name: registry.architectures.get(name).card.title for name in registry.architectures.names()}
    known = {name: title for name, (title, _) in _KNOWN.items()}
    return known | {name: title for name, title in others.items() if name not in _NOT}


def base(network: str) -> RunConfig:
    """The plain network: squared error summed over the pixels of an image on [0, 1], Adam, a KL term where it draws.

    network: one of `networks`. Without a corruption: `raw` adds one. Raises Refused for an unknown name.
    """
    architecture = _KNOWN[network][1] if network in _KNOWN else network
    plain = parse({"architecture": architecture or preset(network).config.architecture.model_dump()})
    terms: list[dict[str, Any]] = [{"name": "reconstruction", "loss": "mse", "reduction": "sum"}]
    if plain.architecture.variational:
        terms.append({"name": "kl", "weight": 1})
    return parse({"architecture": plain.architecture.model_dump(), "objective": terms})


def kinds() -> dict[str, str]:
    """{name: title, less the word noise} of the corruptions that have one number, their strength.

    >>> kinds()
    {'gaussian': 'Gaussian', 'masking': 'Masking', 'salt_and_pepper': 'Salt and pepper'}
    """
    titles = {name: registry.corruptions.get(name).title for name in registry.corruptions.names() if _numbers(name)}
    return {name: title[:1].upper() + title[1:].removesuffix(" noise") for name, title in titles.items()}


def strength(kind: str) -> str:
    """Name of the number that says how strong it is: sigma or p. kind: one of `kinds`, else IndexError."""
    return _numbers(kind)[0]


def unit(kind: str) -> str:
    """What that number means, for an axis: in words, lower case, up to the first comma of its description."""
    description = registry.corruptions.get(kind).config.model_fields[strength(kind)].description or strength(kind)
    return description.split(",")[0].rstrip(".").lower()


def strongest(kind: str) -> float:
    """As far as it is tested: its bound, where that means something, else a deviation of 2 on pixels of [0, 1].

    >>> strongest("gaussian"), strongest("masking")
    (2.0, 1.0)
    """
    bounds = registry.corruptions.get(kind).config.model_fields[strength(kind)].metadata
    return min([float(bound.le) for bound in bounds if hasattr(bound, "le")] + [STRONGEST])


def raw(kind: str, level: float) -> str | dict[str, Any]:
    """The noise of one strength as a value of the config's field `corruption`; none at 0, the plain control.

    >>> raw("gaussian", 0.3), raw("gaussian", 0)
    ({'name': 'gaussian', 'sigma': 0.3}, 'none')
    """
    return {"name": kind, strength(kind): level} if level else "none"


def noise(kind: str, level: float) -> CorruptionConfig:
    """The noise of one strength, to be put on test images, 0 too. Raises ValidationError beyond the kind's bounds."""
    return registry.corruptions.get(kind).config.model_validate({strength(kind): level})


def kind_of(corruption: CorruptionConfig) -> str:
    """Name of its kind; empty for none, and for one that is not a matter of strength alone.

    >>> kind_of(noise("masking", 0.5)), kind_of(RunConfig().corruption)
    ('masking', '')
    """
    return corruption.name if len(_numbers(corruption.name)) == 1 else ""


def level_of(corruption: CorruptionConfig) -> float:
    """How strong it is; 0 for none, and for one that is not a matter of strength alone."""
    kind = kind_of(corruption)
    return float(getattr(corruption, strength(kind))) if kind else 0.0


def on_pixels(config: RunConfig) -> bool:
    """Whether the strength of its noise is meant on pixels of 0..1; a share p of them is, however they are scaled."""
    return config.data.scaling == "unit" or not level_of(config.corruption) or strength(config.corruption.name) == "p"


def levels(kind: str, trained: tuple[float, ...] = ()) -> tuple[float, ...]:
    """The strengths that are tested: 21 evenly from 0 to the strongest, and those of training; ascending, each once."""
    even = (round(strongest(kind) * i / STEPS, 10) for i in range(STEPS + 1))
    return tuple(sorted({*even, *trained}))


def _numbers(kind: str) -> list[str]:
    fields = [name for name in registry.corruptions.get(kind).config.model_fields if name != "name"]
    return fields if len(fields) == 1 else []
