"""Variational graph autoencoder: each image is a node among its nearest neighbours, and encoded with them."""

from collections.abc import Iterable
from math import prod
from typing import Any, final

import torch
from pydantic import Field
from torch import Generator, Tensor, nn
from torch.nn import functional as F

from aedash.config import ArchitectureConfig, DataInfo
from aedash.data.image_data import Batch
from aedash.data.neighbours import LARGEST, graph_of, non_edges
from aedash.models.base import Autoencoder, Card, Output, Posterior, architecture
from aedash.models.dense import Width
from aedash.models.layers import mlp, posterior


class GraphConfig(ArchitectureConfig):
    """Two graph convolutions, 784-64-16, and a dense decoder, 16-128-784; the batch is the graph, of 10,000 images at
    most.
    """

    name: str = "graph"
    variational: bool = Field(True, description="Encode to a mean and a variance, and decode a random draw (VAE).")
    neighbours: int = Field(8, ge=1, le=50, description="How many nearest images each image has an edge to.")
    hidden: int = Field(64, ge=1, le=4096, description="Units between the two graph convolutions.")
    latent: int = Field(
        16, ge=1, le=1024, description="How many numbers an image is squeezed into. Fewer blur it: try 2, 10 and 50."
    )
    decoder_widths: tuple[Width, ...] = Field(
        (128,), max_length=12, description="Hidden layers of the decoder of pixels, code side first."
    )

    def kind(self) -> str:
        return "graph"

    def brings(self) -> dict[str, str]:
        return {"edges": "BCE(edges)"}


@final
@architecture(
    GraphConfig,
    Card(
        title="Graph autoencoder",
        idea="Images are the nodes of their nearest-neighbour graph. Each is encoded with its neighbours, and the code "
        "has to tell both the pixels and who is a neighbour of whom.",
        formula=r"Z = \tilde{A}\,\mathrm{ReLU}(\tilde{A} X W_0)\,W_1, \quad p(A_{ij} = 1) = \sigma(z_i^\top z_j), "
        r"\quad \hat{x}_i = g_\phi(z_i)",
        reference="Kipf and Welling 2016, Variational Graph Auto-Encoders",
        look_for="Pictures blur towards what neighbours share, while link AUC nears what all the pixels know.",
    ),
)
class GraphAutoencoder(Autoencoder):
    """x: (N, C, H, W), together the nodes of one graph; z: (N, latent); context: (2, E), the edges that it may see.

    A tenth of the edges is held out of encoder and loss, to be predicted. Kipf and Welling 2016; convolutions with
    D^-1/2 (A + I) D^-1/2 as in Kipf and Welling 2017.
    """

    chunk, coupled = LARGEST, True

    def __init__(self, config: GraphConfig, info: DataInfo) -> None:
        super().__init__()
        self.shape, self.variational, self.neighbours = info.shape, config.variational, config.neighbours
        self.latent_shape = (config.latent,)
        pixels, code = prod(info.shape), config.latent * (2 if config.variational else 1)
        self.encoder = nn.ModuleList([GraphConvolution(pixels, config.hidden), GraphConvolution(config.hidden, code)])
        self.decoder = mlp([config.latent, *config.decoder_widths, pixels], "relu", config.output)

    def context(self, batch: Batch) -> Tensor:
        """(2, E): the batch's edges without those that are held out. Raises Refused above 10,000 images."""
        return graph_of(batch.input, self.neighbours).kept

    def encode(self, x: Tensor, context: Any = None) -> Posterior:
        """Each image with its neighbours among x.

        Without a context the graph of x is built, and its kept edges are seen.
        """
        edges = graph_of(x, self.neighbours).kept if context is None else context
        both_ways = torch.cat([edges, edges.flip(0)], dim=1)
        first, second = self.encoder
        hidden = F.relu(first(x.flatten(1), both_ways))
        return posterior(second(hidden, both_ways), self.variational)._replace(context=edges)

    def join(self, x: Tensor, known: Batch) -> Posterior:
        """Each image is given edges to its nearest among `known`, one after the other, and none to the other x."""
        edges, nodes = self.context(known), len(known.input)
        pixels, means, spreads = known.input.flatten(1), [], []
        for one in x.split(1):
            near = (pixels - one.flatten(1)).square().sum(1).topk(min(self.neighbours, nodes), largest=False).indices
            beside = torch.cat([edges, torch.stack([near, torch.full_like(near, nodes)])], dim=1)
            whole = self.encode(torch.cat([known.input, one]), beside)
            means.append(whole.mean[-1:])
            spreads += [] if whole.log_var is None else [whole.log_var[-1:]]
        return Posterior(torch.cat(means), torch.cat(spreads) if spreads else None)

    def decode(self, z: Tensor, context: Any = None) -> Tensor:
        """z: (N, latent) -> (N, C, H, W), each code alone."""
        return self.decoder(z).unflatten(1, self.shape)

    def plain_decoder(self, label: int = 0) -> nn.Sequential:
        """All of it: neighbours are looked at by the encoder alone."""
        return nn.Sequential(*self.decoder, nn.Unflatten(1, self.shape))

    def forward(self, batch: Batch, generator: Generator | None = None) -> Output:
        """One pass; beside it the term "edges", `link_loss` of the seen edges and of as many pairs drawn without
        one.
        """
        output = super().forward(batch, generator)
        edges = output.posterior.context  # held-out ones may be among the others: nobody tells the model
        others = non_edges(edges, len(output.z), edges.shape[1], generator)
        return output._replace(terms={"edges": link_loss(output.z, edges, others)})

    @torch.no_grad()
    def measures(self, batches: Iterable[Batch]) -> dict[str, float]:
        """How well held-out edges are told from as many pairs without one: by code, by pixels, by chance.

        Area under the ROC curve and average precision, 0..1 each, as Kipf and Welling 2016 (table 1) report them;
        chance is 0.5. Pixels alone are the ceiling: the graph was made of them. Empty where there is no held-out edge.
        """
        from sklearn.metrics import average_precision_score, roc_auc_score  # as in data/neighbours.py

        judged = [self._judged(batch) for batch in batches]
        wanted = torch.cat([is_edge for is_edge, _ in judged])
        if not 0 < wanted.sum() < len(wanted):
            return {}
        measured = {}
        for name in judged[0][1]:
            score = torch.cat([scores[name] for _, scores in judged])
            measured[f"link AUC{name}"] = float(roc_auc_score(wanted, score))
            measured[f"link AP{name}"] = float(average_precision_score(wanted, score))
        return measured

    def _judged(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """(P,) bool, whether each pair is a held-out edge, and its score by every judge: {judge: (P,)}. On the CPU."""
        graph, chance = graph_of(batch.input, self.neighbours), Generator().manual_seed(0)
        hidden = graph.held_out.cpu()
        others = non_edges(graph.edges().cpu(), len(batch.input), hidden.shape[1], chance)
        pairs = torch.cat([hidden, others], dim=1)
        mean = self.encode(batch.input, graph.kept).mean.cpu()
        pixels = batch.input.flatten(1).cpu()
        is_edge = torch.arange(pairs.shape[1]) < hidden.shape[1]
        random = torch.rand(pairs.shape[1], generator=chance)
        return is_edge, {"": inner(mean, pairs), ", pixels alone": nearness(pixels, pairs), ", random": random}


def inner(z: Tensor, pairs: Tensor) -> Tensor:
    """(P,): the inner product of the codes of each pair, the logit of an edge (Kipf and Welling 2016, eq. 2).

    z: (N, latent); pairs: (2, P).
    """
    return (z[pairs[0]] * z[pairs[1]]).sum(1)


def nearness(x: Tensor, pairs: Tensor) -> Tensor:
    """(P,): minus the distance of each pair, by which the graph was made: all that can be known.

    x: (N, D); pairs: (2, P).
    """
    return -(x[pairs[0]] - x[pairs[1]]).norm(dim=1)


def link_loss(z: Tensor, edges: Tensor, others: Tensor) -> Tensor:
    """(N,): cross-entropy in nats of what z says of edges and of pairs without one, each shared by its two ends.

    z: (N, latent); edges, others: (2, E) and (2, F). Sums over images are sums over pairs. As many pairs of either kind
    stand for the paper's weights, which make edges count as much as all other pairs (Kipf and Welling 2016).

    >>> alike = torch.ones(2, 1) * 10
    >>> link_loss(alike, torch.tensor([[0], [1]]), torch.empty(2, 0, dtype=torch.int64)).round().tolist()
    [0.0, 0.0]
    """
    pairs = torch.cat([edges, others], dim=1)
    wanted = (torch.arange(pairs.shape[1], device=z.device) < edges.shape[1]).to(z.dtype)
    error = F.binary_cross_entropy_with_logits(inner(z, pairs), wanted, reduction="none")
    return z.new_zeros(len(z)).index_add(0, pairs.flatten(), error.div(2).repeat(2))


@final
class GraphConvolution(nn.Module):
    """A graph convolution (Kipf and Welling 2017, eq. 8), D^-1/2 (A + I) D^-1/2 X W, without bias, as in the paper.

    D: degrees with the node itself counted. inputs, outputs: numbers a node; weights are drawn as Glorot and Bengio
    (2010).
    """

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.lin = nn.Linear(inputs, outputs, bias=False)
        nn.init.xavier_uniform_(self.lin.weight)

    def forward(self, x: Tensor, edges: Tensor) -> Tensor:
        """(N, outputs). x: (N, inputs); edges: (2, E), each in both directions, none from a node to itself.

        A node without edges keeps its own numbers alone.
        """
        loops = torch.arange(len(x), device=x.device)
        source, target = torch.cat([edges, loops.expand(2, -1)], dim=1)
        degree = x.new_zeros(len(x)).index_add(0, target, x.new_ones(len(target)))
        weight = degree[source].rsqrt() * degree[target].rsqrt()
        h = self.lin(x)
        return torch.zeros_like(h).index_add(0, target, h[source] * weight[:, None])
