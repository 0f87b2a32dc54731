"""A survey: each row is the image that its place names, whatever was left out."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors.numpy import load

from aedash.analysis import survey as surveys
from aedash.analysis.metrics import at_mean
from aedash.analysis.projection import codes
from aedash.analysis.survey import Survey, packed, recorded, survey
from aedash.data.image_data import Batch
from aedash.registry import Refused
from aedash.store.gallery import pretrained, read_history
from tests import fakes


def directly(trained, place):
    """(code, log variance, error) of one test image, asked by itself."""
    split = trained.data.test[slice(place, place + 1)]
    x = trained.scaling.to_model(split.images)
    batch = Batch(x, x, split.labels, torch.tensor([place]))
    made, code = at_mean(trained.model, batch)
    log_var = trained.model.encode(x, trained.model.context(batch)).log_var
    error = (trained.scaling.to_unit(made) - split.images / 255).square().mean()
    return code.flatten(), log_var, float(error)


@pytest.mark.parametrize("images", [1, 7, 100_000])
@pytest.mark.parametrize("kind", ["small", "variational"])
def test_each_row_is_what_the_model_makes_of_the_image_that_its_place_names(request, kind, images):
    trained = request.getfixturevalue(kind)
    seen = survey(trained, images)
    assert len(seen.places) == min(images, len(trained.data.test))
    assert (np.diff(seen.places) > 0).all()
    for row in {0, len(seen.places) // 2, len(seen.places) - 1}:
        code, log_var, error = directly(trained, int(seen.places[row]))
        assert seen.labels[row] == trained.data.test.labels[seen.places[row]]
        np.testing.assert_allclose(seen.codes[row], code, rtol=1e-4, atol=1e-5)
        assert seen.mse[row] == pytest.approx(error, rel=1e-4)
        if log_var is None:
            assert seen.log_var is None
        else:
            np.testing.assert_allclose(seen.log_var[row], log_var.flatten(), rtol=1e-4, atol=1e-5)


def test_a_place_leads_to_its_row_and_to_no_other(small):
    seen = survey(small, 50)
    for row, place in enumerate(seen.places):
        assert seen.row(int(place)) == row
    assert [seen.row(int(place) + 1) for place in seen.places[:-1]] == [None] * 49
    some = seen.only(np.array([30, 2, 11]))
    assert some.places.tolist() == seen.places[[2, 11, 30]].tolist()
    np.testing.assert_array_equal(some.codes, seen.codes[[2, 11, 30]])


def test_of_a_large_code_fewer_images_are_surveyed(small, monkeypatch):
    monkeypatch.setattr(surveys, "LARGEST", 4 * 25)
    seen = survey(small, 100)
    assert (len(seen.places), seen.codes.shape) == (25, (25, 4))
    assert seen.places[-1] > len(small.data.test) * 0.9  # still of the whole split


def test_codes_that_are_not_finite_are_refused(begun):
    trained = begun()
    trained.model.encoder[0].weight.data[0, 0] = torch.nan
    with pytest.raises(Refused, match="diverged"):
        survey(trained, 10)


def test_a_recorded_moment_has_the_codes_of_the_first_images_and_the_errors_of_the_grid():
    run = pretrained(fakes.GALLERY)["R2-contractive-5"]
    history = read_history(run.folder)
    probes, snapshot = history.probes, history.snapshots[-1]
    seen = recorded(probes, snapshot)
    np.testing.assert_array_equal(seen.codes, codes(snapshot).astype(np.float32))
    assert (seen.places.tolist(), seen.labels.tolist()) == (list(range(len(probes.labels))), probes.labels.tolist())
    assert set(np.flatnonzero(np.isfinite(seen.mse))) == set(probes.shown)
    np.testing.assert_array_equal(seen.mse[probes.shown], snapshot.mse)
    with pytest.raises(Refused, match="diverged"):
        recorded(probes, replace(snapshot, centre=np.full_like(snapshot.centre, np.nan)))


def test_the_pack_holds_the_same_numbers_and_leaves_large_codes_out(small):
    seen = survey(small, 40)
    told = load(packed(seen))
    assert told["places"].tolist() == seen.places.tolist()
    assert told["labels"].tolist() == seen.labels.tolist()
    np.testing.assert_array_equal(told["mse"], seen.mse)
    np.testing.assert_allclose(told["codes"], seen.codes, rtol=1e-3)
    wide = Survey(seen.places, seen.labels, np.zeros((40, 65), np.float32), None, seen.mse)
    assert "codes" not in load(packed(wide))


def test_a_code_beyond_half_precision_travels_in_single(small):
    seen = survey(small, 5)
    far = Survey(seen.places, seen.labels, seen.codes * 1e6, None, seen.mse)
    np.testing.assert_array_equal(load(packed(far))["codes"], far.codes)
