"""Titles of runs: no two read alike, whatever differs is told, and an id only where nothing else is different."""

from dataclasses import replace
from itertools import product

import pytest

from aedash import registry
from aedash.config import parse, vary_all
from aedash.events import Changed, RunState
from aedash.history import Run
from aedash.presets.base import preset
from aedash.store import sweeps as records
from aedash.sweep import Axis, sweep
from aedash.ui.desk.manager import manager
from aedash.ui.widgets import run_words
from tests import fakes

THEN = "2026-01-31T12:00:00+00:00"


@pytest.fixture
def runs(house):
    """runs(*changes): a run for each list of changes of R0-simple, all begun at one moment."""

    def make(*changes, name="R0-simple", base="R0-simple"):
        configs = [vary_all(preset(base).config, each) for each in changes]
        return [
            Run(f"{i:012x}", i, config, RunState.FINISHED, house / f"{i:012x}", THEN, name)
            for i, config in enumerate(configs)
        ]

    return make


def told(runs, **how):
    return list(run_words.titles(runs, **how).values())


def test_a_title_says_what_differs_from_its_preset(runs):
    changes = [("data.name", "digits"), ("optimizer.learning_rate", 1e-4), ("epochs", 3), ("seed", 7)]
    assert told(runs([], changes)) == ["R0-simple", "R0-simple, Digits, learning rate 10⁻⁴, 3 epochs, seed 7"]


def test_a_network_of_one_s_own_is_told_from_the_preset_it_is_nearest_to(runs):
    """The Train page forgets the preset once its layers are changed."""
    [run] = runs([("architecture.latent", 8)], name="")
    assert run_words.title(run) == "R0-simple, code size 8"


def test_terms_and_noise_are_told_whole(runs):
    vae = preset("R0-vae").config
    assert run_words.title(replace(runs([])[0], config=vae, preset="R0-vae")) == "R0-vae"
    plain, noisy = runs([("objective.kl.weight", 0)], [("corruption", "gaussian")], base="R0-vae", name="R0-vae")
    assert run_words.title(plain) == "R0-vae, no KL"
    strength = noisy.config.corruption.sigma
    assert run_words.title(noisy) == f"R0-vae, Gaussian noise {strength}"


def test_every_run_of_a_grid_has_its_own_title_and_says_its_cell(runs, house):
    axes = {"architecture.latent": (2, 20), "optimizer.learning_rate": (1e-3, 1e-2, 1e-1), "seed": (1, 2)}
    cells = [list(zip(axes, values, strict=True)) for values in product(*axes.values())]
    members = runs(*cells)
    varied = [Axis(path=path, values=axes[path]) for path in list(axes)[:2]]
    records.save(
        house, sweep(name="Grid", base=preset("R0-simple").config, axes=varied, seeds=2), [r.id for r in members]
    )
    titles = told(members)
    assert len(set(titles)) == len(members)
    assert titles[0] == "R0-simple, code size 2, learning rate 0.001, seed 1"
    assert titles[-1] == "R0-simple, code size 20, learning rate 0.1, seed 2"


def test_no_field_that_differs_is_missed(runs):
    """Not one that is mostly left out, nor one whose value reads like another's in few letters."""
    assert told(runs([("threads", 1)], [("threads", 2)])) == ["R0-simple, threads 1", "R0-simple, threads 2"]
    assert len(set(told(runs([("optimizer.eps", 1e-8)], [("optimizer.eps", 1.00000000001e-8)])))) == 2
    layers = [{"channels": 16, "kernel": 3, "stride": 1}, {"channels": 4, "kernel": 3}]
    other = [{**layers[0], "stride": 2}, layers[1]]
    both = runs([("architecture.encoder", layers)], [("architecture.encoder", other)], base="R3-transpose", name="")
    assert told(both) == ["R3-transpose", "R3-transpose, encoder 16@3 stride 2-4@3 stride 1"]


def test_what_reads_alike_is_told_apart_by_sweep_then_moment_then_id(runs, house):
    first, second, third, fourth = runs([], [], [], [])
    for run, name in ((first, "How many?"), (second, "How long?")):
        records.save(house, sweep(name=name, base=run.config, axes=[Axis(path="seed", values=(1,))]), [run.id])
    assert told([first, second]) == ["R0-simple, seed 1, How many?", "R0-simple, seed 1, How long?"]
    later = replace(third, created="2026-01-31T12:00:09+00:00")
    one, two = told([fourth, later])
    assert one != two
    assert one.startswith("R0-simple, 31 Jan ")
    assert told([third, fourth]) == [f"R0-simple, {third.id}", f"R0-simple, {fourth.id}"]


def test_what_stands_beside_a_title_is_not_told_twice(runs):
    found = runs([("data.name", "digits")], [("data.name", "mnist"), ("epochs", 3)])
    assert told(found, beside={run.id: run.config.data.name for run in found}) == ["R0-simple", "R0-simple"]
    same = {run.id: "one and the same" for run in found}
    assert len(set(told(found, beside=same))) == 2


def test_what_was_changed_on_the_way_is_told(runs):
    [run] = runs([])
    changed = replace(run, id="f" * 12, changes=(Changed(1200, "optimizer.learning_rate", 0.01),))
    assert told([run, changed]) == ["R0-simple", "R0-simple, learning rate 0.01 from step 1,200"]
    assert run_words.names([run, changed]) == ["as begun", "learning rate 0.01 from step 1,200"]


def test_a_name_of_another_version_is_kept_short(runs):
    assert run_words.title(runs([], name="x" * 200)[0]).startswith("x" * 60 + "…")


def test_names_beside_one_another_say_only_what_is_not_the_same(runs):
    assert run_words.names(runs([("architecture.latent", 4)], [])) == ["code size 4", "code size 20"]
    assert run_words.names(runs([("epochs", 3)])) == ["R0-simple"]
    many = [("architecture.widths", [16]), ("architecture.latent", 4), ("epochs", 1), ("data.name", "digits")]
    assert run_words.names(runs(many, [*many, ("seed", 5)], [])) == [
        "Digits, seed 1",
        "Digits, seed 5",
        "MNIST, seed 1",
    ]


def test_every_architecture_has_a_title(runs):
    [run] = runs([])
    for name in registry.architectures.names():
        each = replace(run, config=parse({"architecture": name}), preset="")
        assert run_words.title(each)


def test_shipped_models_are_pretrained_and_named_by_their_preset(house, monkeypatch):
    monkeypatch.setenv("AEDASH_GALLERY_DIR", str(fakes.GALLERY))
    shipped = manager().gallery()
    lines = run_words.lines({run.id: run for run in shipped.values()})
    assert len(set(lines.values())) == len(shipped)
    assert lines[shipped["R0-simple"].id] == "R0-simple · MNIST · 25 epochs · pretrained"
