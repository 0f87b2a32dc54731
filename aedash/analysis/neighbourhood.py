"""Neighbourhood: one test image among those on the map, with what lies nearest to it in the code and in pixels, and a
selection of them. An image is named by its place in the test split; rows index the survey's arrays and go no further.
"""

from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from aedash.analysis.level import Difference, apart
from aedash.analysis.quality import pictures
from aedash.analysis.specimen import Neighbour, Specimen, closest, nearest, units_in_use, words_of
from aedash.analysis.survey import Survey
from aedash.analysis.trained import Trained
from aedash.data.image_data import Batch
from aedash.events import Bytes, Floats
from aedash.models.base import Posterior
from aedash.registry import Refused

SHOWN = 6  # neighbours of either kind
COUPLED = "This model encodes an image together with its neighbours, so only images on the map have a code."


@dataclass(frozen=True, eq=False)
class Inspection:
    """own: the image, what the model makes of it and its code; its `nearest` are those in the code, pixels those in the
    picture, at Euclidean distance on [0, 1]. Their places are in the test split. coupled: whether its code depends on
    the other images of the survey.
    """

    own: Specimen
    pixels: tuple[Neighbour, ...]
    coupled: bool = False


@torch.no_grad()
def inspected(trained: Trained, survey: Survey, place: int) -> Inspection:
    """A test image by these weights, from the clean image, among the images that a survey by them has.

    place: in the test split, of the survey's images or any other. Raises Refused for a place beyond the split, for a
    code that is not finite, and, of a model that looks at a whole batch, for an image that is none of the survey's.
    """
    batch = trained.image(place)
    code, context = _encoded(trained, survey, place, batch)
    if not bool(code.isfinite().all()):
        raise Refused("This model has diverged: its code is not finite.", "run")
    model, part = trained.model, trained.data.test[slice(place, place + 1)]
    clean = part.images.float() / 255
    made = trained.scaling.to_unit(model.decode(code.unflatten(0, model.latent_shape)[None], context))
    own = Specimen(
        image=pictures(clean)[0],
        output=pictures(made)[0],
        mse=float((made - clean).square().mean()),
        code=code.numpy(),
        reach=reach(survey),
        in_use=in_use(survey),
        words=words_of(model, code),
        label=int(part.labels[0]),
        nearest=near_in_code(survey, code.numpy(), place),
    )
    images = trained.data.test.images.numpy()
    near = near_in_pixels(survey, images[survey.places], images[place], place)
    return Inspection(own, near, model.coupled)


def _encoded(trained: Trained, survey: Survey, place: int, batch: Batch) -> tuple[Tensor, object]:
    """(code (latent,), what the decoder needs beside it) of one test image."""
    model, row = trained.model, survey.row(place)
    if model.coupled:
        if row is None:
            raise Refused(COUPLED, "image")
        return torch.from_numpy(survey.codes[row]), None
    posterior = model.encode(batch.input, model.context(batch))
    return posterior.mean[0].flatten(), posterior.context


def reach(survey: Survey) -> float:
    """The largest absolute number in all codes, in code units; 0 where none is finite."""
    return float(np.abs(survey.codes[np.isfinite(survey.codes)]).max(initial=0.0))


def in_use(survey: Survey) -> NDArray[np.bool_] | None:
    """(latent,): which units carry anything on the survey's images; None for codes that are not finite."""
    known = torch.from_numpy(survey.codes)
    return units_in_use(known, Posterior(known, None if survey.log_var is None else torch.from_numpy(survey.log_var)))


def near_in_code(survey: Survey, code: Floats, place: int) -> tuple[Neighbour, ...]:
    """The images nearest to a code, (latent,), in code units, but for the one at `place`."""
    return _named(nearest(code, survey.codes, survey.labels, survey.row(place), SHOWN), survey)


def near_in_pixels(survey: Survey, images: Bytes, image: Bytes, place: int) -> tuple[Neighbour, ...]:
    """The images nearest to one by the Euclidean distance of pixels on [0, 1], but for the one at `place`.

    images: (N, ...) uint8, the survey's; image: (...), of one of them.
    """
    away = images.reshape(len(images), -1).astype(np.float32) - image.reshape(-1)
    distances = np.sqrt(np.einsum("nd,nd->n", away, away)) / 255
    return _named(closest(distances, survey.labels, survey.row(place), SHOWN), survey)


def _named(near: tuple[Neighbour, ...], survey: Survey) -> tuple[Neighbour, ...]:
    """Neighbours by row as neighbours by place."""
    return tuple(replace(one, place=int(survey.places[one.place])) for one in near)


def by_error(survey: Survey) -> NDArray[np.int64]:
    """The places from the lowest error to the highest, equal ones in order; those of an unknown error left out."""
    order = np.argsort(survey.mse, kind="stable")
    return survey.places[order[np.isfinite(survey.mse[order])]]


def beside(survey: Survey, place: int, mse: float | None) -> tuple[int | None, int | None]:
    """The places of the next lower and the next higher error; None at either end, and where its own is not known.

    mse: of an image that may be none of the survey's.
    """
    order = by_error(survey)
    at = np.flatnonzero(order == place)
    if len(at):
        low, high = int(at[0]) - 1, int(at[0]) + 1
    elif mse is None or not np.isfinite(mse):
        return None, None
    else:
        high = int(np.searchsorted(np.sort(survey.mse[np.isfinite(survey.mse)]), mse))
        low = high - 1
    return int(order[low]) if low >= 0 else None, int(order[high]) if high < len(order) else None


@dataclass(frozen=True, eq=False)
class Chosen:
    """A selection of the survey's images.

    places: (M,), ascending; counts, of: (classes,), how many of a class are chosen and how many there are; errors: (M,)
    MSE per pixel on [0, 1], rest: those of all others; worst, best: places, at most `SHOWN` each, none of them both.
    """

    places: NDArray[np.int64]
    counts: NDArray[np.int64]
    of: NDArray[np.int64]
    errors: Floats
    rest: Floats
    worst: NDArray[np.int64]
    best: NDArray[np.int64]

    @property
    def difference(self) -> Difference | None:
        """Its mean error against the others', None where there are none, or not every error is known."""
        if not len(self.rest) or not np.isfinite(self.errors).all() or not np.isfinite(self.rest).all():
            return None
        return apart(self.errors, self.rest)


def chosen(survey: Survey, rows: NDArray[np.int64], classes: int) -> Chosen:
    """rows: (M,), each once. In numpy: a page calls it."""
    rows = np.sort(rows)
    others = np.ones(len(survey.places), bool)
    others[rows] = False
    errors = survey.mse[rows]
    order = survey.places[rows[np.argsort(errors, kind="stable")]]
    order = order[: np.isfinite(errors).sum()]
    few = min(SHOWN, (len(order) + 1) // 2)
    return Chosen(
        places=survey.places[rows],
        counts=np.bincount(survey.labels[rows], minlength=classes),
        of=np.bincount(survey.labels, minlength=classes),
        errors=errors,
        rest=survey.mse[others],
        worst=order[few:][::-1][:SHOWN],
        best=order[:few],
    )


@dataclass(frozen=True, eq=False)
class Middle:
    """Of a selection, (H, W) uint8: mean, the mean of its pictures; decoded, the picture of its mean code. label: the
    class that the decoder was told, None of one that is told none.
    """

    mean: Bytes
    decoded: Bytes
    label: int | None


@torch.no_grad()
def middle(trained: Trained, survey: Survey, rows: NDArray[np.int64]) -> Middle:
    """rows: (M,), not empty. A decoder that is told the class is told the most frequent one.

    Raises Refused for a code that is not finite.
    """
    model, rows = trained.model, np.sort(rows)
    code = torch.from_numpy(survey.codes[rows].mean(0, dtype=np.float64).astype(np.float32))
    if not bool(code.isfinite().all()):
        raise Refused("This model has diverged: its code is not finite.", "run")
    batch = trained.image(int(survey.places[rows[0]]))
    told = model.context(batch) is batch.label
    label = int(np.bincount(survey.labels[rows]).argmax()) if told else None
    given = None if label is None else torch.tensor([label])
    made = trained.scaling.to_unit(model.decode(code.unflatten(0, model.latent_shape)[None], given))
    mean = trained.data.test.images[torch.from_numpy(survey.places[rows])].float().mean(0, keepdim=True) / 255
    return Middle(pictures(mean)[0], pictures(made)[0], label)
