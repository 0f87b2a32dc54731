"""A picture from elsewhere: the answer is the one that the model gives to an image of its own, and copies are found."""

import numpy as np
import pytest
import torch
from scipy.spatial.distance import cdist

from aedash.analysis.judge import judge_of
from aedash.analysis.own_image import least, nearest, own, reduced, training_images, typical
from aedash.analysis.survey import survey
from aedash.data.image_data import Split
from aedash.models.base import Posterior
from aedash.registry import Refused
from tests import fakes

CONDITIONAL = {"architecture": {"name": "conditional", "widths": [64], "latent": 4}, "epochs": 12}


def image(trained, place):
    return trained.data.test.images[place, 0].numpy()


def test_an_image_that_is_taken_as_it_is_has_the_code_and_error_of_the_test_image(small):
    known = survey(small, 360)
    for times in (1, 4):
        found = own(small, np.kron(image(small, 7), np.ones((times, times), np.uint8)), as_it_is=True)
        np.testing.assert_allclose(found.code, known.codes[7], atol=1e-5)
        assert found.mse == pytest.approx(known.mse[7], rel=1e-4)
        assert np.array_equal(found.given, image(small, 7))
        assert found.steps == ()
        assert (found.deviation, found.label, found.companions) == (None, None, 0)


def test_a_drawing_is_framed_first_and_its_steps_are_told(small):
    drawing = np.pad(255 - image(small, 7), ((30, 4), (2, 60)), constant_values=255)
    found = own(small, drawing)
    assert np.array_equal(found.given, found.steps[-1].picture)
    assert np.square(found.given / 255.0 - image(small, 7) / 255.0).mean() < 0.01
    with pytest.raises(Refused, match="single grey"):
        own(small, np.zeros((112, 112), np.uint8))
    assert own(small, np.zeros((112, 112), np.uint8), as_it_is=True).given.max() == 0


def test_the_nearest_training_images_are_those_of_all_distances(small):
    learnt = training_images(small)
    assert len(learnt) < len(small.data.train)  # without those held out for validation
    sought = small.data.test.images[:3, 0] / 255
    squares = cdist(sought.flatten(1), learnt.images.flatten(1) / 255.0, "sqeuclidean") / 784
    for row, found in zip(squares, nearest(learnt, sought, 5), strict=True):
        order = row.argsort()[:5]
        np.testing.assert_allclose([one.mse for one in found], row[order], rtol=1e-4)
        assert [one.label for one in found] == learnt.labels[order].tolist()
        assert np.array_equal(found[0].image, learnt.images[order[0], 0].numpy())
    np.testing.assert_allclose(least(learnt, sought), squares.min(1), rtol=1e-4)


class Copier(torch.nn.Module):
    """Its output is the training image that is nearest to its input."""

    latent_shape, coupled = (1, 28, 28), False

    def __init__(self, learnt):
        super().__init__()
        self.learnt = learnt

    def context(self, batch):
        return None

    def join(self, x, known):
        return Posterior(x)

    encode = join

    def decode(self, z, context=None):
        near = [found[0].image for found in nearest(self.learnt, z[:, 0], 1)]
        return torch.from_numpy(np.stack(near))[:, None] / 255


def test_a_model_that_copies_is_told_from_one_that_draws(identity):
    honest = identity()
    learnt = training_images(honest)
    copier = type(honest)(honest.config, Copier(learnt), honest.data, honest.scaling)
    drawn, copied = own(honest, image(honest, 5), True), own(copier, image(honest, 5), True)
    assert copied.copied[0].mse == pytest.approx(0, abs=1e-6)
    assert copied.mse == pytest.approx(drawn.nearest[0].mse, rel=1e-3)
    assert drawn.copied[0].mse == pytest.approx(drawn.nearest[0].mse, rel=1e-3)
    usual, fake = typical(honest, 50), typical(copier, 50)
    assert usual.output == pytest.approx(usual.image, rel=1e-3)
    assert 0 < usual.image[0] < usual.image[1] < usual.image[2]
    assert max(fake.output) < 1e-6


def test_a_variational_code_has_its_spread(variational):
    found = own(variational, image(variational, 2), True)
    known = survey(variational, 360)
    np.testing.assert_allclose(found.deviation, np.exp(known.log_var[2] / 2), rtol=1e-4)


def test_a_model_that_is_told_the_class_takes_the_one_that_it_draws_best(learnt):
    trained = learnt(**CONDITIONAL)
    found = own(trained, image(trained, 7), True)
    x = torch.from_numpy(image(trained, 7)).float().div(255)[None, None]
    model = trained.model
    errors = [
        float((model.decode(model.encode(x, label).mean, label) - x).square().mean())
        for label in torch.arange(10).split(1)
    ]
    assert found.label == int(np.argmin(errors))
    assert found.mse == pytest.approx(min(errors), rel=1e-4)


def test_a_graph_gives_a_strange_image_its_nearest_as_neighbours(begun):
    trained = begun(architecture={"name": "graph", "neighbours": 3})
    found = own(trained, image(trained, 7))
    assert found.companions == 360
    batch, model = trained.spread(1000), trained.model
    x = trained.scaling.to_model(torch.from_numpy(found.given)[None, None])
    near = (batch.input - x).flatten(1).norm(dim=1).topk(3, largest=False).indices
    edges = torch.cat([model.context(batch), torch.stack([near, torch.full((3,), 360)])], 1)
    whole = model.encode(torch.cat([batch.input, x]), edges).mean
    np.testing.assert_allclose(found.code, whole[-1], atol=1e-5)
    alone = model.encode(x, torch.empty(2, 0, dtype=torch.int64)).mean[0]
    assert not np.allclose(found.code, alone, atol=1e-3)


def test_a_diverged_model_is_refused(diverged):
    with pytest.raises(Refused, match="diverged"):
        own(diverged, image(diverged, 1))


def test_a_picture_that_is_no_multiple_of_the_field_is_no_picture():
    assert reduced(np.full((56, 56), 9, np.uint8), (28, 28)).shape == (28, 28)
    for shape in ((29, 28), (56, 28), (14, 14)):
        with pytest.raises(ValueError, match="no multiple"):
            reduced(np.zeros(shape, np.uint8), (28, 28))


def test_images_in_colour_are_compared_in_all_colours():
    colour = torch.randint(0, 256, (6, 3, 4, 4), generator=torch.Generator().manual_seed(0), dtype=torch.uint8)
    learnt = Split(colour, torch.arange(6))
    assert [found[0].label for found in nearest(learnt, colour.float() / 255, 1)] == list(range(6))
    [[near]] = nearest(learnt, colour[:1, [1, 2, 0]].float() / 255, 1)  # as grey it is the first image
    assert near.mse > 0.01


def test_the_judge_reads_both_the_given_and_the_output(small):
    judge = judge_of("digits", fakes.GALLERY)
    found = own(small, image(small, 7), True, judge)
    assert found.read is not None
    pictures = torch.from_numpy(np.stack([found.given, found.output]))[:, None].float() / 255
    wanted = judge.read(pictures)
    assert found.read[0].label == wanted.labels[0]  # of the output, a blur, rounded pixels may be read otherwise
    np.testing.assert_allclose([one.sureness for one in found.read], wanted.confidence, atol=0.02)
    assert own(small, image(small, 7), True).read is None
