"""Sums and ways: their ends are reconstructions, their middle is where it is said to be, with pixels blended beside."""

import numpy as np
import pytest
import torch

from aedash.analysis.between import STEPS, means, place, slerp, styles, summed, way
from aedash.analysis.judge import judge_of
from aedash.analysis.own_image import own
from aedash.analysis.survey import survey
from aedash.registry import Refused
from tests import fakes


def image(trained, number):
    return trained.data.test.images[number, 0].numpy()


def output(trained, number):
    return own(trained, image(trained, number), True).output


def test_means_are_those_of_each_class(small):
    found, known = means(small, 360), survey(small, 360)
    for label in range(10):
        np.testing.assert_allclose(found.codes[label], known.codes[known.labels == label].mean(0), atol=1e-4)
        wanted = small.data.test.images[known.labels == label, 0].float().mean(0) / 255
        np.testing.assert_allclose(found.images[label, 0], wanted, atol=1e-5)
    assert found.count == 360


def test_a_sum_of_nothing_is_the_reconstruction_and_of_all_the_other_class(small):
    found = means(small, 360)
    number = int(np.flatnonzero(small.data.test.labels.numpy() == 0)[0])
    step, shift = found.codes[1] - found.codes[0], found.images[1] - found.images[0]
    made = summed(small, number, step, shift, (-1.0, 0.0, 1.0), None)
    assert np.array_equal(made["code"].pictures[1], output(small, number))
    assert np.array_equal(made["pixels"].pictures[1], image(small, number))
    code = place(small, number).code + torch.from_numpy(step)
    decoded = small.model.decode(code[None])[0, 0].clamp(0, 1).mul(255).round().byte().numpy()
    assert np.array_equal(made["code"].pictures[2], decoded)
    shifted = (image(small, number) / 255 + shift[0]).clip(0, 1) * 255
    assert np.abs(made["pixels"].pictures[2] - shifted).max() <= 0.51


def test_a_way_goes_from_the_one_reconstruction_to_the_other(small):
    found = way(small, 3, 8, None)
    assert np.array_equal(found["code"].pictures[0], output(small, 3))
    assert np.array_equal(found["code"].pictures[-1], output(small, 8))
    assert np.array_equal(found["pixels"].pictures[0], image(small, 3))
    assert np.array_equal(found["pixels"].pictures[-1], image(small, 8))
    half = (image(small, 3).astype(float) + image(small, 8)) / 2
    assert np.abs(found["pixels"].pictures[STEPS // 2] - half).max() <= 0.51
    assert list(found) == ["code", "pixels"]
    own_distance = own(small, image(small, 3), True).nearest[0].mse
    assert found["pixels"].off[0] == pytest.approx(own_distance, rel=1e-3)


def test_a_code_with_a_prior_is_turned_and_keeps_its_length(variational):
    found = way(variational, 3, 8, None)
    assert list(found) == ["code", "spherical", "pixels"]
    assert np.array_equal(found["spherical"].pictures[[0, -1]], found["code"].pictures[[0, -1]])
    first, last = place(variational, 3).code, place(variational, 8).code
    turned = slerp(first, last, torch.linspace(0, 1, STEPS)[:, None])
    lengths = turned.norm(dim=1)
    torch.testing.assert_close(lengths, torch.linspace(float(first.norm()), float(last.norm()), STEPS))
    angles = torch.nn.functional.cosine_similarity(turned[:-1], turned[1:]).arccos()
    torch.testing.assert_close(angles, angles.mean().expand(STEPS - 1), atol=1e-3, rtol=1e-3)


@pytest.mark.parametrize("last", [[2.0, 0.0], [-1.0, 0.0], [0.0, 0.0]])
def test_codes_in_one_line_are_joined_by_it(last):
    halves = torch.tensor([[0.0], [0.5], [1.0]])
    first, last = torch.tensor([1.0, 0.0]), torch.tensor(last)
    assert torch.equal(slerp(first, last, halves), torch.lerp(first, last, halves))


def test_styles_are_drawn_in_every_class(begun, small):
    trained = begun(architecture={"name": "conditional", "widths": [16], "latent": 3})
    found = styles(trained, [4, 6])
    assert found.shape == (2, 11, 28, 28)
    label = int(trained.data.test.labels[4])
    x = trained.batch(1, 4)
    made = trained.model(x).posterior.mean
    wanted = trained.model.decode(made, torch.tensor([label]))[0, 0].mul(255).round().byte().numpy()
    assert np.array_equal(found[0, 0], image(trained, 4))
    assert np.array_equal(found[0, 1 + label], wanted)
    assert styles(small, [4]) is None


def test_what_goes_in_beside_the_code_is_that_of_the_nearer_end(begun):
    trained = begun(architecture={"name": "conditional", "widths": [16], "latent": 3})
    ends = place(trained, 4), place(trained, 6)
    found = way(trained, 4, 6, None)
    for step, end in ((1, ends[0]), (STEPS - 2, ends[1])):
        code = torch.lerp(ends[0].code, ends[1].code, step / (STEPS - 1))
        wanted = trained.model.decode(code[None], end.context)[0, 0].mul(255).round().byte().numpy()
        assert np.array_equal(found["code"].pictures[step], wanted)


def test_an_image_that_is_not_there_is_refused(small):
    with pytest.raises(Refused, match="the last is 359"):
        place(small, 360)


def test_the_judge_reads_what_was_made(small):
    judge = judge_of("digits", fakes.GALLERY)
    found = way(small, 3, 8, judge)
    labels = small.data.test.labels.numpy()
    assert judge.accuracy > 0.9
    blended = found["pixels"]
    assert [blended.labels[0], blended.labels[-1]] == [labels[3], labels[8]]
    reading = judge.read(torch.from_numpy(found["code"].pictures[:, None]).float() / 255)
    np.testing.assert_allclose(found["code"].sureness, reading.confidence, atol=0.02)
