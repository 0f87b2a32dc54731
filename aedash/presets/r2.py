"""R2: Omer-alt/Auto-Encoders. Standardised images under a sigmoid: no network of that kind gets below 0.469 on the test
images, or 0.463 on the training images."""

from typing import Any

from aedash.presets.base import Published, add

SOURCE = "Omer-alt/Auto-Encoders"
UNIT = "MSE per pixel of standardised images"
DATA = {"name": "mnist", "scaling": "standardised", "validation": 0}
MSE = {"name": "reconstruction", "loss": "mse", "reduction": "mean"}
HOW = {"optimizer": {"learning_rate": 1e-3, "batch_size": 64}, "epochs": 10}
LAST_BATCH = "Its figure is that of the last batch of an epoch, 32 training images."
FACTOR = 64 * 784  # its penalty is a sum over 64 images, beside a mean over 784 pixels


def _last_batch(value: float, band: float = 0.08) -> Published:
    """band: about two deviations of a batch of 32 images."""
    return Published("mnist", "standardised", "last-batch", value, UNIT, honest=False, band=band)


def _linear(widths: list[int], latent: int) -> dict[str, Any]:
    return {"name": "dense", "widths": widths, "latent": latent, "activation": "none"}


add(
    "R2-deep-linear",
    "784-512-256-128-64-16-3, linear",
    SOURCE,
    {"data": DATA, "architecture": _linear([512, 256, 128, 64, 16], 3), "objective": [MSE], **HOW},
    _last_batch(0.898, band=0.12),  # of one constant picture two batches differ by 6 % (deviation)
    flaw=f"It learnt nothing beyond the mean picture: standardised targets under a sigmoid did it. {LAST_BATCH}",
    headline="A linear autoencoder that learnt nothing",
    plain="Its outputs cannot reach its targets: it shows one mean picture for everything.",
)
add(
    "R2-simple-linear",
    "784-128-64-32-16-8, linear",
    SOURCE,
    {"data": DATA, "architecture": _linear([128, 64, 32, 16], 8), "objective": [MSE], **HOW},
    _last_batch(0.570),
    flaw=f"No sigmoid can get below 0.469 on standardised test images, so 0.570 is near the floor. {LAST_BATCH}",
    headline="A linear autoencoder",
    plain="Its layers never bend: each of its 8 numbers is a weighted sum of pixels.",
)
add(
    "R2-denoising",
    "two strided convolutions, code 32x7x7",
    SOURCE,
    {
        "data": DATA,
        "architecture": {
            "name": "conv_transpose",
            "encoder": [
                {"channels": 16, "kernel": 3, "stride": 2, "padding": 1, "pool": 1},
                {"channels": 32, "kernel": 3, "stride": 2, "padding": 1, "pool": 1},
            ],
            "decoder": [{"channels": 16, "kernel": 2, "stride": 2}, {"channels": 1, "kernel": 2, "stride": 2}],
        },
        "corruption": {"name": "gaussian", "sigma": 0.5},
        "objective": [MSE],
        **HOW,
    },
    _last_batch(0.464),
    Published(
        "fashion-mnist",
        "unit",
        "last-batch",
        0.0222,
        "MSE per pixel of FashionMNIST on [0, 1]",
        honest=False,
        band=0.08,
        why=f"Of images on [0, 1], not standardised: 0.0222 and 0.464 do not compare. {LAST_BATCH}",
    ),
    flaw=f"Its code holds 1,568 numbers, twice the image. {LAST_BATCH}",
    headline="Takes noise away, but paints it grey",
    plain="Sees a noisy digit; its output cannot reach its target, so the clean one comes back pale.",
)
CONTRACTIVE = {"name": "dense", "widths": [128], "latent": 64, "code_activation": "relu"}
SLOW = {**HOW, "optimizer": {"learning_rate": 1e-4, "batch_size": 64}}
for value, figure, counts, effect in (
    (5.0, 0.680, "250,880", ""),
    (1e-4, 0.557, "5", ", with so small a weight that it hardly counts"),
):
    add(
        f"R2-contractive-{'5' if value == 5 else '1e-4'}",
        f"784-128-64, lambda {value:g}",
        SOURCE,
        {
            "data": DATA,
            "architecture": CONTRACTIVE,
            "objective": [MSE, {"name": "contractive", "weight": value, "form": "published", "batch": 64}],
            **SLOW,
        },
        Published("mnist", "standardised", "train", figure, f"{UNIT} + penalty", honest=False),
        flaw="Its penalty is the gradient of the code's sum, summed over the batch: not the one of Rifai et al. "
        f"Per image its lambda counts 64 x 784 = {FACTOR:,} times: as {FACTOR * value:,.6g}, not {value:g}.",
        headline=f"A penalty that is miscounted, lambda {value:g}",
        plain=f"A contractive autoencoder whose lambda counts as about {counts} for each image.",
    )
    add(
        f"R2-contractive-{'5' if value == 5 else '1e-4'}-meant",
        f"784-128-64, lambda {value:g} an image",
        SOURCE,
        {
            "data": DATA,
            "architecture": CONTRACTIVE,
            "objective": [{**MSE, "reduction": "sum"}, {"name": "contractive", "weight": value, "form": "exact"}],
            **SLOW,
        },
        flaw="As it was meant: the whole Jacobian of Rifai et al., per image, beside a squared error in sum. "
        f"R2's own lambda counts 64 x 784 = {FACTOR:,} times as much: {value:g} here is {value / FACTOR:.2g} there.",
        headline=f"A contractive autoencoder, lambda {value:g}",
        plain=f"The code is kept from reacting to small changes of the image{effect}.",
    )
