"""What differs between the recipe and the run below it, in words."""

from aedash.config import parse, vary_all
from aedash.ui.train.untrained import difference

TRAINED = parse({"architecture": {"name": "dense", "widths": [32], "latent": 20}, "epochs": 25})


def test_what_differs_is_named_with_both_values():
    recipe = vary_all(TRAINED, [("epochs", 30), ("architecture.latent", 10)])
    assert difference(TRAINED, recipe) == "code size 10 instead of 20 and epochs 30 instead of 25"


def test_what_one_of_them_lacks_is_told():
    noisy = vary_all(TRAINED, [("corruption", "gaussian")])
    assert difference(TRAINED, noisy) == "input noise gaussian instead of none and noise sigma 0.3"
    assert difference(noisy, TRAINED) == "input noise none instead of gaussian and no noise sigma"


def test_another_model_altogether_is_not_listed_field_by_field():
    told = difference(TRAINED, vary_all(TRAINED, [("architecture", "vq"), ("objective.reconstruction.loss", "bce")]))
    assert told.startswith("architecture VQ instead of dense")
    assert told.endswith("other fields")
