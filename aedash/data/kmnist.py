"""KMNIST: cursive Japanese characters, Kuzushiji (Clanuwat et al. 2018)."""

from aedash import registry
from aedash.config import DataInfo
from aedash.data import idx

registry.datasets.add(
    "kmnist",
    idx.dataset(
        DataInfo(
            name="kmnist",
            title="KMNIST",
            per_class=(6_000,) * 10,
            test=10_000,
            shape=(1, 28, 28),
            classes=("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"),
            about="70,000 cursive Japanese characters from old books in 28x28 pixels, with several forms a class.",
        ),
    ),
)
