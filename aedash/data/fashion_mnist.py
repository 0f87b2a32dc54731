"""FashionMNIST: clothes and shoes (Xiao et al. 2017)."""

from aedash import registry
from aedash.config import DataInfo
from aedash.data import idx

registry.datasets.add(
    "fashion-mnist",
    idx.dataset(
        DataInfo(
            name="fashion-mnist",
            title="FashionMNIST",
            per_class=(6_000,) * 10,
            test=10_000,
            shape=(1, 28, 28),
            classes=(
                "T-shirt/top",
                "Trouser",
                "Pullover",
                "Dress",
                "Coat",
                "Sandal",
                "Shirt",
                "Sneaker",
                "Bag",
                "Ankle boot",
            ),
            about="70,000 product photos of clothes and shoes in 28x28 grey pixels: made like MNIST, and harder.",
        ),
    ),
)
