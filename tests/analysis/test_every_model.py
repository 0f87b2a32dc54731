"""The contract of the analyses: each of them takes every registered architecture."""

from dataclasses import replace

import numpy as np
import pytest

from aedash import registry
from aedash.analysis import noise
from aedash.analysis.between import means, summed, way
from aedash.analysis.checkerboard import error_phases, untrained
from aedash.analysis.compression import decoder_bytes, quantised
from aedash.analysis.jacobian import directions, sensitivity, spectrum
from aedash.analysis.latent import units
from aedash.analysis.neighbourhood import inspected, middle
from aedash.analysis.odd import odd_one_out
from aedash.analysis.own_image import own, typical
from aedash.analysis.plane import Cloud, drawn, ground, pictures, principal_axes, spanned, stretch
from aedash.analysis.probing import probe
from aedash.analysis.quality import pca, quality
from aedash.analysis.robustness import code_shift
from aedash.analysis.survey import survey
from aedash.config import vary
from aedash.data.corruption import GaussianCorruption
from aedash.models import build
from tests import fakes
from tests.analysis.conftest import asked
from tests.tinted import registered, tinted

NOISE = GaussianCorruption(sigma=0.3)


def class_step(trained):
    found = means(trained, 200)
    return found.codes[1] - found.codes[0], found.images[1] - found.images[0]


def without_three(trained):
    return replace(trained, config=vary(trained.config, "data.without", 3), data=trained.data.without(3))


ANALYSES = {
    "units": lambda t: units(t, 12).deviation,
    "quality": lambda t: quality(t, 12).quality.mse,
    "pca": lambda t: (found := pca(t, 12)) and found.quality.mse,
    "noise": lambda t: noise.through(t, [NOISE])[0].mse,
    "code shift": lambda t: code_shift(t, NOISE, 12),
    "spectrum": lambda t: spectrum(t, 2).values,
    "directions": lambda t: directions(t, 1).most_values,
    "sensitivity": lambda t: sensitivity(t, 12).norm,
    "probe": lambda t: probe(t, 12, 40).linear,
    "odd one out": lambda t: [score.auc for score in odd_one_out(without_three(t)).scores],
    "quantised": lambda t: quantised(t, 4, 12).quality.mse,
    "decoder": decoder_bytes,
    "error": lambda t: error_phases(t, 12).values,
    "image": lambda t: inspected(t, survey(t, 12), 0).own.mse,
    "middle": lambda t: middle(t, survey(t, 12), np.arange(5)).decoded,
    "own image": lambda t: own(t, t.data.test.images[3, 0].numpy()).code,
    "usual distances": lambda t: typical(t, 12).output,
    "sums": lambda t: summed(t, 3, *class_step(t), (0.0, 1.0), None)["code"].pictures,
    "way": lambda t: way(t, 3, 4, None)["code"].off,
    "plane": lambda t: ground(_plane(t), Cloud(drawn(survey(t, 40)))).density,
    "pictures": lambda t: pictures(t, _plane(t).codes(np.zeros((2, 2)))),
    "stretch": lambda t: np.exp(stretch(t, _plane(t))),
    "untrained": lambda t: untrained(t.config.architecture, t.data.info).picture,
}


def _plane(t):
    codes = survey(t, 40).codes
    return spanned(codes[0], principal_axes(codes), codes)


@pytest.fixture(scope="module", params=registry.architectures.names())
def trained(request, begun):
    return begun(architecture=request.param)


@pytest.mark.parametrize("name", ANALYSES)
def test_every_analysis_takes_every_model_and_gives_the_same_again(name, trained):
    found = ANALYSES[name](trained)
    assert found is None or np.isfinite(found).all()
    assert found is None or np.array_equal(found, ANALYSES[name](trained))
    assert not trained.model.training


@pytest.fixture(scope="module")
def coloured():
    with registered(tinted(120, 60, side=20)) as data:
        config = fakes.config(data={"name": "tinted"}, architecture="conv_upsample")
        yield asked(config, build(config.architecture, data.info, 0), data)


@pytest.mark.parametrize("name", ANALYSES)
def test_every_analysis_takes_images_in_colour(name, coloured):
    found = ANALYSES[name](coloured)
    assert found is None or np.isfinite(found).all()
