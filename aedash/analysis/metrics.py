"""Exact figures of a model on a split, in units that let any two runs compare."""

from collections.abc import Iterator

import torch
from torch import Tensor

from aedash.config import RunConfig
from aedash.data.corruption import corrupt
from aedash.data.image_data import Batch, Scaling, Split
from aedash.data.streams import stream
from aedash.events import Figures
from aedash.models.base import Autoencoder
from aedash.objectives import base as objectives
from aedash.objectives.kl import divergence

MEASURED = 100  # images on which terms measure what they show beside their values
ACTIVE_SHARE = 0.01  # of the largest deviation: below it a unit without ReLU or KL counts as dead
ACTIVE_NATS = 0.01


def clean_batches(split: Split, scaling: Scaling, chunk: int) -> Iterator[Batch]:
    """The split in order, uncorrupted."""
    for start in range(0, len(split), chunk):
        part = split[slice(start, start + chunk)]
        x = scaling.to_model(part.images)
        yield Batch(x, x, part.labels, torch.arange(start, start + len(part), device=x.device))


def at_mean(model: Autoencoder, batch: Batch) -> tuple[Tensor, Tensor]:
    """(reconstruction, mean code) without a random draw."""
    posterior = model.encode(batch.input, model.context(batch))
    return model.decode(posterior.mean, posterior.context), posterior.mean


@torch.no_grad()
def evaluate(model: Autoencoder, split: Split, config: RunConfig, scaling: Scaling) -> Figures:
    """Figures over the whole split, noise and codes drawn from the fixed evaluation stream.

    loss and terms: in the objective's own unit, corrupted input, drawn code. mse: per pixel on [0, 1], clean input,
    code at its mean, scaling undone, not clipped; mse_corrupted: the same from corrupted input, if any. Variation and
    mean of the outputs are of those that the run is trained for.
    """
    device = split.images.device
    noise = stream(config.seed, "evaluation", device)
    probes = {t.name: stream(config.seed, f"evaluation/{t.name}", device) for t in config.objective}
    noisy = config.corruption.name != "none"
    sums: dict[str, Tensor] = {}
    errors: dict[str, float] = {"clean": 0.0, "corrupted": 0.0}
    spread, codes = PixelSpread(), CodeSpread()
    divergences: list[Tensor] = []
    model.eval()
    for clean in clean_batches(split, scaling, model.chunk):
        batch = (
            clean._replace(input=corrupt(clean.target, config.corruption, scaling.levels, noise)) if noisy else clean
        )
        output = model(batch, noise)
        for name, value in objectives.values(config.objective, model, batch, output, probes).items():
            sums[name] = sums.get(name, 0) + value.cpu().double().sum()
        certain = output.posterior.log_var is None and not noisy
        reconstruction, code = (output.reconstruction, output.z) if certain else at_mean(model, clean)
        errors["clean"] += squared_error(reconstruction, clean.target, scaling)
        if noisy:
            reconstruction = at_mean(model, batch)[0]
            errors["corrupted"] += squared_error(reconstruction, clean.target, scaling)
        if output.posterior.log_var is not None:
            divergences.append(divergence(model.encode(clean.input, model.context(clean))).flatten(1).sum(0))
        spread.add(scaling.to_unit(reconstruction), scaling.to_unit(clean.target))
        codes.add(code.flatten(1))
    few = next(clean_batches(split, scaling, MEASURED))
    measures = model.measures(clean_batches(split, scaling, model.chunk))
    measures |= objectives.measures(config.objective, model, few)
    model.train()
    means = {name: total / len(split) for name, total in sums.items()}
    live = codes.active(torch.stack(divergences).sum(0).cpu() / len(split) if divergences else None)
    return Figures(
        loss=float(objectives.weighted(config.objective, means)),
        mse=errors["clean"] / len(split),
        terms={name: float(value) for name, value in means.items()},
        mse_corrupted=errors["corrupted"] / len(split) if noisy else None,
        code_size=int(live.sum()),
        code_units=live.numel(),
        dead_channels=dead_channels(live, model.latent_shape),
        output_variation=spread.ratio(),
        output_mean=spread.brightness(),
        measures=measures,
    )


def squared_error(reconstruction: Tensor, target: Tensor, scaling: Scaling) -> float:
    """Sum over images of the mean over pixels of the squared error, on [0, 1]."""
    error = (scaling.to_unit(reconstruction) - scaling.to_unit(target)).square()
    return float(error.flatten(1).mean(1).cpu().double().sum())  # not every device has float64


def active_units(codes: Tensor, nats: Tensor | None) -> Tensor:
    """(latent,) bool: `CodeSpread.active` of codes (N, latent) that are there all at once."""
    spread = CodeSpread()
    spread.add(codes)
    return spread.active(nats)


def dead_channels(live: Tensor, latent_shape: tuple[int, ...]) -> tuple[int, int] | None:
    """(dead, all) channels of a convolutional code, None for a flat one."""
    if len(latent_shape) != 3 or latent_shape[1] * latent_shape[2] == 1:
        return None
    channels = live.view(latent_shape).flatten(1).any(1)
    return int((~channels).sum()), len(channels)


class CodeSpread:
    """Running statistics of each unit of a code over images: all (latent,), however many images there are."""

    def __init__(self) -> None:
        self.count = 0

    def add(self, codes: Tensor) -> None:
        """codes: (N, latent). Means and squares of parts are joined in float64 (Chan et al. 1979)."""
        low, high = (x.cpu() for x in codes.aminmax(dim=0))
        mean = codes.mean(0).cpu().double()  # not every device has float64
        squares = codes.var(0, correction=0).cpu().double() * len(codes)
        if self.count == 0:
            self.count, self.low, self.high, self.mean, self.squares = len(codes), low, high, mean, squares
            return
        total, apart = self.count + len(codes), mean - self.mean
        self.squares = self.squares + squares + apart.square() * (self.count * len(codes) / total)
        self.mean = self.mean + apart * (len(codes) / total)
        self.low, self.high, self.count = torch.minimum(self.low, low), torch.maximum(self.high, high), total

    def deviation(self, correction: int = 1) -> Tensor:
        """(latent,) float64 standard deviation over images, 0 for a unit that never moves."""
        deviation = (self.squares / max(1, self.count - correction)).sqrt()
        return deviation.where(self.high > self.low, 0)

    def active(self, nats: Tensor | None) -> Tensor:
        """(latent,) bool: units that carry anything. nats: (latent,) mean KL a unit, for a variational code.

        ReLU units (never negative, and silent somewhere: a sigmoid is neither) live when they fire on some image; other
        units when their deviation over images is at least 1 % of the largest's; variational ones when their KL is at
        least 0.01 nats.
        """
        if nats is not None:
            return nats >= ACTIVE_NATS
        deviation = self.deviation() if self.count > 1 else self.mean.abs()
        if float(self.low.min()) == 0:
            return (self.high > 0) & (deviation > 0)
        return (deviation > 0) & (deviation >= ACTIVE_SHARE * deviation.max())


class PixelSpread:
    """Running variance over images of outputs and of targets, to tell a constant picture from a reconstruction."""

    def __init__(self) -> None:
        self.count = 0
        self.sums: list[Tensor] = []

    def add(self, outputs: Tensor, targets: Tensor) -> None:
        """outputs, targets: (N, C, H, W) on [0, 1]."""
        both = [x.cpu().double() for x in (outputs, targets)]  # not every device has float64
        now = [s for x in both for s in (x.sum(0), x.square().sum(0))]
        self.sums = [a + b for a, b in zip(self.sums, now, strict=True)] if self.sums else now
        self.count += len(outputs)

    def ratio(self) -> float:
        """Variance of the output over images, as a share of the data's; about 0 when every output is the same."""
        out, out2, data, data2 = (s / self.count for s in self.sums)
        variance, wanted = (out2 - out.square()).clamp(min=0).sum(), (data2 - data.square()).sum()
        return float(variance / wanted) if wanted > 0 else 1.0

    def brightness(self) -> float:
        """Mean of all output pixels, on [0, 1]."""
        return float(self.sums[0].mean() / self.count)
