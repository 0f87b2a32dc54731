"""The pad in a real Chromium: what is pointed at is decoded at once, without the server; the keyboard does it, too."""

import pytest
from playwright.sync_api import expect

from tests.browser.visitor import addressed, at_rest, await_state, awaited, counted, follow, link, press

pytestmark = pytest.mark.browser

PAD = ".st-key-explore_pad_box .root"
PIXELS = "(canvas) => canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.join()"

THROUGH = """(root) => {
    const view = root.view, feet = [3, 200].map((row) => view.footOf(view.codeOfRow(row)).slice(0, 2));
    view.setAnchors(feet);
    const known = Array.from(view.known.labels, (_, row) => view.codeOfRow(row).join());
    return [view.path.corners.slice(1, -1).map((code) => code.join()), known];
}"""


@pytest.fixture
def pad(open_tab, address):
    """A tab on Explore with a model of two numbers whose decoder has arrived: (tab, its view, what it sends)."""
    tab = open_tab("about:blank")
    sent = counted(tab)
    tab.goto(link(address, 2, **{"architecture.latent": 2}))
    press(tab, "Start training")
    await_state(tab, "finished")
    addressed(tab, "run=")
    run = tab.evaluate("() => new URL(location.href).searchParams.get('run')")
    tab.goto(f"{address}/explore?run={run}")
    ready(tab)
    return tab, tab.locator(PAD), sent


def ready(tab):
    awaited(tab, lambda: tab.locator(PAD).count(), lambda count: count == 1)
    awaited(tab, lambda: tab.locator(PAD).evaluate("(root) => Boolean(root.view?.decoder && root.view.known)"), bool)
    at_rest(tab)


# points the hand at four places, three frames each: the pictures, and the longest time between two places
POINTED = """async (root, shares) => {
    const hand = root.querySelector(".hand"), { x, y, width, height } = hand.getBoundingClientRect();
    const shown = () => root.querySelector(".shown");
    const pictures = [], times = [performance.now()];
    for (const share of shares) {
        const at = { clientX: x + share * width, clientY: y + share * height, bubbles: true, composed: true };
        hand.dispatchEvent(new PointerEvent("pointermove", at));
        for (let frame = 0; frame < 3; frame++) await new Promise(requestAnimationFrame);
        pictures.push((PIXELS)(shown()));
        times.push(performance.now());
    }
    return [pictures, Math.max(...times.slice(1).map((time, i) => time - times[i]))];
}""".replace("PIXELS", PIXELS)
REST = 250  # milliseconds after which the hand is at rest


def test_the_picture_follows_the_pointer_and_the_server_hears_of_it_at_rest(pad):
    tab, view, sent = pad
    before = len(sent)
    pictures, longest = view.evaluate(POINTED, [0.1, 0.4, 0.6, 0.9])
    assert len(set(pictures)) == 4
    assert len(sent) == before or longest > REST - 50  # on a slow machine it came to rest
    told = "() => [aedashLab.last('code').from, ...aedashLab.last('code').code]"
    at_rest(tab)
    source, *code = tab.evaluate(told)
    assert source == "pad"
    assert code == pytest.approx(view.evaluate("(root) => [...root.view.spot]"), abs=1e-5)
    awaited(tab, lambda: tab.url, lambda url: "view-spot=" in url)
    for page in ("Train", "Explore"):  # what comes back may be another model, whose code it is not
        follow(tab, page)
        tab.wait_for_url(f"**/{page.lower()}**")
    ready(tab)
    awaited(tab, lambda: tab.evaluate("() => aedashLab.last('code')"), lambda code: code is None)


def test_anchors_and_their_way_by_keys_are_kept_by_the_address(pad):
    tab, view, _ = pad
    hand = view.locator(".hand")
    for key in ("Enter", *6 * ["ArrowRight"], "Enter"):
        hand.press(key)
    film = view.locator(".tile canvas")
    expect(film).to_have_count(12)
    awaited(tab, lambda: film.first.evaluate(PIXELS), lambda now: now != film.last.evaluate(PIXELS))
    awaited(tab, lambda: tab.url, lambda url: "view-anchors=" in url and "~" in url.replace("%7E", "~"))
    at_rest(tab)  # each is told by itself
    view.get_by_role("button", name="through data").click()
    awaited(tab, lambda: tab.url, lambda url: "view-way=through" in url)
    at_rest(tab)
    before = tab.url
    inner, known = view.evaluate(THROUGH)
    assert len(inner) >= 3
    assert all(code in known for code in inner)
    awaited(tab, lambda: tab.url, lambda url: url != before)
    at_rest(tab)
    placed = view.evaluate("(root) => root.view.anchors.flat()")
    tab.reload()
    ready(tab)
    near = pytest.approx(placed, rel=1e-3, abs=1e-3)
    awaited(tab, lambda: view.evaluate("(root) => root.view.anchors.flat()"), lambda found: found == near)
    assert view.evaluate("(root) => root.view.way") == "through data"
    hand.press("Space")
    awaited(tab, lambda: view.evaluate("(root) => root.view.film.share ?? 0"), lambda share: share == 1)
    tab.keyboard.press("Escape")
    expect(view.locator(".strip")).to_be_hidden()


def test_an_image_that_is_pointed_at_elsewhere_is_marked_at_its_code(pad):
    tab, view, _ = pad
    tab.evaluate("() => aedashLab.tell('hover', 17)")
    foot, place = view.evaluate("(root) => [root.view.others.get('hover').foot, root.view.others.get('hover').place]")
    row = "(root) => root.view.known.places.indexOf(17)"
    wanted = view.evaluate(f"(root) => [...root.view.codeOfRow(({row})(root))]")
    assert place == 17
    assert foot == pytest.approx([*wanted, 0], abs=1e-3)
    tab.evaluate("() => aedashLab.tell('hover', null)")
    assert view.evaluate("(root) => root.view.others.has('hover')") is False
