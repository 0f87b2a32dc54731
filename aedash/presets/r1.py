"""R1: AnasBrital98/AutoEncoders. Pictures only, no figure was published."""

from aedash.presets.base import add

SOURCE = "AnasBrital98/AutoEncoders"
DATA = {"name": "mnist", "validation": 0}
MSE = [{"name": "reconstruction", "loss": "mse", "reduction": "mean"}]
KERAS = {"learning_rate": 1e-3, "batch_size": 32, "eps": 1e-7}  # with Keras' Glorot weights: both decide who dies
HOW = {"optimizer": {"learning_rate": 1e-3, "batch_size": 64, "weight_decay": 1e-5}, "epochs": 10}

add(
    "R1-dense",
    "784-256-128-32-16-10",
    SOURCE,
    {
        "data": DATA,
        "architecture": {
            "name": "dense",
            "widths": [256, 128, 32, 16],
            "latent": 10,
            "decoder_widths": [16, 32, 64, 128, 256],
        },
        "objective": MSE,
        **HOW,
    },
    headline="A deep autoencoder, 10 numbers",
    plain="Four layers on the way to its code, five on the way back.",
)
add(
    "R1-conv",
    "three convolutions, code 64",
    SOURCE,
    {
        "data": DATA,
        "architecture": {
            "name": "conv_transpose",
            "encoder": [
                {"channels": 16, "kernel": 3, "padding": 1, "pool": 2},
                {"channels": 32, "kernel": 3, "padding": 0, "pool": 2},
                {"channels": 64, "kernel": 6, "padding": 0, "pool": 1},
            ],
            "code_activation": "none",
            "decoder": [
                {"channels": 32, "kernel": 7, "stride": 1},
                {"channels": 16, "kernel": 3, "stride": 2, "padding": 1, "output_padding": 1},
                {"channels": 1, "kernel": 3, "stride": 2, "padding": 1, "output_padding": 1},
            ],
        },
        "objective": MSE,
        **HOW,
    },
    headline="A convolutional autoencoder",
    plain="Small filters slide over the digit; its code has 64 numbers.",
)
add(
    "R1-keras-dense",
    "784-256-128-64-32-16-8-4",
    SOURCE,
    {
        "data": DATA,
        "architecture": {
            "name": "dense",
            "widths": [256, 128, 64, 32, 16, 8],
            "latent": 4,
            "code_activation": "relu",
            "init": "glorot",
        },
        "objective": [{"name": "reconstruction", "loss": "bce", "reduction": "mean"}],
        "optimizer": KERAS,
        "epochs": 20,
    },
    flaw="ReLU on a code of four units leaves some dead; its published picture of the code shows one.",
    headline="A very deep autoencoder, 4 numbers",
    plain="Six layers on each side, and a code that cannot go below zero: numbers of it may fall silent.",
)
add(
    "R1-keras-conv",
    "two convolutions, code 8x5x5",
    SOURCE,
    {
        "data": DATA,
        "architecture": {
            "name": "conv_upsample",
            "init": "glorot",
            "encoder": [
                {"channels": 16, "kernel": 3, "padding": 0, "pool": 2},
                {"channels": 8, "kernel": 3, "padding": 0, "pool": 2},
            ],
            # a transposed convolution of stride 1 without padding is a convolution with padding 2
            "decoder": [
                {"scale": 2, "channels": 8, "kernel": 3, "padding": 2},
                {"scale": 2, "channels": 16, "kernel": 3, "padding": 2},
                {"scale": 1, "channels": 1, "kernel": 3, "padding": 2},
            ],
        },
        "objective": MSE,
        "optimizer": KERAS,
        "epochs": 10,
    },
    headline="A code made of small pictures",
    plain="A convolutional autoencoder whose 200 numbers are eight pictures of 5 by 5.",
)
