"""Units of a code, against their definitions."""

import pytest
import torch

from aedash.analysis import latent
from aedash.analysis.latent import encoded, mean_codes, parts, units
from aedash.registry import Refused


@torch.no_grad()
def test_nats_are_those_of_the_formula(variational):
    posterior = variational.model.encode(variational.spread(50).input)
    mean, variance = posterior.mean.double(), posterior.log_var.double().exp()
    expected = (0.5 * (mean**2 + variance - 1 - variance.log())).mean(0)
    found = units(variational, 50)
    torch.testing.assert_close(torch.from_numpy(found.nats).double(), expected, rtol=1e-4, atol=1e-6)
    assert found.active.tolist() == (expected >= 0.01).tolist()


def test_a_plain_code_has_no_nats_and_a_collapsed_one_no_active_units(small, variational, begun):
    found = units(small, 50)
    assert found.nats is None
    assert found.deviation.shape == (4,)
    collapsed = begun(**{"architecture": {"name": "dense", "widths": [8], "latent": 3, "variational": True}})
    for layer in collapsed.model.encoder:
        if hasattr(layer, "weight"):
            layer.weight.zero_()
            layer.bias.zero_()
    assert units(collapsed, 20).active.sum() == 0
    assert units(collapsed, 20).nats == pytest.approx([0, 0, 0])


def test_a_convolutional_code_is_flattened(begun):
    assert units(begun(architecture="conv_transpose"), 5).deviation.shape == (196,)


@pytest.mark.parametrize("name", ["small", "variational"])
def test_codes_in_parts_are_those_in_one(name, request):
    trained = request.getfixturevalue(name)
    batch = trained.batch(7)
    pieces = list(parts(batch, 3))
    assert [len(piece.input) for piece in pieces] == [3, 3, 1]
    torch.testing.assert_close(torch.cat([encoded(trained, p).mean for p in pieces]), mean_codes(trained, batch))


def test_more_codes_than_memory_should_hold_are_refused(small, monkeypatch):
    monkeypatch.setattr(latent, "LARGEST", 30)
    with pytest.raises(Refused, match="8 codes of 4 numbers are too many to be analysed; allowed: up to 7 images"):
        mean_codes(small, small.batch(8))
    assert units(small, 8).active.sum() == 4


def test_a_model_that_diverged_is_refused(diverged):
    with pytest.raises(Refused, match="diverged"):
        units(diverged, 5)
