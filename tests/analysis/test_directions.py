"""A decoder's directions, against autograd's whole Jacobian and its singular values."""

import numpy as np
import pytest
import torch

from aedash.analysis.directions import directions, moved
from aedash.analysis.latent import mean_codes
from aedash.analysis.quality import pictures, restored
from aedash.analysis.traversal import at_image
from aedash.registry import Refused


def found_by(trained, place=4):
    codes = mean_codes(trained, trained.spread(80)).numpy()
    origin = at_image(trained, place, codes[place])
    return origin, codes, directions(trained, origin, codes)


def whole(trained, origin, codes):
    """(pixels, latent): the Jacobian, in deviations of each unit."""

    def made(code):
        return trained.model.decode(code.unflatten(0, trained.model.latent_shape)[None], origin.context).flatten()

    jacobian = torch.autograd.functional.jacobian(made, origin.code)
    return (trained.scaling.span / 255) * jacobian * torch.from_numpy(codes.std(0))


@pytest.mark.parametrize("architecture", ["dense", "conv_transpose", "conv_upsample", "conv_vae"])
def test_they_are_the_singular_vectors_of_the_whole_jacobian(begun, architecture):
    trained = begun(architecture=architecture)
    origin, codes, found = found_by(trained)
    jacobian = whole(trained, origin, codes)
    values = torch.linalg.svdvals(jacobian.double())
    np.testing.assert_allclose(found.values, values[:5], rtol=2e-3)
    unit = found.steps / np.where(codes.std(0) > 0, codes.std(0), 1)
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    np.testing.assert_allclose(unit @ unit.T, np.eye(5), atol=1e-3)
    reached = torch.from_numpy(unit).double() @ jacobian.double().T
    np.testing.assert_allclose(reached.norm(dim=1), values[:5], rtol=2e-3)


def test_of_pca_they_are_its_axes_by_how_far_the_data_goes(learnt):
    trained = learnt(architecture={"name": "pca", "latent": 6})
    _, codes, found = found_by(trained)
    np.testing.assert_allclose(found.values, np.sort(codes.std(0))[::-1][:5], rtol=1e-4)
    chosen = np.abs(found.steps).argmax(1)
    assert chosen.tolist() == np.argsort(-codes.std(0))[:5].tolist()
    np.testing.assert_allclose(np.abs(found.steps).max(1), codes.std(0)[chosen], rtol=1e-4)  # one deviation of the data


def test_a_dead_unit_is_no_direction_whatever_its_weights(begun):
    trained = begun()
    trained.model.encoder[-1].weight[2] = trained.model.encoder[-1].bias[2] = 0
    trained.model.decoder[0].weight[:, 2] = 1000
    _, _, found = found_by(trained)
    assert np.abs(found.steps[:, 2]).max() == 0
    assert len(found.values) == 3


def test_the_middle_of_a_row_is_the_image_itself(small):
    origin, _, found = found_by(small)
    own = pictures(restored(small, small.batch(1, 4)))[0]
    assert found.rows.shape[1:] == (9, 28, 28)
    assert np.abs(found.rows[:, 4].astype(int) - own).max() <= 1
    assert np.abs(found.rows[0, 8].astype(int) - own).max() > 5
    there = moved(origin, {0: 2.0, 9: 1.0}, found, {1: 0.5, 99: 1.0})
    wanted = origin.code.numpy() + 2 * found.steps[0]
    wanted[1] = 0.5
    np.testing.assert_allclose(there.code, wanted, atol=1e-6)


def test_a_code_that_is_rounded_has_none(begun):
    with pytest.raises(Refused, match="change nothing in the picture"):
        found_by(begun(architecture="vq"))
