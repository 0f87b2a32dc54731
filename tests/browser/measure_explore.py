"""What the hand feels on the page Explore: the pad's decoders, the map of 10,000 images, moves that need the server."""

from statistics import median

from aedash.analysis.trained import trained
from aedash.models.travelling import travelling
from aedash.store.gallery import pretrained
from tests.browser.conftest import DESK
from tests.browser.serving import ROOT

DECODED = ("R0-simple", "R1-conv", "R4-conv-vae")  # whose decoders travel
SERVED = "aedash-vq"  # whose does not
MAP, PAD, EDIT, UNITS = (
    f".st-key-{name} .root" for name in ("explore-map-code", "explore_pad_box", "explore_edit_box", "explore_units_box")
)
MAPS = {"plane_enlarged": ("PCA", 4), "space": ("PCA 3-D", 1)}  # name: (view, enlarged so many times)
SETTLE = 3000  # milliseconds in which the other cards come
# Three seconds of one act a frame: frames a second, and milliseconds of the script's drawing.
FRAMES = """async (root, act) => {
    const view = root.view, draw = view.draw.bind(view), spent = [], wanted = 180;
    view.draw = () => { const began = performance.now(); draw(); spent.push(performance.now() - began); };
    const move = new Function('view', 'i', act), first = performance.now();
    for (let i = 0; i < wanted; i++) { await new Promise(requestAnimationFrame); move(view, i); }
    view.draw = draw;
    const seconds = (performance.now() - first) / 1000;
    return [wanted / seconds, spent];
}"""
AROUND = "view.point([0.5 + 0.4 * Math.cos(i / 54), 0.5 + 0.4 * Math.sin(i / 54)])"
SHIFT = "view.moveBy(i % 20 < 10 ? 3 : -3, 1 - 2 * (i % 2))"
# The clock of a page has steps of 0.1 ms: ten at a time.
DECODE = """(root) => {
    const { view } = root, spent = [];
    for (let i = 0; i < 80; i++) {
        const code = view.codeAt(view.placeAt([(i % 9) / 9, (i % 7) / 7]), new Float32Array(view.origin.length));
        const began = performance.now();
        for (let k = 0; k < 10; k++) view.decoder.decode(code);
        spent.push((performance.now() - began) / 10);
    }
    return spent.slice(20);
}"""
# Milliseconds from an act to what the server makes of it, eight times.
ANSWERS = """async (root, [act, answer]) => {
    const { view } = root, move = new Function('view', 'i', act), told = new Function('view', `return ${answer}`);
    const rest = (ms) => new Promise((done) => setTimeout(done, ms)), spent = [];
    for (let i = 0; i < 8; i++) {
        const before = told(view), began = performance.now();
        move(view, i);
        while (!told(view) || told(view) === before) {
            if (performance.now() - began > 10_000) throw new Error(`no answer to ${act}`);
            await rest(1);
        }
        spent.push(performance.now() - began);
        await rest(400);
    }
    return spent;
}"""
POINT = "view.tell('spot', [0.3 + 0.4 * i, 0.2 * i].join(','))", "view.data.spotPicture && view.data.spot.join()"
RELEASE = (
    """const { input } = view.inputs[0];
       input.value = Number(input.min) + (0.2 + 0.08 * i) * (input.max - input.min);
       for (const name of ['input', 'change']) input.dispatchEvent(new Event(name));""",
    "view.data.picture && view.data.text",
)
CHOOSE = "view.choose(i + 1)", "view.data.chosen"


def measure_pad(browser, server, data):
    """The pad with a decoder that travelled: its bytes, its pictures by themselves, and a pointer that never rests."""
    return {name: decoded(browser, server, model(name), data) for name in DECODED}


def measure_map(browser, server, data):
    """The map of 10,000 images, on displays of both densities."""
    return {
        f"{name}_density_{density}": mapped(browser, server, *how, density)
        for density in (1, 2)
        for name, how in MAPS.items()
    }


def measure_moves(browser, server, data):
    """From a move of the hand to the server's picture: a unit is chosen, a pad's pointer rests, a slider is let go."""
    moves = {"unit": ("R0-simple", "Units", UNITS, CHOOSE), "pad": (SERVED, "Film", PAD, POINT)}
    moves["slider"] = SERVED, "Edit", EDIT, RELEASE
    return {name: answered(browser, server, *how) for name, how in moves.items()}


def model(name):
    """The gallery's run of a preset."""
    return pretrained(ROOT / "checkpoints")[name]


def explored(browser, server, run, selector, density=1, **looks):
    """The root of a card, once the whole page is there, in a context of its own."""
    tab = browser.new_context(viewport=DESK, device_scale_factor=density).new_page()
    asked = "".join(f"&view-{name}={value}" for name, value in looks.items())
    tab.goto(f"{server.address}/explore?run={run.id}{asked}")
    root = tab.locator(selector)
    root.wait_for(timeout=60_000)
    tab.wait_for_timeout(SETTLE)
    return root


def decoded(browser, server, run, data):
    """Of one model."""
    seen = trained(run, data)
    root = explored(browser, server, run, PAD, tool="Film")
    frames, drawn = root.evaluate(FRAMES, AROUND)
    spent = root.evaluate(DECODE)
    root.page.context.close()
    return {
        "bytes": len(travelling(seen.model, seen.scaling, 0)),
        "decode_ms": spread(spent),
        "frames_a_second": round(frames, 1),
        "draw_ms": spread(drawn),
    }


def mapped(browser, server, view, times, density):
    """The map of R0-simple, moved in every frame."""
    root = explored(browser, server, model("R0-simple"), MAP, density, map=view, points="10,000", tool="Film")
    root.evaluate("(root, times) => root.view.zoomBy(times, [200, 150])", times)
    frames, drawn = root.evaluate(FRAMES, SHIFT)
    root.page.context.close()
    return {"frames_a_second": round(frames, 1), "draw_ms": spread(drawn)}


def answered(browser, server, name, tool, selector, act):
    """Of one move, in ms."""
    root = explored(browser, server, model(name), selector, tool=tool)
    spent = root.evaluate(ANSWERS, list(act))
    root.page.context.close()
    return {"ms": spread(spent), "most_ms": round(max(spent))}


def spread(spent):
    """[median, 95 %] of milliseconds."""
    return [round(median(spent), 2), round(sorted(spent)[int(0.95 * (len(spent) - 1))], 2)]
