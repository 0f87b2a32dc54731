"""Thirty people open Train and press Start in the same second, one of them a hundred times, at a server of two slots.

Run by hand: `python -m tests.browser.measure_starts`. Sessions are plain sockets that speak as a browser does, so that
they cost the machine little. Prints what each was told, how long the first drawing took, and who was served when.
"""

import json
import re
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path
from statistics import median
from threading import Barrier
from urllib.parse import urlencode
from urllib.request import urlopen

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect

from aedash.events import RunState
from aedash.store import Store
from tests.browser.serving import ROOT, Server, environment

PEOPLE, PRESSES, SLOTS = 30, 100, 2
WORD = re.compile(r'\\?"word\\?":\s*\\?"([^"\\]+)')
PROBLEM = re.compile(r'class=\\?"finding bad\\?"><span>(.*?)</span>')


class Session:
    """A browser's tab on the Train page; drawn: seconds from its question to the end of the drawing."""

    def __init__(self, port, seed, lines):
        with urlopen(f"http://127.0.0.1:{port}/train") as answer:
            cookie = (answer.headers.get("set-cookie") or "").split(";")[0]
        self.query = urlencode({"set": ['data.name="digits"', "epochs=8", f"seed={seed}"]}, doseq=True)
        address = f"ws://127.0.0.1:{port}/_stcore/stream"
        origin = f"http://127.0.0.1:{port}"
        opened = connect(
            address, subprotocols=["streamlit"], additional_headers={"Cookie": cookie}, origin=origin, max_size=None
        )
        self.line = lines.enter_context(opened)
        self.text, self.start = "", ""

    def ask(self, button=""):
        """Have the page drawn; with a button, as after a press. Seconds that it took."""
        message, began = BackMsg(), time.perf_counter()
        message.rerun_script.query_string = self.query
        message.rerun_script.page_name = "train"
        if button:
            state = message.rerun_script.widget_states.widgets.add()
            state.id, state.trigger_value = button, True
        self.line.send(message.SerializeToString())
        self.text = ""
        while True:
            told = ForwardMsg.FromString(self.line.recv(timeout=120))
            kind = told.WhichOneof("type")
            if kind == "delta":
                element = told.delta.new_element
                if element.WhichOneof("type") == "button" and element.button.label == "Start training":
                    self.start = element.button.id
                self.text += str(element)
            if kind == "script_finished" and told.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY:
                return time.perf_counter() - began

    @property
    def told(self):
        found = PROBLEM.findall(self.text) or WORD.findall(self.text)
        return found[0] if found else ""


def measured(port, runs_dir):
    barrier, lines = Barrier(PEOPLE, timeout=60), ExitStack()

    def person(i):
        barrier.wait()
        tab = Session(port, 1000 * i, lines)
        first = tab.ask()
        barrier.wait()
        began, told = time.perf_counter(), []
        for n in range(PRESSES if i == 0 else 1):
            if 0 < n < 5:  # other recipes, until one is refused
                tab.query = tab.query.replace(f"seed%3D{n - 1}", f"seed%3D{n}")
                tab.ask()
            tab.ask(tab.start)
            told.append(tab.told)
        return first, time.perf_counter() - began, told

    with lines, ThreadPoolExecutor(PEOPLE) as pool:
        answers = [pool.submit(person, i) for i in range(PEOPLE)]
        begun, order = set(), []
        with closing(Store(runs_dir)) as store:
            while not all(each.done() for each in answers) or any(run.state.alive for run in store.runs()):
                runs = {run.id: run for run in store.runs()}
                now = {each for each, run in runs.items() if run.state is not RunState.QUEUED}
                order += [runs[each].config.seed // 1000 for each in sorted(now - begun)]
                begun |= now
                time.sleep(0.03)
        return [each.result() for each in answers], order


def main():
    folder = Path(tempfile.mkdtemp())
    shared = {"AEDASH_SHARED": "true", "AEDASH_MAX_CONCURRENT_RUNS": str(SLOTS), "AEDASH_EXECUTOR": "process"}
    server = Server(ROOT / "app.py", folder / "log.txt", **environment(folder) | shared)
    try:
        with ExitStack() as lines:
            Session(server.port, 1, lines).ask()  # what the first page imports nobody shall wait for
        answers, order = measured(server.port, folder / "runs")
    finally:
        server.stop()
    firsts, presses = sorted(first for first, _, _ in answers), sorted(took for _, took, _ in answers[1:])
    hog = answers[0][2]
    print(
        json.dumps(
            {
                "first render p50, p95": [round(median(firsts), 2), round(firsts[int(0.95 * PEOPLE)], 2)],
                "press p50, p95": [round(median(presses), 2), round(presses[int(0.95 * (PEOPLE - 1))], 2)],
                "told": sorted(told[0] for _, _, told in answers[1:]),
                "hog told": {each: hog.count(each) for each in dict.fromkeys(hog)},
                "served": order,
                "people before the hog's second": len(set(order[: [i for i, who in enumerate(order) if who == 0][1]])),
            },
            indent=1,
        )
    )


if __name__ == "__main__":
    main()
