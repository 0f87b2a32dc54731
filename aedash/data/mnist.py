"""MNIST: handwritten digits (LeCun et al. 1998)."""

from functools import partial

from aedash import registry
from aedash.config import DataInfo
from aedash.data import idx
from aedash.data.framing import framed

registry.datasets.add(
    "mnist",
    idx.dataset(
        DataInfo(
            name="mnist",
            title="MNIST",
            per_class=(5_923, 6_742, 5_958, 6_131, 5_842, 5_421, 5_918, 6_265, 5_851, 5_949),
            test=10_000,
            shape=(1, 28, 28),
            classes=tuple("0123456789"),
            about="70,000 handwritten digits, centred in 28x28 pixels: the set that most papers on autoencoders show.",
        ),
        partial(framed, box=20 / 28, centre="mass"),
    ),
)
