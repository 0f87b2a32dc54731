"""The live components in a real Chromium: what the reader did survives the ticks, and nothing flickers."""

import itertools

import pytest

from aedash.ui.components.source import code
from tests.browser.serving import ROOT

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
        tab.wait_for_selector(f".st-key-{key}" if key != "facts" else ".facts", state="attached", timeout=30_000)
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
    area = page.locator(selector).bounding_box()
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
    zoomed = epochs(page)
    assert zoomed != whole
    await_ticks(page, 3)
    assert epochs(page) == zoomed
    assert page.locator(".st-key-loss .switch", has_text="log y").get_attribute("aria-pressed") == "false"
    assert page.locator(".st-key-loss .chips .chip", has_text="kl").get_attribute("aria-pressed") == "true"
    page.locator(".st-key-loss .plot").dblclick(position={"x": 200, "y": 100})
    assert epochs(page) == whole


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
    paths = page.locator(".st-key-loss .lines .train path").nth(1).get_attribute("d")
    await_ticks(page, 3)
    assert page.locator(".st-key-loss .lines .train path").nth(1).get_attribute("d") != paths
    for key, nodes in NODES.items():
        kept = page.locator(f".st-key-{key}").locator(nodes).evaluate_all("all => all.map(node => node.kept)")
        assert kept, key
        assert all(kept), key


def test_handle_travels_and_live_returns(page):
    assert "frame None" in facts(page)
    bar = page.locator(".st-key-status .bar").bounding_box()
    fill = page.locator(".st-key-status .track i").bounding_box()
    drag(page, ".st-key-status .bar", fill["width"] / bar["width"], 0.0)
    page.wait_for_function("document.querySelector('.facts')?.textContent?.includes('frame 0')")
    handle = page.locator(".st-key-status .handle")
    assert handle.get_attribute("aria-valuenow") == "0"
    page.wait_for_selector(".st-key-loss .markers:not(.off) line", state="attached")
    handle.press("ArrowRight")
    page.wait_for_function("document.querySelector('.facts')?.textContent?.includes('frame 1')")
    assert handle.get_attribute("aria-valuenow") == "1"
    page.locator(".st-key-status .live").click()
    page.wait_for_function("document.querySelector('.facts')?.textContent?.includes('frame None')")
    assert handle.get_attribute("aria-valuetext") == "live"


def test_play_runs_through_the_frames_and_ends_live(page):
    page.evaluate(
        """() => {
            globalThis.seen = new Set();
            new MutationObserver(() => seen.add(document.querySelector('.facts')?.textContent?.split(' ')?.[3]))
                .observe(document.body, { subtree: true, childList: true, characterData: true });
        }"""
    )
    page.locator(".st-key-status .play").click()
    page.wait_for_selector(".st-key-status .playing", state="attached")
    page.wait_for_selector(".st-key-status .root:not(.playing)", state="attached", timeout=15_000)
    page.wait_for_function("document.querySelector('.facts')?.textContent?.includes('frame None')")
    assert len(page.evaluate("[...seen]")) >= 6


def test_dots_are_pinned_by_click_and_named_on_hover(page):
    canvas = page.locator(".st-key-latent .field > canvas")
    area = canvas.bounding_box()
    canvas.click(position={"x": area["width"] / 2, "y": area["height"] / 2})
    page.wait_for_function("/pinned \\[\\d+\\]/.test(document.querySelector('.facts')?.textContent)")
    assert "test number" in page.locator(".st-key-latent .tip").inner_text()
    assert page.locator(".st-key-latent .tip canvas").is_visible()
    await_ticks(page, 2)
    assert "pinned []" not in facts(page)


def test_legend_isolates_a_class_over_ticks(page):
    chip = page.locator(".st-key-latent .legend .chip").nth(3)
    chip.click()
    await_ticks(page, 2)
    assert chip.get_attribute("aria-pressed") == "true"


def test_changes_are_marked_and_their_labels_do_not_overlap(page):
    labels = page.locator(".st-key-loss .changes text")
    assert page.locator(".st-key-loss .marks line").count() == labels.count() == 4
    assert labels.all_text_contents() == ["lr 0.0005", "kl 2", "sigma 0.3", "lr 0.0001"]
    boxes = labels.evaluate_all(
        "all => all.map(node => (b => [b.left, b.right, b.top, b.bottom])(node.getBoundingClientRect()))"
    )
    for (left, right, top, bottom), (left2, right2, top2, bottom2) in itertools.combinations(boxes, 2):
        assert right <= left2 or right2 <= left or bottom <= top2 + 4 or bottom2 <= top + 4
    plot = page.locator(".st-key-loss .plot").bounding_box()
    assert all(right < plot["x"] + plot["width"] for _, right, _, _ in boxes)
    line = page.locator(".st-key-loss .marks line").first.bounding_box()
    page.mouse.move(line["x"], plot["y"] + 60)
    assert "from here on lr 0.0005" in page.locator(".st-key-loss .tip").inner_text()


def run_script(page, expression):
    """Evaluate an expression where the arithmetic of the loss chart is defined."""
    return page.evaluate(f"() => {{ {code('curve_scale')}; return {expression}; }}")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("65.34", "65.3"),
        ("0.02351", ".0235"),
        ("-0.5", "-.500"),
        ("0.000012", "1.2e-5"),
        ("12345", "12,345"),
        ("0", "0"),
        ("99.96", "100"),
        ("Infinity", "–"),
    ],
)
def test_numbers_have_three_digits(blank, value, text):
    assert run_script(blank, f"numberText({value})") == text


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


def test_smoothing_keeps_a_straight_line_and_calms_noise(blank):
    x = "Float32Array.from({ length: 300 }, (_, i) => i / 10)"
    flat = run_script(blank, f"[...smooth({x}, new Float32Array(300).fill(7), 'strong')]")
    assert set(flat) == {7.0}
    calm = run_script(blank, f"[...smooth({x}, {x}.map((_, i) => i % 2), 'strong')].slice(50, 250)")
    assert max(calm) - min(calm) < 0.1


def test_one_far_level_does_not_squash_the_curve(blank):
    low, high = run_script(blank, "yRange([10, 11, 12], [500], false, false)")
    assert low > 9
    assert high < 13
