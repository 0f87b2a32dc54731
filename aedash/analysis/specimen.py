"""Specimen: one image or one random code, what a model makes of it, its code, and what lies nearest to it there."""

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from aedash import registry
from aedash.analysis.metrics import CodeSpread
from aedash.analysis.projection import codes
from aedash.analysis.snapshots import MAP_POINTS, SAMPLES, pixels, seen
from aedash.analysis.trained import weights
from aedash.data.image_data import PLAIN, Batch, Scaling, Split, images_of
from aedash.data.pictures import channels_first
from aedash.data.streams import stream
from aedash.events import Bytes, Floats, Probes, Snapshot
from aedash.history import Run
from aedash.models.base import Autoencoder, Posterior
from aedash.objectives.kl import divergence
from aedash.registry import Refused

NEAREST = 5
_TEXT = re.compile(r"(dot|sample)-(0|[1-9]\d{0,3})")


@dataclass(frozen=True)
class Touched:
    """Which one: a "dot" of the map, so a test image, or a "sample", so a random code; place: its number, from 0."""

    kind: Literal["dot", "sample"]
    place: int

    def __str__(self) -> str:
        return f"{self.kind}-{self.place}"

    @classmethod
    def read(cls, text: str) -> "Touched":
        """What the address says. Raises ValueError for any other text.

        >>> Touched.read("dot-12")
        Touched(kind='dot', place=12)
        """
        found = _TEXT.fullmatch(text)
        if not found:
            raise ValueError(text)
        return cls("dot" if found[1] == "dot" else "sample", int(found[2]))


@dataclass(frozen=True)
class Neighbour:
    """A test image on the map. place: its row there; distance: Euclidean, between codes, in code units."""

    place: int
    label: int
    distance: float


@dataclass(frozen=True, eq=False)
class Specimen:
    """What is shown of one image or sample; None stands for what is not known at that moment.

    image, input, output: (H, W) uint8, or (H, W, 3); image: the original, None of a sample; input: what the model was
    given instead of it. mse: per pixel on [0, 1], not clipped, of this one image. code: (latent,), flattened, in code
    units; reach: the largest absolute number in all codes on the map; in_use: (latent,), which units carry anything on
    the map's images. words: (h, w) of a discrete code. label: its class. nearest: test images, the nearest first.
    """

    image: Bytes | None = None
    input: Bytes | None = None
    output: Bytes | None = None
    mse: float | None = None
    code: Floats | None = None
    reach: float = 0.0
    in_use: NDArray[np.bool_] | None = None
    words: NDArray[np.int64] | None = None
    label: int | None = None
    nearest: tuple[Neighbour, ...] = ()


def there(touched: Touched, probes: Probes, snapshot: Snapshot) -> bool:
    """Whether the run has so many dots or samples."""
    return touched.place < len(snapshot.samples if touched.kind == "sample" else probes.labels)


def recorded(touched: Touched, probes: Probes, snapshot: Snapshot, drawn: Floats | None = None) -> Specimen:
    """What was kept of it at a step: its code and neighbours, and of the ten images of the grid the output, too.

    drawn: (samples, latent), the random codes. A code of more than 16 numbers is seen in its 16 main directions alone.
    In numpy: a page calls it each second beside a run.
    """
    known = codes(snapshot)
    if touched.kind == "sample":
        code = None if drawn is None or drawn.shape[1] != known.shape[1] else drawn[touched.place]
        return _placed(Specimen(output=snapshot.samples[touched.place]), code, known, probes)
    own = Specimen(image=probes.images[touched.place], label=int(probes.labels[touched.place]))
    row = np.flatnonzero(probes.shown == touched.place)
    if len(row):
        given, original = probes.inputs[row[0]], probes.originals[row[0]]
        own = replace(
            own,
            input=None if np.array_equal(given, original) else given,
            output=snapshot.reconstructions[row[0]],
            mse=float(snapshot.mse[row[0]]),
        )
    return _placed(own, known[touched.place], known, probes, touched.place)


def _placed(own: Specimen, code: Floats | None, known: Floats, probes: Probes, itself: int | None = None) -> Specimen:
    finite = np.abs(known[np.isfinite(known).all(1)])
    near = () if code is None else nearest(code, known, probes.labels, itself)
    return replace(own, code=code, reach=float(finite.max()) if finite.size else 0.0, nearest=near)


def nearest(
    code: Floats, known: Floats, labels: NDArray[np.int64], itself: int | None = None, count: int = NEAREST
) -> tuple[Neighbour, ...]:
    """The `count` codes nearest to one, by Euclidean distance, nearest first; those that are not finite are far.

    code: (latent,); known: (N, latent) with labels (N,); itself: its own row, which is left out.

    >>> [one.place for one in nearest(np.zeros(1), np.array([[3.0], [0.0], [-1.0]]), np.arange(3), itself=1)]
    [2, 0]
    """
    return closest(np.sqrt(np.square(known.astype(np.float64) - code).sum(1)), labels, itself, count)


def closest(
    distances: Floats, labels: NDArray[np.int64], itself: int | None = None, count: int = NEAREST
) -> tuple[Neighbour, ...]:
    """The rows of the `count` least distances (N,), least first; those that are not finite are none.

    labels: (N,); itself: a row that is left out.
    """
    far = np.where(np.isfinite(distances), distances, np.inf)
    if itself is not None:
        far[itself] = np.inf
    order = np.argsort(far, kind="stable")[:count]
    return tuple(Neighbour(int(i), int(labels[i]), float(far[i])) for i in order if np.isfinite(far[i]))


@lru_cache(maxsize=16)
def sample_codes(seed: int, latent: int, device: str = "cpu") -> Floats | None:
    """(samples, latent): the random codes N(0, I) that a run decodes; None where its device is not here.

    device: that the run drew them on.
    """
    try:
        where = torch.device(device)
        drawn = torch.randn((SAMPLES, latent), generator=stream(seed, "samples", where), device=where)
    except (RuntimeError, AssertionError):  # torch without that device says it in either way
        return None
    return drawn.cpu().numpy()


@torch.no_grad()
def asked(run: Run, touched: Touched, probes: Probes, drawn: Floats | None, data_root: Path) -> Specimen:
    """The same by the run's best weights, exact: the whole code, which units are in use, words, any image's output.

    probes: of the run; the neighbours are sought among its images. data_root: of the data sets, which standardised
    pixels and a model that looks at a whole batch are in need of. Raises Refused without readable weights, for images
    of which the record keeps grey ones alone, and for random codes that are not known here; Unavailable without
    data.
    """
    if touched.kind == "sample" and drawn is None:
        raise Refused("The random codes were drawn on a device that is not here.", "run")
    model, scaling, batch = given(run, probes, data_root)
    posterior = model.encode(batch.input, model.context(batch))
    known = posterior.mean.flatten(1)[: len(probes.labels)]
    itself = touched.place if touched.kind == "dot" else None
    if drawn is None or itself is not None:
        code, own = known[touched.place], _image(run, touched.place, probes, model, posterior, batch, scaling)
    else:
        code = torch.from_numpy(drawn[touched.place])
        made = model.decode(torch.from_numpy(drawn).unflatten(1, model.latent_shape))
        own = Specimen(output=pixels(made[touched.place], scaling))
    placed = _placed(own, code.numpy(), known.numpy(), probes, itself)
    return replace(placed, in_use=units_in_use(known, posterior), words=words_of(model, code))


def given(run: Run, probes: Probes, data_root: Path) -> tuple[Autoencoder, Scaling, Batch]:
    """A run's best weights, its scaling, and the images of its map with its noise of the snapshots.

    A model whose codes depend on the batch is given all that it saw at a snapshot. Raises as `asked`.
    """
    name = run.config.data.scaling
    channels = registry.datasets.get(run.config.data.name).info.shape[0]
    if channels != channels_first(probes.images).shape[1]:
        raise Refused("Of these images only grey ones are kept, which the model cannot be asked about.", "run")
    scaling, model = PLAIN.get(name) or images_of(run.config.data, data_root).scaling(name), weights(run)
    return model, scaling, seen(_points(run, model, probes, data_root), run.config, scaling)


def _points(run: Run, model: Autoencoder, probes: Probes, data_root: Path) -> Split:
    """The map's images; of a model whose codes depend on the batch all that it saw at a snapshot."""
    if model.coupled:
        return images_of(run.config.data, data_root).test[slice(0, MAP_POINTS)]
    images = np.ascontiguousarray(channels_first(probes.images))
    return Split(torch.from_numpy(images), torch.from_numpy(probes.labels))


def _image(
    run: Run, place: int, probes: Probes, model: Autoencoder, posterior: Posterior, batch: Batch, scaling: Scaling
) -> Specimen:
    made = model.decode(posterior.mean, posterior.context)[place]
    error = scaling.to_unit(made) - scaling.to_unit(batch.target[place])
    return Specimen(
        image=probes.images[place],
        input=None if run.config.corruption.name == "none" else pixels(batch.input[place], scaling),
        output=pixels(made, scaling),
        mse=float(error.square().mean()),
        label=int(probes.labels[place]),
    )


def units_in_use(known: Tensor, posterior: Posterior) -> NDArray[np.bool_] | None:
    """(latent,): by the rule of `CodeSpread.active`; None for codes that are not finite.

    known: (N, latent), mean codes; posterior: of as many images or more.
    """
    if not bool(known.isfinite().all()):
        return None
    spread = CodeSpread()
    spread.add(known)
    nats = None if posterior.log_var is None else divergence(posterior).flatten(1).mean(0)
    return spread.active(nats).numpy()


def words_of(model: Autoencoder, code: Tensor) -> NDArray[np.int64] | None:
    """(h, w): the words that one discrete code, (latent,), is read as; None for a code of numbers."""
    words = model.words(code.unflatten(0, model.latent_shape)[None])
    return None if words is None else words[0].numpy()
