"""R0: mbghouwa/AE-AutoEncoder_PyTorch. All train on all 60,000 images and look at the test images after each epoch."""

from aedash.presets.base import Published, add

SOURCE = "mbghouwa/AE-AutoEncoder_PyTorch"
DATA = {"name": "mnist", "validation": 0}
HOW = {"optimizer": {"learning_rate": 1e-3, "batch_size": 128}, "epochs": 25, "seed": 1}

add(
    "R0-simple",
    "784-400-20",
    SOURCE,
    {
        "data": DATA,
        "architecture": {"name": "dense", "widths": [400], "latent": 20},
        "objective": [{"name": "reconstruction", "loss": "bce", "reduction": "sum"}],
        **HOW,
    },
    Published("mnist", "unit", "test", 65.3, "BCE, nats per image", honest=True),
    headline="A plain autoencoder",
    plain="Squeezes each digit through 20 numbers and rebuilds it.",
)
add(
    "R0-elaborate",
    "784-128-128-16-4",
    SOURCE,
    {
        "data": DATA,
        "architecture": {"name": "dense", "widths": [128, 128, 16], "latent": 4},
        "objective": [{"name": "reconstruction", "loss": "mse", "reduction": "sum"}],
        **HOW,
    },
    # band: with a code of four numbers seeds differ by 4 %
    Published("mnist", "unit", "test", 21.8, "squared error per image", honest=True, band=0.05),
    headline="A deep autoencoder, only 4 numbers",
    plain="Three layers on each side of a tiny code; digits come back blurred.",
)
add(
    "R0-vae",
    "784-400-(20, 20)",
    SOURCE,
    {
        "data": DATA,
        "architecture": {"name": "dense", "widths": [400], "latent": 20, "variational": True},
        "objective": [{"name": "reconstruction", "loss": "mse", "reduction": "sum"}, {"name": "kl", "weight": 20}],
        **HOW,
    },
    Published("mnist", "unit", "test", 52.9, "squared error + 20 x KL, per image", honest=False),
    flaw="Collapsed: 52.9 is the loss of showing the mean image for everything. Beta 1 is a VAE that works.",
    headline="A VAE that has collapsed",
    plain="Beta 20 is too much: its code says nothing, and every output is the mean picture.",
)
add(
    "R0-vae-meant",
    "784-400-(20, 20), BCE and beta 1",
    SOURCE,
    {
        "data": DATA,
        "architecture": {"name": "dense", "widths": [400], "latent": 20, "variational": True},
        "objective": [{"name": "reconstruction", "loss": "bce", "reduction": "sum"}, {"name": "kl", "weight": 1}],
        **HOW,
    },
    flaw="R0-vae as its description says: BCE and KL in nats. No figure was published for it.",
    headline="A VAE that works",
    plain="Beta 1: each digit keeps its code, and random codes decode to shapes much like digits.",
)
