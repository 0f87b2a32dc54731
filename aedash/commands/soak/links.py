"""Links as nobody would share them, on every page: the page stands within a second, and nothing breaks."""

import logging
import os
import random
import tempfile
from collections import Counter
from pathlib import Path
from time import perf_counter
from typing import Any
from unittest.mock import patch
from urllib.parse import urlencode

from aedash import registry
from aedash.commands.soak.configs import HOSTILE
from aedash.commands.soak.outcome import Outcome

ROOT = Path(__file__).resolve().parents[3]
PAGES = {path.stem: path.relative_to(ROOT).as_posix() for path in sorted((ROOT / "pages").glob("*/*.py"))}
LINKS = {True: 40, False: 1000}  # a page: 10,000 in all
SLOW = 1.0  # seconds
EACH = 100  # links of one session
SEED = 20
NAMES = (
    *("run", "preset", "set", "sweep", "runs", "data", "values", "levels", "lambdas", "epochs", "seeds", "of", "after"),
    *("search", "sort", "state", "owner", "tag", "page", "kind", "order", "use", "field", "question", "embed"),
    *("view-at", "view-own", "view-tool", "view-points", "view-image", "view-weights", "view-samples", "view-term"),
    *("view-split", "view-unit", "view-pad", "view-map", "view-lasso", "view-colour", "view-projection", "nobody"),
)
WORDS = ("R0-simple", "R4-graph", "0" * 12, "a1b2c3d4e5f6", "Your own image", "Upload", "Film", "Units", "t-SNE", "0.5")
BARE = "streamlit.runtime.scriptrunner_utils.script_run_context"  # says a hundred times that no browser is there
HERE = {"AEDASH_THREADS": "1", "AEDASH_DEVICE": "cpu"}
MARKUP = "marked7f3a"  # in every link: it may stand on a page as text alone


def case(quick: bool) -> Outcome:
    """So many links a page, in sessions of the real app on an empty folder of runs."""
    logging.getLogger(BARE).disabled = True
    with tempfile.TemporaryDirectory() as folder, patch.dict(os.environ, HERE, AEDASH_RUNS_DIR=f"{folder}/runs"):
        chance, faults, took = random.Random(SEED), list[str](), Counter[str]()
        slowest = 0.0
        for page in PAGES:
            for start in range(0, LINKS[quick], EACH):
                queries = [query(chance) for _ in range(min(EACH, LINKS[quick] - start))]
                wrong, longest = tried(page, queries)
                faults, slowest = faults + wrong, max(slowest, longest)
                took[page] += len(queries)
    return Outcome({"links": took.total(), "pages": len(took), "slowest, ms": round(1000 * slowest)}, tuple(faults))


def tried(page: str, queries: list[dict[str, list[str]]]) -> tuple[list[str], float]:
    """(faults, seconds of the slowest) of the page in one session, opened by each of these links in turn."""
    from streamlit.testing.v1 import AppTest  # no other case needs it

    tab = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
    tab.switch_page(PAGES[page]).run()
    faults, slowest = [], 0.0
    for each in queries:
        tab.query_params = each
        seconds = run(tab)
        if seconds > SLOW:  # other work of the machine, or the first time of all
            seconds = run(tab)
        slowest = max(slowest, seconds)
        address = f"/{page}?{urlencode(each, doseq=True, errors='replace')}"[:400]
        faults += [f"{error.message[:100]} at {address}" for error in tab.exception]
        faults += [f"{seconds:.1f} s at {address}"] if seconds > SLOW else []
        faults += [f"markup at {address}"] if f"<{MARKUP}" in "".join(one.proto.body for one in tab.get("html")) else []
    return faults, slowest


def run(tab: Any) -> float:
    """Seconds of one pass over the page."""
    began = perf_counter()
    tab.run()
    return perf_counter() - began


def query(chance: random.Random) -> dict[str, list[str]]:
    """One to four parameters that a page may know, of one to three values each."""
    names = chance.sample(NAMES, chance.randint(1, 4))
    return {name: [text(chance) for _ in range(chance.choice((1, 1, 1, 3)))] for name in names}


def text(chance: random.Random) -> str:
    """A value that a link can carry: nonsense, a word that some page knows, markup, or a change of a recipe."""
    kind = chance.randrange(5)
    if kind == 0:
        return chance.choice(WORDS)
    if kind == 1:
        return f"<{MARKUP} onerror=alert(1)>"
    hostile = str(chance.choice(HOSTILE)).encode(errors="replace").decode()[:2500]
    if kind == 2:
        return hostile
    if kind == 3:
        letters = [chr(chance.choice((chance.randrange(32, 127), chance.randrange(1, 0xD7FF)))) for _ in range(20)]
        return "".join(letters)
    fields = ("epochs", "seed", "data.name", "architecture", "architecture.latent", "architecture.widths", "x.y")
    terms = [f"objective.{name}.weight" for name in registry.terms.names()]
    return f"{chance.choice((*fields, *terms))}={hostile}"
