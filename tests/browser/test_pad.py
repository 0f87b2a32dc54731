"""The pad in a real Chromium: what is pointed at is decoded at once, without the server; the keyboard does it, too."""

import pytest

from tests.browser.test_app import await_state, awaited, link, press
from tests.browser.test_wire import counted

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
    run = tab.evaluate("() => new URL(location.href).searchParams.get('run')")
    tab.goto(f"{address}/explore?run={run}")
    ready(tab)
    return tab, tab.locator(PAD), sent


def ready(tab):
    awaited(tab, lambda: tab.locator(PAD).count(), lambda count: count == 1)
    awaited(tab, lambda: tab.locator(PAD).evaluate("(root) => Boolean(root.view?.decoder && root.view.known)"), bool)
    tab.wait_for_timeout(1500)  # the other cards come


def pictured(tab, view):
    tab.wait_for_timeout(50)  # three frames
    return view.locator(".shown").evaluate(PIXELS)


def test_the_picture_follows_the_pointer_and_the_server_hears_of_it_at_rest(pad):
    tab, view, sent = pad
    box = view.locator(".hand").bounding_box()
    before, pictures = len(sent), set()
    for share in (0.1, 0.4, 0.6, 0.9):
        tab.mouse.move(box["x"] + share * box["width"], box["y"] + share * box["height"])
        pictures.add(pictured(tab, view))
    assert len(pictures) == 4
    assert len(sent) == before
    told = "() => [aedashLab.last('code').from, ...aedashLab.last('code').code]"
    source, *code = tab.evaluate(told)
    assert source == "pad"
    assert code == pytest.approx(view.evaluate("(root) => [...root.view.spot]"), abs=1e-5)
    awaited(tab, lambda: tab.url, lambda url: "view-spot=" in url)
    for page in ("Train", "Explore"):  # what comes back may be another model, whose code it is not
        tab.get_by_role("link", name=page, exact=True).click()
        tab.wait_for_url(f"**/{page.lower()}**")
    ready(tab)
    assert tab.evaluate("() => aedashLab.last('code')") is None


def test_anchors_and_their_way_by_keys_are_kept_by_the_address(pad):
    tab, view, _ = pad
    view.locator(".hand").focus()
    tab.keyboard.press("Enter")
    for _ in range(6):
        tab.keyboard.press("ArrowRight")
    tab.keyboard.press("Enter")
    film = view.locator(".tile canvas")
    assert film.count() == 12
    assert film.first.evaluate(PIXELS) != film.last.evaluate(PIXELS)
    view.get_by_role("button", name="through data").click()
    inner, known = view.evaluate(THROUGH)
    assert len(inner) >= 3
    assert all(code in known for code in inner)
    awaited(tab, lambda: tab.url, lambda url: "view-anchors=" in url and "view-way=through" in url)
    tab.wait_for_timeout(500)
    placed = view.evaluate("(root) => root.view.anchors.flat()")
    tab.reload()
    ready(tab)
    assert view.evaluate("(root) => root.view.anchors.flat()") == pytest.approx(placed, rel=1e-3, abs=1e-3)
    assert view.evaluate("(root) => root.view.way") == "through data"
    view.locator(".hand").focus()
    tab.keyboard.press("Space")
    awaited(tab, lambda: view.evaluate("(root) => root.view.film.share ?? 0"), lambda share: share == 1)
    tab.keyboard.press("Escape")
    assert view.locator(".strip").is_hidden()


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
