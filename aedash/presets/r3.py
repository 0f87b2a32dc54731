"""R3: NvsYashwanth/MNIST-Autoecncoder. 12,000 training images are held out; the best validation weights are kept.

At its learning rate of 0.01 each seed loses other units, rarely to regain them: every published figure is one draw of
a lottery.
"""

from aedash.presets.base import Published, add

SOURCE = "NvsYashwanth/MNIST-Autoecncoder"
COMMON = {
    "data": {"name": "mnist", "validation": 0.2},
    "objective": [{"name": "reconstruction", "loss": "mse", "reduction": "mean"}],
    "optimizer": {"learning_rate": 1e-2, "batch_size": 20},
    "epochs": 20,
}


def _drawn(value: float, expected: tuple[float, float] | None = None) -> Published:
    unit = "MSE per pixel"
    return Published("mnist", "unit", "validation", value, unit, honest=False, lottery=True, expected=expected)


add(
    "R3-ffnn",
    "784-32",
    SOURCE,
    {
        **COMMON,
        "architecture": {
            "name": "dense",
            "widths": [],
            "latent": 32,
            "code_activation": "relu",
            "init": "scaled_normal",
        },
    },
    _drawn(0.0252, expected=(0.025, 0.035)),
    flaw="18 of the 32 code units of the published network are dead; by seed it ends between 0.025 and 0.035.",
    headline="The simplest autoencoder",
    plain="One layer in, one layer out; trained so fast that most of its 32 numbers fall silent.",
)
add(
    "R3-transpose",
    "two convolutions, code 4x7x7",
    SOURCE,
    {**COMMON, "architecture": {"name": "conv_transpose"}},
    _drawn(0.0334),
    flaw="3 of the 4 code channels of the published network are dead. The draw of the initial weights decides: of 184, "
    "after 60 to 200 steps, 43 had no dead channel, 28 three or more.",
    headline="A convolutional game of luck",
    plain="Trained so fast that the seed decides how much of its code falls silent.",
)
add(
    "R3-upsample",
    "two convolutions, upsampling, code 4x7x7",
    SOURCE,
    {**COMMON, "architecture": {"name": "conv_upsample"}},
    _drawn(0.1118),
    flaw="Collapsed: 0.1118 is the mean square of the pixels, an all-black output. 19 of 24 seeds collapse within 200 "
    "steps at a rate of 0.01, none of 6 at 0.001; one of ours was black for ten epochs and recovered in epoch 11.",
    headline="An autoencoder that mostly turns black",
    plain="Trained so fast that most seeds soon show nothing but black.",
)
