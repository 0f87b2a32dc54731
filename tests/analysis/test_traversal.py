"""A unit's effect, where the decoder is linear and its answer is known; and that nothing beside the code is lost."""

import numpy as np
import pytest
import torch

from aedash.analysis.latent import mean_codes
from aedash.analysis.quality import restored
from aedash.analysis.traversal import at_image, at_mean_code, decoded, effects, unit_effect
from aedash.registry import Refused


@pytest.fixture(scope="module")
def pca(learnt):
    return learnt(architecture={"name": "pca", "latent": 6})


def codes_of(trained):
    return mean_codes(trained, trained.spread(60)).numpy()


def test_a_linear_decoder_adds_its_axis(pca):
    axis = pca.model.axes[2].view(28, 28).numpy()
    origin = at_image(pca, 5)
    found = unit_effect(pca, origin, 2, -1.5, 2.5, 0.5)
    own = float(origin.code[2])
    np.testing.assert_allclose(found.added, 0.5 * axis, atol=1e-5)
    np.testing.assert_allclose(found.silenced - found.decoded, -own * axis, atol=1e-5)
    np.testing.assert_allclose(found.tripled - found.decoded, 2 * own * axis, atol=1e-5)
    assert found.values.tolist() == np.linspace(-1.5, 2.5, 9).tolist()
    first = np.clip(found.decoded + (-1.5 - own) * axis, 0, 1)
    assert np.abs(found.strip[0] - 255 * first).max() <= 0.51


def test_an_effect_is_what_its_range_moves_and_none_of_a_unit_that_nobody_hears(pca, learnt):
    small = learnt()
    codes, units = codes_of(small), np.arange(4)
    small.model.decoder[0].weight[:, 1] = 0
    low, high = np.quantile(codes, [0.05, 0.95], 0)
    found = effects(small, codes, units, low, high)
    assert found[1] == 0
    assert (found[[0, 2, 3]] > 0).all()
    axis = pca.model.axes[0].abs().sum().item()
    tiny = effects(pca, codes_of(pca), np.array([0]), np.float32([0]), np.float32([0.001]))
    assert 0 < tiny[0] <= 0.001 * axis + 1e-6  # pixels that are clipped do not move


@pytest.mark.parametrize("architecture", ["conditional", "conv_vae", "conv_upsample", "vq"])
def test_what_goes_round_the_code_stays_with_the_image(begun, architecture):
    trained = begun(architecture=architecture)
    origin = at_image(trained, 7)
    made = decoded(trained, origin.code.repeat(3, 1), origin.context)
    torch.testing.assert_close(made, restored(trained, trained.batch(1, 7)).expand_as(made), atol=1e-5, rtol=1e-4)


def test_the_mean_code_is_decoded_in_the_class_of_the_image(begun):
    trained = begun(architecture="conditional")
    codes = codes_of(trained)
    origin = at_mean_code(trained, codes, 7)
    np.testing.assert_allclose(origin.code, codes.mean(0), atol=1e-6)
    label = trained.data.test.labels[7:8]
    wanted = trained.model.decode(torch.from_numpy(codes.mean(0))[None], label)
    torch.testing.assert_close(decoded(trained, origin.code[None], origin.context), wanted)


def test_an_image_without_its_neighbours_has_no_code(begun):
    graph = begun(architecture="graph")
    with pytest.raises(Refused, match="among its neighbours alone"):
        at_image(graph, 3)
    code = codes_of(graph)[3]
    assert np.array_equal(at_image(graph, 3, code).code, code)


def test_a_model_that_diverged_is_refused(diverged):
    with pytest.raises(Refused, match="diverged"):
        at_image(diverged, 3)


@pytest.mark.parametrize("place", [-1, 360])
def test_an_image_that_is_not_there_is_one_sentence(pca, place):
    with pytest.raises(Refused, match=f"There is no test image {place}; the last is 359"):
        at_image(pca, place)
    assert len(pca.batch(5, 1000).input) == 0
