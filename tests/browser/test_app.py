"""The app in a real Chromium against a real server: train, steer, travel in time, come back after a crash."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.browser.serving import ROOT, environment
from tests.browser.visitor import (
    PHONE,
    SECONDS,
    addressed,
    at_rest,
    await_state,
    awaited,
    back,
    follow,
    lasting,
    link,
    long,
    metric,
    own,
    paused,
    pixels,
    places,
    press,
    started,
    stopped,
)

pytestmark = pytest.mark.browser

MUTED = {"light": "rgb(104, 108, 114)", "dark": "rgb(157, 161, 166)"}
# what one test leaves training keeps no other waiting
SETTINGS = {"AEDASH_MAX_CONCURRENT_RUNS": "9"}
CARDS = ("reconstruction_box", "map_box", "loss_box", "samples_box")


@pytest.fixture
def house(tmp_path):
    """Environment of a server: its own runs, no data set but the bundled digits."""
    return environment(tmp_path)


def loss(tab):
    """The training loss at the end of its line."""
    return float(tab.locator(".st-key-loss_box text", has_text="train ").first.text_content().split()[-1])


def test_a_word_says_what_it_means_to_mouse_keyboard_and_finger(open_tab, address):
    tab = open_tab(link(address, 3))
    word, bubble = tab.locator(".metric .term", has_text="loss"), tab.locator(".bubble")
    word.wait_for()
    at_rest(tab)
    word.hover()
    expect(bubble).to_have_text(re.compile("^The number that training makes small"))
    tab.mouse.move(0, 0)
    expect(bubble).to_have_count(0)
    word.focus()
    [place] = places(tab, bubble)
    assert 0 <= place["x"] <= tab.viewport_size["width"] - place["width"]
    tab.keyboard.press("Escape")
    expect(bubble).to_have_count(0)
    finger = {"pointerType": "touch", "bubbles": True, "composed": True}
    word.dispatch_event("pointerdown", finger)
    expect(bubble).to_have_count(1)
    tab.locator(".cardhead").first.dispatch_event("pointerdown", finger)
    expect(bubble).to_have_count(0)


def test_a_phone_s_menu_goes_once_a_page_was_chosen(open_tab, address):
    tab = open_tab(link(address, 3), viewport=PHONE)
    tab.get_by_test_id("stExpandSidebarButton").click()
    tab.get_by_test_id("stSidebarNavLink").filter(has_text="Runs").click()
    tab.wait_for_url("**/runs")
    tab.get_by_test_id("stExpandSidebarButton").wait_for()


def test_it_is_watched_while_it_learns(open_tab, address):
    tab = started(open_tab(long(address)))
    first, before = loss(tab), pixels(tab, "reconstruction_box")
    awaited(tab, lambda: loss(tab), lambda now: now < first)
    awaited(tab, lambda: pixels(tab, "reconstruction_box"), lambda now: now != before)
    awaited(tab, lambda: metric(tab, "test loss"), lambda text: text != "–")
    paused(tab)
    at = metric(tab, "epoch")
    press(tab, "Go on")
    await_state(tab, "running")
    awaited(tab, lambda: metric(tab, "epoch"), lambda now: now != at)
    stopped(tab)
    tab.get_by_role("button", name="Train again", exact=True).wait_for()


LEFT = """() => {
  const cards = (nodes) => [...nodes].flatMap((node) => [node, ...(node.querySelectorAll?.("*") ?? [])])
    .filter((node) => /st-key-\\w+_box/.test(node.className)).length;
  globalThis.left = 0;
  new MutationObserver((all) => all.forEach(({ removedNodes }) => (left = Math.max(left, cards(removedNodes)))))
    .observe(document.body, { childList: true, subtree: true });
}"""


def test_nothing_jumps_from_ready_to_finished(open_tab, address):
    """Nor do the cards leave the page together. With noise, which adds a row to the grid."""
    noise = {"corruption": '"gaussian"'}
    tab = open_tab(long(address, **noise))
    found = {"ready": placed(tab)}
    tab.evaluate(LEFT)
    started(tab)
    found["running"] = placed(tab)
    paused(tab)
    found["paused"] = placed(tab)
    stopped(tab)
    tab.get_by_role("button", name="Train again", exact=True).wait_for()
    found["stopped"] = placed(tab)
    assert tab.evaluate("left") < len(CARDS)
    tab.goto(own(address, 60, **noise))
    press(tab, "Start training")
    await_state(tab, "finished")
    tab.get_by_role("button", name="Train again", exact=True).wait_for()
    found["finished"] = placed(tab)
    assert len({(*tops, tiles) for tops, _, tiles in found.values()}) == 1, found
    assert max(found["finished"][1]) <= 900


def placed(tab):
    """(where the cards begin, where they end, how many tiles the grid shows)."""
    tiles = tab.locator(".st-key-reconstruction_box canvas")
    tiles.first.wait_for()
    boxes = places(tab, *(f".st-key-{card}" for card in CARDS))
    tops = [round(box["y"]) for box in boxes]
    return tops, [box["y"] + box["height"] for box in boxes], tiles.count()


def test_time_travel_with_mouse_and_keyboard(open_tab, address):
    tab = started(open_tab(long(address)))
    awaited(tab, lambda: metric(tab, "test loss"), lambda text: text != "–")
    handle = tab.locator(".handle")
    awaited(tab, lambda: int(handle.get_attribute("aria-valuemax")), lambda last: last > 3)
    paused(tab)
    shown = lambda card: lasting(tab, lambda: pixels(tab, card))  # noqa: E731
    now = {card: shown(card) for card in ("reconstruction_box", "samples_box")}
    area, grip = places(tab, ".bar", handle)
    tab.mouse.move(*middle(grip))
    tab.mouse.down()
    tab.mouse.move(area["x"], middle(area)[1], steps=5)
    tab.mouse.up()
    for card, picture in now.items():
        awaited(tab, lambda card=card: pixels(tab, card), lambda value, picture=picture: value != picture)
    tab.wait_for_selector(".st-key-loss_box .markers:not(.off) line", state="attached")
    tab.get_by_text("test MSE of 10 images", exact=True).wait_for()  # no epoch had ended
    awaited(tab, lambda: metric(tab, "epoch"), lambda text: text == "0.0 / 9000")
    expect(handle).to_have_attribute("aria-valuenow", "0")
    at_rest(tab)
    beginning = shown("reconstruction_box")
    for _ in range(3):
        handle.press("ArrowRight")
    expect(handle).to_have_attribute("aria-valuenow", "3")
    awaited(tab, lambda: pixels(tab, "reconstruction_box"), lambda value: value != beginning)
    tab.locator(".live").click()
    awaited(tab, lambda: pixels(tab, "reconstruction_box"), lambda value: value == now["reconstruction_box"])
    awaited(tab, lambda: metric(tab, "test loss"), lambda text: text != "–")
    stopped(tab)


def test_zoom_survives_ticks(open_tab, address):
    tab = started(open_tab(long(address)))
    awaited(tab, lambda: metric(tab, "epoch"), lambda text: float(text.split()[0].replace(",", "")) > 2)
    [area] = places(tab, ".st-key-loss_box .plot")
    height = middle(area)[1]
    tab.mouse.move(area["x"] + 0.1 * area["width"], height)
    tab.mouse.down()
    tab.mouse.move(area["x"] + 0.4 * area["width"], height, steps=5)
    tab.mouse.up()
    tab.wait_for_selector(".st-key-loss_box .switch:has-text('whole run')")
    axis = tab.locator(".st-key-loss_box .ticks text[text-anchor=middle]")
    zoomed = lasting(tab, axis.all_inner_texts)
    for _ in range(3):
        at = metric(tab, "epoch")
        awaited(tab, lambda: metric(tab, "epoch"), lambda now, at=at: now != at)
    assert axis.all_inner_texts() == zoomed
    stopped(tab)


def test_the_recipe_survives_a_visit_elsewhere(open_tab, address):
    tab = open_tab(link(address, 77))
    epochs = tab.get_by_role("spinbutton", name="Epochs", exact=True).first  # for a moment there may be two
    expect(epochs).to_have_value("77")
    follow(tab, "Runs")
    tab.get_by_role("heading", name="Runs").wait_for()
    follow(tab, "Train")
    expect(epochs).to_have_value("77")
    tab.wait_for_function("location.search.includes('epochs')")


def typed(tab, label, value):
    """Type a number, and wait until the address says so and the page is at rest."""
    before, field = tab.url, tab.get_by_role("spinbutton", name=label, exact=True)
    field.fill(str(value))
    field.press("Enter")
    tab.wait_for_function("before => location.href !== before", arg=before)
    at_rest(tab)


def test_back_goes_through_the_edits_of_a_recipe_to_where_one_came_from(open_tab, address):
    tab = open_tab(address)
    follow(tab, "Train")
    epochs = tab.get_by_role("spinbutton", name="Epochs", exact=True).first  # for a moment there may be two
    epochs.wait_for()
    addressed(tab, "/train?", "preset=")
    at_rest(tab)
    first = epochs.input_value()
    typed(tab, "Epochs", 8)
    typed(tab, "Epochs", 9)
    for value in ("8", first):
        back(tab)
        expect(epochs).to_have_value(value)
    at_rest(tab)
    tab.go_forward()
    expect(epochs).to_have_value("8")
    back(tab)
    expect(epochs).to_have_value(first)
    back(tab)
    tab.get_by_role("heading", name="Watch an autoencoder learn").wait_for()


def test_back_from_a_run_shows_its_recipe_and_forward_the_run(open_tab, address):
    tab = open_tab(own(address, 3))
    press(tab, "Start training")
    await_state(tab, "finished")
    addressed(tab, "run=")
    at_rest(tab)
    run = tab.url
    back(tab)
    tab.get_by_text("Ready", exact=True).wait_for()
    addressed(tab, "preset=R0-simple")
    at_rest(tab)
    tab.go_forward()
    await_state(tab, "finished")
    awaited(tab, lambda: tab.url, lambda now: now == run)


def test_a_run_that_is_opened_is_one_step(open_tab, address):
    tab = open_tab(own(address, 2))
    press(tab, "Start training")
    await_state(tab, "finished")
    addressed(tab, "run=")
    at_rest(tab)
    run = tab.url.split("run=")[1][:12]
    follow(tab, "Experiments")
    follow(tab, "My own")
    addressed(tab, "/sweeps?", "values=")
    at_rest(tab)
    sweeps = tab.url
    follow(tab, "Home")
    tab.locator(f".st-key-open-{run} button").click()
    await_state(tab, "finished")
    addressed(tab, f"/train?run={run}")
    tab.get_by_role("button", name="What if?", exact=True).click()
    addressed(tab, "/twins?", "of=")
    back(tab)
    await_state(tab, "finished")
    addressed(tab, "/train?run=")
    back(tab)
    tab.get_by_role("heading", name="Watch an autoencoder learn").wait_for()
    back(tab)
    awaited(tab, lambda: tab.url, lambda now: now == sweeps)


HEADS = {"/": "Watch an autoencoder learn", "/experiments": "Experiments", "/sweeps": "My own"}


def headed(tab, address):
    """Wait until the page of that address is on screen."""
    heading = HEADS.get(urlsplit(address).path)
    found = tab.get_by_role("heading", name=heading, level=1) if heading else tab.get_by_text("Ready", exact=True)
    found.first.wait_for()


def test_each_page_that_is_opened_is_one_step(open_tab, address):
    tab = open_tab(f"{address}/train")
    addressed(tab, "/train?", "preset=")
    at_rest(tab)
    walked, steps = [tab.url], tab.evaluate("history.length")
    pages = ("Experiments", "/experiments"), ("My own", "/sweeps?question=own&")
    for name, path in (*pages, ("Train", "/train?preset="), ("Home", f"{address}/"), *pages):
        follow(tab, name)
        addressed(tab, path)
        tab.wait_for_function("path => new URL(path, location).pathname === location.pathname", arg=path)
        headed(tab, tab.url)
        at_rest(tab)
        walked.append(tab.url)
    assert tab.evaluate("history.length") == steps + len(walked) - 1
    for before in reversed(walked[:-1]):
        back(tab)
        headed(tab, before)
        awaited(tab, lambda: tab.url, lambda now, before=before: now == before)


def test_the_answer_of_a_page_that_was_left_by_back_opens_nothing(open_tab, address):
    """Back twice, quicker than a page answers: Streamlit then pushes the address of the page in between."""
    tab = open_tab(f"{address}/train")
    addressed(tab, "/train?", "preset=")
    at_rest(tab)
    here = tab.url
    tab.evaluate("dispatchEvent(new PopStateEvent('popstate'))")
    tab.evaluate("history.pushState({}, '', '/sweeps')")
    assert tab.url == here
    follow(tab, "Experiments")
    addressed(tab, "/experiments")


PLAYED = """handle => new Promise(done => {
  const root = handle.getRootNode(), seen = [], first = root.querySelector('.metric b').textContent;
  const look = () => {
    const epoch = root.querySelector('.metric b').textContent;
    if (epoch !== (seen.at(-1)?.[1] ?? first)) seen.push([handle.style.left, epoch]);
    seen.length === 4 ? done(seen) : requestAnimationFrame(look);
  };
  root.querySelector('.play').click();
  look();
})"""


def test_playing_the_handle_stands_where_the_panels_are(open_tab, address):
    tab = open_tab(own(address, 20), reduced_motion="reduce")
    press(tab, "Start training")
    await_state(tab, "finished")
    tab.get_by_role("button", name="Train again", exact=True).wait_for()
    at_rest(tab)
    for left, epoch in tab.locator(".handle").evaluate(PLAYED):
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
        [box] = places(tab, stop)
        spot = middle(box)
        tab.mouse.click(*spot)
        await_state(tab, "stopped")
        [box] = places(tab, again)
        assert not holds(box, *spot), width
        if width < 1440:
            press(tab, "Go on")
            await_state(tab, "running")
    [box] = places(tab, stop)
    assert holds(box, *spot)
    run = tab.url
    tab.mouse.click(*spot)
    at_rest(tab)
    assert tab.url == run
    assert tab.locator(".pill.stopped").is_visible()


@pytest.mark.parametrize(("preset", "words"), [("R0-vae", "Collapsed: "), ("aedash-vq", "words in use, of 64: 64")])
def test_what_is_said_of_a_model_is_said_whole(open_tab, address, preset, words):
    run = json.loads((ROOT / "checkpoints" / preset / "run.json").read_text())["id"]
    tab = open_tab(f"{address}/train?run={run}")
    tab.get_by_text(words).first.wait_for()
    for width in (390, 768, 1024, 1440):
        tab.set_viewport_size({"width": width, "height": 900})
        steps, row = places(tab, ".st-key-next_steps", ".slot")
        cut = "all => all.some(one => one.scrollHeight > one.clientHeight || one.scrollWidth > one.clientWidth)"
        assert not tab.locator(".slot, .slot .finding").evaluate_all(cut), width
        apart = steps["x"] >= row["x"] + row["width"] or steps["y"] >= row["y"] + row["height"]
        assert apart, width
        assert steps["x"] + steps["width"] <= width
    [button] = places(tab, tab.locator(f".st-key-projection-{run}-1 button").first)
    assert button["height"] < 32


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("page", ["", "train", "runs"])
def test_it_fits_a_phone(open_tab, address, page, scheme):
    tab = open_tab(f"{address}/{page}", viewport=PHONE, color_scheme=scheme)
    tab.wait_for_selector({"": "text=Recent runs", "train": ".st-key-samples_box", "runs": "h1"}[page])
    at_rest(tab)
    width = "Math.max(...['html', '[data-testid=stMain]'].map(q => document.querySelector(q).scrollWidth))"
    assert tab.evaluate(width) <= PHONE["width"]
    dark = tab.evaluate("getComputedStyle(document.querySelector('.stApp')).backgroundColor") == "rgb(15, 18, 22)"
    assert dark == (scheme == "dark")


def test_what_is_said_of_a_part_does_not_lie_over_the_navigation(open_tab, address):
    tab = open_tab(link(address, 5))
    tab.get_by_role("button", name="Help for Dataset").wait_for()
    at_rest(tab)
    tab.get_by_role("button", name="Help for Dataset").hover()
    said, navigation = places(tab, tab.get_by_role("tooltip"), tab.get_by_test_id("stHeader"))
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
    tab = open_tab(own(address, 60))
    press(tab, "Start training")
    tab.wait_for_selector(".st-key-map_box .legend .chip")  # it has begun; on a slow machine it may be over
    addressed(tab, "run=")
    dialog = opened(tab)
    dialog.evaluate("dialog => { dialog.isTheSame = true }")
    await_state(tab, "finished")
    at_rest(tab)
    assert dialog.evaluate("dialog => dialog.isTheSame")
    tab.keyboard.press("Escape")
    tab.locator(".st-key-go button", has_text="Train again").wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_picker_fits_a_phone_and_the_theme(open_tab, address, scheme):
    tab = open_tab(link(address, 5), viewport=PHONE, color_scheme=scheme)
    dialog = opened(tab)
    [box] = places(tab, dialog)
    assert dialog.evaluate("dialog => dialog.scrollWidth <= dialog.clientWidth")
    assert box["width"] <= PHONE["width"]
    assert dialog.locator(".model p").first.evaluate("line => getComputedStyle(line).color") == MUTED[scheme]


def test_a_run_of_the_command_line_is_watched_to_its_end(open_tab, serve, house, tmp_path):
    with serve(ROOT / "app.py", tmp_path / "log.txt", **house) as server:
        command = [*COMMAND, "train", "--preset", "R0-simple", "--dataset", "digits", "--epochs", "9000", "--json"]
        trainer = subprocess.Popen(
            command, cwd=ROOT, env=os.environ | house, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        run = told_by_disk(house, "running")
        tab = open_tab(f"{server.address}/train?run={run}")
        await_state(tab, "running")
        expect(tab.get_by_role("button", name="Pause", exact=True)).to_be_disabled()
        trainer.send_signal(signal.SIGINT)
        await_state(tab, "interrupted")
        tab.get_by_role("button", name="Train again", exact=True).wait_for()
        assert json.loads(trainer.communicate()[0].splitlines()[-1])["state"] == "interrupted"


def told_by_disk(house, state):
    """Id of the first run whose manifest names this state."""
    manifests, end = Path(house["AEDASH_RUNS_DIR"]), time.monotonic() + SECONDS
    while time.monotonic() < end:
        for path in manifests.glob("*/run.json"):
            if json.loads(path.read_text())["state"] == state:
                return path.parent.name
        time.sleep(0.05)
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
        expect(tab.get_by_role("link", name="Runs")).to_be_visible()
        at_rest(tab)
        at = metric(tab, "epoch")
        press(tab, "Go on")
        await_state(tab, "running")
        awaited(tab, lambda: metric(tab, "epoch"), lambda now: now != at)
        stopped(tab)
