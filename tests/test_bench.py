"""`bench` without its clocks: what stands in a row, how the instrument is asked, and what is made of the figures."""

import pytest

from aedash.__main__ import main
from aedash.commands import bench
from aedash.commands.bench import rows
from aedash.commands.bench.instrument import known
from aedash.commands.bench.machine import Bench
from aedash.registry import Refused
from aedash.settings import Settings

ISSUE = {
    "R0-simple": 128,
    "R0-elaborate": 128,
    "R0-vae": 128,
    "R1-dense": 64,
    "R1-conv": 64,
    "R2-contractive": 64,
    "R2-denoising": 32,
    "R3-ffnn": 20,
    "R3-transpose": 20,
    "R3-upsample": 20,
    "R4-vanilla": 1,
}
INSTRUMENT = """
import json, sys
from os import environ
assert not {"GOMP_SPINCOUNT", "OPENBLAS_NUM_THREADS"} & set(environ)
root, name, threads, out = (sys.argv[i] for i in (1, 3, 9, 11))
rates = {"w0": len(root), "w2": float("nan"), "best": 100.0 * int(threads)}
json.dump({"rows": {"net(s0)": rates}}, open(out, "w"))
sys.exit(0 if name == "net(s0)" else "no such net")
"""


def told(name, best):
    columns = rows.columns(
        {"usual0": 10.0, "usual2": 8.0, "engine": 40.0, "complete": 39.0, "evaluation": 0.5}
        | ({"best_known": best, "usual_known": 12.0} if best else {})
    )
    return {"preset": name, **columns}


@pytest.fixture
def instrument(tmp_path):
    (tmp_path / "instrument.py").write_text(INSTRUMENT)
    return tmp_path / "instrument.py"


@pytest.fixture
def short(environment, tmp_path):
    return Bench(Settings(data_dir=tmp_path), 0.1, 1, threads=2)


def test_every_row_is_trained_at_its_source_s_batch():
    assert {name: row.config.optimizer.batch_size for name, row in rows.ROWS.items()} == ISSUE
    assert all(row.known for row in rows.ROWS.values())
    assert rows.ROWS["R2-contractive"].config.objective[1].form == "published"
    assert rows.row_named("R4-sparse").config.architecture.latent == 64


def test_the_instrument_is_asked_for_one_row(instrument, short, tmp_path):
    assert known(instrument, "net(s0)", short) == (len(str(tmp_path)), 200.0)
    with pytest.raises(Refused, match=r"^The instrument measured nothing of net\(s9\): no such net\.$"):
        known(instrument, "net(s9)", short)


def test_an_instrument_that_is_no_script_is_refused(environment, capsys):
    assert main(["bench", "--instrument", "nowhere.py", "--json"]) == 2
    assert "must be a script" in capsys.readouterr().out


def test_the_table_has_a_dash_where_nothing_better_is_known(capsys):
    machine = {"machine": "here", "threads": 2, "sgemm_gflops": 100.0, "contractive": []}
    bench.show({**machine, "rows": [told("R0-simple", 50.0), told("R4-sparse", None)]})
    _, head, first, second = capsys.readouterr().out.splitlines()
    assert first.split() == ["R0-simple", "10", "40", "39", "50", "4.00", "0.80", "0.97", "0.50", "s"]
    assert second.split() == ["R4-sparse", "10", "40", "39", "–", "4.00", "–", "0.97", "0.50", "s"]
    assert len(head) == len(first) == len(second)
