"""Images in colour, and of other sizes: every architecture takes three channels, and says which sizes fit it."""

from math import isfinite

import pytest
import torch
from torch import nn

from aedash import registry
from aedash.config import parse, vary
from aedash.data.image_data import Batch
from aedash.events import EpochEnd
from aedash.models import build, trial
from aedash.models.base import parameters
from aedash.presets.base import preset
from aedash.registry import Refused
from tests import fakes
from tests.tinted import registered, tinted

NAMES = registry.architectures.names()
CONVOLUTIONAL = ("conv_transpose", "conv_upsample", "conv_vae", "vq")
THREE = {"channels": 3}


@pytest.fixture(scope="module")
def colours():
    with registered(tinted(80, 20, side=20)) as data:
        yield data


@pytest.mark.parametrize("name", NAMES)
def test_every_architecture_learns_images_in_colour(colours, name):
    config = fakes.config(data={"name": "tinted"}, architecture=name, epochs=2, optimizer={"batch_size": 20})
    state, events = fakes.fitted(config, colours)
    first, last = fakes.only(EpochEnd, events)
    assert isfinite(last.figures.loss)
    assert last.figures.loss < first.figures.loss or name == "pca"
    x = colours.test.images.float() / 255
    model = state.model.eval()
    with torch.no_grad():
        assert model.decode(model.encode(x).mean).shape == x.shape


def test_every_preset_takes_colour_with_the_config_that_grey_images_have(colours):
    """But for one whose enlargements, times 2.5 and twice 2, make 28 pixels of nothing but 28."""
    refused, large = [], tinted(10, 5, side=32).info
    for name in registry.presets.names():
        config = vary(preset(name).config, "data.name", "tinted")
        assert config.architecture == preset(name).config.architecture
        try:
            trial(config.architecture, large)
        except Refused:
            refused.append(name)
    assert refused == ["R4-conv"]


@pytest.mark.parametrize("name", ["conv_transpose", "conv_upsample"])
def test_a_last_layer_of_one_channel_makes_as_many_as_the_image_has(colours, digits, name):
    config = parse({"architecture": name}).architecture
    grey, coloured = (build(config, data.info, 0) for data in (digits, colours))
    assert parameters(grey) < parameters(coloured)
    for model, data in ((grey, digits), (coloured, colours)):
        x = data.test.images[:5].float() / 255
        torch.testing.assert_close(nn.Sequential(*model.decoder)(model.encode(x).mean), model(_batch(x)).reconstruction)
    named = config.model_copy(update={"decoder": (*config.decoder[:-1], config.decoder[-1].model_copy(update=THREE))})
    assert build(named, colours.info, 0).decoder[-2].out_channels == 3
    with pytest.raises(Refused, match="makes 3 x 28 x 28; it must make the image's 1 x 28 x 28"):
        build(named, digits.info, 0)


def _batch(x):
    return Batch(x, x, torch.zeros(len(x), dtype=torch.long), torch.arange(len(x)))


@pytest.mark.parametrize("name", CONVOLUTIONAL)
def test_a_size_that_does_not_come_back_is_refused_with_sizes_that_do(name):
    odd = tinted(10, 5, side=30).info
    config = parse({"architecture": name}).architecture
    with pytest.raises(Refused, match="These layers fit images with a side of 24, 28 or 32 pixels") as refused:
        build(config, odd, 0)
    assert refused.value.field.startswith("architecture")
    for side in (24, 28, 32):
        build(config, tinted(10, 5, side).info, 0)
