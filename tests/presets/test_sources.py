"""How each preset is trained, against the table of REFERENCE_SYSTEMS.md (rate, batch, epochs, data, scaling, loss)."""

import pytest

from aedash import registry
from aedash.config import differences
from aedash.presets.base import preset

ADAM = {"weight_decay": 0.0, "eps": 1e-8, "shuffle": True}
KERAS = {**ADAM, "eps": 1e-7}
R1_DECAY = {**ADAM, "weight_decay": 1e-5}
IN_ORDER = {**ADAM, "shuffle": False}
ONE_PASS = (1e-3, 1, 1, "fashion-mnist", "unit", 0, ("mse", "mean"), IN_ORDER)
R0 = (1e-3, 128, 25, "mnist", "unit", 0)
R2 = (1e-3, 64, 10, "mnist", "standardised", 0, ("mse", "mean"), ADAM)
R2_SLOW = (1e-4, *R2[1:])
R3 = (1e-2, 20, 20, "mnist", "unit", 0.2, ("mse", "mean"), ADAM)
R4_VAE = (1e-3, 125, 20, "fashion-mnist", "unit", 0, ("mse", "sum"), ADAM)
TABLE = {
    "R0-simple": (*R0, ("bce", "sum"), ADAM),
    "R0-elaborate": (*R0, ("mse", "sum"), ADAM),
    "R0-vae": (*R0, ("mse", "sum"), ADAM),
    "R1-keras-dense": (1e-3, 32, 20, "mnist", "unit", 0, ("bce", "mean"), KERAS),
    "R1-keras-conv": (1e-3, 32, 10, "mnist", "unit", 0, ("mse", "mean"), KERAS),
    "R1-dense": (1e-3, 64, 10, "mnist", "unit", 0, ("mse", "mean"), R1_DECAY),
    "R1-conv": (1e-3, 64, 10, "mnist", "unit", 0, ("mse", "mean"), R1_DECAY),
    "R2-deep-linear": R2,
    "R2-simple-linear": R2,
    "R2-denoising": R2,
    "R2-contractive-5": R2_SLOW,
    "R2-contractive-1e-4": R2_SLOW,
    "R3-ffnn": R3,
    "R3-transpose": R3,
    "R3-upsample": R3,
    "R4-vanilla": ONE_PASS,
    "R4-multilayer": ONE_PASS,
    "R4-conv": ONE_PASS,
    "R4-sparse": ONE_PASS,
    "R4-denoising": ONE_PASS,
    "R4-vae": R4_VAE,
    "R4-conv-vae": R4_VAE,
}
PUBLISHED = {
    "R0-simple": [65.3],
    "R0-elaborate": [21.8],
    "R0-vae": [52.9],
    "R2-deep-linear": [0.898],
    "R2-simple-linear": [0.570],
    "R2-denoising": [0.464, 0.0222],
    "R2-contractive-5": [0.680],
    "R2-contractive-1e-4": [0.557],
    "R3-ffnn": [0.0252],
    "R3-transpose": [0.0334],
    "R3-upsample": [0.1118],
    "R4-vanilla": [0.0243, 1527.0],
    "R4-multilayer": [0.0192, 1268.6],
    "R4-conv": [0.0172, 1369.4],
    "R4-sparse": [0.0331, 1457.5],
    "R4-denoising": [0.0039, 270.2],
    "R4-vae": [896.9],
    "R4-conv-vae": [415.2],
}
TERMS = {
    "R0-vae": {"kl": 20},
    "R2-contractive-5": {"contractive": 5},
    "R2-contractive-1e-4": {"contractive": 1e-4},
    "R4-sparse": {"l1_weights": 1e-4},
    "R4-vae": {"kl": 1 / 125},
    "R4-conv-vae": {"kl": 1 / 125},
}


@pytest.mark.parametrize("name", TABLE)
def test_a_preset_is_trained_as_its_source_did(name):
    config = preset(name).config
    first, optimizer = config.objective[0], config.optimizer.model_dump()
    rest = {field: optimizer.pop(field) for field in ADAM}
    data = (config.data.name, config.data.scaling, config.data.validation)
    assert (*optimizer.values(), config.epochs, *data, (first.loss, first.reduction), rest) == TABLE[name]
    assert {term.name: term.weight for term in config.objective[1:]} == TERMS.get(name, {})
    assert config.corruption.model_dump() == (
        {"name": "gaussian", "sigma": 0.5} if name == "R2-denoising" else {"name": "none"}
    )


def test_weights_begin_as_the_source_drew_them():
    drawn = {name: getattr(preset(name).config.architecture, "init", "default") for name in registry.presets.names()}
    own = {name: init for name, init in drawn.items() if init != "default"}
    assert own == {"R1-keras-dense": "glorot", "R1-keras-conv": "glorot", "R3-ffnn": "scaled_normal"}


def test_every_published_figure_of_the_table_is_there():
    presets = [preset(name) for name in registry.presets.names()]
    assert {p.id: [figure.value for figure in p.published] for p in presets if p.published} == PUBLISHED


def test_a_figure_is_sought_on_its_own_data_and_scaling():
    source = preset("R2-denoising")
    first, second = source.published
    assert source.procedure(first) == source.procedure(None) == source.config
    varied = {"data.name": ("mnist", "fashion-mnist"), "data.scaling": ("standardised", "unit")}
    assert differences(source.config, source.procedure(second)) == varied
