"""What moves a picture most, and that an edited code is decoded as what it is."""

import numpy as np

from aedash.analysis.editing import around, redrawn, strongest
from aedash.analysis.firing import firing
from aedash.analysis.quality import pictures, restored
from aedash.analysis.survey import survey


def test_sliders_are_sorted_by_effect_and_dead_units_have_none(learnt):
    trained = learnt(architecture={"name": "dense", "widths": [16], "latent": 9})
    trained.model.encoder[-1].weight[2] = trained.model.encoder[-1].bias[2] = 0
    seen = survey(trained, 100)
    found = strongest(trained, seen, firing(seen.codes))
    assert len(found.units) == 7
    assert 2 not in found.units
    assert (np.diff(found.pixels) <= 0).all()


def test_an_image_s_place_has_its_pictures_and_edits_move_it(begun):
    trained = begun(architecture="conv_vae")  # with its own pool indices
    seen = survey(trained, 100)
    most = strongest(trained, seen, firing(seen.codes, seen.log_var))
    place = int(seen.places[4])
    here = around(trained, seen, most, place)
    rebuilt = pictures(restored(trained, trained.batch(1, place)))[0]
    assert np.array_equal(here.own[0], trained.data.test.images[place, 0])
    assert np.abs(here.own[1].astype(int) - rebuilt).max() <= 1
    assert np.array_equal(redrawn(trained, here, {}, {})[0], here.own[1])
    assert here.ends.shape == (len(most.units), 2, 28, 28)
    unit, low = int(most.units[0]), float(most.low[0])
    assert np.array_equal(redrawn(trained, here, {}, {unit: low})[0], here.ends[0, 0])
    assert np.array_equal(redrawn(trained, here, {0: 2.0}, {})[0], here.found.rows[0, -1])


def test_a_dead_code_has_no_sliders_and_no_directions_and_says_so(learnt):
    trained = learnt()
    trained.model.encoder[-1].weight[:] = 0
    seen = survey(trained, 50)
    most = strongest(trained, seen, firing(seen.codes))
    here = around(trained, seen, most, 3)
    assert len(most.units) == len(here.ends) == 0
    assert here.found is None
    assert "change nothing in the picture" in here.why
