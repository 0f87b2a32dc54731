"""aedash's own: what the references leave out, on the same images."""

from typing import Any

from aedash.presets.base import add

SOURCE = "aedash"
SQUARED = {"name": "reconstruction", "loss": "mse", "reduction": "sum"}
DATA = {"name": "mnist", "validation": 0}


def _recipe(architecture: dict[str, Any], *terms: dict[str, Any], epochs: int = 10) -> dict[str, Any]:
    return {"data": DATA, "architecture": architecture, "objective": [SQUARED, *terms], "epochs": epochs}


add(
    "aedash-pca",
    "PCA, 20 numbers",
    SOURCE,
    _recipe({"name": "pca", "latent": 20}, epochs=1),
    headline="PCA, the yardstick",
    plain="No training: the 20 weighted sums of pixels that lose least.",
)
add(
    "aedash-vq",
    "VQ-VAE, 7x7 words of 64",
    SOURCE,
    _recipe({"name": "vq"}),
    headline="A code made of words",
    plain="Each digit becomes 49 words, out of 64 that the model learns.",
)
add(
    "aedash-conditional",
    "conditional VAE, 794-400-(8, 8)",
    SOURCE,
    _recipe({"name": "conditional"}, {"name": "kl", "weight": 0.5}, epochs=20),
    headline="A VAE that is told the digit",
    plain="The code need not say which digit it is, so it keeps the style.",
)
add(
    "aedash-wae",
    "Wasserstein autoencoder, 784-400-8",
    SOURCE,
    _recipe({"name": "dense", "widths": [400], "latent": 8}, {"name": "mmd", "weight": 100}, epochs=20),
    headline="A Wasserstein autoencoder",
    plain="All codes together are shaped into one round cloud, so that random ones can be decoded.",
)
add(
    "aedash-odd",
    "784-400-20, without 4",
    SOURCE,
    {
        "data": {**DATA, "without": 4},
        "architecture": {"name": "dense", "widths": [400], "latent": 20},
        "objective": [{"name": "reconstruction", "loss": "bce", "reduction": "sum"}],
        "epochs": 10,
        "seed": 1,
    },
    headline="Never saw a 4",
    plain="Trained on the nine other digits alone, so a 4 tends to come back with the larger error.",
)
