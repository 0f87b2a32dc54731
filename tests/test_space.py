"""The Dockerfile without an engine: linted, and its steps done in a clean tree that another user may only read.

What a container has and this has not: the base image, the packages' own installation (those of the tests serve), and
the network's walls.
"""

import json
import os
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import urllib.request
from collections import defaultdict
from pathlib import Path

import pytest
import yaml

from tests.browser.serving import Server

ROOT = Path(__file__).parents[1]
FILE = ROOT / "Dockerfile"
USER = 1000
# the interpreter of the tests may lie where only root looks, so this user may look everywhere, and write nowhere
LOOKS = "+dac_read_search"
AS = ["setpriv", "--reuid", str(USER), "--regid", str(USER), "--clear-groups"]
AS_THE_USER = [*AS, "--inh-caps", LOOKS, "--ambient-caps", LOOKS] if os.geteuid() == 0 else []


def instructions():
    """{instruction: its arguments as text, in order} of the last stage, which is the image."""
    found = defaultdict(list)
    for line in FILE.read_text().replace("\\\n", " ").splitlines():
        word, _, rest = line.partition(" ")
        if word == "FROM":
            found.clear()
        if word and word != "#":
            found[word].append(" ".join(rest.split()))
    return found


def test_it_is_linted():
    hadolint = Path(sysconfig.get_path("scripts")) / "hadolint"
    done = subprocess.run([hadolint, FILE], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "")


def test_the_front_matter_tells_a_space_what_the_image_does():
    text = (ROOT / "README.md").read_text()
    told = yaml.safe_load(text.split("---")[1])
    assert (told["sdk"], told["app_port"], told["license"]) == ("docker", int(*instructions()["EXPOSE"]), "mit")
    assert instructions()["USER"] == [str(USER)]


def test_all_that_is_copied_is_there_and_all_code_is_copied():
    sources = {name.removeprefix("./") for line in copied() for name in line[:-1]}
    assert all((ROOT / name).exists() for name in sources)
    assert {"app.py", "pages", "aedash", "checkpoints", "static", ".streamlit"} <= sources


def copied():
    lines = [shlex.split(line) for line in instructions()["COPY"]]
    return [line for line in lines if not line[0].startswith("--from")]


NO_CACHE = shutil.ignore_patterns("__pycache__")


def laid(app):
    """What the image holds of ours, in a folder."""
    for *sources, target in copied():
        for name in sources:
            ours, place = ROOT / name, app / target
            if ours.is_dir():
                shutil.copytree(ours, place, ignore=NO_CACHE)
            else:
                place.mkdir(parents=True, exist_ok=True)
                shutil.copy(ours, place)


@pytest.fixture
def container():
    """(the app's folder, the one that may be written, environment): as the image has them, another user's to read."""
    with tempfile.TemporaryDirectory(prefix="aedash-space-") as folder:  # pytest's own is for one user alone
        root = Path(folder)
        root.chmod(0o755)
        app, home = root / "srv", root / "data"
        laid(app)
        home.mkdir()
        if os.geteuid() == 0:
            os.chown(home, USER, USER)
        subprocess.run(["chmod", "-R", "a-w,a+rX", app], check=True)
        told = dict(part.split("=", 1) for line in instructions()["ENV"] for part in shlex.split(line))
        kept = {name: value for name, value in os.environ.items() if not name.startswith("AEDASH_")}
        mine = {name: value.replace("/data/", f"{home}/") for name, value in told.items() if name != "PATH"}
        yield app, home, kept | mine | {"HOME": str(root / "nowhere"), "STREAMLIT_SERVER_ADDRESS": "127.0.0.1"}
        subprocess.run(["chmod", "-R", "u+w", app], check=True)


def tree(folder):
    return sorted(path.relative_to(folder) for path in folder.rglob("*"))


def test_another_user_who_may_only_read_trains_and_serves(container, tmp_path):
    app, home, told = container
    before = tree(app)
    train = ["-m", "aedash", "train", "--preset", "R0-simple", "--dataset", "digits", "--epochs", "1"]
    how = {"cwd": app, "env": told, "capture_output": True, "text": True}
    done = subprocess.run([*AS_THE_USER, sys.executable, *train], **how)
    assert done.returncode == 0, done.stderr
    assert len(list((home / "runs").glob("*/best.safetensors"))) == 1
    assert instructions()["CMD"] == ['["streamlit", "run", "app.py"]']
    server = Server("app.py", tmp_path / "log.txt", cwd=app, before=AS_THE_USER, alone=True, **told)
    try:
        _, *check = json.loads(instructions()["HEALTHCHECK"][0].partition("CMD ")[2])
        done = subprocess.run(
            [*AS_THE_USER, sys.executable, *(part.replace("8501", str(server.port)) for part in check)], **how
        )
        assert done.returncode == 0, done.stderr
        asked = urllib.request.Request(server.address, headers={"accept": "text/html"})
        with urllib.request.urlopen(asked, timeout=300) as page:
            assert b"<style" in page.read()
    finally:
        server.stop()
    assert "Traceback" not in server.log.read_text()
    assert tree(app) == before
