"""Exact figures of a model on a split, in units that let any two runs compare."""

from collections.abc import Iterator

import torch
from torch import Tensor

from aedash.config import RunConfig
from aedash.data.corruption import corrupt
from aedash.data.image_data import Batch, Scaling, Split
from aedash.data.streams import stream
from aedash.events import Figures
from aedash.models.base import Autoencoder, Output
from aedash.objectives import objective
from aedash.objectives.kl import divergence

MEASURED = 100  # images on which terms measure what they show beside their values
ACTIVE_SHARE = 0.01  # of the largest deviation: below it a unit without ReLU or KL counts as dead
ACTIVE_NATS = 0.01


def clean_batches(split: Split, scaling: Scaling, chunk: int) -> Iterator[Batch]:
    """The split in order, uncorrupted, in the model's scale: `chunk` images at a time, fewer in the last one.

    index: place in the split, for models that look an image up.
    """
    for start in range(0, len(split), chunk):
        part = split[slice(start, start + chunk)]
        x = scaling.to_model(part.images)
        yield Batch(x, x, part.labels, torch.arange(start, start + len(part), device=x.device))


def at_mean(model: Autoencoder, batch: Batch) -> tuple[Tensor, Tensor]:
    """(reconstruction (N, C, H, W), mean code (N, *latent_shape)) without a random draw, in the model's scale."""
    posterior = model.encode(batch.input, model.context(batch))
    return model.decode(posterior.mean, posterior.context), posterior.mean


@torch.no_grad()
def evaluate(model: Autoencoder, split: Split, config: RunConfig, scaling: Scaling) -> Figures:
    """Figures over the whole split, noise and codes drawn from the fixed evaluation stream: the same at every call.

    split: on the model's device. loss and terms: means over images in the objective's own unit, corrupted input, drawn
    code; terms unweighted. mse: per pixel on [0, 1], clean input, code at its mean, scaling undone, not clipped;
    mse_corrupted: the same from corrupted input, None where nothing corrupts it. code_size: active units on clean
    input, of code_units; output_variation: `PixelSpread.ratio`; output_mean: on [0, 1], both of the outputs that the
    run is trained for. The model is in training mode afterwards.
    """
    sums = _Sums(model, config, scaling, split.images.device)
    model.eval()
    for clean in clean_batches(split, scaling, model.chunk):
        sums.add(clean)
    measures = model.measures(clean_batches(split, scaling, model.chunk))
    measures |= objective.measures(config.objective, model, next(clean_batches(split, scaling, MEASURED)))
    model.train()
    return sums.figures(measures)


class _Sums:
    """What an evaluation adds up over the images of a split, a part at a time."""

    def __init__(self, model: Autoencoder, config: RunConfig, scaling: Scaling, device: torch.device) -> None:
        self.model, self.config, self.scaling = model, config, scaling
        self.noisy = config.corruption.name != "none"
        self.noise = stream(config.seed, "evaluation", device)
        self.probes = {t.name: stream(config.seed, f"evaluation/{t.name}", device) for t in config.objective}
        self.terms: dict[str, Tensor] = {}
        self.error = self.error_corrupted = 0.0
        self.nats: list[Tensor] = []
        self.pixels, self.codes = PixelSpread(), CodeSpread()

    def add(self, clean: Batch) -> None:
        batch = clean
        if self.noisy:
            noisy = corrupt(clean.target, self.config.corruption, self.scaling.levels, self.noise)
            batch = clean._replace(input=noisy)
        output = self.model(batch, self.noise)
        self._add_terms(batch, output)
        reconstruction = self._certain(output)
        posterior, shown = output.posterior, reconstruction
        if self.noisy:
            self.error_corrupted += squared_error(reconstruction, clean.target, self.scaling)
            posterior = self.model.encode(clean.input, self.model.context(clean))
            reconstruction = self.model.decode(posterior.mean, posterior.context)
        self.error += squared_error(reconstruction, clean.target, self.scaling)
        if posterior.log_var is not None:
            self.nats.append(divergence(posterior).flatten(1).sum(0))
        self.pixels.add(self.scaling.to_unit(shown), self.scaling.to_unit(clean.target))
        self.codes.add(posterior.mean.flatten(1))

    def _certain(self, output: Output) -> Tensor:
        """(N, C, H, W): what the mean code is decoded to; without a variance it was decoded already."""
        if output.posterior.log_var is None:
            return output.reconstruction
        return self.model.decode(output.posterior.mean, output.posterior.context)

    def _add_terms(self, batch: Batch, output: Output) -> None:
        for name, value in objective.values(self.config.objective, self.model, batch, output, self.probes).items():
            self.terms[name] = self.terms.get(name, 0) + value.cpu().double().sum()  # not every device has float64

    def figures(self, measures: dict[str, float]) -> Figures:
        """Their means, with what else was measured."""
        count = self.codes.count
        means = {name: total / count for name, total in self.terms.items()}
        live = self.codes.active(torch.stack(self.nats).sum(0).cpu() / count if self.nats else None)
        return Figures(
            loss=float(objective.weighted(self.config.objective, means)),
            mse=self.error / count,
            terms={name: float(value) for name, value in means.items()},
            mse_corrupted=self.error_corrupted / count if self.noisy else None,
            code_size=int(live.sum()),
            code_units=live.numel(),
            dead_channels=dead_channels(live, self.model.latent_shape),
            output_variation=self.pixels.ratio(),
            output_mean=self.pixels.brightness(),
            measures=measures,
        )


def squared_error(reconstruction: Tensor, target: Tensor, scaling: Scaling) -> float:
    """Sum over images of the mean over pixels of the squared error on [0, 1], not clipped; divided by N it is the MSE.

    reconstruction, target: (N, C, H, W) in the model's scale.
    """
    error = scaling.to_unit(reconstruction) - scaling.to_unit(target)
    return float(error.square_().flatten(1).mean(1).cpu().double().sum())  # not every device has float64


def dead_channels(live: Tensor, latent_shape: tuple[int, ...]) -> tuple[int, int] | None:
    """(dead, all) channels of a convolutional code; None for a flat one, and for one of a single place.

    live: (latent,) bool, flattened; latent_shape: (channels, height, width). A channel is dead where all its units are.

    >>> dead_channels(torch.tensor([1, 0, 0, 0, 0, 0, 0, 0], dtype=torch.bool), (2, 2, 2))
    (1, 2)
    """
    if len(latent_shape) != 3 or latent_shape[1] * latent_shape[2] == 1:
        return None
    channels = live.view(latent_shape).flatten(1).any(1)
    return int((~channels).sum()), len(channels)


class Spread:
    """Running mean and deviation of each number over images: all (D,), however many images there are.

    mean, squares: float64, the mean and the sum of squared deviations from it. They exist once `add` was called.
    """

    def __init__(self) -> None:
        self.count = 0

    def add(self, numbers: Tensor) -> None:
        """Count more images. numbers: (N, D), N at least 1.

        Means and squares of parts are joined in float64 (Chan, Golub and LeVeque 1979): the same as of all at once.
        """
        centre = numbers.mean(0)
        squares = (numbers - centre).square().sum(0).cpu().double()  # not every device has float64
        mean = centre.cpu().double()
        if self.count == 0:
            self.count, self.mean, self.squares = len(numbers), mean, squares
            return
        total, apart = self.count + len(numbers), mean - self.mean
        self.squares = self.squares + squares + apart.square() * (self.count * len(numbers) / total)
        self.mean = self.mean + apart * (len(numbers) / total)
        self.count = total


class CodeSpread(Spread):
    """Running statistics of each unit of a code over images. low, high: (latent,), extremes, once `add` was called."""

    low: Tensor
    high: Tensor

    def add(self, numbers: Tensor) -> None:
        """Count more images. numbers: (N, latent), their codes, N at least 1."""
        low, high = numbers.amin(0).cpu(), numbers.amax(0).cpu()  # aminmax is 40 times slower along the images
        self.low = torch.minimum(self.low, low) if self.count else low
        self.high = torch.maximum(self.high, high) if self.count else high
        super().add(numbers)

    def deviation(self, correction: int = 1) -> Tensor:
        """(latent,) float64 standard deviation over images, 0 for a unit that never moves.

        correction: taken from the number of images in the denominator; 1 is unbiased, 0 is of these images alone.
        """
        deviation = (self.squares / max(1, self.count - correction)).sqrt()
        return deviation.where(self.high > self.low, 0)

    def active(self, nats: Tensor | None) -> Tensor:
        """(latent,) bool: units that carry anything. nats: (latent,) mean KL a unit, for a variational code.

        ReLU units (never negative, and silent somewhere: a sigmoid is neither) live when they fire on some image; other
        units when their deviation over images is at least 1 % of the largest's; variational ones when their KL is at
        least 0.01 nats.

        >>> codes = CodeSpread()
        >>> codes.add(torch.tensor([[0.0, 1.0, 0.0], [0.0, 2.0, 3.0]]))  # ReLU: the first never fires
        >>> codes.active(None).tolist()
        [False, True, True]
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
        self.outputs, self.targets = Spread(), Spread()

    def add(self, outputs: Tensor, targets: Tensor) -> None:
        """Count more images. outputs, targets: (N, C, H, W) on [0, 1]."""
        self.outputs.add(outputs.flatten(1))
        self.targets.add(targets.flatten(1))

    def ratio(self) -> float:
        """Variance of the output over images, as a share of the data's, summed over pixels; about 0 when every output
        is the same, above 1 for outputs that vary more than the images; 1 where the images do not vary.
        """
        made, wanted = float(self.outputs.squares.sum()), float(self.targets.squares.sum())
        return made / wanted if wanted > 0 else 1.0

    def brightness(self) -> float:
        """Mean of all output pixels, on [0, 1]."""
        return float(self.outputs.mean.mean())
