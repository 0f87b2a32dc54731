"""The README's pictures, taken of the real app with a real run; writes docs/pictures/*.webp.

python tests/browser/pictures.py [--data DIR]    with DIR: MNIST from there, else the bundled digits
"""

import argparse
import io
import os
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from PIL import Image
from playwright.sync_api import sync_playwright

from tests.browser.conftest import CHROMIUM, FLAGS
from tests.browser.serving import ROOT, Server, environment
from tests.browser.visitor import at_rest, await_state, press

PICTURES = ROOT / "docs" / "pictures"
WINDOW = {"width": 1280, "height": 800}
NAMES = ("explore", "experiments", "lambda", "compare", "runs")
PAGES = {"home": ""} | {name: name for name in NAMES}
MEASURES = {"compare": 20_000, "explore": 20_000}  # milliseconds in which what is measured comes one by one
SWEEP = ("sweep", "--preset", "R0-simple", "--dataset", "digits", "--epochs", "10", "--seeds", "2")
SWEEP += ("--vary", "architecture.latent=2,8,32")


def keep(tab, name):
    """Save what is on screen, once nothing moves."""
    at_rest(tab)
    Image.open(io.BytesIO(tab.screenshot())).save(PICTURES / f"{name}.webp", quality=80, method=6)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path)
    data = parser.parse_args().data
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as play:
        house = environment(Path(folder)) | ({"AEDASH_DATA_DIR": str(data.resolve())} if data else {})
        subprocess.run([sys.executable, "-m", "aedash", *SWEEP], cwd=ROOT, env=os.environ | house, check=True)
        server = Server(ROOT / "app.py", Path(folder) / "log.txt", **house)
        tab = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS).new_page(viewport=WINDOW)
        try:
            tab.goto(server.address)
            press(tab, "Train one now")
            await_state(tab, "finished", 300)
            keep(tab, "train")
            for name, page in PAGES.items():
                tab.goto(f"{server.address}/{page}")
                tab.locator("h1").first.wait_for()
                tab.wait_for_timeout(MEASURES.get(name, 5_000))
                keep(tab, name)
        finally:
            server.stop()


if __name__ == "__main__":
    main()
