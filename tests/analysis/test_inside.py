"""Layers say what the model computes with; errors by class and by rank are those of its images."""

from pathlib import Path

import numpy as np
import pytest
import torch

from aedash.analysis.inside import activations, error_by_class, filters, judged, ranked
from aedash.analysis.quality import restored
from aedash.analysis.trained import weights
from aedash.registry import Refused
from aedash.store.gallery import pretrained, read_history
from tests import fakes


@pytest.mark.parametrize("architecture", ["dense", "conditional", "conv_transpose", "conv_upsample", "conv_vae", "vq"])
def test_the_last_layer_says_the_reconstruction_and_the_encoder_s_last_the_code(begun, architecture):
    trained = begun(architecture=architecture)
    found = activations(trained, 5)
    made = restored(trained, trained.batch(1, 5))
    np.testing.assert_allclose(found[-1].values.ravel(), made.flatten(), atol=1e-5)
    assert [layer.part for layer in found] == sorted((layer.part for layer in found), reverse=True)
    code = trained.model.encode(trained.batch(1, 5).input, trained.model.context(trained.batch(1, 5))).mean[0]
    said = [layer.values.ravel() for layer in found if layer.part == "encoder"]
    if architecture in ("conv_transpose", "conv_upsample"):
        np.testing.assert_allclose(said[-1], code.flatten(), atol=1e-5)
    if architecture == "conv_vae":  # its mean, before its log variance
        np.testing.assert_allclose(said[-2], code, atol=1e-5)


def test_a_graph_says_nothing_of_one_image(begun):
    with pytest.raises(Refused, match="mixes an image with its neighbours"):
        activations(begun(architecture="graph"), 0)


def test_first_weights_are_those_that_meet_the_image(begun):
    dense = begun(architecture={"name": "dense", "widths": [100], "latent": 4})
    found, held = filters(dense), dense.model.encoder[0].weight
    assert (found.count, found.dense, found.weights.shape) == (100, True, (60, 28, 28))
    assert found.units[0] == held.norm(dim=1).argmax()
    np.testing.assert_allclose(found.weights[0].ravel(), held[found.units[0]])
    told = begun(architecture="conditional")
    np.testing.assert_allclose(
        filters(told).weights[0].ravel(), told.model.encoder[0].weight[filters(told).units[0]][:784]
    )
    conv = filters(begun(architecture="conv_transpose"))
    assert (conv.count, conv.dense, conv.weights.shape) == (16, False, (16, 3, 3))


def test_a_class_is_level_unless_it_lies_apart_by_more_than_chance():
    drawn = np.random.default_rng(1).normal(1, 0.1, size=300)
    labels = np.arange(300) % 3
    drawn[labels == 1] += 0.2
    one, two, three = error_by_class(drawn, labels, ("a", "b", "c", "none of it"))
    assert (one.name, one.images, two.name) == ("a", 100, "b")
    assert two.mean == pytest.approx(drawn[labels == 1].mean())
    assert two.standard_error == pytest.approx(drawn[labels == 1].std(ddof=1) / 10)
    assert not two.level
    assert error_by_class(np.float32([1, 1.1, 0.9, 1.0]), np.array([0, 0, 1, 1]), ("a", "b"))[0].level
    assert error_by_class(np.float32([1, 9]), np.array([0, 1]), ("a", "b"))[0].level  # one image tells nothing
    assert three.images == 100


def test_ranks_of_few_images_and_of_what_is_not_finite():
    assert ranked(np.float32([3, np.nan, 1, 2]), 4).tolist() == [2, 3, 1]
    assert ranked(np.float32([1]), 4).tolist() == [0, 0, 0]
    found = ranked(np.arange(100)[::-1])
    assert found.tolist() == [99, 98, 97, 96, 51, 50, 49, 48, 3, 2, 1, 0]


def test_a_run_s_images_are_judged_by_its_best_weights_without_its_data_set():
    run = pretrained(fakes.GALLERY)["R0-simple"]
    probes = read_history(run.folder).probes
    found = judged(run, probes, Path("no such folder"))
    images = torch.from_numpy(probes.images[:, None]) / 255
    net = weights(run)
    with torch.no_grad():
        made = net.decode(net.encode(images).mean)
    np.testing.assert_allclose(found.mse, (made - images).square().flatten(1).mean(1), rtol=1e-4)
    assert found.rows[0] == found.mse.argmin()
    assert found.rows[-1] == found.mse.argmax()
    assert np.abs(found.outputs[0] - 255 * made[found.rows[0], 0].numpy()).max() <= 0.51
