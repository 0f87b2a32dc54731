"""What stands beside models: the same images, PCA's code probed, curves of codecs."""

import numpy as np

from aedash.analysis.compression import CODED
from aedash.analysis.probing import probe
from aedash.analysis.quality import pictures
from aedash.analysis.snapshots import MAP_POINTS, one_of_each
from aedash.analysis.versus import codec_rates, faces, pca_probe, shown


def test_the_same_images_go_through_any_model(small):
    originals, made = shown(small, 12)
    assert originals.shape == made.shape == (12, *small.data.info.shape[1:])
    where = one_of_each(small.data.test.labels[:MAP_POINTS], 12)
    assert len(set(small.data.test.labels[where[:10]].tolist())) == 10
    assert np.array_equal(originals, small.data.test.images[where].squeeze(1).numpy())
    assert not np.array_equal(originals, made)


def test_faces_are_among_the_images_of_the_duel(small):
    where, images = faces(small, 10)
    assert len(set(where)) == len(images) == 10
    assert max(where) < CODED
    assert np.array_equal(images, pictures(small.scaling.to_unit(small.spread(CODED).target))[where])


def test_pca_codes_are_probed_like_a_models(small):
    linear, own = pca_probe(small, 200, 300), probe(small, 200, 300)
    assert (linear.fitted, linear.tested) == (own.fitted, own.tested)
    assert 0.3 < linear.nearest <= 1


def test_codecs_get_better_with_their_bytes(small):
    for name in ("JPEG", "WebP"):
        rates = codec_rates(small, name)
        assert rates[0].bytes < rates[-1].bytes
        assert rates[0].mse > rates[-1].mse
