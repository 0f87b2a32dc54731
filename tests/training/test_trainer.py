"""The trainer's events: complete, in order, exact, and moved by nothing but the config."""

from collections import Counter
from dataclasses import replace
from itertools import pairwise
from queue import SimpleQueue

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load_file

from aedash import registry
from aedash.analysis.projection import codes
from aedash.analysis.snapshots import Probe
from aedash.config import TermConfig, vary
from aedash.events import EpochEnd, Probes, References, Snapshot, Started, StepBlock
from aedash.history import EARLY, KEPT_SNAPSHOTS, History, thinned
from aedash.models.base import Card, parameters
from aedash.objectives.objective import TermEntry
from aedash.store import folder as folders
from aedash.training import trainer
from aedash.training.trainer import Diverged, epoch_order, fit
from aedash.training.worker import Job, work
from tests import fakes


@pytest.fixture(scope="module")
def ran(digits):
    """(config, state, events) of three epochs with validation."""
    config = fakes.config(epochs=3)
    return config, *fakes.fitted(config, digits)


def test_events_come_in_order(ran):
    _, state, events = ran
    kinds = [type(event) for event in events]
    assert kinds[:5] == [Started, Probes, Snapshot, StepBlock, Snapshot]
    assert kinds[-2:] == [EpochEnd, Snapshot]
    assert events[0] == Started(0, 19, "cpu", 1, parameters(state.model))
    assert Counter(kinds)[References] == 1
    steps = [event.step for event in events if hasattr(event, "step")]
    assert steps == sorted(steps)
    assert [(end.epoch, end.step) for end in fakes.only(EpochEnd, events)] == [(1, 19), (2, 38), (3, 57)]


@pytest.mark.parametrize("batch", [1, 7, 64])
def test_every_image_is_counted_once_an_epoch(batch, few):
    config = fakes.config(optimizer={"batch_size": batch}, data={"validation": 0})
    state, events = fakes.fitted(config, few)
    blocks = fakes.only(StepBlock, events)
    assert sum(block.images for block in blocks) == 2 * 64
    assert blocks[-1].step == state.step == 2 * -(-64 // batch)


def test_every_image_is_shown_once_an_epoch_in_an_order_of_its_own(few, monkeypatch):
    shown = []
    step = trainer.train_step
    monkeypatch.setattr(trainer, "train_step", lambda s, batch, c: shown.append(batch.index) or step(s, batch, c))
    fakes.fitted(fakes.config(data={"validation": 0}, optimizer={"batch_size": 10}), few)
    whole = torch.cat(shown).tolist()
    assert sorted(whole[:64]) == sorted(whole[64:]) == list(range(64))
    assert whole[:64] != whole[64:] != list(range(64))


def test_without_shuffling_the_order_is_that_of_the_data():
    assert epoch_order(5, fakes.config(optimizer={"shuffle": False}), 1).tolist() == [0, 1, 2, 3, 4]


def test_training_figures_are_means_over_images(few, monkeypatch):
    steps = []
    step = trainer.train_step

    def noted(state, batch, config):
        told = step(state, batch, config)
        steps.append((len(batch.index), [value.item() for value in told.values()]))
        return told

    monkeypatch.setattr(trainer, "train_step", noted)
    config = fakes.config(**fakes.VARIATIONAL, data={"validation": 0}, optimizer={"batch_size": 24}, epochs=1)
    _, events = fakes.fitted(config, few)
    assert [images for images, _ in steps] == [24, 24, 16]
    means = np.average([values for _, values in steps], axis=0, weights=[24, 24, 16])
    (end,) = fakes.only(EpochEnd, events)
    assert list(end.train) == ["loss", "reconstruction", "kl"]
    assert list(end.train.values())[1:] == pytest.approx(means.tolist(), rel=1e-5)
    assert end.train["loss"] == pytest.approx(end.train["reconstruction"] + 0.5 * end.train["kl"], rel=1e-5)


def test_best_is_the_lowest_validation_loss_so_far(digits, tmp_path):
    config = fakes.config(optimizer={"batch_size": 16, "learning_rate": 0.02}, epochs=10)
    events = list(work(Job("0" * 12, config, tmp_path, tmp_path, "cpu"), SimpleQueue()))
    ends = fakes.only(EpochEnd, events)
    losses = [end.figures.loss for end in ends]
    assert {end.split for end in ends} == {"validation"}
    assert [end.best for end in ends] == [loss == min(losses[: i + 1]) for i, loss in enumerate(losses)]
    assert not all(end.best for end in ends), "the test needs a run that gets worse again"
    assert events[-1].figures["validation"].loss == pytest.approx(min(losses), rel=1e-6)
    assert load_file(tmp_path / "best.safetensors").keys() < load_file(tmp_path / "last.safetensors").keys()


def test_without_validation_the_test_split_is_watched_and_the_last_is_best(few):
    config = fakes.config(data={"validation": 0}, optimizer={"learning_rate": 0.03, "batch_size": 8}, epochs=10)
    state, events = fakes.fitted(config, few)
    ends = fakes.only(EpochEnd, events)
    assert {(end.split, end.best) for end in ends} == {("test", True)}
    assert any(a.figures.loss < b.figures.loss for a, b in pairwise(ends)), "the test needs a run that gets worse"
    assert state.best == ends[-1].figures.loss


# -- streams

NOISY = {**fakes.VARIATIONAL, "corruption": {"name": "gaussian", "sigma": 0.3}}


class IdleConfig(TermConfig):
    """Of a term that draws numbers and gives zeros."""

    name: str = "idle"


@pytest.fixture
def idle(registered):
    def value(config, model, batch, output, generator):
        assert torch.rand(3, generator=generator).sum() > 0
        return output.z.flatten(1).sum(1) * 0

    card = Card("t", "i", "f", "r", "l")
    registered(registry.terms, "idle", TermEntry(IdleConfig, card, value, lambda c: "0", lambda c: "none"))


def test_another_term_moves_no_stream(few, idle):
    config = fakes.config(**NOISY)
    state, _ = fakes.fitted(config, few)
    other, events = fakes.fitted(vary(config, "objective.idle.weight", 1), few)
    assert fakes.only(StepBlock, events)[-1].losses["idle"] == 0
    for weight, same in zip(state.model.parameters(), other.model.parameters(), strict=True):
        torch.testing.assert_close(weight, same, rtol=1e-4, atol=1e-4)  # it is trained by autograd: up to rounding


def test_looking_more_often_changes_nothing(few, monkeypatch):
    config = fakes.config(**NOISY)
    state, _ = fakes.fitted(config, few)
    monkeypatch.setattr(trainer.Pace, "due", lambda self, step: True)
    monkeypatch.setattr(trainer, "BLOCK_SECONDS", 0.0)
    other, more = fakes.fitted(config, few)
    assert len(fakes.only(StepBlock, more)) == other.step
    assert len(fakes.only(Snapshot, more)) >= other.step
    assert fakes.unlike(state.model, other.model) == []


@pytest.mark.parametrize(
    ("path", "value"), [("seed", 4), ("corruption.sigma", 0.31), ("objective.kl.weight", 0.6), ("data.validation", 0)]
)
def test_the_config_does_change_the_weights(path, value, few):
    config = fakes.config(**NOISY)
    assert fakes.unlike(fakes.fitted(config, few)[0].model, fakes.fitted(vary(config, path, value), few)[0].model)


# -- a config that changes while the run runs

CHANGED = {"optimizer.learning_rate": 0.02, "objective.kl.weight": 3.0, "corruption.sigma": 0.1}


@pytest.mark.parametrize(("path", "value"), CHANGED.items())
def test_a_change_holds_from_its_step_on(path, value, few, monkeypatch):
    config = fakes.config(**NOISY, optimizer={"batch_size": 4})
    changed = vary(config, path, value)
    seen = {}
    step = trainer.train_step

    def noted(state, batch, config):
        seen[state.step] = (config, state.optimizer.learning_rate)
        return step(state, batch, config)

    monkeypatch.setattr(trainer, "train_step", noted)
    fakes.fitted(config, few, live=lambda step: changed if step >= 21 else config)
    assert seen == {s: (c, c.optimizer.learning_rate) for s in range(28) for c in [changed if s >= 21 else config]}


def test_a_changed_run_can_be_replayed(few, monkeypatch):
    config = fakes.config(**NOISY, optimizer={"batch_size": 4})
    changed = vary(vary(config, "optimizer.learning_rate", 0.02), "objective.kl.weight", 0)

    def live(step):
        return changed if step >= 21 else config

    state, events = fakes.fitted(config, few, live=live)
    assert list(fakes.only(StepBlock, events)[-1].losses) == ["loss", "reconstruction"]
    monkeypatch.setattr(trainer, "BLOCK_SECONDS", 0.0)
    again, _ = fakes.fitted(config, few, live=live)
    assert fakes.unlike(state.model, again.model) == []
    assert fakes.unlike(state.model, fakes.fitted(config, few)[0].model) != []


# -- divergence

DEEP = {"name": "dense", "widths": [32] * 6, "latent": 4, "output": "none"}


@pytest.mark.parametrize("rate", [10.0, 1e-4])
def test_divergence_is_told_in_a_sentence(rate, few, monkeypatch):
    run = fakes.config(
        architecture=DEEP, data={"scaling": "raw"}, optimizer={"learning_rate": rate, "batch_size": 8}, epochs=50
    )
    if rate < 1:  # a rate that does no harm by itself
        monkeypatch.setattr(trainer.objective, "weighted", lambda objective, means: sum(means.values()) * float("inf"))
    with pytest.raises(Diverged) as caught:
        fakes.fitted(run, few)
    finding = caught.value.finding()
    assert (finding.kind, finding.severity) == ("diverged", "bad")
    assert finding.headline.startswith("Diverged in epoch ")
    assert ("Learning rate 10 is too large" if rate > 1 else "Pixels of 0 to 255") in finding.detail
    assert ("tenth" in finding.detail) == (rate > 1e-4)


def test_cross_entropy_diverges_like_any_loss(few, monkeypatch):
    """torch itself raises when it meets a pixel that is no number."""
    step = trainer.train_step

    def broken(state, batch, config):
        next(state.model.parameters()).data[0, 0] = float("nan")
        return step(state, batch, config)

    monkeypatch.setattr(trainer, "train_step", broken)
    with pytest.raises(Diverged):
        fakes.fitted(fakes.config(objective=[{"name": "reconstruction", "loss": "bce"}]), few)


def test_weights_that_break_in_the_last_step_of_an_epoch_are_noticed(few, monkeypatch):
    """Their loss was taken before the step, and is finite."""
    step = trainer.train_step

    def breaking(state, batch, config):
        told = step(state, batch, config)
        if state.step == 0:
            next(state.model.parameters()).data[0, 0] = float("nan")
        return told

    monkeypatch.setattr(trainer, "train_step", breaking)
    state = fakes.fresh(config := fakes.config(optimizer={"batch_size": 64}), few)
    events = []
    with pytest.raises(Diverged):
        events.extend(fit(few, state, config))
    assert not fakes.only(EpochEnd, events)
    assert (state.epoch, state.best) == (0, None)


@pytest.mark.parametrize("broken", ["gradient", "moment"])
def test_an_infinite_gradient_or_moment_is_a_divergence_though_losses_and_weights_are_finite(broken, few, monkeypatch):
    """A weight whose squared gradients have overflowed in Adam never moves again."""
    step = trainer.train_step

    def breaking(state, batch, config):
        told = step(state, batch, config)
        weight, slot = next(state.model.parameters()), state.optimizer.slots[0]
        (weight.grad if broken == "gradient" else slot.exp_avg_sq)[0, 0] = float("inf")
        assert all(value.isfinite() for value in told.values())
        return told

    monkeypatch.setattr(trainer, "train_step", breaking)
    with pytest.raises(Diverged):
        fakes.fitted(fakes.config(), few)


def test_huge_finite_numbers_are_no_divergence(few, monkeypatch):
    """Their squares overflow, they do not."""
    state = fakes.fresh(config := fakes.config(), few)
    list(fit(few, state, config))
    state.optimizer.slots[0].exp_avg_sq.fill_(1e30)
    assert state.optimizer.largest() == pytest.approx(1e30)


# -- snapshots


def test_snapshots_fall_on_powers_of_the_root_of_two_and_on_the_ends(ran):
    _, state, events = ran
    steps = [snapshot.step for snapshot in fakes.only(Snapshot, events)]
    assert {0, 1, 2, 3, 4, 6, 8, 11, 16, 19, 23, 32, 45, 57} <= set(steps)
    assert steps[0] == 0
    assert steps[-1] == state.step


@given(st.integers(1, 700))
def test_at_most_sixty_are_kept_the_first_and_the_last_among_them(count):
    history, first = History(), _snapshot(0)
    for step in range(count):
        history.append(replace(first, step=step))
    kept = [snapshot.step for snapshot in history.snapshots]
    assert len(kept) == min(count, len(kept)) <= KEPT_SNAPSHOTS
    assert kept == sorted(set(kept))
    assert (kept[0], kept[-1]) == (0, count - 1)
    assert count <= KEPT_SNAPSHOTS or len(kept) > KEPT_SNAPSHOTS / 2 - 1
    assert {step for step in range(count) if step in EARLY} <= set(kept)


def test_few_are_left_alone():
    few = [_snapshot(step) for step in range(KEPT_SNAPSHOTS)]
    assert thinned(few) == few


def test_the_basis_of_the_map_is_that_of_the_first_epochs_end(ran):
    history = History()
    for event in ran[2]:
        history.append(event)
    assert history.anchor.step == 19


@pytest.mark.parametrize("latent", [1, 2, 16])
def test_a_snapshot_holds_the_codes(latent, digits):
    run = fakes.config(architecture={"name": "dense", "widths": [32], "latent": latent})
    state, events = fakes.fitted(run, digits)
    with torch.no_grad():
        exact = state.model.encode(digits.test.images[:700].float() / 255).mean.numpy()
    found = codes(events[-1])
    assert found.shape == exact.shape
    assert np.abs(found - exact).max() <= 4e-3 * np.abs(exact).max()


def test_a_snapshot_holds_the_pictures(ran, digits):
    _, state, events = ran
    (probes,) = fakes.only(Probes, events)
    last = events[-1]
    x = digits.test.images[torch.from_numpy(probes.shown)]
    with torch.no_grad():
        made = state.model.decode(state.model.encode(x.float() / 255).mean)
    assert np.array_equal(probes.originals, x[:, 0].numpy())
    assert np.array_equal(probes.inputs, probes.originals)
    assert sorted(digits.test.labels[torch.from_numpy(probes.shown)].tolist()) == list(range(10))
    assert np.array_equal(last.reconstructions, made[:, 0].mul(255).round().byte().numpy())
    np.testing.assert_allclose(last.mse, (made - x.float() / 255).square().flatten(1).mean(1), rtol=1e-5)
    assert last.samples.shape == (45, 28, 28)
    assert all(snapshot.samples.dtype == np.uint8 for snapshot in fakes.only(Snapshot, events))


def test_sixty_snapshots_take_less_than_five_megabytes(ran, digits, tmp_path):
    config, state, _ = ran
    many = replace(digits, test=digits.train[slice(0, 1000)])  # 700 points, as of the large sets
    snapshot = Probe(many, config, many.scaling("unit")).look(state.model, 1)
    assert len(snapshot.scores) == 700
    folders.save_arrays(tmp_path / "1.npz", snapshot)
    assert 60 * (tmp_path / "1.npz").stat().st_size < 5e6


def _snapshot(step):
    nothing = np.zeros((1, 1), dtype=np.float16)
    return Snapshot(step, nothing, nothing, nothing[0], nothing, nothing, nothing[0])
