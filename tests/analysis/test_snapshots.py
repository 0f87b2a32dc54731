"""Snapshots keep the map of codes of any size, and of codes that are no numbers."""

import numpy as np
import pytest
import torch

from aedash.analysis.alignment import size
from aedash.analysis.projection import Basis, codes
from aedash.analysis.snapshots import Probe
from aedash.figures.scatter import HIDDEN, box, quantise
from tests import fakes


@pytest.fixture
def look(digits):
    """look(change): the snapshot of a fresh model whose last encoder layer was changed, and its real codes."""
    config = fakes.config()
    probe = Probe(digits, config, digits.scaling("unit"))

    def looked(change):
        model = fakes.fresh(config, digits).model
        last = [layer for layer in model.encoder.modules() if isinstance(layer, torch.nn.Linear)][-1]
        with torch.no_grad():
            change(last)
            real = model.encode(probe.batch.input).mean
        return probe.look(model, 1), real.numpy()

    return looked


def scaled(factor, shift=0.0):
    def change(layer):
        layer.weight.mul_(factor)
        layer.bias.fill_(shift)

    return change


@pytest.mark.parametrize(
    ("factor", "shift"), [(1, 0), (1e7, 0), (1e30, 0), (1e-7, 0), (1, 3e4)], ids=["1", "1e7", "1e30", "1e-7", "far off"]
)
def test_codes_of_any_size_keep_their_places(look, factor, shift):
    snapshot, real = look(scaled(factor, shift))
    spread = size(real)
    np.testing.assert_allclose(codes(snapshot), real, atol=5e-3 * spread)
    assert size(snapshot.scores) == pytest.approx(spread, rel=1e-3)
    points = Basis(snapshot).project(snapshot)
    places = quantise(points, box(points))
    assert len(np.unique(places, axis=0)) == len(np.unique(real, axis=0)) == 360


def test_codes_that_are_no_numbers_are_not_drawn(look):
    def broken(layer):
        layer.weight.fill_(torch.inf)

    snapshot, _ = look(broken)
    points = Basis(snapshot).project(snapshot)
    assert (quantise(points, box(points)) == HIDDEN).all()
    assert np.isnan(size(snapshot.scores))


def test_one_code_that_is_no_number_leaves_the_others(look):
    snapshot, real = look(scaled(1))
    snapshot.scores[3] = np.nan
    assert np.isfinite(np.delete(Basis(snapshot).project(snapshot), 3, axis=0)).all()
    assert size(snapshot.scores) == pytest.approx(size(real), rel=0.05)


def test_only_the_images_of_the_grid_are_decoded_and_they_are_those_of_all(digits):
    """A model whose codes depend on one another is asked of all."""
    config = fakes.config()
    state = fakes.fresh(config, digits)
    probe = Probe(digits, config, digits.scaling("unit"))
    alone = probe.look(state.model, 0)
    state.model.coupled = True
    together = probe.look(state.model, 0)
    np.testing.assert_allclose(alone.reconstructions.astype(int), together.reconstructions, atol=1)  # 8 bits
