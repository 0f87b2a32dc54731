"""Noise: a model, or what is no model, over the whole range of a noise, on the same images with the same draw of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from torch import device

from aedash.analysis.baselines import statistics
from aedash.analysis.quality import Quality, judged, pictures, restored
from aedash.analysis.robustness import FILTERED, Filtered, filters, noisy
from aedash.analysis.snapshots import one_of_each
from aedash.analysis.trained import Trained
from aedash.config import CorruptionConfig
from aedash.data.corruption import corrupt
from aedash.data.image_data import Split, load
from aedash.data.streams import stream
from aedash.events import Bytes

MEASURED = FILTERED  # test images: models are measured on those that the filters get
SHOWN = 10


@dataclass(frozen=True, eq=False)
class Denoised:
    """What becomes of noisy images. pictures: (10, H, W) uint8, those shown; settings: in words, of a filter."""

    quality: Quality
    pictures: Bytes
    settings: str = ""


def through(trained: Trained, corruptions: Sequence[CorruptionConfig]) -> list[Denoised]:
    """What a model makes of images with each of these corruptions, which are meant on pixels of [0, 1].

    Clipped to 0..1, as what stands beside it is: a filter's picture would be, too.
    """
    shown = _shown(trained.data.test)
    found = []
    for corruption in corruptions:
        batch = noisy(trained, corruption, MEASURED)
        made = restored(trained, batch).clamp(0, 1)
        found.append(Denoised(judged(made, trained.scaling.to_unit(batch.target)), pictures(made)[shown]))
    return found


def without_model(name: str, root: Path, validation: float, corruption: CorruptionConfig) -> dict[str, Denoised]:
    """The same of the noisy image itself, of the mean picture and of classical filters. name: of the data set."""
    data = load(name, root)
    few: Split = data.test[slice(0, MEASURED)]
    clean = few.images.float() / 255
    input_ = corrupt(clean, corruption, (0.0, 1.0), stream(0, "robustness", device("cpu")))
    mean = statistics(data, validation).mean.float().view(clean.shape[1:])
    return {name: _few(made, _shown(few)) for name, made in filters(clean, input_, mean).items()}


def clean(name: str, root: Path) -> Bytes:
    """(10, H, W): the images that are shown, one of each class."""
    few: Split = load(name, root).test[slice(0, MEASURED)]
    return pictures(few.images.float() / 255)[_shown(few)]


def _few(made: Filtered, shown: list[int]) -> Denoised:
    return Denoised(made.quality, made.pictures[shown], made.settings)


def _shown(test: Split) -> list[int]:
    places: list[int] = one_of_each(test[slice(0, MEASURED)].labels, SHOWN).tolist()
    return places
