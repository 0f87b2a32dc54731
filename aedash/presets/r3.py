"""R3: NvsYashwanth/MNIST-Autoecncoder. 12,000 training images are held out; the best validation weights are kept."""

from aedash.presets.base import Published, add

SOURCE = "NvsYashwanth/MNIST-Autoecncoder"
COMMON = {
    "data": {"name": "mnist", "validation": 0.2},
    "objective": [{"name": "reconstruction", "loss": "mse", "reduction": "mean"}],
    "optimizer": {"learning_rate": 1e-2, "batch_size": 20},
    "epochs": 20,
}

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
    Published("mnist", "unit", "validation", 0.0252, "MSE per pixel", honest=True, band=0.4),
    flaw="18 of the 32 code units of the published network are dead, so its figure is a matter of luck.",
)
add(
    "R3-transpose",
    "two convolutions, code 4x7x7",
    SOURCE,
    {**COMMON, "architecture": {"name": "conv_transpose"}},
    Published("mnist", "unit", "validation", 0.0334, "MSE per pixel", honest=True),
    flaw="3 of the 4 code channels of the published network are dead; a healthy one is four times better.",
)
add(
    "R3-upsample",
    "two convolutions, upsampling, code 4x7x7",
    SOURCE,
    {**COMMON, "architecture": {"name": "conv_upsample"}},
    Published("mnist", "unit", "validation", 0.1118, "MSE per pixel", honest=False),
    flaw="Collapsed: 0.1118 is the mean square of the pixels, an all-black output. A rate of 0.001 avoids it.",
)
