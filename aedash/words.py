"""Words: what people call the fields of a config. One vocabulary for widgets, tables, names, sentences and charts."""

from collections.abc import Sequence

from aedash import registry

MEANT = "-meant"  # at the end of a preset's id: its source's flaw is mended
_ACRONYMS = {name: name.upper() for name in ("kl", "l1", "mmd", "vq", "pca", "bce", "mse", "wae", "vae")}
_NAMES = {"latent": "code size", "p": "share", "eps": "epsilon", "without": "class left out"}
_PARTS = {"data": "data set", "corruption": "input noise", "objective": "loss"}
_FIELDS = {"architecture.encoder.channels": "code maps", "architecture.words": "codebook"}
_OPTIONS = {
    "mse": "squared error",
    "bce": "cross-entropy",
    "sum": "summed",
    "mean": "averaged",
    "unit": "0 to 1",
    "raw": "0 to 255",
    "standardised": "mean 0, deviation 1",
    "relu": "ReLU",
    "leaky_relu": "leaky ReLU",
    "elu": "ELU",
    "gelu": "GELU",
    "silu": "SiLU",
    "default": "PyTorch's own",
    "glorot": "Glorot",
    "hutchinson": "estimated by probes",
    "published": "as published",
}
_SHORT = {"learning rate": "lr"}


def plain(name: str) -> str:
    """A name of the code as words.

    >>> plain("l1_code")
    'L1 code'
    """
    return " ".join(_ACRONYMS.get(word) or _NAMES.get(word, word) for word in name.split("_"))


def model(preset: str) -> str:
    """What the preset of that id is called on screen.

    >>> model("R0-vae-meant"), model("R0-vae")
    ('R0-vae, mended', 'R0-vae')
    """
    return f"{preset.removesuffix(MEANT)}, mended" if preset.endswith(MEANT) else preset


def field(path: str) -> str:
    """What the field at a path is called anywhere.

    >>> [field(path) for path in ("optimizer.learning_rate", "objective.kl.weight", "corruption.sigma", "data.name")]
    ['learning rate', 'KL weight', 'noise sigma', 'data set']
    """
    part, *steps = path.split(".")
    if path in _FIELDS:
        return _FIELDS[path]
    if not steps or steps == ["name"]:
        return _PARTS.get(part, plain(part))
    if part == "corruption":
        return f"noise {plain(steps[0])}"
    return " ".join(map(plain, steps))


def label(path: str) -> str:
    """What a widget is called that stands among those of its part: the last step, with a capital.

    >>> label("optimizer.batch_size")
    'Batch size'
    """
    return capital(plain(path.split(".")[-1]))


def title(path: str, corruption: str = "") -> str:
    """The field's name in full: Weight of KL to N(0, I), Sigma of Gaussian noise. corruption: the name of the one in
    use.

    Raises Refused for a term that is not registered.
    """
    part, *steps = path.split(".")
    if part == "objective":
        return f"{label(path)} of {registry.terms.get(steps[0]).card.title}"
    if part == "corruption" and corruption:
        return f"{label(path)} of {registry.corruptions.get(corruption).title}"
    return label(path)


def short(path: str) -> str:
    """The least that tells a field on a curve. path: of two steps or more.

    >>> short("optimizer.learning_rate"), short("objective.kl.weight")
    ('lr', 'KL')
    """
    word = plain(path.split(".")[1])
    return _SHORT.get(word, word)


def option(value: str) -> str:
    """A value that is chosen from a few, as menus show it.

    >>> option("bce"), option("leaky_relu"), option("tanh")
    ('cross-entropy', 'leaky ReLU', 'tanh')
    """
    return _OPTIONS.get(value, plain(value))


def listed(labels: Sequence[str]) -> str:
    """0.1, 0.3 and 1."""
    *some, last = labels
    return f"{', '.join(some)} and {last}" if some else last


def capital(text: str) -> str:
    """The text with its first letter as a capital, the others as they are; empty stays empty."""
    return text[:1].upper() + text[1:]
