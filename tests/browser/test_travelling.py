"""Decoders that travel, in a real Chromium: the browser's picture is torch's."""

import base64

import numpy as np
import pytest
import torch

from aedash import registry
from aedash.analysis.trained import weights
from aedash.config import parse
from aedash.data.image_data import PLAIN, Scaling
from aedash.models import build
from aedash.models.travelling import travelling
from aedash.store.gallery import pretrained
from aedash.ui.components.source import code
from tests import fakes

pytestmark = pytest.mark.browser

TOLERANCE = 2 / 255
CODES = 3
DECODE = """([packed, codes]) => {
    const { tensors, metadata } = readParcel(Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0)).buffer);
    const decoder = new ParcelDecoder(tensors, metadata);
    return codes.map((code) => [...decoder.decode(Float32Array.from(code))]);
}"""
ACTIVATIONS = ("relu", "leaky_relu", "elu", "gelu", "silu", "tanh", "sigmoid")
SETTINGS = {
    **{name: {"architecture": name} for name in registry.architectures.names()},
    **{name: {"architecture": {"name": "dense", "activation": name, "latent": 2}} for name in ACTIVATIONS},
    "one number": {"architecture": {"name": "dense", "latent": 1, "widths": [16]}},
    "1,024 numbers": {"architecture": {"name": "dense", "latent": 1024, "widths": [16], "output": "none"}},
    "standardised": {"architecture": {"name": "dense", "latent": 2, "output": "none"}},
    "not 28 x 28 between": {
        "architecture": {
            "name": "conv_upsample",
            "encoder": [{"channels": 3, "kernel": 5, "stride": 3, "padding": 0, "pool": 1}],
            "decoder": [
                {"channels": 5, "scale": 1.7, "kernel": 2, "padding": 1},
                {"channels": 1, "scale": 2.15, "kernel": 3, "padding": 0},
            ],
        }
    },
}


@pytest.fixture(scope="module")
def page(browser):
    """A tab with decoder.js and lab.js alone."""
    tab = browser.new_page()
    known = "Object.assign(globalThis, { readParcel: readTensors, ParcelDecoder: Decoder });"
    tab.add_script_tag(content=f"(() => {{ {code('decoder', 'lab')}; {known} }})()")
    yield tab
    tab.close()


def decoded(tab, parcel, codes):
    """(N, pixels): what the browser makes of them."""
    return np.array(tab.evaluate(DECODE, [base64.b64encode(parcel).decode(), codes.flatten(1).tolist()]))


def drawn(model, seed=0):
    return 2 * torch.randn(CODES, *model.latent_shape, generator=torch.Generator().manual_seed(seed))


def torch_s(model, codes, scaling, label):
    """(N, pixels): the model's own pictures; of a class, where it is told one."""
    context = torch.full((len(codes),), label) if hasattr(model, "classes") else None
    with torch.no_grad():
        return scaling.to_unit(model.decode(codes, context)).flatten(1).numpy()


def contrasting(model):
    """Initial weights draw grey on grey: made larger, so that a wrong picture is far off."""
    for parameter in model.parameters():
        parameter.data.mul_(3 if parameter.ndim > 1 else 1)
    return model.eval().requires_grad_(False)


def agrees(tab, model, scaling, label=0):
    parcel, codes = travelling(model, scaling, label), drawn(model)
    if parcel is None:
        return False
    wanted = torch_s(model, codes, scaling, label)
    found = decoded(tab, parcel, codes)
    assert wanted.std(1).min() > TOLERANCE
    assert np.abs(found - wanted).max() <= TOLERANCE
    return True


def test_the_browser_s_picture_is_torch_s_whatever_the_architecture(page):
    digits = registry.datasets.get("digits").info
    scaling = Scaling(78.6, 0.42)
    stayed = []
    for name, settings in SETTINGS.items():
        config = parse({"data": {"name": "digits"}, **settings})
        model = contrasting(build(config.architecture, digits, 0))
        if not agrees(page, model, scaling if name == "standardised" else PLAIN["unit"], label=7):
            stayed.append(name)
    assert stayed == ["vq"]


def test_so_it_is_of_every_trained_model_that_comes_with_the_app(page):
    stayed = [
        name
        for name, run in pretrained(fakes.GALLERY).items()
        if not agrees(page, weights(run), PLAIN["unit"], label=3)
    ]
    assert stayed == ["aedash-vq"]
