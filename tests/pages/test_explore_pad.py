"""The pad of Explore: its plane, what lies behind it, what stands in the address, and models that cannot travel."""

from base64 import b64decode

import numpy as np
import pytest

from aedash.config import vary_all
from aedash.presets.base import preset
from aedash.ui.components.pad import FILM
from aedash.ui.desk.manager import manager
from aedash.ui.desk.parcels import parcels
from tests import fakes
from tests.pages.conftest import SMALL
from tests.pages.test_explore import settled as once


@pytest.fixture
def trained(house):
    """trained(*changes, base): id of a finished run on digits."""

    def run(*changes, base="R0-simple"):
        small = SMALL if base == "R0-simple" else [SMALL[0], SMALL[-1]]
        made = manager().submit(vary_all(preset(base).config, [*small, *changes]))
        fakes.over(manager(), made)
        return made

    return run


def settled(tab):
    """Until nothing is waited for: codes, plane and stretch are asked for one after another."""
    for _ in range(8):
        once(tab)
        if not tab.live("live"):
            break
    return tab


def pad(tab):
    (drawn,) = tab.live("pad")
    return drawn


def test_the_plane_leads_through_the_chosen_image_and_its_decoder_travels(open_page, trained):
    drawn = pad(tab := settled(open_page("explore", run=trained(), **{"view-image": "5"})))
    assert [mark["place"] for mark in drawn["marks"]] == [5]
    assert drawn["marks"][0]["at"] == pytest.approx([0, 0], abs=1e-4)
    assert len(parcels.get(drawn["decoder"]).content) < 2 * (4 * 16 + 16 + 16 * 784 + 784) + 2000
    assert drawn["spotPicture"] is None
    assert not tab.problem


def test_what_is_asked_of_the_pad_stands_in_the_address_and_comes_back(open_page, trained):
    asked = {
        "view-spot": "0.5,-1",
        "view-anchors": "0,0~1,2",
        "view-behind": "stretch",
        "view-way": "spherical",
    }
    drawn = pad(tab := settled(open_page("explore", run=trained(), **asked)))
    assert (drawn["spot"], drawn["anchors"]) == ([0.5, -1], [[0, 0], [1, 2]])
    assert (drawn["behind"], drawn["way"]) == ("stretch", "spherical")
    assert drawn["fields"]["stretch"]["high"] > drawn["fields"]["stretch"]["low"]
    assert {name: tab.query[name] for name in asked} == {name: [text] for name, text in asked.items()}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("view-spot", "1"),
        ("view-spot", "nan,0"),
        ("view-spot", "1e30,0"),
        ("view-anchors", "~".join(["0,0"] * 9)),
        ("view-behind", "<b>"),
        ("view-way", "back"),
        ("view-plane", "4"),
    ],
)
def test_nonsense_in_a_link_is_left_out_in_one_sentence(open_page, trained, name, value):
    tab = settled(open_page("explore", run=trained(), **{name: value}))
    assert tab.problem == f"The link's {name.removeprefix('view-')} could not be read and was left out."
    assert pad(tab)["decoder"]


def test_planes_of_units_and_of_images_and_numbers_out_of_bounds(open_page, trained):
    run = trained()
    tab = settled(open_page("explore", run=run, **{"view-plane": "units", "view-plane-1": "2", "view-plane-2": "4"}))
    across, up = (np.frombuffer(b64decode(pad(tab)[name]), "<f4") for name in ("across", "up"))
    assert across.tolist() == [0, 1, 0, 0]
    assert up.tolist() == [0, 0, 0, 1]
    tab.type("Unit up", 5)
    assert tab.problem == "Unit up must be 1 to 4; got 5."
    assert not tab.live("pad")
    assert tab.live("units")
    tab = settled(open_page("explore", run=run, **{"view-plane": "images", "view-plane-1": "7", "view-plane-2": "9"}))
    assert [mark["place"] for mark in pad(tab)["marks"]] == [0, 7, 9]
    assert pad(tab)["marks"][1]["at"][1] == pytest.approx(0, abs=1e-4)
    settled(tab).type("Test image up", 5000)
    assert settled(tab).problem == "Test image up must be 0 to 359; got 5000."


@pytest.mark.parametrize("latent", [1, 2, 1024])
def test_codes_of_one_number_of_two_and_of_a_thousand(open_page, trained, latent):
    tab = settled(open_page("explore", run=trained(("architecture.latent", latent)), **{"view-behind": "stretch"}))
    drawn = pad(tab)
    assert drawn["flat"] == (latent == 1)
    assert len(b64decode(drawn["origin"])) == 4 * latent
    assert (drawn["marks"][0]["at"] == [0, 0]) == (latent > 2)
    assert drawn["fields"]["stretch"]
    assert not tab.problem


def test_a_model_that_cannot_travel_is_decoded_by_the_server_and_says_so(open_page, trained):
    asked = {"view-anchors": "0,0~1,1", "view-behind": "pictures"}
    tab = settled(open_page("explore", run=trained(base="aedash-vq"), **asked))
    drawn = pad(tab)
    assert drawn["decoder"] == ""
    assert drawn["note"].startswith("Decoded by the server, when the pointer rests: Its decoder is no list")
    assert len(b64decode(drawn["spotPicture"])) == 784
    assert len(b64decode(drawn["film"])) == FILM * 784
    assert len(b64decode(drawn["lattice"]["packed"])) == 64 * 784
    assert b64decode(drawn["film"])[:784] == b64decode(drawn["spotPicture"])


def test_what_the_decoder_gets_beside_the_code_is_told(open_page, trained, digits):
    told = trained(base="aedash-conditional")
    tab = settled(open_page("explore", run=told, **{"view-image": "3"}))
    assert pad(tab)["note"] == f"Drawn as class {int(digits.test.labels[3])}, that of test image 3."
    leaky = trained(base="R4-conv-vae")
    assert pad(settled(open_page("explore", run=leaky)))["note"] == (
        "The code alone draws here, without where each maximum of its pools was."
    )


def test_a_moment_that_one_travelled_to_is_decoded_by_the_best_weights_and_says_so(open_page, trained):
    drawn = pad(tab := settled(open_page("explore", run=trained(), **{"view-at": "0"})))
    assert drawn["note"] == "By the best weights, whichever moment the map shows."
    assert (drawn["pack"], drawn["atlas"]) == (None, None)
    assert not tab.problem


def test_without_finite_codes_a_sentence_stands_in_its_place(open_page, house):
    run = manager().submit(fakes.config(**fakes.FRAGILE, optimizer={"learning_rate": 10.0, "batch_size": 64}))
    fakes.over(manager(), run)
    tab = settled(open_page("explore", run=run))
    assert not tab.live("pad")
