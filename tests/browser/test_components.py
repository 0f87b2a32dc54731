"""The live components in a real Chromium: what the reader did survives the ticks, and nothing flickers."""

import itertools
import json
import re
from math import inf, isfinite, nan

import numpy as np
import pytest
from playwright.sync_api import expect

from aedash.formatting import number
from aedash.ui.components.source import code
from tests.browser.serving import ROOT
from tests.browser.visitor import PHONE, at_rest, awaited, lasting, places

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def address(tmp_path_factory, serve, browser):
    """Serve the demo app beside links to the real theme and fonts, and stop it afterwards."""
    home = tmp_path_factory.mktemp("app")
    (home / "app.py").symlink_to(ROOT / "tests/browser/components_app.py")
    for folder in ("static", ".streamlit"):
        (home / folder).symlink_to(ROOT / folder)
    if browser is None:
        yield ""
        return
    with serve(home / "app.py", home / "log.txt", cwd=home, PYTHONPATH=str(ROOT)) as server:
        yield server.address


@pytest.fixture
def page(open_tab, address):
    """Open the ticking demo and wait until all of it is drawn."""
    tab = open_tab(address)
    for key in ("status .pill", "loss .lines path", "latent .legend .chip", "samples canvas", "facts"):
        tab.wait_for_selector(f".st-key-{key}" if key != "facts" else ".facts", state="attached")
    at_rest(tab, ticking=True)
    return tab


@pytest.fixture
def blank(open_tab):
    """Open an empty tab, for arithmetic only."""
    return open_tab("about:blank")


def facts(page):
    """Read what the script says: tick, frame and pins."""
    return page.locator(".facts").inner_text()


def await_ticks(page, count):
    """Wait until the script has run `count` more times."""
    goal = int(facts(page).split()[1]) + count
    page.wait_for_function(
        "goal => Number(document.querySelector('.facts')?.textContent?.split(' ')[1] ?? 0) >= goal", arg=goal
    )


def epochs(page):
    """Read the numbers below the loss chart."""
    return page.locator(".st-key-loss .ticks text[text-anchor=middle]").all_inner_texts()


def drag(page, selector, start, end):
    """Drag inside an element between two shares of its width."""
    [area] = places(page, selector, ticking=True)
    middle = area["y"] + area["height"] / 2
    page.mouse.move(area["x"] + start * area["width"], middle)
    page.mouse.down()
    page.mouse.move(area["x"] + end * area["width"], middle, steps=6)
    page.mouse.up()


def test_zoom_and_switches_survive_ticks(page):
    whole = epochs(page)
    drag(page, ".st-key-loss .plot", 0.2, 0.4)
    page.wait_for_selector(".st-key-loss .switch:has-text('whole run')")
    page.locator(".st-key-loss .switch", has_text="log y").click()
    page.locator(".st-key-loss .chips .chip", has_text="kl").click()
    zoomed = lasting(page, lambda: epochs(page))
    assert zoomed != whole
    await_ticks(page, 3)
    assert epochs(page) == zoomed
    expect(page.locator(".st-key-loss .switch", has_text="log y")).to_have_attribute("aria-pressed", "false")
    expect(page.locator(".st-key-loss .chips .chip", has_text="kl")).to_have_attribute("aria-pressed", "true")
    page.locator(".st-key-loss .plot").dblclick(position={"x": 200, "y": 100})
    awaited(page, lambda: epochs(page), lambda now: now == whole)


NODES = {
    "status": ".track i, .handle, .metric, .pill",
    "reconstruction": "canvas",
    "latent": "canvas, .chip",
    "loss": "svg, .lines g, .lines path",
    "samples": "canvas",
}


def test_nodes_keep_their_identity_over_ticks(page):
    await_ticks(page, 1)
    for key, nodes in NODES.items():
        page.locator(f".st-key-{key}").locator(nodes).evaluate_all("all => all.forEach(node => node.kept = true)")
    line = page.locator(".st-key-loss .lines .train path").nth(1)
    before = line.get_attribute("d")
    await_ticks(page, 3)
    awaited(page, lambda: line.get_attribute("d"), lambda now: now != before)
    for key, nodes in NODES.items():
        kept = page.locator(f".st-key-{key}").locator(nodes).evaluate_all("all => all.map(node => node.kept)")
        assert kept, key
        assert all(kept), key


def test_handle_travels_and_live_returns(page):
    assert "frame None" in facts(page)
    bar, fill = places(page, ".st-key-status .bar", ".st-key-status .track i", ticking=True)
    drag(page, ".st-key-status .bar", fill["width"] / bar["width"], 0.0)
    page.wait_for_function("document.querySelector('.facts')?.textContent?.includes('frame 0')")
    handle = page.locator(".st-key-status .handle")
    expect(handle).to_have_attribute("aria-valuenow", "0")
    page.wait_for_selector(".st-key-loss .markers:not(.off) line", state="attached")
    handle.press("ArrowRight")
    page.wait_for_function("document.querySelector('.facts')?.textContent?.includes('frame 1')")
    expect(handle).to_have_attribute("aria-valuenow", "1")
    page.locator(".st-key-status .live").click()
    page.wait_for_function("document.querySelector('.facts')?.textContent?.includes('frame None')")
    assert handle.get_attribute("aria-valuetext") == "live"


FRAMES, STEPS = [0.0, 1e-7, 2e-7, 0.5, 1.0], [0, 1, 2, 50, 100]
STATUS = {"state": "finished", "word": "Finished", "progress": 1.0, "frames": FRAMES, "steps": STEPS, "metrics": []}
WIRE = {"channel": "run/0", "parts": ["status"], "live": False, "moment": None, "edition": ""}


def test_playing_no_frame_is_passed_over_and_the_server_is_told_once_at_the_end(blank):
    """Moments that come late: the handle stays with what is on show."""
    blank.clock.install(time=0)
    blank.clock.pause_at(1000)  # seconds: it goes on by itself until now, and not even a slow machine is beyond that
    mount = code("status").replace("export default function", "globalThis.mount = function")
    blank.set_content('<main><div class="root"></div></main>')
    blank.evaluate(
        f"""() => {{
            {mount}
            globalThis.told = [];
            globalThis.travelled = [];
            globalThis.aedashWire = {{
                watch: () => () => {{}},
                over: () => ({{}}),
                ahead: () => {{}},
                travel: (_, step) => travelled.at(-1) === step || travelled.push(step),
                moment: () => new Promise((arrived) => (globalThis.arrive = arrived)),
            }};
            globalThis.mount({{
                parentElement: document.querySelector("main"),
                data: {{ ...{json.dumps(STATUS)}, position: 0.5, wire: {json.dumps(WIRE)}, stamp: 0 }},
                setStateValue: (_, position) => told.push(position),
            }});
        }}"""
    )
    handle = blank.locator(".handle")
    handle.press("Home")
    assert (handle.get_attribute("aria-valuenow"), blank.evaluate("told")) == ("0", [])
    blank.locator(".play").click()
    for frame in range(1, len(FRAMES) - 1):
        blank.clock.run_for(5000)
        assert handle.get_attribute("aria-valuenow") == str(frame - 1)
        blank.evaluate("arrive()")
        expect(handle).to_have_attribute("aria-valuenow", str(frame))
    blank.clock.run_for(5000)  # the last one is the present, which is not fetched
    expect(handle).to_have_attribute("aria-valuenow", str(len(FRAMES) - 1))
    assert blank.locator(".playing").count() == 0
    blank.clock.run_for(5000)
    assert blank.evaluate("travelled") == [50, *STEPS[:-1], None]
    assert blank.evaluate("told") == [None]


def test_a_value_of_any_length_leaves_the_time_line_as_it_is(page):
    bar, cells = page.locator(".st-key-status .bar"), page.locator(".st-key-status .metric b")
    width = "bar => bar.getBoundingClientRect().width"
    before = bar.evaluate(width)
    for text in ("0", "2,040,000,000,000,000,000,000,000,000,000.0000"):
        cells.evaluate_all("(all, text) => all.forEach(node => (node.textContent = text))", text)
        assert bar.evaluate(width) == before


def test_the_largest_numbers_fit_below_the_tiles_of_a_phone(open_tab, address):
    phone = open_tab(f"{address}/?still=1", viewport=PHONE)
    feet = phone.locator(".st-key-reconstruction .foot")
    feet.first.wait_for()
    at_rest(phone)
    for value in (999_999, 2.04e30, 4.1e-5, 0.0123):
        feet.evaluate_all("(all, text) => all.forEach(node => (node.textContent = text))", number(value))
        assert all(feet.evaluate_all("all => all.map(node => node.scrollWidth <= node.clientWidth)"))


def told(page, words):
    """Wait until the script says it was told so."""
    page.wait_for_function("words => document.querySelector('.facts')?.textContent?.includes(words)", arg=words)


def test_dots_are_touched_by_click_and_named_on_hover(open_tab, address):
    page = open_tab(f"{address}/?still=1&at=0.1")  # there are dots in the middle
    page.locator(".st-key-latent .legend .chip").first.wait_for()
    at_rest(page)
    page.locator(".st-key-latent .field > canvas").click()
    told(page, "touched ")
    expect(page.locator(".st-key-latent .tip")).to_contain_text("test image")
    expect(page.locator(".st-key-latent .tip canvas")).to_be_visible()
    page.locator(".st-key-latent .followed .chip").first.wait_for()
    page.locator(".st-key-latent .followed .chip", has_text="clear").click()
    told(page, "unfollowed -1")


def test_the_map_zooms_where_the_pointer_is_and_comes_back(page):
    whole = page.locator(".st-key-latent .reset")
    expect(whole).to_be_hidden()
    page.locator(".st-key-latent .field > canvas").hover()
    page.mouse.wheel(0, -800)
    whole.wait_for()
    await_ticks(page, 2)
    drag(page, ".st-key-latent .field", 0.5, 0.2)
    assert "touched" not in facts(page)  # to drag is not to touch
    whole.click()
    expect(whole).to_be_hidden()


def test_dots_and_tiles_are_reached_by_keys(page):
    canvas = page.locator(".st-key-latent .field > canvas")
    tip = page.locator(".st-key-latent .tip")
    canvas.press("ArrowRight")
    expect(tip).to_contain_text("test image")
    first = tip.inner_text()
    canvas.press("ArrowUp")
    number_ = awaited(page, tip.inner_text, lambda text: text != first).split()[-1]
    canvas.press("Enter")
    told(page, f"touched {number_}")
    tiles = page.locator(".st-key-reconstruction canvas")
    awaited(page, lambda: tiles.evaluate_all("all => all.filter(t => t.tabIndex === 0).length"), lambda few: few == 1)
    tiles.first.focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowDown", "ArrowLeft"):
        page.keyboard.press(key)
    await_ticks(page, 1)
    page.keyboard.press("Enter")
    told(page, "tile (1, 1)")


def run_map(page, expression):
    """Evaluate an expression where the arithmetic of the map is defined."""
    return page.evaluate(f"() => {{ {code('scatter_view')}; return {expression}; }}")


def test_names_do_not_lie_on_one_another(blank):
    rng = np.random.default_rng(0)
    for spots in ([[50, 50]] * 10, rng.normal(100, 8, (10, 2)).tolist(), [[0, 0], [1, 1], [200, 100]]):
        at = np.array(run_map(blank, f"apart({spots}, 16, 200, 120)"))
        gaps = [max(abs(one - other)) for one, other in itertools.combinations(at, 2)]
        assert min(gaps) >= 15.9
        assert (at >= 8 - 1e-9).all()
        assert (at <= [192, 112]).all()
    far = run_map(blank, "apart([[20, 20], [90, 60]], 16, 200, 120)")
    assert np.abs(np.array(far) - [[20, 20], [90, 60]]).max() < 0.2


def test_the_box_fills_the_field_within_bounds(blank):
    assert run_map(blank, "scales([-1, -1, 1, 1], 400, 200, false)") == [200, 100]
    assert run_map(blank, "scales([-1, -1, 1, 1], 400, 200, true)") == [100, 100]
    assert run_map(blank, "scales([0, 0, 10, 1], 1000, 1000, false)") == [100, 250]


def test_what_lies_at_the_pointer_stays_there(blank):
    at, size = (130, 40), (400, 200)
    camera = run_map(blank, f"zoomed(WHOLE, 3, {list(at)}, {size[0]}, {size[1]})")
    for axis, side in zip("xy", size, strict=True):
        before = at["xy".index(axis)] - side / 2  # of what lies there, from the middle
        assert before * camera["zoom"] + camera[axis] == pytest.approx(before)
    assert run_map(blank, "zoomed({ zoom: 3, x: 9, y: 9 }, 0.01, [0, 0], 400, 200)") == {"zoom": 1, "x": 0, "y": 0}


def test_legend_isolates_a_class_over_ticks(page):
    chip = page.locator(".st-key-latent .legend .chip").nth(3)
    chip.click()
    await_ticks(page, 2)
    expect(chip).to_have_attribute("aria-pressed", "true")


def test_the_legend_has_room_for_each_class_on_a_phone(open_tab, address):
    phone = open_tab(f"{address}/?still=1", viewport=PHONE)
    chips = phone.locator(".st-key-latent .legend .chip")
    chips.nth(9).wait_for()
    last, field = places(phone, chips.nth(9), ".st-key-latent .field")
    assert last["x"] + last["width"] <= field["x"] + field["width"]
    assert last["y"] + last["height"] <= field["y"]


def test_changes_are_marked_and_their_labels_do_not_overlap(page):
    labels = page.locator(".st-key-loss .changes text")
    expect(page.locator(".st-key-loss .marks line")).to_have_count(4)
    expect(labels).to_have_text(["lr 0.0005", "kl 2", "sigma 0.3", "lr 0.0001"])
    boxes = labels.evaluate_all(
        "all => all.map(node => (b => [b.left, b.right, b.top, b.bottom])(node.getBoundingClientRect()))"
    )
    for (left, right, top, bottom), (left2, right2, top2, bottom2) in itertools.combinations(boxes, 2):
        assert right <= left2 or right2 <= left or bottom <= top2 + 4 or bottom2 <= top + 4
    plot, line = places(page, ".st-key-loss .plot", page.locator(".st-key-loss .marks line").first, ticking=True)
    assert all(right < plot["x"] + plot["width"] for _, right, _, _ in boxes)
    page.mouse.move(line["x"], plot["y"] + 60)
    expect(page.locator(".st-key-loss .tip")).to_contain_text("from here on lr 0.0005")


def run_script(page, expression):
    """Evaluate an expression where the arithmetic of the loss chart is defined."""
    return page.evaluate(f"() => {{ {code('curve_scale')}; return {expression}; }}")


def test_numbers_are_written_as_python_writes_them(blank):
    rng = np.random.default_rng(0)
    values = [0.0, 0.9996, 99.96, 9.996e-4, 999_499.9, 999_999.7, 1024.0, 65.34, -0.5, 1.2e-5, 5e-324, 1.7e308]
    values += (rng.choice([-1, 1], 400) * 10 ** rng.uniform(-8, 9, 400)).tolist()
    assert run_script(blank, f"{values}.map(numberText)") == [number(value) for value in values]
    beyond = run_script(blank, "[NaN, Infinity, -Infinity].map(numberText)")
    assert beyond == [number(value) for value in (nan, inf, -inf)]


def test_axes_write_every_digit_of_a_tick(blank):
    ticks = run_script(blank, "[0, 0.0125, 10.25, 1000, 12000, 65.002, 1e6, 1.5e-5, 0.30000000000000004].map(tickText)")
    assert ticks == ["0", "0.0125", "10.25", "1,000", "12,000", "65.002", "1e6", "1.5e-5", "0.3"]


def test_labels_are_pushed_apart_and_the_last_rank_leaves(blank):
    labels = "[50, 51, 52, 99, 120].map((y, rank) => ({ y, rank }))"
    places = run_script(blank, f"spread({labels}, 12, 0, 100).map(label => label.y)")
    assert len(places) == 5
    assert all(after - before >= 12 for before, after in itertools.pairwise(places))
    assert 0 <= places[0] <= places[-1] <= 100
    assert run_script(blank, f"spread({labels}, 12, 40, 70).map(label => label.rank)") == [0, 1, 2]


@pytest.mark.parametrize(("low", "high"), [(1.8, 2.3), (-1.7, -1.55), (-4, 3), (1.8129, 1.8131), (0.2, 1.9)])
def test_log_axis_has_a_few_ticks_inside(blank, low, high):
    ticks = run_script(blank, f"logTicks({low}, {high})")
    assert 2 <= len(ticks) <= 6
    assert all(10**low * 0.999 <= tick <= 10**high * 1.001 for tick in ticks)


def smoothed(page, y, strength):
    """What the chart draws of the values (N,)."""
    values = [float(value) if isfinite(value) else None for value in y]
    script = f"[...smooth(Float32Array.from({json.dumps(values)}, (v) => v ?? NaN), '{strength}')]"
    return np.array([nan if value is None else value for value in run_script(page, f"{script}.map((v) => v)")], float)


X = np.arange(1, 601) / 30
NOISE = np.random.default_rng(0).normal(size=600)
SHAPES = {
    "a fall by twenty in a tenth of an epoch": 0.005 + 0.1 * np.exp(-X / 0.1),
    "a rise": 0.105 - 0.1 * np.exp(-X / 0.3),
    "a step": np.where(X < 10, 0.1, 0.01),
    "a late fall": 0.005 + 0.07 / (1 + np.exp((X - 8) / 0.1)),
    "a penalty on both sides of zero": np.where(X < 10, 0.1, -0.1),
}


@pytest.mark.parametrize("strength", ["light", "strong"])
@pytest.mark.parametrize("y", SHAPES.values(), ids=SHAPES)
def test_smoothing_does_not_leave_the_data(blank, y, strength):
    ratio = smoothed(blank, y, strength) / y
    assert ratio.max() <= 1.15
    assert ratio.min() >= 1 / 1.15


@pytest.mark.parametrize("strength", ["light", "strong"])
@pytest.mark.parametrize("y", SHAPES.values(), ids=SHAPES)
def test_smoothing_stays_within_the_noise_of_the_data(blank, y, strength):
    drawn = smoothed(blank, y * np.exp(0.05 * NOISE), strength)
    assert abs(drawn / y - 1).max() < 0.4
    assert np.median(abs(drawn / y - 1)) < 0.012


@pytest.mark.parametrize(("strength", "left"), [("light", 0.2), ("strong", 0.15)])
def test_smoothing_calms_noise_and_keeps_the_mean(blank, strength, left):
    y = 1 + 0.1 * NOISE
    drawn = smoothed(blank, y, strength)
    assert drawn[20:-20].std() < left * y.std()
    assert drawn.mean() == pytest.approx(y.mean(), rel=0.005)
    assert set(smoothed(blank, np.full(300, 7.0), strength)) == {7.0}


def test_smoothing_leaves_few_points_and_gaps_as_they_are(blank):
    for few in ([], [1.0], [1.0, 2.0], [1.0, 2.0, 9.0], [nan, nan]):
        np.testing.assert_array_equal(smoothed(blank, few, "strong"), few)
    y = np.ones(100)
    y[40:43] = nan, inf, nan
    drawn = smoothed(blank, y, "strong")
    assert np.isnan(drawn[[40, 42]]).all()
    assert set(np.delete(drawn, [40, 41, 42])) == {1.0}


def test_only_what_an_axis_cannot_show_is_told(blank):
    y = "Array.from({ length: 100 }, (_, i) => (i % 20 ? 1 : -1))"
    line = f"{{ name: 'mmd', x: Array.from({{ length: 100 }}, (_, i) => i), y: {y} }}"
    assert run_script(blank, f"missingText([{line}], [0, 99], true)") == (
        "5 % of mmd not above 0: not drawn on the log axis."
    )
    assert run_script(blank, f"missingText([{line}], [0, 99], false)") == ""
    assert run_script(blank, f"missingText([{line}], [1, 19], true)") == ""


def test_what_a_log_axis_cannot_show_is_told_and_marked(page):
    note, chips = page.locator(".st-key-loss .note"), page.locator(".st-key-loss .chips .chip")
    expect(note).to_be_hidden()
    chips.filter(has_text="mmd").click()
    expect(note).to_have_text(re.compile(r"^\d+ % of mmd not above 0: not drawn on the log axis\.$"))
    marks = page.locator(".st-key-loss .lines .term1 .missing")
    expect(marks).to_have_attribute("d", re.compile("v5"))
    chart, below = places(page, ".st-key-loss svg[role=img]", note, ticking=True)
    assert chart["y"] + chart["height"] <= below["y"]
    page.locator(".st-key-loss .switch", has_text="log y").click()
    expect(note).to_be_hidden()
    expect(marks).to_have_attribute("d", "")


def test_what_is_not_a_number_leaves_a_mark_at_its_place(page):
    page.wait_for_function("Number(document.querySelector('.facts').textContent.split(' ')[1]) > 8")  # beyond epoch 5
    page.locator(".st-key-loss .chips .chip", has_text="lost").click()
    expect(page.locator(".st-key-loss .note")).to_contain_text("lost: not a number at")
    expect(page.locator(".st-key-loss .lines .term2 .missing")).to_have_attribute("d", re.compile("l6 6"))
    assert "NaN" not in page.locator(".st-key-loss svg[role=img]").inner_html()


def test_the_tooltip_tells_the_measured_value_and_names_the_smoothed_one(page):
    [plot] = places(page, ".st-key-loss .plot", ticking=True)
    page.mouse.move(plot["x"] + 60, plot["y"] + 60)
    train = page.locator(".st-key-loss .tip .reading.train")
    measured = train.locator("b").inner_text()
    expect(train.locator("em")).to_have_text(re.compile("^smoothed "))
    page.locator(".st-key-loss .switch", has_text="smooth").click()
    page.locator(".st-key-loss .switch", has_text="smooth").click()
    page.mouse.move(plot["x"] + 60, plot["y"] + 60)
    expect(train.locator("b")).to_have_text(measured)
    expect(train.locator("em")).to_have_count(0)


def test_the_end_of_a_line_says_whether_it_is_smoothed(page):
    labels = page.locator(".st-key-loss .ends text")
    expect(labels.filter(has_text="train")).to_have_text(re.compile(r"^train ≈ \d"))
    page.locator(".st-key-loss .switch", has_text="smooth").click()
    page.locator(".st-key-loss .switch", has_text="smooth").click()
    expect(labels.filter(has_text="train")).to_have_text(re.compile(r"^train \d"))
    expect(labels.filter(has_text="valid.")).not_to_contain_text("≈")


def test_one_far_level_does_not_squash_the_curve(blank):
    low, high = run_script(blank, "yRange([10, 11, 12], [500], false, false)")
    assert low > 9
    assert high < 13
