"""The codebook: words are the nearest entries, gradients pass straight through, and use is counted."""

import pytest
import torch
from torch.nn import functional as F

from aedash.data.image_data import Batch
from aedash.models import build
from aedash.models.vq import VQConfig


@pytest.fixture
def model(few):
    return build(VQConfig(words=4, width=2, channels=4), few.info, seed=0)


@pytest.fixture
def batch(few):
    x = few.train.images[:8].float() / 255
    return Batch(x, x, few.train.labels[:8], torch.arange(8))


def test_a_word_is_the_nearest_entry(model, batch):
    z = model.encode(batch.input).mean
    book = F.normalize(model.codebook)
    distance = (z.unsqueeze(1) - book[None, :, :, None, None]).square().sum(2)
    assert torch.equal(model.words(z), distance.argmin(1))
    assert torch.equal(model.written(model.words(z))[0, :, 2, 3], book[model.words(z)[0, 2, 3]])


def test_the_reconstructions_gradient_passes_straight_through_the_rounding(model, batch):
    z = model.encode(batch.input).mean.detach()
    entry = model.written(model.words(z)).detach().requires_grad_()
    at_the_entry = torch.autograd.grad(model.decoder(entry).square().sum(), entry)[0]

    found = []
    model.encoder.register_forward_hook(lambda module, _, code: found.append(code))
    made = model(batch).reconstruction
    torch.testing.assert_close(made, model.decoder(entry))
    raw = found[0]
    as_if_nothing_was_rounded = torch.autograd.grad(F.normalize(raw), raw, at_the_entry, retain_graph=True)[0]
    torch.testing.assert_close(torch.autograd.grad(made.square().sum(), raw)[0], as_if_nothing_was_rounded)


def test_the_codebook_learns_by_its_own_loss_alone_and_the_encoder_by_commitment(model, batch):
    output = model(batch)
    assert torch.autograd.grad(output.reconstruction.sum(), model.codebook, retain_graph=True, allow_unused=True) == (
        None,
    )
    encoder = model.encoder[0].weight
    assert torch.autograd.grad(output.terms["codebook"].sum(), encoder, retain_graph=True, allow_unused=True) == (None,)
    assert torch.autograd.grad(output.terms["commitment"].sum(), encoder)[0].abs().sum() > 0
    torch.testing.assert_close(output.terms["commitment"], model.commitment * output.terms["codebook"])


@pytest.mark.parametrize(("used", "perplexity"), [((0, 0, 0, 0), 1), ((0, 1, 0, 1), 2), ((0, 1, 2, 3), 4)])
def test_perplexity_is_the_number_of_words_in_equal_use(used, perplexity, model, batch, monkeypatch):
    words = torch.tensor(used).repeat(2)[:, None, None].expand(-1, 7, 7)
    monkeypatch.setattr(model, "words", lambda z: words)
    measures = model.measures([batch])
    assert measures["words in use, of 4"] == len(set(used))
    assert measures["perplexity of the words"] == pytest.approx(perplexity)


def test_perplexity_of_unequal_use_is_the_exponential_of_its_entropy(model, batch, monkeypatch):
    words = torch.tensor([0] * 6 + [1, 2])[:, None, None].expand(-1, 7, 7)
    monkeypatch.setattr(model, "words", lambda z: words)
    share = torch.tensor([6 / 8, 1 / 8, 1 / 8])
    expected = torch.distributions.Categorical(share).entropy().exp().item()
    assert model.measures([batch])["perplexity of the words"] == pytest.approx(expected)
