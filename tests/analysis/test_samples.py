"""Samplers and what is said of their pictures: against brute force, closed forms, and models that are bad."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from aedash import registry
from aedash.analysis import samplers as module
from aedash.analysis.judge import judge_of
from aedash.analysis.samplers import cloud, codes_of, mixture, samplers
from aedash.analysis.samples import MEAN, NOISE, REAL, RESTORED, drawn, kernel_distance, kinds, prdc, table
from aedash.data.streams import stream
from aedash.objectives.mmd import distance
from aedash.registry import Refused
from tests import fakes

DRAWS = np.random.default_rng(0)


@pytest.fixture(scope="module")
def judge():
    return judge_of("digits", fakes.GALLERY)


@pytest.fixture(scope="module")
def judged(learnt, judge):
    model = learnt(architecture={"name": "dense", "widths": [64], "latent": 8}, epochs=20)
    return model, table(model, judge, samplers(model))


def by_hand(real, made, k):
    """The four figures as the papers write them, a point at a time."""

    def radius(points, i):
        return sorted(np.linalg.norm(points[i] - other) for j, other in enumerate(points) if j != i)[k - 1]

    around_real, around_made = ([radius(each, i) for i in range(len(each))] for each in (real, made))
    inside = [[np.linalg.norm(x - y) <= r for y in made] for x, r in zip(real, around_real, strict=True)]
    recalled = [any(np.linalg.norm(x - y) <= r for y, r in zip(made, around_made, strict=True)) for x in real]
    return np.any(inside, 0).mean(), np.mean(recalled), np.sum(inside, 0).mean() / k, np.any(inside, 1).mean()


@pytest.mark.parametrize("k", [1, 3])
def test_precision_recall_density_and_coverage_are_the_papers_own(k):
    real, made = DRAWS.normal(size=(40, 3)), DRAWS.normal(size=(25, 3)) * 0.7 + 0.4
    assert prdc(real, made, k) == pytest.approx(by_hand(real, made, k))


def test_kernel_distance_is_unbiased_and_grows_with_the_gap():
    same = [kernel_distance(*DRAWS.normal(size=(2, 100, 5))) for _ in range(200)]
    assert abs(np.mean(same)) < 3 * np.std(same) / len(same) ** 0.5
    assert min(same) < 0
    real, made = DRAWS.normal(size=(2, 100, 5))
    far, farther = kernel_distance(real, made + 1), kernel_distance(real, made + 2)
    assert max(same) < far < farther
    assert kernel_distance(real * 50, (made + 1) * 50) == pytest.approx(far)
    scale = np.sqrt(np.square(real).mean())
    x, y = real / scale, (made + 1) / scale
    off = [
        ((a @ b / 5 + 1) ** 3)
        for points in (x, y)
        for i, a in enumerate(points)
        for j, b in enumerate(points)
        if i != j
    ]
    across = [(a @ b / 5 + 1) ** 3 for a in x for b in y]
    assert far == pytest.approx(2 * np.mean(off) - 2 * np.mean(across))


def test_kinds_count_classes_in_effect():
    assert kinds(np.arange(50) % 10, 10) == pytest.approx(10)
    assert kinds(np.array([0] * 99 + [1]), 10) == pytest.approx(1.0576, abs=1e-3)


def test_a_gaussian_has_mean_and_covariance_of_the_codes(learnt):
    model = learnt()
    codes, (_, gaussian, _) = codes_of(model), samplers(model)
    made = gaussian.draw(40_000, stream(0, "test"))
    assert torch.allclose(made.mean(0), codes.mean(0), atol=0.05 * float(codes.std()))
    assert torch.allclose(made.T.cov(), codes.T.cov(), atol=0.05 * float(codes.var()))


def test_held_out_points_choose_the_number_of_parts():
    heaps = np.concatenate([DRAWS.normal(size=(300, 2)) * 0.1 + centre for centre in ((0, 0), (5, 0))])
    one = DRAWS.normal(size=(400, 2))
    assert len(mixture(DRAWS.permutation(heaps)).weights_) > 1
    assert len(mixture(one).weights_) == 1
    assert mixture(np.zeros((10, 2))) is None


def test_a_mixture_draws_what_it_was_fitted_to(monkeypatch, begun):
    draws = stream(0, "test")
    heaps = torch.tensor([[-4.0, 0, 0, 0], [4.0, 0, 0, 0]]).repeat(400, 1) + 0.1 * torch.randn(800, 4, generator=draws)
    monkeypatch.setattr(module, "codes_of", lambda trained: heaps[torch.randperm(800, generator=draws)])
    _, gaussian, parts = samplers(begun(seed=91))
    assert parts.parts > 1
    between = [(sampler.draw(2000, stream(0, "test"))[:, 0].abs() < 2).float().mean() for sampler in (gaussian, parts)]
    assert between[0] > 0.2
    assert between[1] < 0.01


def test_directions_that_never_vary_are_left_out():
    codes = torch.randn(500, 3, generator=stream(0, "test")) * torch.tensor([2.0, 0.0, 1.0]) + torch.tensor(
        [0.0, 7.0, 0.0]
    )
    found = cloud(codes)
    assert found.whitened.shape == (500, 2)
    assert torch.allclose(found.codes(found.whitened), codes, atol=1e-4)
    dead = cloud(torch.full((5, 3), 2.0))
    assert torch.equal(dead.codes(torch.zeros(4, 0)), torch.full((4, 3), 2.0))


def test_the_gap_is_none_for_normal_codes_and_wide_for_others():
    normal = torch.randn(1000, 4, generator=stream(0, "test"))
    assert abs(float(distance(normal, stream(1, "test")))) < 0.01
    assert float(distance(normal * 3, stream(1, "test"))) > 0.1


def test_what_fools_and_what_can_be_had_stand_beside_the_samplers(judged):
    model, found = judged
    assert [row.name for row in found.rows][3:] == [RESTORED, REAL, MEAN, NOISE]
    assert (found.images, found.classes) == (180, 10)
    real, mean, noise = (found.row(name) for name in (REAL, MEAN, NOISE))
    assert (mean.kinds, mean.recall) == (1, 0)
    assert mean.near in (0, 1)
    assert mean.coverage < 0.1
    assert noise.near == 0
    assert real.coverage > 0.8
    assert real.confident > 0.9
    assert real.near == pytest.approx(0.95, abs=0.01)
    assert abs(real.distance) < mean.distance / 20
    assert all(row.coverage < real.coverage for row in found.rows[:3])
    assert found == table(model, judge_of("digits", fakes.GALLERY), samplers(model)), "the same again"


def test_pictures_come_with_the_nearest_of_the_run_s_own_training_images(judged, digits):
    model, _ = judged
    found = drawn(model, samplers(model), 3, draw=1)
    train = model.data.splits(model.config.data.validation)["train"].images.flatten(1).float() / 255
    for one in found:
        apart = ((torch.from_numpy(one.pictures).flatten(1) / 255)[:, None] - train).square().mean(2)
        best = (train[apart.argmin(1)] * 255).round().byte().view(3, 28, 28)
        assert np.array_equal(one.nearest, best.numpy())
    assert not np.array_equal(found[0].pictures, drawn(model, samplers(model), 3, draw=2)[0].pictures)


def test_a_model_that_diverged_is_refused(diverged):
    with pytest.raises(Refused, match="diverged"):
        samplers(diverged)


@pytest.mark.parametrize("name", registry.architectures.names())
def test_every_model_can_be_sampled(name, begun, judge):
    model = begun(architecture=name)
    few = replace(model, data=fakes.subset(model.data, 100, 40))
    found = table(few, judge, samplers(few))
    assert len(found.rows) == 7
    assert np.isfinite([row.distance for row in found.rows]).all()
