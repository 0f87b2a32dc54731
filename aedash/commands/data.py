"""Tell what a data set is: classes, mean image, leaks across train and test, entropy floor, intrinsic dimension."""

from argparse import ArgumentParser, Namespace
from typing import Any

from aedash import registry
from aedash.analysis.dimension import SHARES, Estimate, dimension
from aedash.analysis.leaks import leaks
from aedash.analysis.portrait import portrait
from aedash.data.image_data import load
from aedash.settings import Settings


def arguments(parser: ArgumentParser) -> None:
    """The data set's name."""
    parser.add_argument("name", help="of the data set: digits, mnist, ...")


def run(args: Namespace) -> dict[str, Any]:
    """{figure: value}, as the page of the set shows them. Raises Refused for an unknown name, Unavailable without its
    images.
    """
    registry.datasets.get(args.name)
    data = load(args.name, Settings().data_dir)
    seen, near, size = portrait(data), leaks(data), dimension(data)
    return {
        "name": data.info.name,
        "train": int(seen.train.sum()),
        "test": int(seen.test.sum()),
        "shape": list(data.info.shape),
        "train_per_class": seen.train.tolist(),
        "test_per_class": seen.test.tolist(),
        "mean_image_mse": seen.variance,
        "black": float(seen.histogram[0]),
        "white": float(seen.histogram[-1]),
        "entropy_floor_nats": seen.entropy,
        "duplicates": near.duplicates,
        "duplicates_of_another_class": near.conflicts,
        "compared": near.compared,
        "median_nearest_mse": float(sorted(near.nearest.tolist())[near.compared // 2]),
        "least_nearest_mse": float(near.nearest.min()),
        "nearest_of_same_class": near.same_class,
        "dimension_images": size.images,
        "two_nn": _pair(size.two),
        "maximum_likelihood": _pair(size.many),
        **{f"pca_{share:.0%}".rstrip("%"): held for share, held in zip(SHARES, size.components, strict=True)},
    }


def _pair(one: Estimate | None) -> list[float] | None:
    return None if one is None else [one.value, one.error]


def show(value: dict[str, Any]) -> None:
    for name, figure in value.items():
        print(f"{name.replace('_', ' '):28} {_said(figure)}")


def _said(figure: Any) -> str:
    if isinstance(figure, list):
        return ", ".join(_said(each) for each in figure)
    return f"{figure:.4g}" if isinstance(figure, float) else str(figure)
