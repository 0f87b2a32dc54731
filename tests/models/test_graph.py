"""The graph autoencoder against the paper's formulas, and what it learns of scikit-learn's digits."""

from math import exp, log
from pathlib import Path

import numpy as np
import pytest
import torch

from aedash.analysis.metrics import clean_batches
from aedash.data.image_data import Batch
from aedash.data.neighbours import graph_of
from aedash.events import EpochEnd, References, StepBlock
from aedash.models import build
from aedash.models.graph import GraphConfig, link_loss
from aedash.objectives.kl import divergence
from aedash.presets.base import preset
from aedash.registry import Refused
from aedash.store.weights import load_weights
from tests import fakes

GRAPH = {"name": "graph", "neighbours": 4, "hidden": 32, "latent": 8, "decoder_widths": [32]}
NATS = [{"name": "reconstruction", "loss": "bce"}, "kl"]


def batch_of(images):
    x = images.float() / 255
    return Batch(x, x, torch.zeros(len(x), dtype=torch.int64), torch.arange(len(x)))


def noise():
    return torch.Generator().manual_seed(3)


@pytest.fixture
def model(few):
    return build(GraphConfig(**GRAPH), few.info, seed=1)


@pytest.fixture
def batch(few):
    return batch_of(few.train.images)


@pytest.fixture(scope="module")
def trained(digits):
    """(state, events) after 150 steps over the same three graphs of 500 digits."""
    how = {"batch_size": 500, "shuffle": False, "learning_rate": 0.005}
    run = fakes.config(architecture="graph", objective=NATS, optimizer=how, data={"validation": 0}, epochs=50)
    return fakes.fitted(run, digits)


@pytest.fixture(scope="module")
def figures(trained):
    return fakes.only(EpochEnd, trained[1])[-1].figures


def propagation(edges, nodes):
    """(N, N): D^-1/2 (A + I) D^-1/2 (Kipf and Welling 2017, sec. 2)."""
    adjacency = torch.eye(nodes)
    adjacency[edges[0], edges[1]] = adjacency[edges[1], edges[0]] = 1
    scale = adjacency.sum(1).rsqrt()
    return scale[:, None] * adjacency * scale


def test_the_encoder_is_the_papers_over_the_kept_edges_alone(model, batch):
    graph = graph_of(batch.input, 4)
    first, second = (next(layer.parameters()).T for layer in model.encoder)
    spread = propagation(graph.kept, len(batch.input))
    mean, log_var = (spread @ (spread @ batch.input.flatten(1) @ first).relu() @ second).chunk(2, 1)
    assert graph.held_out.shape[1] > 0
    for posterior in (model.encode(batch.input), model.encode(batch.input, model.context(batch))):
        torch.testing.assert_close(posterior.mean, mean, rtol=1e-4, atol=1e-5)
        torch.testing.assert_close(posterior.log_var, log_var, rtol=1e-4, atol=1e-5)


def test_held_out_edges_reach_neither_message_passing_nor_loss(model, batch, monkeypatch):
    seen = []
    monkeypatch.setattr("aedash.models.graph.link_loss", lambda z, edges, others: seen.append(edges) or z.sum(1))
    posterior = model(batch, noise()).posterior
    hidden = set(map(tuple, graph_of(batch.input, 4).held_out.T.tolist()))
    for edges in (seen[0], posterior.context):
        assert edges.shape[1] > 0
        assert not hidden & set(map(tuple, edges.T.tolist()))


def test_link_loss_by_hand():
    z = torch.tensor([[1.0, 0.0], [0.0, 2.0], [1.0, 1.0]])
    edge, other = log(1 + exp(-1)) / 2, log(2) / 2  # codes 0 and 2 agree by 1, codes 0 and 1 by 0; each shared by two
    found = link_loss(z, torch.tensor([[0], [2]]), torch.tensor([[0], [1]]))
    assert found.tolist() == pytest.approx([edge + other, other, edge])


def test_the_loss_is_cross_entropy_of_pixels_divergence_and_edges(trained, digits):
    state, events = trained
    batch = next(clean_batches(digits.test, digits.scaling("unit"), state.model.chunk))
    with torch.no_grad():
        posterior = state.model.encode(batch.input, state.model.context(batch))
        terms = fakes.only(EpochEnd, events)[-1].figures.terms
    assert list(terms) == ["reconstruction", "kl", "edges"]
    assert fakes.only(EpochEnd, events)[-1].figures.loss == pytest.approx(sum(terms.values()))
    assert terms["kl"] == pytest.approx(float(divergence(posterior).sum(1).mean()), rel=1e-4)


def test_it_learns_links_and_pixels(trained, figures):
    mean_image = fakes.only(References, trained[1])[0].mean_image("test")
    assert figures.mse < 0.6 * mean_image
    assert figures.measures["link AUC"] > 0.85
    assert figures.measures["link AP"] > 0.85
    edges = [block.losses["edges"] for block in fakes.only(StepBlock, trained[1])]
    assert edges[-1] < 0.8 * edges[0]


def test_baselines_of_link_prediction(figures):
    assert {name: figures.measures[name] for name in ("link AUC, random", "link AP, random")} == pytest.approx(
        {"link AUC, random": 0.5, "link AP, random": 0.5}, abs=0.1
    )
    assert figures.measures["link AUC"] < figures.measures["link AUC, pixels alone"] < 1


def test_an_untrained_model_knows_less(figures, digits):
    fresh = build(GraphConfig(), digits.info, seed=1)
    measured = fresh.measures(clean_batches(digits.test, digits.scaling("unit"), fresh.chunk))
    assert measured["link AUC"] < figures.measures["link AUC"] - 0.1
    assert measured["link AUC, random"] == figures.measures["link AUC, random"]


def test_links_of_several_batches_are_ranked_together(model, few):
    parts = [batch_of(few.train.images), batch_of(few.test.images)]
    with torch.no_grad():
        judged = [model._judged(part) for part in parts]
    is_edge = np.concatenate([wanted.numpy() for wanted, _ in judged])
    score = np.concatenate([scores[""].numpy() for _, scores in judged])
    better = np.greater.outer(score[is_edge], score[~is_edge]).mean()
    assert model.measures(parts)["link AUC"] == pytest.approx(better)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_few_images_are_a_graph_too(count, model, few):
    batch = batch_of(few.train.images[:count])
    output = model(batch, noise())
    assert output.reconstruction.shape == batch.target.shape
    assert output.terms["edges"].shape == (count,)
    assert output.terms["edges"].isfinite().all()
    assert model.measures([batch]) == {}


def test_pairs_without_an_edge_come_from_the_generator(model, batch):
    once, again = (model(batch, noise()).terms["edges"] for _ in range(2))
    assert torch.equal(once, again)
    other = model(batch, torch.Generator().manual_seed(4)).terms["edges"]
    assert not torch.equal(once, other)


def test_ten_thousand_images_are_one_graph_and_no_more(model):
    assert model.chunk == 10_000
    with pytest.raises(Refused, match="up to 10,000"):
        model.encode(torch.zeros(10_001, 1, 28, 28))


def test_the_trained_weights_that_come_with_the_app_fit(digits):
    """Written when the convolution was torch_geometric's, to whose results this one is equal bit for bit."""
    stored = Path(__file__).parents[2] / "checkpoints" / "R4-graph" / "best.safetensors"
    config = preset("R4-graph").config.architecture
    model = build(config, digits.info, seed=0)
    load_weights(model, stored)
    x = digits.test.images[:50].float() / 255
    edges = graph_of(x, config.neighbours).kept
    first, second = (layer.lin.weight for layer in model.encoder)
    step = propagation(edges, len(x))
    expected = step @ (step @ x.flatten(1) @ first.T).relu() @ second.T
    posterior = model.encode(x)
    torch.testing.assert_close(torch.cat([posterior.mean, posterior.log_var], 1), expected, rtol=1e-4, atol=1e-4)
