"""A data set as figures: sheets of its images, bars of its counts and levels, and what is said of them."""

from collections.abc import Sequence
from html import escape

import numpy as np

from aedash.analysis.dimension import SHARES, Dimension, Estimate
from aedash.analysis.leaks import Leaks
from aedash.analysis.portrait import Portrait
from aedash.data.pictures import painted
from aedash.figures.grids import Mosaic, sheet
from aedash.formatting import count, many, number, percent

BINS = 51  # bars of the levels between black and white
ALIKE = 5  # levels of 255: one picture, stored twice
LONGEST = 14  # letters of a class's name beside its row


def short(name: str) -> str:
    """A class's name with room beside its row.

    >>> short("Ankle boot"), short("a very long name")
    ('Ankle boot', 'a very long n…')
    """
    return name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"


def drawn(found: Portrait) -> Mosaic:
    """A row a class."""
    rows, columns = found.sheet.shape[:2]
    names = tuple(short(name) for name in found.info.classes[:rows])
    alt = f"{columns} training images of each of {rows} classes"
    room = min(8.0, 1.2 + 0.55 * max(map(len, names)))
    return Mosaic(sheet(list(found.sheet)), columns, rows, names, alt=alt, max_tile=44, min_tile=24, room=room)


def moments(found: Portrait) -> Mosaic:
    """Mean image and the deviation of each pixel, from 0 as black to its largest as white."""
    largest = float(found.spread.max()) or 1.0
    pictures = [painted(np.round(255 * each).astype(np.uint8)) for each in (found.mean, found.spread / largest)]
    foot = ("mean", "deviation")
    return Mosaic(sheet([np.stack(pictures)]), 2, 1, foot=foot, alt="Mean image and deviation", max_tile=112)


def extremes(found: Portrait) -> Mosaic:
    """The images nearest to the mean image, over those farthest from it."""
    rows = [found.near, found.far]
    names, alt = ("nearest to it", "farthest"), "Images nearest to the mean image and farthest from it"
    return Mosaic(sheet(rows), len(found.near), 2, names, alt=alt, max_tile=44, min_tile=24, room=6.2)


def class_means(found: Portrait) -> Mosaic:
    """The mean image of each class, of the first twelve."""
    shown = found.class_means[: len(found.sheet)]
    names = tuple(short(name) for name in found.info.classes[: len(shown)])
    foot = names if max(map(len, names)) <= 3 else ()
    alt = f"Mean image of {', '.join(names)}"
    return Mosaic(sheet([shown]), len(shown), 1, foot=foot, alt=alt, max_tile=60, min_tile=28)


def pairs(found: Leaks) -> Mosaic:
    """Test images over the training image nearest to each, with their distance."""
    foot = tuple(number(float(mse)) for mse in found.mse)
    names, alt = ("test", "train", "MSE"), "The closest pairs of a test and a training image"
    return Mosaic(sheet([found.test, found.train]), len(found.mse), 2, names, foot, alt, max_tile=60, min_tile=50)


def counts(found: Portrait) -> str:
    """HTML: how many images each class has for training and for test."""
    most = [max(1, int(each.max())) for each in (found.train, found.test)]
    rows = "".join(
        f"<span>{escape(name)}</span>{_bar(train / most[0])}<b>{count(int(train))}</b>"
        f"{_bar(test / most[1])}<b>{count(int(test))}</b>"
        for name, train, test in zip(found.info.classes, found.train, found.test, strict=True)
    )
    head = "<span></span><em>train</em><b></b><em>test</em><b></b>"
    return f'<div class="counts" role="img" aria-label="Images of each class">{head}{rows}</div>'


def _bar(share: float) -> str:
    return f'<i><u style="width:{100 * share:.1f}%"></u></i>'


def levels(found: Portrait) -> str:
    """HTML: the shares of the pixels between black and white, in bars of five levels; the ends are said in words."""
    inner = np.add.reduceat(found.histogram[1:-1], np.arange(0, 254, 5))[:BINS]
    most = float(inner.max()) or 1.0
    bars = "".join(f'<i style="height:{100 * float(share) / most:.1f}%"></i>' for share in inner)
    foot = "<small><span>0, black</span><span>1, white</span></small>"
    return f'<div class="levels" role="img" aria-label="Shares of grey levels"><div>{bars}</div>{foot}</div>'


def balance(found: Portrait) -> str:
    """Whether the classes are equally often there."""
    train = found.train
    if len(train) < 2:
        return "One class: nothing here is told apart."
    least, most = int(train.min()), int(train.max())
    few, often = (escape(found.info.classes[int(place)]) for place in (train.argmin(), train.argmax()))
    if most <= 1.1 * least:
        return f"Balanced: {count(least)} to {count(most)} training images a class."
    told = f"From {count(least)} ({few}) to {count(most)} ({often}) training images a class"
    return f"{told}: nearly balanced." if most <= 1.5 * least else f"{told}: means over images tell most of the latter."


def centre(found: Portrait) -> str:
    """What a model has to beat."""
    return (
        f"Showing the mean image for every training image errs by <b>{number(found.variance)}</b> (MSE per pixel, "
        f"{many(int(found.train.sum()), 'image')}): a model has to beat that. A pixel's deviation over images is up to "
        f"{number(float(found.spread.max()))}; over the pixels of one image it is {number(found.contrast)} (median)."
    )


def ends(found: Portrait) -> str:
    """How many pixels are pure, and what that means for a loss."""
    black, white = float(found.histogram[0]), float(found.histogram[-1])
    values = "Values of all channels" if found.info.shape[0] > 1 else "Pixels"
    return (
        f"{values} of the training images: {percent(black)} pure black, {percent(white)} pure white; the bars are the "
        f"other {percent(max(0.0, 1 - black - white))}. Entropy floor: <b>{number(found.entropy)}</b> nats an image "
        f"({many(int(found.test.sum()), 'test image')}). No cross-entropy falls below it, since a grey pixel is a coin "
        "that no output foretells; squared error has no floor."
    )


def leaking(found: Leaks, info_test: int) -> str:
    """How many test images are in the training images already, and how near the others come."""
    middle = float(np.median(found.nearest))
    some = "all" if found.compared == info_test else f"{count(found.compared)} of {count(info_test)}"
    told = _doubled(found, info_test)
    close = int(((found.nearest > 0) & (found.nearest < (ALIKE / 255) ** 2)).sum())
    alike = f"{many(close, 'further one')} differ{'s' * (close == 1)}" if close else "No other differs"
    return (
        f"{told} {alike} from a training image by less than {ALIKE} of 255 levels (root mean square; {some} compared). "
        f"Half of them have one within <b>{number(middle)}</b> (MSE per pixel), and {percent(found.same_class)} share "
        "the class of their nearest."
    )


def _doubled(found: Leaks, tested: int) -> str:
    if not found.duplicates:
        return f"<b>No</b> test image, of {count(tested)}, is a training image to the pixel."
    told = f"<b>{count(found.duplicates)}</b> of {many(tested, 'test image')} are training images to the pixel"
    wrong = f", {count(found.conflicts)} of them under another class" if found.conflicts else ""
    return f"{told}{wrong}: an error on them tells of memory."


def rulers(found: Dimension) -> str:
    """HTML: each ruler with its figure and where it is from."""
    rows = [
        ("2 neighbours", _estimate(found.two), "TwoNN, Facco et al. 2017"),
        ("20 neighbours", _estimate(found.many), "Levina and Bickel 2004, MacKay and Ghahramani 2005"),
        *(
            (f"PCA, {percent(share, 0)} of the variance", count(size), "straight directions")
            for share, size in zip(SHARES, found.components, strict=True)
        ),
        ("pixels" if found.pixels < 2000 else "numbers", count(found.pixels), "what is stored"),
    ]
    lines = "".join(f"<span>{name}</span><b>{value}</b><small>{source}</small>" for name, value, source in rows)
    return f'<div class="rulers">{lines}</div>'


def _estimate(one: Estimate | None) -> str:
    return "–" if one is None else f"{one.value:.1f} ± {one.error:.1f}"


def sheeted(found: Dimension) -> str:
    """What the rulers say together."""
    on = f"On {many(found.images, 'training image')}, ± one standard error over images."
    two, near = found.two, found.many
    if two is None or near is None:
        return f"{on} Too few images differ for neighbours to tell."
    if two.level(near):
        agree = "Both counts of neighbours are level."
    else:
        agree = "The two differ by more than two standard errors: the sheet is bent, or noisy, at one of the scales."
    most = max(two.value, near.value)
    return (
        f"{on} {agree} A code of about {most:.0f} numbers could follow the sheet if the model bent as it does; PCA, "
        f"which cannot bend, needs {count(found.components[0])} for {percent(SHARES[0], 0)} of the variance. "
        "Neighbours tell rather too few where images are sparse."
    )


def size_words(found: Sequence[int]) -> str:
    """Of an image: height, width and colour.

    >>> size_words((1, 28, 28)), size_words((3, 32, 32))
    ('28 × 28 pixels, grey', '32 × 32 pixels, in colour')
    """
    channels, height, width = found
    colour = {1: "grey", 3: "in colour"}.get(channels, f"{channels} channels")
    return f"{height} × {width} pixels, {colour}"
