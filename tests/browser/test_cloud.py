"""Explore's map in a real Chromium: the dot under the pointer shows the right image, whatever was done to the map."""

import os
import re
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import expect

from aedash import registry
from aedash.analysis.spectrum import spectrum
from aedash.analysis.survey import survey
from aedash.analysis.trained import trained
from aedash.settings import Settings
from aedash.store.gallery import pretrained
from aedash.ui.components.source import code
from aedash.ui.explore import lasso
from tests.browser.visitor import at_rest, awaited, places

pytestmark = pytest.mark.browser

ROOT = Path(os.environ.get("AEDASH_DATA_DIR", "nowhere"))
SETTINGS = {"AEDASH_DATA_DIR": str(ROOT)}
MAP = ".st-key-explore-map-code"
PROBED = 7
SEEN = """node => {
  const pen = node.getContext("2d"), side = node.width / 28;
  return Array.from({ length: 784 }, (_, i) =>
    pen.getImageData((i % 28 + 0.5) * side, (Math.floor(i / 28) + 0.5) * side, 1, 1).data[0]);
}"""


@pytest.fixture(scope="module")
def model(require):
    """A model of the gallery with its run, asked in the test's own process."""
    require("mnist", registry.datasets.get("mnist").present(ROOT), "MNIST is not in the data root (AEDASH_DATA_DIR)")
    run = pretrained(Settings().gallery_dir)["R0-simple"]
    return run, trained(run, ROOT)


@pytest.fixture
def tab(open_tab, address, model):
    page = open_tab(f"{address}/explore?run={model[0].id}&view-points=700", reduced_motion="reduce")
    await_map(page, "pca", 700)
    return page


def await_map(tab, name, count):
    """Wait until the map of that name shows so many images, with their pictures."""
    tab.locator(f"{MAP} .over").wait_for()
    tab.wait_for_function(
        """([where, name, count]) => {
            const hosts = [...document.querySelectorAll(`${where} *`)].filter(node => node.shadowRoot);
            const view = hosts.map(host => host.shadowRoot.querySelector('.root')?.view).find(Boolean);
            return view?.data?.map === name && view.places.length === count && view.atlas?.picture.naturalWidth > 0;
        }""",
        arg=[MAP, name, count],
    )
    at_rest(tab)


def view(tab, what):
    """A value of the map's view."""
    return tab.locator(f"{MAP} .root").evaluate(f"node => {{ const view = node.view; return {what}; }}")


def at(tab, row):
    """The place on screen of a row of the map."""
    box = "node.querySelector('.over').getBoundingClientRect()"
    return tuple(view(tab, f"[{box}.x + view.across[{row}], {box}.y + view.down[{row}]]"))


def alone(tab):
    """Rows that can be hovered without another nearer, spread over all."""
    found = view(
        tab,
        "[...view.across.keys()].filter(i => view.dotAt(view.across[i], view.down[i]) === i && "
        "(!view.data.pictures || view.shownPictures.has(i)) && (view.choice.class === null || view.chosen[i]))",
    )
    return found[:: max(1, len(found) // PROBED)][:PROBED]


def probe(tab, images, points, numbers):
    """Hover some dots: each must name an image, show it, and lie where that image's code lies. numbers: of the
    images, by row. Returns those that were hovered.
    """
    where, named = [], []
    tip = tab.locator(f"{MAP} .tip")
    for row in alone(tab):
        x, y = at(tab, row)
        tab.mouse.move(x, y)
        expect(tip).to_have_text(re.compile(rf"test image {numbers[row]}\b"))
        place = int(re.search(r"test image (\d+)", tip.inner_text())[1])
        nearest = lambda: np.square(images - np.array(tip.locator("canvas").evaluate(SEEN))).sum(1).argmin()  # noqa: E731
        awaited(tab, nearest, lambda found, place=place: found == place)
        where.append((x, y))
        named.append(place)
    rows = np.searchsorted(numbers, named)
    line = np.c_[points[rows], np.ones(len(rows))]
    fit, *_ = np.linalg.lstsq(line, np.array(where), rcond=None)
    assert np.abs(line @ fit - where).max() < 1.5
    return named


def choose(tab, label, option):
    tab.locator(".st-key-explore_map_row").get_by_role("combobox", name=label).click()
    tab.get_by_role("option", name=option, exact=True).click()


def test_the_dot_under_the_pointer_shows_the_right_image_whatever_is_changed(tab, model):
    asked = model[1]
    images = asked.data.test.images[:, 0].numpy().reshape(-1, 784).astype(float)
    few, many = survey(asked, 700), survey(asked, 2000)
    main = spectrum(few.codes)
    probe(tab, images, (few.codes - main.centre) @ main.axes[:2].T, few.places)
    choose(tab, "Colour", "by error")
    choose(tab, "Projection", "Units")
    first, second = np.argsort(-few.codes.var(0), kind="stable")[:2]
    await_map(tab, f"units-{first + 1}-{second + 1}", 700)
    probe(tab, images, few.codes[:, [first, second]], few.places)
    tab.get_by_role("radio", name="2,000").click()
    first, second = np.argsort(-many.codes.var(0), kind="stable")[:2]
    await_map(tab, f"units-{first + 1}-{second + 1}", 2000)
    probe(tab, images, many.codes[:, [first, second]], many.places)
    tab.locator(f"{MAP} .legend button", has_text="3").click()
    main = spectrum(many.codes)
    choose(tab, "Projection", "PCA 3-D")
    await_map(tab, "pca3", 2000)
    for key in ("Shift+ArrowRight", "+", "Control+Shift+ArrowUp", "-"):
        tab.locator(f"{MAP} .over").press(key)
    at_rest(tab)
    probe(tab, images, (many.codes - main.centre) @ main.axes[:3].T, many.places)
    tab.get_by_role("radio", name="pictures").click()
    choose(tab, "Projection", "PCA")
    await_map(tab, "pca", 2000)
    tab.wait_for_function("location.search.includes('view-class=3') && location.search.includes('view-dots=pictures')")
    at_rest(tab)
    named = probe(tab, images, (many.codes - main.centre) @ main.axes[:2].T, many.places)
    assert set(many.labels[np.searchsorted(many.places, named)]) == {3}
    tab.mouse.click(*at(tab, int(np.searchsorted(many.places, named[1]))))
    tab.wait_for_url(f"**view-image={named[1]}**")


def test_a_lasso_stands_in_the_address_and_a_link_chooses_the_same(tab, model, open_tab):
    [box] = places(tab, f"{MAP} .over")
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    tab.keyboard.down("Shift")
    tab.mouse.move(middle[0] - 70, middle[1] - 60)
    tab.mouse.down()
    for x, y in ((20, -80), (60, 10), (0, -10), (-50, 50), (-70, -60)):
        tab.mouse.move(middle[0] + x, middle[1] + y, steps=12)
    tab.mouse.up()
    tab.keyboard.up("Shift")
    tab.wait_for_url("**view-lasso=**")
    chosen = "[...view.places].filter((_, row) => view.chosen?.[row])"
    at_rest(tab)
    drawn, told = view(tab, f"[{chosen}, view.choice.lasso]")
    few = survey(model[1], 700)
    main = spectrum(few.codes)
    told = lasso.read(told)
    assert len(told.corners) <= lasso.MOST_CORNERS
    assert few.places[lasso.enclosed(told, (few.codes - main.centre) @ main.axes[:2].T)].tolist() == drawn
    assert 10 < len(drawn) < 600
    other = open_tab(tab.url)
    await_map(other, "pca", 700)
    awaited(other, lambda: view(other, chosen), lambda found: found == drawn)
    canvas = other.locator(f"{MAP} .over")
    for key in ("l", "Shift+ArrowRight", "Enter", "Shift+ArrowDown", "Enter", "Shift+ArrowLeft", "l"):
        canvas.press(key)
    awaited(other, lambda: len(view(other, chosen)), lambda found: 0 < found < len(drawn))
    canvas.press("Escape")
    other.wait_for_function("!location.search.includes('view-lasso')")
    at_rest(other)
    canvas.press("ArrowRight")
    place = awaited(other, lambda: view(other, "view.places[view.hovered] ?? null"), lambda found: found is not None)
    canvas.press("Enter")
    other.wait_for_url(f"**view-image={place}**")


@pytest.mark.parametrize("corners", [3, 5, 24])
def test_the_browser_and_the_server_enclose_the_same(open_tab, corners):
    blank = open_tab("about:blank")
    names = ("scatter_view", "cloud_view", "cloud_lasso")
    generator = np.random.default_rng(corners)
    polygon, points = generator.normal(size=(corners, 2)), generator.normal(size=(400, 3))
    drawn = lasso.Lasso("pca3", (40.0, -25.0), tuple(map(tuple, polygon.tolist())))
    found = blank.evaluate(
        f"""([corners, points, turn]) => {{ {code(*names)}
            const rows = turning(turn);
            const along = (point, row) => point.reduce((sum, value, k) => sum + rows[row + k] * value, 0);
            return points.map(point => isInside(corners, along(point, 0), along(point, 3)));
        }}""",
        [polygon.tolist(), points.tolist(), list(drawn.turn)],
    )
    assert found == lasso.enclosed(drawn, points).tolist()
    assert 0 < sum(found) < 400


def test_pictures_do_not_overlap_and_a_long_path_has_few_corners(open_tab):
    blank = open_tab("about:blank")
    generator = np.random.default_rng(0)
    points = (generator.normal(size=(3000, 2)) * 120).tolist()
    kept, path = blank.evaluate(
        f"""points => {{ {code("scatter_view", "cloud_view", "cloud_lasso")}
            const [across, down] = [0, 1].map(axis => points.map(point => point[axis]));
            return [thinned([...points.keys()], across, down, 28), simplified(points.slice(0, 300))];
        }}""",
        points,
    )
    gaps = np.abs(np.array(points)[kept][:, None] - np.array(points)[kept][None]).max(2)
    assert (gaps + 99 * np.eye(len(kept))).min() >= 28
    left_out = np.setdiff1d(np.arange(3000), kept)
    assert (np.abs(np.array(points)[left_out][:, None] - np.array(points)[kept][None]).max(2).min(1) < 28).all()
    assert len(path) == 24
    assert all(corner in points for corner in path)


def test_a_code_lies_amid_the_nearest_codes(open_tab):
    blank = open_tab("about:blank")
    codes = np.random.default_rng(0).normal(size=(300, 6))
    found = blank.evaluate(
        f"""([codes, code]) => {{ {code("scatter_view", "cloud_view")}
            const near = nearestRows(codes, code, 5);
            return [near.map(({{ row }}) => row), amid([[...Array(300).keys()]], near)[0]];
        }}""",
        [codes.flatten().tolist(), codes[7].tolist()],
    )
    assert found[0] == np.square(codes - codes[7]).sum(1).argsort()[:5].tolist()
    assert found[1] == pytest.approx(7)
