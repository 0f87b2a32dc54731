"""Pictures in colour: every figure takes (N, H, W, 3) where it takes (N, H, W), and loses no hue."""

import io
from base64 import b64decode

import numpy as np
import pytest
import torch
from PIL import Image

from aedash.data.pictures import channels_first, of_unit, painted
from aedash.events import Probes
from aedash.figures import atlas, board, compare, lambdas, noise, stills, sweep
from aedash.figures.grids import error_map, one_rgba, rgba, sheet
from aedash.figures.sweep import Group
from aedash.ui.explore.selection import laid_out

SIDE = 8
RED = np.zeros((3, SIDE, SIDE, 3), np.uint8)
RED[..., 0] = 200


def pixels(uri):
    return np.asarray(Image.open(io.BytesIO(b64decode(uri.partition(",")[2]))).convert("RGBA"))


def is_red(pixel):
    return pixel[0] > 150 > 60 > max(pixel[1], pixel[2])


ONE = [Group("a", "#000000", [])]
GRIDS = {
    "sheet": lambda: sheet([RED, RED]),
    "sheet beside errors": lambda: sheet([RED, error_map(np.zeros((3, SIDE, SIDE)))]),
    "rows of models": lambda: compare.image_rows(RED, [("one", "#000000", RED), ("two", "#000000", RED[:1])]).image,
    "contact sheet": lambda: compare.contact(RED, 3),
    "noise": lambda: noise.grid(RED, [("1", "", RED), ("2", "", None)]).image,
    "lambda": lambda: lambdas.pictures([], RED, None, []).image,
    "directions": lambda: lambdas.directions(ONE, RED[0], [(np.ones((SIDE, SIDE)), None)]).image,
    "sweep": lambda: sweep.rows(ONE, RED, lambda _: RED).image,
    "selection": lambda: sheet(laid_out(RED, 2)),
}


@pytest.mark.parametrize("name", GRIDS)
def test_a_grid_keeps_the_colour_of_its_first_tile(name):
    assert is_red(pixels(GRIDS[name]())[SIDE // 2, SIDE // 2])


def test_files_keep_it_too():
    for content in (atlas.webp(RED), stills.images(RED, ["three"])):
        picture = np.asarray(Image.open(io.BytesIO(content)).convert("RGB")).reshape(-1, 3).astype(int)
        assert is_red(picture[np.argmax(picture[:, 0] - picture[:, 1])])


def test_a_wrong_hue_is_an_error_though_it_is_as_bright():
    difference = np.zeros((1, 1, 2, 3))
    difference[0, 0, 0] = 0.3, -0.4, 0.0  # darker on the whole, and another hue
    difference[0, 0, 1] = 0.5, -0.5, 0.0  # as bright
    [[[first, second]]] = error_map(difference)
    assert first.tolist() == error_map(np.array([[[-np.sqrt(0.25 / 3)]]]))[0, 0, 0].tolist()
    assert second[3] == error_map(np.array([[[np.sqrt(0.5 / 3)]]]))[0, 0, 0, 3] > 0


def test_grey_pictures_of_three_columns_are_not_taken_for_colours():
    narrow = np.full((2, 5, 3), 9, np.uint8)
    assert rgba(narrow).shape == (2, 5, 3, 4)
    assert one_rgba(narrow[0, :, :2]).shape == (5, 2, 4)


def test_images_become_pictures_and_back():
    images = np.arange(2 * 3 * 4 * 5, dtype=np.uint8).reshape(2, 3, 4, 5)
    assert np.array_equal(channels_first(painted(images)), images)
    assert np.array_equal(channels_first(painted(images[:, :1])), images[:, :1])
    assert np.array_equal(painted(images[:, :2]), images[:, :2].mean(1).round())
    unit = torch.from_numpy(images).float() / 255
    assert np.array_equal(of_unit(unit), painted(images))
    assert of_unit(torch.tensor([[[float("nan"), 2.0, -1.0]]])).tolist() == [[0, 255, 0]]


def test_the_grid_of_a_run_shows_images_outputs_and_errors(colour_run):
    history = colour_run
    grid = board.reconstruction(history.probes.originals, None, history.snapshots[-1])
    shown = pixels(grid.image)[: history.probes.originals.shape[1], : history.probes.originals.shape[2], :3]
    assert np.array_equal(shown, history.probes.originals[0])
    assert pixels(board.samples(history.snapshots[-1]).image)[..., :3].std(-1).max() > 0


@pytest.fixture(scope="module")
def colour_run(tmp_path_factory):
    """The record of a run on images in colour, as its folder gives it back."""
    from aedash.history import History
    from aedash.store.folder import read_probes, read_snapshots, save_arrays
    from tests import fakes
    from tests.tinted import registered, tinted

    folder, history = tmp_path_factory.mktemp("run"), History()
    (folder / "snapshots").mkdir()
    with registered(tinted(60, 20, side=12)) as data:
        for event in fakes.fitted(fakes.config(data={"name": "tinted"}, epochs=1), data)[1]:
            history.append(event)
    save_arrays(folder / "probes.npz", history.probes)
    for snapshot in history.snapshots:
        save_arrays(folder / "snapshots" / f"{snapshot.step}.npz", snapshot)
    read = read_probes(folder)
    assert isinstance(read, Probes)
    history.probes, history.snapshots = read, read_snapshots(folder, read)
    assert history.snapshots
    return history
