"""The app in a real Chromium against a real server: train, steer, travel in time, come back after a crash."""

import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from threading import Event
from urllib.parse import urlencode, urlsplit

import pytest

from tests.browser.serving import ROOT, environment

pytestmark = pytest.mark.browser

PHONE = {"width": 390, "height": 844}
MUTED = {"light": "rgb(104, 108, 114)", "dark": "rgb(157, 161, 166)"}
# what one test leaves training keeps no other waiting
SETTINGS = {"AEDASH_MAX_CONCURRENT_RUNS": "9"}
SEEDS = count(1)
CARDS = ("reconstruction_box", "map_box", "loss_box", "samples_box")

# true once no card has moved for 30 frames
AT_REST = """() => new Promise((done) => {
  let last = "", still = 0;
  const look = () => {
    const now = [...document.querySelectorAll("[class*=_box]")].map((box) => box.getBoundingClientRect().top).join();
    still = now === last ? still + 1 : 0;
    last = now;
    still > 30 ? done(true) : requestAnimationFrame(look);
  };
  look();
})"""


@pytest.fixture
def house(tmp_path):
    """Environment of a server: its own runs, no data set but the bundled digits."""
    return environment(tmp_path)


def link(address, epochs, widths="[64]", **more):
    """The Train page with a small network on digits as its recipe."""
    changes = ['data.name="digits"', f"architecture.widths={widths}", f"epochs={epochs}"]
    changes += [f"{path}={value}" for path, value in more.items()]
    return f"{address}/train?{urlencode([('preset', 'R0-simple'), *(('set', each) for each in changes)])}"


def long(address):
    """The same for longer than any test looks at it, on the slowest machine: minutes.

    A recipe of its own each time: a test that broke may have left its run behind, which this one would join.
    """
    return link(address, 9000, widths="[512,512]", seed=next(SEEDS))


def press(tab, name):
    tab.get_by_role("button", name=name, exact=True).click()


def await_state(tab, state, seconds=30):
    tab.wait_for_selector(f".pill.{state}", timeout=seconds * 1000)


def started(tab):
    """Start, and wait until every card shows the run."""
    press(tab, "Start training")
    await_state(tab, "running")
    for drawn in ("map_box .legend .chip", "loss_box .lines .train path", "samples_box canvas"):
        tab.wait_for_selector(f".st-key-{drawn}", state="attached", timeout=20_000)
    return tab


def stopped(tab):
    """Stop, so that the next test finds the queue empty."""
    press(tab, "Stop")
    await_state(tab, "stopped")


def metric(tab, label):
    return tab.locator(".metric", has=tab.get_by_text(label, exact=True)).locator("b").inner_text()


def loss(tab):
    """The training loss at the end of its line."""
    return float(tab.locator(".st-key-loss_box text", has_text="train ").first.text_content().split()[-1])


def pixels(tab, card):
    """What the tiles of a grid show, to compare."""
    return tab.locator(f".st-key-{card} canvas").evaluate_all("all => all.map(canvas => canvas.toDataURL()).join()")


def awaited(tab, read, wanted):
    """Wait until what is read from the page fulfils what is wanted; its value."""
    for _ in range(200):
        value = read()
        if wanted(value):
            return value
        tab.wait_for_timeout(50)
    raise TimeoutError(f"it stayed at {value!r:.200}")


def test_a_word_says_what_it_means_to_mouse_keyboard_and_finger(open_tab, address):
    tab = open_tab(link(address, 3))
    word, bubble = tab.locator(".metric .term", has_text="loss"), tab.locator(".bubble")
    word.hover()
    assert bubble.inner_text().startswith("The number that training makes small")
    tab.mouse.move(0, 0)
    assert bubble.count() == 0
    word.focus()
    place, window = bubble.bounding_box(), tab.viewport_size
    assert 0 <= place["x"] <= window["width"] - place["width"]
    tab.keyboard.press("Escape")
    assert bubble.count() == 0
    finger = {"pointerType": "touch", "bubbles": True, "composed": True}
    word.dispatch_event("pointerdown", finger)
    assert bubble.count() == 1
    tab.locator(".cardhead").first.dispatch_event("pointerdown", finger)
    assert bubble.count() == 0


def test_a_phone_s_menu_goes_once_a_page_was_chosen(open_tab, address):
    tab = open_tab(link(address, 3), viewport=PHONE)
    tab.get_by_test_id("stExpandSidebarButton").click()
    tab.get_by_test_id("stSidebarNavLink").filter(has_text="Runs").click()
    tab.wait_for_url("**/runs")
    tab.get_by_test_id("stExpandSidebarButton").wait_for()


def test_it_is_watched_while_it_learns(open_tab, address):
    tab = started(open_tab(link(address, 9000)))
    first, before = loss(tab), pixels(tab, "reconstruction_box")
    awaited(tab, lambda: loss(tab), lambda now: now < 0.8 * first)
    assert pixels(tab, "reconstruction_box") != before
    awaited(tab, lambda: metric(tab, "test loss"), lambda text: text != "–")
    press(tab, "Pause")
    await_state(tab, "paused")
    tab.get_by_role("button", name="Go on", exact=True).wait_for()
    at = metric(tab, "epoch")
    press(tab, "Go on")
    await_state(tab, "running")
    awaited(tab, lambda: metric(tab, "epoch"), lambda now: now != at)
    stopped(tab)
    tab.get_by_role("button", name="Train again", exact=True).wait_for()


def test_nothing_jumps_from_ready_to_finished(open_tab, address):
    """With noise, which adds a row to the grid."""
    tab = open_tab(link(address, 120, corruption='"gaussian"'))
    tab.wait_for_selector(".st-key-reconstruction_box canvas")
    tab.wait_for_function(AT_REST)  # while it opens, Streamlit's widgets come one by one
    places = {"ready": tops(tab)}
    started(tab)
    places["running"] = tops(tab)
    press(tab, "Pause")
    await_state(tab, "paused")
    tab.get_by_role("button", name="Go on", exact=True).wait_for()
    places["paused"] = tops(tab)
    press(tab, "Go on")
    await_state(tab, "finished")
    tab.get_by_role("button", name="Train again", exact=True).wait_for()
    places["finished"] = tops(tab)
    assert len({tuple(place) for place in places.values()}) == 1, places
    bottoms = [box["y"] + box["height"] for box in (tab.locator(f".st-key-{card}").bounding_box() for card in CARDS)]
    assert max(bottoms) <= 900


def tops(tab):
    """Where the cards begin, and how many tiles the grid shows."""
    tiles = tab.locator(".st-key-reconstruction_box canvas").count()
    return [*(round(tab.locator(f".st-key-{card}").bounding_box()["y"]) for card in CARDS), tiles]


def test_time_travel_with_mouse_and_keyboard(open_tab, address):
    tab = started(open_tab(long(address)))
    awaited(tab, lambda: metric(tab, "test loss"), lambda text: text != "–")
    press(tab, "Pause")
    await_state(tab, "paused")
    now = {card: pixels(tab, card) for card in ("reconstruction_box", "samples_box")}
    bar, handle = tab.locator(".bar"), tab.locator(".handle")
    area = bar.bounding_box()
    middle = area["y"] + area["height"] / 2
    grip = handle.bounding_box()
    tab.mouse.move(grip["x"] + grip["width"] / 2, middle)
    tab.mouse.down()
    tab.mouse.move(area["x"], middle, steps=5)
    tab.mouse.up()
    for card, picture in now.items():
        awaited(tab, lambda card=card: pixels(tab, card), lambda value, picture=picture: value != picture)
    tab.wait_for_selector(".st-key-loss_box .markers:not(.off) line", state="attached")
    tab.get_by_text("test MSE of 10 images", exact=True).wait_for()  # no epoch had ended
    awaited(tab, lambda: metric(tab, "epoch"), lambda text: text == "0.0 / 9000")
    first = handle.get_attribute("aria-valuenow")
    beginning = pixels(tab, "reconstruction_box")
    for _ in range(3):
        handle.press("ArrowRight")
    assert int(handle.get_attribute("aria-valuenow")) == int(first) + 3
    awaited(tab, lambda: pixels(tab, "reconstruction_box"), lambda value: value != beginning)
    tab.locator(".live").click()
    awaited(tab, lambda: pixels(tab, "reconstruction_box"), lambda value: value == now["reconstruction_box"])
    awaited(tab, lambda: metric(tab, "test loss"), lambda text: text != "–")
    stopped(tab)


def test_zoom_survives_ticks(open_tab, address):
    tab = started(open_tab(long(address)))
    awaited(tab, lambda: metric(tab, "epoch"), lambda text: float(text.split()[0].replace(",", "")) > 2)
    area = tab.locator(".st-key-loss_box .plot").bounding_box()
    middle = area["y"] + area["height"] / 2
    tab.mouse.move(area["x"] + 0.1 * area["width"], middle)
    tab.mouse.down()
    tab.mouse.move(area["x"] + 0.4 * area["width"], middle, steps=5)
    tab.mouse.up()
    tab.wait_for_selector(".st-key-loss_box .switch:has-text('whole run')")
    axis = tab.locator(".st-key-loss_box .ticks text[text-anchor=middle]")
    zoomed = axis.all_inner_texts()
    for _ in range(3):
        at = metric(tab, "epoch")
        awaited(tab, lambda: metric(tab, "epoch"), lambda now, at=at: now != at)
    assert axis.all_inner_texts() == zoomed
    stopped(tab)


def test_the_recipe_survives_a_visit_elsewhere(open_tab, address):
    tab = open_tab(link(address, 77))
    epochs = tab.get_by_role("spinbutton", name="Epochs", exact=True)
    epochs.wait_for()
    tab.get_by_role("link", name="Runs").click()
    tab.get_by_role("heading", name="Runs").wait_for()
    tab.get_by_role("link", name="Train").click()
    epochs.wait_for()
    assert epochs.input_value() == "77"
    tab.wait_for_function("location.search.includes('epochs')")


def typed(tab, label, value):
    """Type a number, and wait until the address says so."""
    before, field = tab.url, tab.get_by_role("spinbutton", name=label, exact=True)
    field.fill(str(value))
    field.press("Enter")
    tab.wait_for_function("before => location.href !== before", arg=before)


def addressed(tab, *words):
    """Wait until the address has these words, and the page has settled."""
    tab.wait_for_function("words => words.every(word => location.href.includes(word))", arg=list(words))
    tab.locator("[data-test-script-state=notRunning]").wait_for(state="attached")


def test_back_goes_through_the_edits_of_a_recipe_to_where_one_came_from(open_tab, address):
    tab = open_tab(address)
    tab.get_by_role("link", name="Train", exact=True).click()
    epochs = tab.get_by_role(
        "spinbutton", name="Epochs", exact=True
    ).first  # for a moment the one of before is there, too
    epochs.wait_for()
    addressed(tab, "/train?", "preset=")
    first = epochs.input_value()
    typed(tab, "Epochs", 8)
    typed(tab, "Epochs", 9)
    for value in ("8", first):
        tab.go_back()
        awaited(tab, epochs.input_value, lambda now, value=value: now == value)
    tab.go_forward()
    awaited(tab, epochs.input_value, lambda now: now == "8")
    tab.go_back()
    awaited(tab, epochs.input_value, lambda now: now == first)
    tab.go_back()
    tab.get_by_role("heading", name="Watch an autoencoder learn").wait_for()


def test_back_from_a_run_shows_its_recipe_and_forward_the_run(open_tab, address):
    tab = open_tab(link(address, 3))
    press(tab, "Start training")
    await_state(tab, "finished")
    addressed(tab, "run=")
    run = tab.url
    tab.go_back()
    tab.get_by_text("Ready", exact=True).wait_for()
    addressed(tab, "preset=R0-simple")
    tab.go_forward()
    await_state(tab, "finished")
    assert tab.url == run


def test_a_run_that_is_opened_is_one_step(open_tab, address):
    tab = open_tab(link(address, 2))
    press(tab, "Start training")
    await_state(tab, "finished")
    addressed(tab, "run=")
    run = tab.url.split("run=")[1]
    tab.get_by_role("link", name="Experiments", exact=True).click()
    tab.get_by_role("link", name="My own").click()
    addressed(tab, "/sweeps?", "values=")
    sweeps = tab.url
    tab.get_by_role("link", name="Home", exact=True).click()
    tab.locator(f".st-key-open-{run} button").click()
    await_state(tab, "finished")
    addressed(tab, f"/train?run={run}")
    tab.get_by_role("button", name="What if?", exact=True).click()
    addressed(tab, "/twins?", "of=")
    tab.go_back()
    await_state(tab, "finished")
    addressed(tab, "/train?run=")
    tab.go_back()
    tab.get_by_role("heading", name="Watch an autoencoder learn").wait_for()
    tab.go_back()
    addressed(tab, "/sweeps?")
    assert tab.url == sweeps


def test_each_page_that_is_opened_is_one_step(open_tab, address):
    tab = open_tab(f"{address}/train")
    addressed(tab, "/train?", "preset=")
    walked, steps = [tab.url], tab.evaluate("history.length")
    pages = ("Experiments", "/experiments"), ("My own", "/sweeps?question=own&")
    for name, path in (*pages, ("Train", "/train?preset="), ("Home", f"{address}/"), *pages):
        tab.get_by_role("link", name=name, exact=True).click()
        addressed(tab, path)
        tab.wait_for_function("path => new URL(path, location).pathname === location.pathname", arg=path)
        walked.append(tab.url)
        tab.get_by_role("heading", level=1).or_(tab.get_by_text("Ready", exact=True)).first.wait_for()
    assert tab.evaluate("history.length") == steps + len(walked) - 1
    heads = {"/": "Watch an autoencoder learn", "/experiments": "Experiments", "/sweeps": "My own"}
    for before in reversed(walked[:-1]):
        tab.go_back()
        heading = heads.get(urlsplit(before).path)
        ready = tab.get_by_role("heading", name=heading, level=1) if heading else tab.get_by_text("Ready", exact=True)
        ready.first.wait_for()
        awaited(tab, lambda: tab.url, lambda now, before=before: now == before)


def test_the_answer_of_a_page_that_was_left_by_back_opens_nothing(open_tab, address):
    """Back twice, quicker than a page answers: Streamlit then pushes the address of the page in between."""
    tab = open_tab(f"{address}/train")
    addressed(tab, "/train?", "preset=")
    here = tab.url
    tab.evaluate("dispatchEvent(new PopStateEvent('popstate'))")
    tab.evaluate("history.pushState({}, '', '/sweeps')")
    assert tab.url == here
    tab.get_by_role("link", name="Experiments", exact=True).click()
    addressed(tab, "/experiments")


def test_playing_the_handle_stands_where_the_panels_are(open_tab, address):
    tab = open_tab(link(address, 20), reduced_motion="reduce")
    press(tab, "Start training")
    await_state(tab, "finished")
    tab.locator(".play").click()
    both = "handle => [handle.style.left, handle.getRootNode().querySelector('.metric b').textContent]"
    at = metric(tab, "epoch")
    for _ in range(4):
        at = awaited(tab, lambda: metric(tab, "epoch"), lambda now, at=at: now != at)
        left, epoch = tab.locator(".handle").evaluate(both)
        assert float(left[:-1]) / 100 * 20 == pytest.approx(float(epoch.split()[0]), abs=0.06)


def middle(box):
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def holds(box, x, y):
    return box["x"] <= x <= box["x"] + box["width"] and box["y"] <= y <= box["y"] + box["height"]


def test_where_stop_stood_no_start_comes_to_stand(open_tab, address):
    tab = started(open_tab(long(address)))
    stop, again = (tab.get_by_role("button", name=name, exact=True) for name in ("Stop", "Train again"))
    for width in (390, 768, 1024, 1440):
        tab.set_viewport_size({"width": width, "height": 900})
        tab.evaluate(AT_REST)
        spot = middle(stop.bounding_box())
        tab.mouse.click(*spot)
        await_state(tab, "stopped")
        again.wait_for()
        assert not holds(again.bounding_box(), *spot), width
        if width < 1440:
            press(tab, "Go on")
            await_state(tab, "running")
    run = tab.url
    assert holds(stop.bounding_box(), *spot)
    tab.mouse.click(*spot)
    addressed(tab)
    assert tab.url == run
    assert tab.locator(".pill.stopped").is_visible()


@pytest.mark.parametrize(("preset", "words"), [("R0-vae", "Collapsed: "), ("aedash-vq", "words in use, of 64: 64")])
def test_what_is_said_of_a_model_is_said_whole(open_tab, address, preset, words):
    run = json.loads((ROOT / "checkpoints" / preset / "run.json").read_text())["id"]
    tab = open_tab(f"{address}/train?run={run}")
    tab.get_by_text(words).first.wait_for()
    for width in (390, 768, 1024, 1440):
        tab.set_viewport_size({"width": width, "height": 900})
        tab.evaluate(AT_REST)
        cut = "all => all.some(one => one.scrollHeight > one.clientHeight || one.scrollWidth > one.clientWidth)"
        assert not tab.locator(".slot, .slot .finding").evaluate_all(cut), width
        steps, row = tab.locator(".st-key-next_steps").bounding_box(), tab.locator(".slot").bounding_box()
        apart = steps["x"] >= row["x"] + row["width"] or steps["y"] >= row["y"] + row["height"]
        assert apart, width
        assert steps["x"] + steps["width"] <= width
    assert tab.locator(".st-key-projection-" + run + "-1 button").first.bounding_box()["height"] < 32


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("page", ["", "train", "runs"])
def test_it_fits_a_phone(open_tab, address, page, scheme):
    tab = open_tab(f"{address}/{page}", viewport=PHONE, color_scheme=scheme)
    tab.wait_for_selector({"": "text=Recent runs", "train": ".st-key-samples_box", "runs": "h1"}[page])
    width = "Math.max(...['html', '[data-testid=stMain]'].map(q => document.querySelector(q).scrollWidth))"
    assert tab.evaluate(width) <= PHONE["width"]
    dark = tab.evaluate("getComputedStyle(document.querySelector('.stApp')).backgroundColor") == "rgb(15, 18, 22)"
    assert dark == (scheme == "dark")


def test_what_is_said_of_a_part_does_not_lie_over_the_navigation(open_tab, address):
    tab = open_tab(link(address, 5))
    tab.get_by_role("button", name="Help for Dataset").hover()
    said = tab.get_by_role("tooltip").bounding_box()
    navigation = tab.get_by_test_id("stHeader").bounding_box()
    assert said["y"] > navigation["y"] + navigation["height"]
    assert said["x"] >= 0


def opened(tab):
    """The model picker, once its cards are there."""
    tab.locator(".st-key-choose_model button").click()
    tab.locator(".st-key-use-R0-simple button").wait_for()
    return tab.get_by_role("dialog")


def use(tab, model):
    tab.locator(f".st-key-use-{model} button").click()
    tab.get_by_role("dialog").wait_for(state="detached")


def test_a_model_is_chosen_in_the_picker(open_tab, address):
    tab = open_tab(link(address, 5))
    dialog = opened(tab)
    dialog.get_by_text("By kind").click()
    dialog.get_by_role("heading", name="Contractive", exact=True).wait_for()
    use(tab, "R3-transpose")
    tab.wait_for_selector(".slot .formula:has-text('1,077 parameters')")
    tab.get_by_role("button", name="R3-transpose", exact=True).wait_for()
    tab.wait_for_function("location.search.includes('R3-transpose')")


def test_the_keyboard_opens_and_leaves_the_picker(open_tab, address):
    tab = open_tab(link(address, 5))
    button = tab.locator(".st-key-choose_model button")
    button.focus()
    button.press("Enter")
    tab.locator(".st-key-use-R0-simple button").wait_for()
    tab.keyboard.press("Escape")
    tab.get_by_role("dialog").wait_for(state="detached")
    tab.wait_for_function("document.activeElement.closest('.st-key-choose_model')")


def test_the_end_of_a_run_does_not_close_the_picker(open_tab, address):
    tab = open_tab(link(address, 41))  # no other test's recipe, whose run this one would open
    press(tab, "Start training")
    await_state(tab, "running")
    dialog = opened(tab)
    dialog.evaluate("dialog => { dialog.isTheSame = true }")
    await_state(tab, "finished")
    assert dialog.evaluate("dialog => dialog.isTheSame")
    tab.keyboard.press("Escape")
    tab.locator(".st-key-go button", has_text="Train again").wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_picker_fits_a_phone_and_the_theme(open_tab, address, scheme):
    tab = open_tab(link(address, 5), viewport=PHONE, color_scheme=scheme)
    dialog = opened(tab)
    assert dialog.evaluate("dialog => dialog.scrollWidth <= dialog.clientWidth")
    assert dialog.bounding_box()["width"] <= PHONE["width"]
    assert dialog.locator(".model p").first.evaluate("line => getComputedStyle(line).color") == MUTED[scheme]


def test_a_run_of_the_command_line_is_watched_to_its_end(open_tab, serve, house, tmp_path):
    with serve(ROOT / "app.py", tmp_path / "log.txt", **house) as server:
        command = [*COMMAND, "train", "--preset", "R0-simple", "--dataset", "digits", "--epochs", "60", "--json"]
        trainer = subprocess.Popen(
            command, cwd=ROOT, env=os.environ | house, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        run = told_by_disk(house, "running")
        tab = open_tab(f"{server.address}/train?run={run}")
        await_state(tab, "running")
        assert tab.get_by_role("button", name="Pause", exact=True).is_disabled()
        await_state(tab, "finished", 60)
        tab.get_by_role("button", name="Train again", exact=True).wait_for()
        assert json.loads(trainer.communicate()[0].splitlines()[-1])["state"] == "finished"


def told_by_disk(house, state):
    """Id of the first run whose manifest names this state."""
    manifests = Path(house["AEDASH_RUNS_DIR"])
    for _ in range(600):
        for path in manifests.glob("*/run.json"):
            if json.loads(path.read_text())["state"] == state:
                return path.parent.name
        Event().wait(0.05)
    raise AssertionError(f"no run is {state}")


COMMAND = [sys.executable, "-m", "aedash"]


def listed(house):
    """What `python -m aedash runs --json` says."""
    told = subprocess.run(
        [*COMMAND, "runs", "--json"], cwd=ROOT, env=os.environ | house, capture_output=True, check=True
    )
    return json.loads(told.stdout.splitlines()[-1])


@contextmanager
def training(open_tab, serve, house, log):
    """A server of its own with a run under way: (server, tab, id of the run)."""
    with serve(ROOT / "app.py", log, **house) as server:
        tab = started(open_tab(long(server.address)))
        tab.wait_for_function("location.search.includes('run=')")
        awaited(tab, lambda: metric(tab, "test loss"), lambda text: text != "–")
        yield server, tab, tab.url.split("run=")[1][:12]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_run_outlives_its_server(open_tab, serve, house, tmp_path, number):
    with training(open_tab, serve, house, tmp_path / "first.txt") as (server, tab, run):
        tab.goto("about:blank")
        status = server.stop(number)
        assert status in ((0, -number) if number is signal.SIGTERM else (-number,))
    (row,) = listed(house)
    assert (row["id"], row["state"]) == (run, "interrupted")
    assert row["epochs_done"] >= 1
    with serve(ROOT / "app.py", tmp_path / "second.txt", **house) as server:
        tab.goto(f"{server.address}/train?run={run}")  # the same visitor, and the first request that this server gets
        await_state(tab, "interrupted")
        assert tab.get_by_role("link", name="Runs").is_visible()
        at = metric(tab, "epoch")
        press(tab, "Go on")
        await_state(tab, "running")
        awaited(tab, lambda: metric(tab, "epoch"), lambda now: now != at)
        stopped(tab)
