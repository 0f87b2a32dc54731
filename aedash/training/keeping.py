"""Keeping: what a run leaves on the disk at most, from shapes and epochs alone, before anything is queued."""

from dataclasses import dataclass
from functools import lru_cache
from math import ceil, prod

from aedash import registry
from aedash.analysis.snapshots import GRID_IMAGES, KEPT_NUMBERS, MAP_POINTS, SAMPLES
from aedash.config import ArchitectureConfig, DataInfo, RunConfig, training_images
from aedash.formatting import size
from aedash.history import CONDENSED_EVERY, EARLY, KEPT_BLOCKS, KEPT_SNAPSHOTS
from aedash.models import trial
from aedash.models.base import Autoencoder
from aedash.registry import Refused
from aedash.settings import Settings
from aedash.training.checkpoint import KEEP_EPOCHS, KEPT_STATES

GIGABYTE = 10**9
GENERATOR = 5056  # bytes of one of torch's on the CPU
TENSOR = 130  # bytes that name a tensor in a file
EXHIBIT = 64  # pictures that a model exhibits at most
BLOCK, TERM, END = 70, 40, 1200  # bytes as JSON: of a block, of each of its terms, of an epoch's end
TAIL = 50_000  # bytes of what was told last, in a save


@dataclass(frozen=True)
class Kept:
    """Bytes of the parts of a run's folder: weights of the best epoch; a state with both moments, to go on from or to
    fork; all pictures of the time machine; curves.
    """

    weights: int
    state: int
    pictures: int
    curves: int

    @property
    def alone(self) -> int:
        """Of a folder without any state, which cannot go on."""
        return self.weights + self.pictures + self.curves

    def bytes(self, numbered: int) -> int:
        """Of the whole folder, with so many states of every tenth epoch beside the last and the best."""
        return self.alone + (2 + numbered) * self.state


def kept(config: RunConfig) -> Kept:
    """What a run of this config leaves, of pictures as if none could be compressed.

    Raises Refused as `models.trial`.
    """
    info = registry.datasets.get(config.data.name).info
    weights, moments, tensors, snapshot = _sizes(config.architecture, info)
    generators = (2 + len(config.objective)) * GENERATOR
    steps = config.epochs * ceil(training_images(config.data, info) / config.optimizer.batch_size)
    blocks = min(steps, KEPT_BLOCKS + CONDENSED_EVERY)
    pixels = prod(info.shape[-2:])
    return Kept(
        weights=weights + tensors * TENSOR,
        state=weights + moments + 4 * tensors * TENSOR + generators + TAIL,
        pictures=min(steps + 2, KEPT_SNAPSHOTS + len(EARLY) // 2) * snapshot + (MAP_POINTS + 2 * GRID_IMAGES) * pixels,
        curves=blocks * (BLOCK + TERM * (1 + len(config.objective))) + config.epochs * END,
    )


def numbered(config: RunConfig, settings: Settings) -> int:
    """How many states of every tenth epoch a run may keep to be forked from: five, or fewer where they are large.

    Raises Refused where even without any it would take more than one run may.
    """
    of, most = kept(config), settings.max_disk_per_run * GIGABYTE
    planned = min(config.epochs // KEEP_EPOCHS, KEPT_STATES)
    fitting = next((count for count in range(planned, -1, -1) if of.bytes(count) <= most), None)
    if fitting is None:
        allowed = f"up to {size(most)}"
        needed = f"The run would keep {size(of.bytes(0))} on the disk"
        raise Refused(f"{needed}; allowed: {allowed} (AEDASH_MAX_DISK_PER_RUN).", "architecture", allowed)
    return fitting


def expected(config: RunConfig, settings: Settings) -> int:
    """Bytes that a run of this config keeps at most. Raises Refused as `numbered`."""
    return kept(config).bytes(numbered(config, settings))


@lru_cache(maxsize=256)
def _sizes(architecture: ArchitectureConfig, info: DataInfo) -> tuple[int, int, int, int]:
    """Bytes of the weights and of their moments, how many tensors, bytes of a snapshot."""
    model = trial(architecture, info)
    held = model.state_dict().values()
    trained = [weight for weight in model.parameters() if weight.requires_grad]
    moments = sum(2 * weight.numel() * weight.element_size() for weight in trained)
    return sum(x.numel() * x.element_size() for x in held), moments, len(held), _snapshot(model, info)


def _snapshot(model: Autoencoder, info: DataInfo) -> int:
    points, latent = min(MAP_POINTS, info.test), prod(model.latent_shape)
    numbers = min(KEPT_NUMBERS, latent)
    exhibits = type(model).exhibit is not Autoencoder.exhibit
    pictures = GRID_IMAGES + SAMPLES + EXHIBIT * exhibits
    return 2 * numbers * (points + latent) + 4 * latent + pictures * prod(info.shape[-2:]) + 2000
