"""aedash's own: what the references leave out, on the same images."""

from typing import Any

from aedash.presets.base import add

SOURCE = "aedash"
SQUARED = {"name": "reconstruction", "loss": "mse", "reduction": "sum"}
DATA = {"name": "mnist", "validation": 0}


def _recipe(architecture: dict[str, Any], *terms: dict[str, Any], epochs: int = 10) -> dict[str, Any]:
    return {"data": DATA, "architecture": architecture, "objective": [SQUARED, *terms], "epochs": epochs}


add("aedash-pca", "PCA, 20 numbers", SOURCE, _recipe({"name": "pca", "latent": 20}, epochs=1))
add("aedash-vq", "VQ-VAE, 7x7 words of 64", SOURCE, _recipe({"name": "vq"}))
add(
    "aedash-conditional",
    "conditional VAE, 794-400-(8, 8)",
    SOURCE,
    _recipe({"name": "conditional"}, {"name": "kl", "weight": 0.5}, epochs=20),
)
add(
    "aedash-wae",
    "Wasserstein autoencoder, 784-400-8",
    SOURCE,
    _recipe({"name": "dense", "widths": [400], "latent": 8}, {"name": "mmd", "weight": 100}, epochs=20),
)
