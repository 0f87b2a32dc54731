"""A specimen is the model's own answer: its code, output and neighbours, checked against what torch and scipy say."""

from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.spatial.distance import cdist

from aedash.analysis.projection import codes
from aedash.analysis.specimen import Touched, asked, recorded, sample_codes, there
from aedash.analysis.trained import weights
from aedash.data.image_data import Unavailable
from aedash.registry import Refused
from aedash.store.gallery import pretrained, read_history
from tests import fakes

NOWHERE = Path("no such folder")
OTHER = 77  # a dot that is none of the ten images of the grid


@pytest.fixture(scope="session")
def model():
    """model(preset): run, history and random codes of a model of the gallery."""

    def known(name):
        run = pretrained(fakes.GALLERY)[name]
        history = read_history(run.folder)
        return run, history, sample_codes(run.config.seed, len(history.snapshots[-1].centre))

    return known


def encoded(run, probes):
    """(N, latent) by the weights alone, and the model."""
    net = weights(run)
    with torch.no_grad():
        return net.encode(torch.from_numpy(probes.images[:, None]) / 255).mean, net


def by_weights(run, history, drawn, touched):
    return asked(run, touched, history.probes, drawn, NOWHERE)


def test_an_image_is_coded_decoded_and_measured_without_its_data_set(model):
    run, history, drawn = model("R0-simple")
    own = by_weights(run, history, drawn, Touched("dot", OTHER))
    z, net = encoded(run, history.probes)
    made = net.decode(z[OTHER : OTHER + 1])[0, 0].numpy()
    np.testing.assert_allclose(own.code, z[OTHER], atol=1e-5)
    assert own.mse == pytest.approx(np.square(made - history.probes.images[OTHER] / 255).mean(), rel=1e-4)
    assert np.abs(own.output - 255 * made).max() <= 0.51
    assert own.label == history.probes.labels[OTHER]
    assert own.reach == pytest.approx(z.abs().max().item(), rel=1e-5)
    assert own.in_use.all()


def test_the_nearest_are_those_of_all_distances(model):
    run, history, drawn = model("R0-simple")
    z = encoded(run, history.probes)[0].numpy()
    for touched, code in ((Touched("dot", OTHER), z[OTHER]), (Touched("sample", 4), drawn[4])):
        found = by_weights(run, history, drawn, touched).nearest
        distances = cdist(code[None], z)[0]
        order = [i for i in np.argsort(distances) if touched.kind == "sample" or i != OTHER][:5]
        assert [one.place for one in found] == order
        np.testing.assert_allclose([one.distance for one in found], distances[order], rtol=1e-4)
        assert [one.label for one in found] == history.probes.labels[order].tolist()


def test_a_sample_is_the_random_code_that_the_run_decoded(model):
    run, history, drawn = model("R0-vae-meant")
    for own in (
        by_weights(run, history, drawn, Touched("sample", 30)),
        recorded(Touched("sample", 30), history.probes, history.snapshots[-1], drawn),
    ):
        assert np.abs(own.output.astype(int) - history.snapshots[-1].samples[30]).max() <= 2  # weights are halved
        assert np.array_equal(own.code, drawn[30])
        assert own.image is None
        assert own.mse is None


def test_the_record_shows_what_it_kept_of_its_moment(model):
    _, history, drawn = model("R0-vae-meant")
    first, last = history.snapshots[0], history.snapshots[-1]
    dot = int(history.probes.shown[3])
    for snapshot in (first, last):
        own = recorded(Touched("dot", dot), history.probes, snapshot, drawn)
        assert np.array_equal(own.output, snapshot.reconstructions[3])
        assert own.mse == pytest.approx(float(snapshot.mse[3]))
        np.testing.assert_array_equal(own.code, codes(snapshot)[dot])
    assert recorded(Touched("dot", OTHER), history.probes, last, drawn).output is None


def test_a_collapsed_code_has_no_unit_in_use(model):
    run, history, drawn = model("R0-vae")
    assert not by_weights(run, history, drawn, Touched("dot", OTHER)).in_use.any()


def test_a_denoiser_is_given_the_noise_of_the_grid(model):
    run, history, drawn = model("R4-denoising-meant")
    own = by_weights(run, history, drawn, Touched("dot", int(history.probes.shown[2])))
    assert np.array_equal(own.input, history.probes.inputs[2])
    assert own.mse == pytest.approx(float(history.snapshots[-1].mse[2]), rel=0.01)


def test_words_make_the_output(model):
    run, history, drawn = model("aedash-vq")
    own = by_weights(run, history, drawn, Touched("dot", OTHER))
    net = weights(run)
    with torch.no_grad():
        made = net.decoder(net.written(torch.from_numpy(own.words)[None]))[0, 0]
    assert np.abs(own.output - 255 * made.clamp(0, 1).numpy()).max() <= 0.51


def test_what_cannot_be_had_is_refused(model, tmp_path):
    run, history, drawn = model("R2-denoising")
    with pytest.raises(Unavailable):
        asked(run, Touched("dot", 0), history.probes, drawn, tmp_path)  # its scaling is of the whole training set
    run, history, _ = model("R0-simple")
    with pytest.raises(Refused, match="device"):
        asked(run, Touched("sample", 0), history.probes, None, tmp_path)
    assert sample_codes(0, 4, "cuda:99") is None
    assert there(Touched("dot", 499), history.probes, history.snapshots[-1])
    assert not there(Touched("dot", 500), history.probes, history.snapshots[-1])
    assert not there(Touched("sample", 45), history.probes, history.snapshots[-1])


@pytest.mark.parametrize("text", ["", "dot", "dot-", "dot--1", "dot-01", "dot-12345", "samples-1", "dot-1 ", "dot-1\n"])
def test_only_what_is_written_so_is_read(text):
    with pytest.raises(ValueError, match=r".*"):
        Touched.read(text)
    assert str(Touched.read("sample-7")) == "sample-7"
