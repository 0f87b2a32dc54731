"""What a visitor does on a page and sees there. Whatever is read waits for its event, however slow the machine is:
nothing is read before the page is at rest, and what is compared is read at one moment.
"""

import time
from itertools import count
from urllib.parse import urlencode

PHONE = {"width": 390, "height": 844}
SECONDS = 120  # that something may take on the slowest machine; a test that passes does not wait for them
SEEDS = count(1)

# the boxes of these nodes once nothing has moved for 30 frames and no script runs; null where one has left the page
AT_REST = """([nodes, ticking]) => new Promise((done, fail) => {
  const end = performance.now() + 120000;
  const box = (node) => (({ x, y, width, height }) => ({ x, y, width, height }))(node.getBoundingClientRect());
  let last = "", still = 0;
  const look = () => {
    const placed = document.querySelectorAll("[class*=st-key-], [data-testid=stElementContainer]");
    const now = JSON.stringify([...placed, ...nodes].map(box));
    const script = document.querySelector("[data-testid=stApp]")?.dataset.testScriptState;
    const busy = document.fonts.status !== "loaded" || (!ticking && script && script !== "notRunning");
    still = now === last && !busy ? still + 1 : 0;
    last = now;
    if (still > 30) done(nodes.every((node) => node.isConnected) ? nodes.map(box) : null);
    else if (performance.now() > end) fail(new Error("the page never came to rest"));
    else requestAnimationFrame(look);
  };
  look();
})"""


def awaited(tab, read, wanted, seconds=SECONDS):
    """Wait until what is read from the page fulfils what is wanted; its value."""
    end = time.monotonic() + seconds
    while not wanted(value := read()):
        if time.monotonic() > end:
            raise TimeoutError(f"it stayed at {value!r:.200}")
        tab.wait_for_timeout(50)
    return value


def lasting(tab, read):
    """What is read from the page once it has stayed the same for half a second."""
    seen = []

    def same():
        seen.append(read())
        return len(seen) > 10 and all(each == seen[-1] for each in seen[-10:])

    awaited(tab, same, bool)
    return seen[-1]


def at_rest(tab, ticking=False):
    """Wait until nothing moves and no script runs. ticking: one runs all the time, which moves nothing."""
    tab.evaluate(AT_REST, [[], ticking])


def places(tab, *found, ticking=False):
    """x, y, width and height of each (a selector or a locator), CSS pixels, at one moment of a page at rest."""
    locators = [tab.locator(each) if isinstance(each, str) else each for each in found]
    read = lambda: tab.evaluate(AT_REST, [[each.element_handle() for each in locators], ticking])  # noqa: E731
    return awaited(tab, read, bool)


def addressed(tab, *words):
    """Wait until the address has these words, and the page has settled."""
    tab.wait_for_function("words => words.every(word => location.href.includes(word))", arg=list(words))
    tab.locator("[data-test-script-state=notRunning]").wait_for(state="attached")


def link(address, epochs, widths="[64]", **more):
    """The Train page with a small network on digits as its recipe."""
    changes = ['data.name="digits"', f"architecture.widths={widths}", f"epochs={epochs}"]
    changes += [f"{path}={value}" for path, value in more.items()]
    return f"{address}/train?{urlencode([('preset', 'R0-simple'), *(('set', each) for each in changes)])}"


def own(address, epochs, **more):
    """The same as nobody has trained it: of an equal recipe Start opens the run, also one that a test left behind."""
    return link(address, epochs, seed=next(SEEDS), **more)


def long(address, **more):
    """The same for longer than any test looks at it, on the slowest machine: minutes."""
    return own(address, 9000, widths="[512,512]", **more)


def press(tab, name):
    tab.get_by_role("button", name=name, exact=True).click()


def follow(tab, name):
    """Open the page behind a link. At rest: Streamlit may forget a click that comes as a script runs itself again."""
    tab.get_by_role("link", name=name, exact=True).wait_for()
    at_rest(tab)
    tab.get_by_role("link", name=name, exact=True).click()


def back(tab):
    at_rest(tab)
    tab.go_back()


def await_state(tab, state, seconds=SECONDS):
    tab.wait_for_selector(f".pill.{state}", timeout=1000 * seconds)


def started(tab):
    """Start, and wait until every card shows the run."""
    press(tab, "Start training")
    await_state(tab, "running")
    for drawn in ("map_box .legend .chip", "loss_box .lines .train path", "samples_box canvas"):
        tab.wait_for_selector(f".st-key-{drawn}", state="attached")
    addressed(tab, "run=")
    return tab


def paused(tab):
    """Pause, and wait until the page has all that the run told before."""
    press(tab, "Pause")
    await_state(tab, "paused")
    tab.get_by_role("button", name="Go on", exact=True).wait_for()
    at_rest(tab)


def stopped(tab):
    """Stop, so that the next test finds the queue empty."""
    press(tab, "Stop")
    await_state(tab, "stopped")


def metric(tab, label):
    return tab.locator(".metric", has=tab.get_by_text(label, exact=True)).locator("b").inner_text()


def pixels(tab, card):
    """What the tiles of a grid show, to compare."""
    return tab.locator(f".st-key-{card} canvas").evaluate_all("all => all.map(canvas => canvas.toDataURL()).join()")


def counted(tab):
    """What the page sends to the script from now on."""
    sent = []
    tab.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(frame)))
    return sent
