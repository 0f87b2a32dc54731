"""Odd one out, in a real Chromium: what a threshold catches is what numpy counts, and each picture is of its kind."""

import numpy as np
import pytest

from aedash.ui.components.source import code

pytestmark = pytest.mark.browser

DRAW = np.random.default_rng(0)
ODD = DRAW.random(500) < 0.2
ERRORS = np.float32([DRAW.gamma(3, 0.01, 500) + 0.02 * ODD, DRAW.gamma(3, 0.01, 500)])
PLACES = np.sort(DRAW.permutation(500)[:200])
DATA = {
    "pack": "a",
    "atlas": {"name": "b", "columns": 14, "width": 28, "height": 28, "count": 200},
    "names": ["this model", "distance to the mean image"],
    "areas": [0.8, 0.5],
    "score": 0,
    "odd": "<4>",
    "threshold": None,
}
SHOW = """([data, odd, errors, places]) => {
    const tensors = { odd: { data: Uint8Array.from(odd) }, places: { data: Int32Array.from(places) } };
    tensors.errors = { shape: [errors.length, odd.length], data: Float32Array.from(errors.flat()) };
    aedashLab.tensors = async () => ({ tensors });
    aedashLab.address = (name) => `data:,${name}`;
    globalThis.told ??= [];
    globalThis.show = (more) => mount({
        parentElement: document.body,
        data: { ...data, ...more },
        setTriggerValue: (name, value) => told.push([name, value]),
    });
    show({});
}"""


@pytest.fixture
def page(browser):
    tab = browser.new_page(viewport={"width": 1200, "height": 700})
    tab.set_content('<div class="root"></div>')
    parts = code("lab", "odd_scores", "odd_draw", "odd").replace(
        "export default function", "globalThis.mount = function"
    )
    tab.add_script_tag(content=f"(() => {{ {parts} }})()")
    tab.evaluate(SHOW, [DATA, ODD.astype(int).tolist(), ERRORS.tolist(), PLACES.tolist()])
    tab.get_by_text("Caught: ").wait_for()
    yield tab
    tab.close()


def threshold(tab):
    return tab.evaluate("document.querySelector('.root').view.threshold")


def counted(tab):
    """(caught, missed, false alarms) as they stand in words."""
    words = [tab.locator(f".{row} p").inner_text() for row in ("caught", "missed", "alarms")]
    return [int(each.split(": ")[1].split(" of ")[0]) for each in words]


def expected(at, score=0):
    above = ERRORS[score] >= np.float32(at)
    return [(above & ODD).sum(), (~above & ODD).sum(), (above & ~ODD).sum()]


def places(tab, row):
    return [
        int(each) for each in tab.locator(f".{row} button:visible").evaluate_all("all => all.map(b => b.dataset.place)")
    ]


def test_one_in_twenty_of_the_others_is_a_false_alarm_at_first(page):
    assert counted(page) == expected(threshold(page))
    assert counted(page)[2] == (~ODD).sum() // 20
    assert page.get_by_text("<4>, never trained on").is_visible()


def test_wherever_the_threshold_stands_counts_and_pictures_are_right(page):
    slider = page.get_by_role("slider")
    for step in (0, 130, 400, 777, 1000):
        slider.fill(str(step))
        at = threshold(page)
        assert counted(page) == expected(at)
        for row, kind, above in (("caught", True, True), ("missed", True, False), ("alarms", False, True)):
            shown = places(page, row)
            near = [each for each in PLACES if ODD[each] == kind and (ERRORS[0][each] >= np.float32(at)) == above]
            near.sort(key=lambda place: abs(ERRORS[0][place] - at))
            assert shown == near[:24]


def test_keys_move_it_and_what_is_let_go_is_told_and_comes_back_without_a_jump(page):
    slider = page.get_by_role("slider")
    slider.focus()
    before = threshold(page)
    slider.press("ArrowRight")
    assert threshold(page) > before
    [[name, _]] = page.evaluate("told")
    assert name == "threshold"
    slider.press("ArrowRight")
    now = threshold(page)
    page.evaluate("() => show({ threshold: told.at(-1)[1] })")
    assert threshold(page) == now
    page.evaluate("show({ threshold: 0.05 })")  # a link's
    page.wait_for_function("document.querySelector('.root').view.threshold === 0.05")
    page.evaluate("show({ score: 1 })")
    page.wait_for_function("document.querySelector('.root').view.threshold !== 0.05")
    assert counted(page) == expected(threshold(page), 1)


def test_a_picture_that_is_touched_is_named_by_its_place(page):
    first = page.locator(".caught button").first
    first.click()
    assert page.evaluate("told.at(-1)") == ["pick", places(page, "caught")[0]]
    assert page.evaluate("aedashLab.last('hover')") == places(page, "caught")[0]
