"""The contractive penalty by hand, for encoders whose slopes are 0 or 1, and for one layer of any known slope."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from aedash.objectives.contractive import ContractiveConfig
from aedash.training.steps.code import Certain
from aedash.training.steps.layer import Layer, Unserved
from aedash.training.steps.place import Penalty, Place

# (slope, its derivative) of an activation, by its value
_SLOPES: dict[type[nn.Module], tuple[Callable[[Tensor], Tensor], Callable[[Tensor], Tensor]]] = {
    nn.Sigmoid: (lambda y: y * (1 - y), lambda y: 1 - 2 * y),
    nn.Tanh: (lambda y: 1 - y * y, lambda y: -2 * y),
}


def contraction(config: ContractiveConfig, place: Place) -> Penalty:
    """The form that the config asks for. Raises Unserved for an estimate, and for slopes that are not known."""
    if not isinstance(place.code, Certain):
        raise Unserved
    bent = [layer.function for layer in place.encoder if layer.function is not None]
    one = len(place.encoder) == 1
    if config.form == "exact" and one and all(type(f) in (*_SLOPES, nn.ReLU) for f in bent):
        return RowNorms(config, place)
    if config.form == "hutchinson" or any(type(f) is not nn.ReLU for f in bent):
        raise Unserved
    return SumGradient(config, place) if config.form == "published" else Jacobian(config, place)


def _steps(layer: Layer) -> Tensor | None:
    """(N, outputs): 1 where a unit speaks, else 0; None for a layer that never bends."""
    return None if layer.function is None else torch.gt(layer.value, 0).to(layer.value.dtype)


def _bent(rows: Tensor, slope: Tensor | None, units: int) -> Tensor:
    """Rows of (N x units, width), those of each image times its own slopes (N, width)."""
    return rows if slope is None else (rows.unflatten(0, (-1, units)) * slope.unsqueeze(1)).flatten(0, 1)


class RowNorms:
    """One layer: ||J||^2 = sum_j s_j^2 ||W_j||^2 with the slopes s (Rifai et al. 2011, eq. 2 for a sigmoid)."""

    def __init__(self, config: ContractiveConfig, place: Place) -> None:
        self.layer, self.images, self.share = place.encoder[0], place.images, config.weight / place.images
        function = self.layer.function
        self.known = None if function is None else _SLOPES.get(type(function))

    def at_code(self) -> Tensor:
        layer, slopes = self.layer, self.known
        norms = layer.weight.square().sum(1)
        slope = slopes[0](layer.value) if slopes else _steps(layer)
        squares = torch.ones_like(layer.value) if slope is None else slope.square()
        if slopes and slope is not None:
            layer.delta.add_(slope * slopes[1](layer.value) * norms, alpha=2 * self.share)
        self.counts = squares.sum(0)
        return torch.dot(self.counts, norms).div_(self.images)

    def at_weights(self) -> None:
        self.layer.gradient.addcmul_(self.layer.weight, self.counts[:, None], value=2 * self.share)


class SumGradient:
    """R2's form: ||d(sum of the code)/dx||^2 times the batch it sums over, by one row pulled back through the layers.

    Slopes of 0 and 1 carry no gradient: only the weights do.
    """

    def __init__(self, config: ContractiveConfig, place: Place) -> None:
        self.layers, self.share = place.encoder, config.batch / place.images
        self.weight = config.weight

    def at_code(self) -> Tensor:
        self.slopes = [_steps(layer) for layer in self.layers]
        top = self.slopes[-1]
        self.rows = [torch.ones_like(self.layers[-1].value) if top is None else top]
        for layer, slope in zip(reversed(self.layers), [*reversed(self.slopes[:-1]), None], strict=True):
            row = self.rows[0] @ layer.weight
            self.rows.insert(0, row if slope is None else row.mul_(slope))
        flat = self.rows[0].view(-1)
        return torch.dot(flat, flat).mul_(self.share)

    def at_weights(self) -> None:
        back = self.rows[0]
        for layer, row, slope in zip(self.layers, self.rows[1:], self.slopes, strict=True):
            layer.gradient.addmm_(row.t(), back, alpha=2 * self.share * self.weight)
            if layer is not self.layers[-1]:
                back = back @ layer.transposed
                back = back if slope is None else back.mul_(slope)


class Jacobian:
    """||J||^2 = tr(A G A^T) with J = A W_1 and G = W_1 W_1^T, which is smaller than W_1 for more than one layer.

    A: (N, latent, width of the first layer). Slopes of 0 and 1 carry no gradient.
    """

    def __init__(self, config: ContractiveConfig, place: Place) -> None:
        self.layers, self.images, self.share = place.encoder, place.images, config.weight / place.images

    def at_code(self) -> Tensor:
        self.slopes = [_steps(layer) for layer in self.layers]
        last, top = self.layers[-1], self.slopes[-1]
        self.top = torch.ones_like(last.value) if top is None else top
        chain = self.top.unsqueeze(2) * last.weight
        self.chains: list[Tensor] = []
        for below, layer in zip(reversed(self.slopes[:-1]), [*reversed(self.layers[1:-1]), None], strict=True):
            chain = chain if below is None else chain.mul_(below.unsqueeze(1))
            self.chains.insert(0, chain.flatten(0, 1))
            chain = chain if layer is None else chain @ layer.weight
        first = self.layers[0].weight
        self.moved = self.chains[0] @ (first @ first.t())
        return torch.dot(self.moved.view(-1), self.chains[0].view(-1)).div_(self.images)

    def at_weights(self) -> None:
        first = self.layers[0]
        both = self.chains[0].t() @ self.chains[0]
        first.gradient.addmm_(both, first.weight, alpha=2 * self.share)
        back, units = self.moved, self.top.shape[1]
        for slope, chain, layer in zip(self.slopes[:-2], self.chains[1:], self.layers[1:-1], strict=True):
            back = _bent(back, slope, units)
            layer.gradient.addmm_(chain.t(), back, alpha=2 * self.share)
            back = back @ layer.transposed
        back = _bent(back, self.slopes[-2], units).unflatten(0, (-1, units))
        self.layers[-1].gradient.add_(torch.einsum("nk,nkj->kj", self.top, back), alpha=2 * self.share)
