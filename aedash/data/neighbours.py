"""Neighbours: the k-nearest-neighbour graph of images, its held-out edges, and pairs that are no edge.

An undirected graph is a tensor of shape (2, E), int64: each edge once, the smaller index first.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits
from torch import Generator, Tensor

from aedash.registry import Refused

LARGEST = 10_000  # images: all pairs of them are compared
HELD_OUT = 0.1
REMEMBERED = 4_000_000  # edges, about 64 MB

Key = tuple[str, tuple[int, ...], int]  # digest and shape of the images, k


class Graph(NamedTuple):
    """kept: the edges that a model may see; held_out: those that it has to predict. (2, E) int64 each."""

    kept: Tensor
    held_out: Tensor

    def edges(self) -> Tensor:
        """(2, E): all of them."""
        return torch.cat(self, dim=1)

    def to(self, device: torch.device) -> "Graph":
        """Both on that device."""
        return Graph(*(part.to(device) for part in self))


def neighbour_graph(x: NDArray[np.float32], k: int) -> Tensor:
    """(2, E) int64: an edge wherever one of two images is among the k nearest of the other, by Euclidean distance.

    x: (N, D); k: 1 or more, of fewer images all others. E lies between N k / 2 and N k; no edges for fewer than two
    images. Raises Refused above 10,000 images.

    >>> neighbour_graph(np.array([[0.0], [1.0], [5.0]], dtype=np.float32), 1).tolist()
    [[0, 1], [1, 2]]
    """
    count = len(x)
    if count > LARGEST:
        allowed = f"up to {LARGEST:,}"
        raise Refused(
            f"A graph of images has {allowed} of them a batch; got {count:,}.", "optimizer.batch_size", allowed
        )
    k = min(k, count - 1)
    if k < 1:
        return torch.empty(2, 0, dtype=torch.int64)
    from sklearn.neighbors import NearestNeighbors  # a second to import, and no page shall wait for it

    # its own threads would take every core, whatever the run was given
    with threadpool_limits(torch.get_num_threads(), user_api="openmp"):
        nearest = NearestNeighbors(n_neighbors=k, algorithm="brute").fit(x).kneighbors(return_distance=False)
    pairs = np.stack([np.repeat(np.arange(count), k), nearest.ravel()])
    numbers = np.unique(pairs.min(0) * count + pairs.max(0))
    return torch.from_numpy(np.stack(np.divmod(numbers, count)))


def held_out(edges: Tensor) -> Graph:
    """A tenth of the edges taken away, the same at each call. edges: (2, E); of fewer than six none is taken."""
    count = edges.shape[1]
    order = torch.randperm(count, generator=Generator().manual_seed(0))
    few = round(count * HELD_OUT)
    return Graph(edges[:, order[few:]], edges[:, order[:few]])


def non_edges(edges: Tensor, nodes: int, count: int, generator: Generator | None) -> Tensor:
    """(2, count) pairs of different nodes without an edge, drawn evenly; fewer where hardly a pair has none.

    edges: (2, E), the smaller index first; nodes: N of the graph; generator: on the edges' device, None for torch's
    global one. A pair may be drawn twice. On the meta device, where a model's shapes are traced, all `count` of them.
    """
    if edges.is_meta:
        return edges.new_empty(2, count)
    nodes, twice = max(nodes, 2), (2 * count,)  # some of the pairs drawn are edges
    one = torch.randint(nodes, twice, generator=generator, device=edges.device)
    other = (one + torch.randint(1, nodes, twice, generator=generator, device=edges.device)) % nodes
    pairs = torch.stack([torch.minimum(one, other), torch.maximum(one, other)])
    free = ~torch.isin(_numbers(pairs, nodes), _numbers(edges, nodes))
    return pairs[:, free][:, :count]


def _numbers(pairs: Tensor, nodes: int) -> Tensor:
    """(E,): a number for each pair of nodes."""
    return pairs[0] * nodes + pairs[1]


def graph_of(images: Tensor, k: int) -> Graph:
    """The graph of these images on their device, built once for as long as it is remembered.

    images: (N, ...) in any scale; k: nearest images each. Images without pixels (on the meta device, where a model's
    shapes are traced) have as many edges as there can be. Raises Refused above 10,000 images.
    """
    if images.is_meta:
        kept, hidden = (torch.empty(2, n, dtype=torch.int64, device=images.device) for n in (len(images) * k, 0))
        return Graph(kept, hidden)
    pixels = np.ascontiguousarray(images.detach().flatten(1).cpu().numpy())
    key = (hashlib.sha256(pixels.data).hexdigest(), pixels.shape, k)
    return _memory.get(key, lambda: held_out(neighbour_graph(pixels, k))).to(images.device)


class _Memory:
    """The graphs that were used last, up to `room` edges in all: an epoch's small ones do not drive out a large one."""

    def __init__(self, room: int) -> None:
        self.room, self.edges = room, 0
        self.graphs: OrderedDict[Key, Graph] = OrderedDict()
        self.lock = Lock()

    def get(self, key: Key, build: Callable[[], Graph]) -> Graph:
        """The graph of that key; built outside the lock, so that no run waits for another's."""
        with self.lock:
            if key in self.graphs:
                self.graphs.move_to_end(key)
                return self.graphs[key]
        graph = build()
        with self.lock:
            self._forget(key)
            self.graphs[key] = graph
            self.edges += graph.edges().shape[1]
            while self.edges > self.room and len(self.graphs) > 1:
                self._forget(next(iter(self.graphs)))
        return graph

    def _forget(self, key: Key) -> None:
        if key in self.graphs:
            self.edges -= self.graphs.pop(key).edges().shape[1]


_memory = _Memory(REMEMBERED)
