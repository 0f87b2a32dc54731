"""Odd one out: areas against scikit-learn, their spread against a bootstrap, and what can stand out."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.decomposition import PCA
from sklearn.metrics import roc_auc_score

from aedash.analysis.odd import FROM_MEAN, MODEL, odd_one_out, placements
from aedash.analysis.quality import quality
from aedash.analysis.trained import Trained
from aedash.registry import Refused
from tests import fakes

DRAW = np.random.default_rng(0)


@pytest.fixture(scope="module")
def trained(digits):
    config = fakes.config(data={"name": "digits", "without": 3})
    data = digits.without(3)
    model = fakes.fitted(config, data)[0].model
    return Trained(config, model.eval(), data, data.scaling("unit"))


@given(st.lists(st.tuples(st.integers(0, 4), st.booleans()), min_size=2, max_size=30))
def test_the_area_is_scikit_learn_s_ties_and_all(images):
    scores, odd = (np.array(each) for each in zip(*images, strict=True))
    if odd.all() or not odd.any():
        return
    found = placements(scores.astype(float), odd)
    assert found.auc == pytest.approx(roc_auc_score(odd, scores))
    assert found.others.mean() == pytest.approx(found.auc)


def test_the_margin_is_what_other_images_would_do():
    odd = np.arange(400) < 80
    scores = DRAW.normal(odd * 1.0)
    found = placements(scores, odd)
    again = [DRAW.permutation(np.r_[DRAW.choice(80, 80), 80 + DRAW.choice(320, 320)]) for _ in range(1000)]
    spread = np.std([placements(scores[each], odd[each]).auc for each in again])
    assert found.margin == pytest.approx(2 * spread, rel=0.1)
    assert placements(scores, odd).less(placements(scores, odd)).margin == 0


def test_model_pca_and_mean_are_judged_on_all_test_images(trained, digits):
    found = odd_one_out(trained)
    assert found.odd.sum() == (digits.test.labels == 3).sum()
    model, pca, mean = found.scores
    assert [model.name, pca.name, mean.name] == [MODEL, "PCA, 4 numbers", FROM_MEAN]
    assert model.errors.mean() == pytest.approx(quality(trained, 360).quality.mse, rel=1e-5)
    pixels = trained.data.splits(1 / 6)["train"].images.flatten(1).numpy() / 255
    test = digits.test.images.flatten(1).numpy() / 255
    solved = PCA(4).fit(pixels)
    theirs = ((solved.inverse_transform(solved.transform(test)) - test) ** 2).mean(1)
    np.testing.assert_allclose(pca.errors, theirs, rtol=1e-3)
    np.testing.assert_allclose(mean.errors, ((pixels.mean(0) - test) ** 2).mean(1), rtol=1e-4)
    for score in found.scores:
        assert score.auc == pytest.approx(roc_auc_score(found.odd, score.errors))
        assert score.gap == pytest.approx(score.auc - model.auc)
    assert model.level


def test_no_number_in_the_code_is_compared_where_it_holds_all_pixels(identity, digits):
    config = fakes.config(data={"name": "digits", "without": 3})
    whole = replace(identity(), config=config, data=digits.without(3))
    assert [score.name for score in odd_one_out(whole).scores] == [MODEL, FROM_MEAN]
    assert odd_one_out(whole).scores[0].auc == 0.5  # it makes no error at all


def test_what_cannot_stand_out_is_refused_in_a_sentence(trained, small, digits):
    with pytest.raises(Refused, match="trained with all classes"):
        odd_one_out(small)
    alike = replace(digits, test=digits.test[digits.test.labels == 3])
    with pytest.raises(Refused, match="all of one kind"):
        odd_one_out(replace(trained, data=alike))
    diverged = fakes.fresh(trained.config, digits).model.eval()
    next(diverged.parameters()).data.fill_(float("nan"))
    with pytest.raises(Refused, match="diverged"):
        odd_one_out(replace(trained, model=diverged))
