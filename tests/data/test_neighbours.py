"""The graph of images against brute force; held-out edges, pairs without an edge, and what is remembered."""

import numpy as np
import pytest
import torch

from aedash.data import neighbours
from aedash.data.neighbours import graph_of, held_out, neighbour_graph, non_edges
from aedash.registry import Refused


@pytest.fixture
def points():
    return np.random.default_rng(0).normal(size=(60, 5)).astype(np.float32)


@pytest.fixture
def built(monkeypatch):
    """Sizes of the graphs that were really built, from an empty memory on."""
    sizes = []
    monkeypatch.setattr(neighbours, "_memory", neighbours._Memory(neighbours.REMEMBERED))
    monkeypatch.setattr(neighbours, "neighbour_graph", lambda x, k: sizes.append(len(x)) or neighbour_graph(x, k))
    return sizes


def pairs(edges):
    return set(map(tuple, edges.T.tolist()))


def by_brute_force(points, k):
    """An edge wherever one is among the k nearest of the other."""
    distance = np.square(points[:, None] - points).sum(-1)
    np.fill_diagonal(distance, np.inf)
    nearest = distance.argsort(1)[:, :k]
    return {(min(i, j), max(i, j)) for i, row in enumerate(nearest.tolist()) for j in row}


@pytest.mark.parametrize("k", [1, 4, 59])
def test_edges_are_those_of_brute_force_each_once(points, k):
    edges = neighbour_graph(points, k)
    assert pairs(edges) == by_brute_force(points, k)
    assert len(pairs(edges)) == edges.shape[1]
    assert (edges[0] < edges[1]).all()
    assert edges.flatten().bincount(minlength=60).min() >= k
    assert torch.equal(edges, neighbour_graph(points, k))


def test_equal_images_are_neighbours_and_never_their_own():
    edges = neighbour_graph(np.zeros((6, 3), np.float32), 2)
    assert (edges[0] < edges[1]).all()
    assert edges.flatten().bincount(minlength=6).min() >= 2


@pytest.mark.parametrize(("count", "expected"), [(1, set()), (2, {(0, 1)}), (3, {(0, 1), (0, 2), (1, 2)})])
def test_more_neighbours_than_images_are_all_of_them(points, count, expected):
    assert pairs(neighbour_graph(points[:count], 8)) == expected


def test_too_many_images_are_refused():
    with pytest.raises(Refused, match=r"^A graph of images has up to 10,000 of them a batch; got 10,001\.$"):
        neighbour_graph(np.zeros((10_001, 1), np.float32), 1)


def test_a_tenth_of_the_edges_is_held_out(points):
    edges = neighbour_graph(points, 4)
    graph = held_out(edges)
    assert graph.held_out.shape[1] == round(edges.shape[1] / 10) > 0
    assert not pairs(graph.kept) & pairs(graph.held_out)
    assert pairs(graph.kept) | pairs(graph.held_out) == pairs(edges) == pairs(graph.edges())
    assert torch.equal(graph.held_out, held_out(edges).held_out)


def test_non_edges_are_pairs_without_an_edge(points):
    edges = neighbour_graph(points, 4)
    found = non_edges(edges, 60, 200, torch.Generator().manual_seed(1))
    assert found.shape == (2, 200)
    assert not pairs(found) & pairs(edges)
    assert (found[0] < found[1]).all()
    assert found.max() < 60
    assert torch.equal(found, non_edges(edges, 60, 200, torch.Generator().manual_seed(1)))
    assert not torch.equal(found, non_edges(edges, 60, 200, torch.Generator().manual_seed(2)))


def test_every_pair_without_an_edge_is_as_likely():
    found = non_edges(torch.tensor([[0], [3]]), 4, 5000, torch.Generator().manual_seed(1))
    counts = (found[0] * 4 + found[1]).bincount()
    assert counts[counts > 0].tolist() == pytest.approx([1000] * 5, rel=0.15)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_where_all_are_neighbours_no_pair_is_left(points, count):
    edges = neighbour_graph(points[:count], 8)
    assert non_edges(edges, count, edges.shape[1], None).shape == (2, 0)


def test_a_graph_is_built_once(built, points):
    x = torch.from_numpy(points)
    first = graph_of(x, 4)
    assert all(map(torch.equal, first, graph_of(x.clone().view(60, 1, 5, 1), 4)))
    assert built == [60]
    graph_of(x, 5)
    graph_of(x + 1, 4)
    graph_of(x.view(30, 10), 4)
    assert built == [60, 60, 60, 30]


def test_small_graphs_do_not_drive_out_a_large_one_that_is_in_use(built, monkeypatch, points):
    x = torch.from_numpy(points)
    large = graph_of(x, 4).edges().shape[1]
    monkeypatch.setattr(neighbours._memory, "room", 2 * large)
    for round_ in range(5):
        for i in range(3):
            graph_of(x[:9] + round_ * 3 + i, 2)
        graph_of(x, 4)
    assert built == [60] + [9] * 15


def test_what_was_used_last_is_remembered_within_bounds(built, monkeypatch, points):
    x = torch.from_numpy(points)
    monkeypatch.setattr(neighbours._memory, "room", int(2.5 * graph_of(x, 4).edges().shape[1]))
    for shift in (1, 2, 3):
        graph_of(x + shift, 4)
    assert neighbours._memory.edges <= neighbours._memory.room
    assert len(neighbours._memory.graphs) == 2
    graph_of(x + 3, 4)
    assert len(built) == 4
    graph_of(x, 4)
    assert len(built) == 5
