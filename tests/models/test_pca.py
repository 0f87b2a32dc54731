"""PCA as a model: scikit-learn's, and nothing but its closed form sets its weights."""

import torch
from sklearn.decomposition import PCA

from aedash.analysis.trace import outline
from aedash.config import vary_all
from aedash.models import build
from aedash.models.pca import PCAConfig
from tests import fakes


def test_codes_and_reconstructions_are_those_of_scikit_learn(digits):
    model = build(PCAConfig(latent=12), digits.info, seed=0)
    train, test = (split.images.float() / 255 for split in (digits.train, digits.test))
    model.solve(train.split(500))
    known = PCA(12, svd_solver="full").fit(train.flatten(1).double().numpy())
    codes = torch.from_numpy(known.transform(test.flatten(1).double().numpy())).float()
    found = model.encode(test).mean
    signs = (found * codes).sum(0).sign()  # an axis may point either way
    torch.testing.assert_close(found * signs, codes, rtol=1e-3, atol=1e-3)
    made = torch.from_numpy(known.inverse_transform(codes.double().numpy())).float()
    torch.testing.assert_close(model.decode(found).flatten(1), made, rtol=1e-3, atol=1e-3)


def test_no_term_of_the_objective_moves_it(digits):
    plain = fakes.config(architecture={"name": "pca", "latent": 4})
    pulled = vary_all(plain, [("objective.l1_weights.weight", 10), ("objective.l1_code.weight", 10)])
    solved, trained = (fakes.fitted(run, digits)[0].model for run in (plain, pulled))
    assert fakes.unlike(solved, trained) == []


def test_its_weights_count_and_are_saved_though_nothing_trains_them(digits):
    assert outline(fakes.config(architecture={"name": "pca", "latent": 4})).parameters == 784 * 5
    assert list(build(PCAConfig(latent=4), digits.info, seed=0).state_dict()) == ["centre", "axes"]
