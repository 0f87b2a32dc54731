"""Steps by hand: what autograd does, on every model and objective that they serve, and nobody notices where not."""

from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file
from torch.nn import functional as F

from aedash import registry
from aedash.config import parse, vary_all
from aedash.data.corruption import corrupt
from aedash.data.image_data import Drawer
from aedash.models import build
from aedash.objectives import objective
from aedash.presets.base import preset
from aedash.training.checkpoint import TrainState, load_state, save_state
from aedash.training.steps.adam import Adam
from aedash.training.steps.autograd import AutogradStep
from aedash.training.steps.dense import DenseStep
from tests import fakes

BY_HAND = {
    "R0-simple", "R0-elaborate", "R0-vae", "R0-vae-meant", "R1-dense", "R1-keras-dense", "R2-deep-linear",
    "R2-simple-linear", "R2-contractive-5", "R2-contractive-1e-4", "R2-contractive-5-meant",
    "R2-contractive-1e-4-meant",
    "R3-ffnn", "R4-vanilla", "R4-multilayer", "R4-sparse", "R4-sparse-meant", "R4-vae", "aedash-odd",
}  # fmt: skip
CHANGES = [("optimizer.learning_rate", 3e-4), ("objective.reconstruction.weight", 0.5)]


def states(config, data):
    """Two equal states in double precision, the second one trained by autograd whatever serves the first."""
    pair = []
    for _ in range(2):
        state = TrainState.fresh(config, data.info, fakes.CPU)
        model = state.model.double()
        pair.append(replace(state, model=model, optimizer=Adam(model, config.optimizer)))
    return pair


def ways(pair, config):
    """A step for each of the two."""
    one, other = pair
    return one.step_on(config.objective), AutogradStep(other.model, config.objective, other.optimizer, other.streams)


def batch_of(data, config, state, images):
    """Images as the trainer draws them, in double precision."""
    scaling = data.scaling(config.data.scaling)
    clean = Drawer(data.train, scaling).draw(torch.arange(state.step, state.step + images))
    noisy = corrupt(clean.target, config.corruption, scaling.levels, state.streams["corruption"])
    return clean._replace(input=noisy.double(), target=clean.target.double())


def compare(pair, config, data, images):
    """One step of both on the same images; everything is equal afterwards, and what was told was."""
    told = []
    for state, step in zip(pair, ways(pair, config), strict=True):
        state.optimizer.learning_rate = config.optimizer.learning_rate
        told.append(step(batch_of(data, config, state, images)))
        state.step += 1
    assert list(told[0]) == list(told[1])
    for name, value in told[0].items():
        torch.testing.assert_close(value, told[1][name], rtol=1e-5, atol=1e-6)
    one, other = (state.optimizer for state in pair)
    torch.testing.assert_close(one.gradients, other.gradients, rtol=1e-5, atol=1e-8)
    torch.testing.assert_close(one.weights, other.weights, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", registry.presets.names())
def test_fifty_steps_are_autograd_s(name, digits):
    """With noise and weight decay, a short batch among them, and numbers that change on the way."""
    there = preset(name).config
    more = [("data.name", "digits"), ("optimizer.weight_decay", 1e-3), ("optimizer.batch_size", 16)]
    config = vary_all(there, [*more, ("corruption", "gaussian")])
    pair = states(config, digits)
    assert isinstance(ways(pair, config)[0], DenseStep) == (name in BY_HAND)
    if name not in BY_HAND:
        return
    for step in range(50):
        config = vary_all(config, CHANGES) if step == 25 else config
        compare(pair, config, digits, 7 if step % 10 == 9 else 16)


DENSE = st.fixed_dictionaries(
    {
        "name": st.just("dense"),
        "widths": st.lists(st.integers(1, 9), max_size=3),
        "latent": st.integers(1, 6),
        "decoder_widths": st.none() | st.lists(st.integers(1, 9), max_size=2),
        "activation": st.sampled_from(["relu", "leaky_relu", "elu", "gelu", "silu", "tanh", "sigmoid", "none"]),
        "code_activation": st.sampled_from(["relu", "elu", "gelu", "sigmoid", "none"]),
        "variational": st.booleans(),
    }
)


@settings(max_examples=40, deadline=None)
@given(DENSE, st.sampled_from(["mse", "bce"]), st.sampled_from(["sum", "mean"]), st.integers(1, 5), st.integers(0, 9))
def test_any_dense_network_has_autograd_s_gradients(digits, architecture, loss, reduction, images, seed):
    terms = [{"name": "reconstruction", "loss": loss, "reduction": reduction, "weight": 0.7}]
    terms += ["l1_weights", {"name": "l1_code", "weight": 0.3}]
    terms += [{"name": "kl", "weight": 0.2}] * architecture["variational"]
    config = parse({"data": {"name": "digits"}, "architecture": architecture, "objective": terms, "seed": seed})
    pair = states(config, digits)
    assert isinstance(pair[0].step_on(config.objective), DenseStep)
    for _ in range(2):
        compare(pair, config, digits, images)


CONTRACTED = [
    (widths, code, form)
    for widths in ([], [6], [7, 5, 6])
    for code in ("relu", "none")
    for form in ("exact", "published")
]


@pytest.mark.parametrize(
    ("widths", "code", "form"), [*CONTRACTED, ([], "sigmoid", "exact"), ([], "tanh", "exact")], ids=str
)
def test_the_contractive_penalty_has_autograd_s_gradients(widths, code, form, few):
    term = {"name": "contractive", "form": form, "weight": 3.0, "batch": 5}
    architecture = {"name": "dense", "widths": widths, "latent": 4, "code_activation": code}
    config = fakes.config(architecture=architecture, objective=["reconstruction", term])
    pair = states(config, few)
    assert isinstance(pair[0].step_on(config.objective), DenseStep)
    for images in (6, 3):
        compare(pair, config, few, images)


HUTCHINSON = {"name": "contractive", "form": "hutchinson"}


@pytest.mark.parametrize("term", ["mmd", "kl_code", HUTCHINSON], ids=str)
def test_a_term_that_is_not_known_by_hand_is_left_to_autograd(term, few):
    code = {"name": "dense", "widths": [8], "latent": 4, "code_activation": "sigmoid"}
    config = fakes.config(architecture=code, objective=["reconstruction", term])
    state, _ = fakes.fitted(config, few)
    assert isinstance(state.step_on(config.objective), AutogradStep)


# -- numbers at their limits


def shifted(config, data, layer, index, by):
    """Two equal states, one bias of which is moved. layer: of encoder or decoder, by name."""
    pair = states(config, data)
    for state in pair:
        dict(state.model.named_parameters())[f"{layer}.bias"].data[index] += by
    return pair


@pytest.mark.parametrize("by", [-60.0, 60.0])
def test_cross_entropy_is_exact_where_the_sigmoid_is_saturated(by, few):
    """Torch's own, of the sigmoid's value, stops at 100 nats a pixel, and gives no gradient there."""
    config = fakes.config(objective=[{"name": "reconstruction", "loss": "bce"}])
    state, _ = shifted(config, few, "decoder.2", slice(None), by)
    batch = batch_of(few, config, state, 8)
    last = state.model.decoder[2]
    with torch.enable_grad():
        sums = state.model.decoder[:3](state.model.encode(batch.input).mean)
        exact = F.binary_cross_entropy_with_logits(sums, batch.target.flatten(1), reduction="sum") / 8
    (wanted,) = torch.autograd.grad(exact, last.bias)
    told = state.step_on(config.objective)(batch)
    torch.testing.assert_close(told["reconstruction"], exact.detach())
    torch.testing.assert_close(last.bias.grad, wanted)
    assert wanted.abs().max() > 0.8


@pytest.mark.parametrize("by", [-80.0, 80.0])
def test_no_gradient_passes_where_the_log_variance_is_bounded(by, few):
    config = fakes.config(**fakes.VARIATIONAL)
    pair = shifted(config, few, "encoder.2", slice(4, 6), by)
    compare(pair, config, few, 8)
    assert (pair[0].model.encoder[2].bias.grad[4:6] == 0).all()
    assert (pair[0].model.encoder[2].bias.grad[6:] != 0).all()


def test_dead_units_get_no_gradient(few):
    config = fakes.config()
    pair = shifted(config, few, "encoder.0", slice(0, 5), -1e3)
    compare(pair, config, few, 8)
    assert (pair[0].model.encoder[0].weight.grad[:5] == 0).all()


# -- the optimiser's block


def test_the_parameters_lie_in_one_block_and_keep_names_and_shapes(few):
    config = fakes.config()
    model = build(config.architecture, few.info, config.seed)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    adam = Adam(model, config.optimizer)
    assert fakes.unlike(model, before) == []
    start, end = adam.weights.data_ptr(), adam.weights.data_ptr() + 4 * len(adam.weights)
    assert all(start <= p.data_ptr() < end for p in model.parameters())
    assert [slot.weight.shape for slot in adam.slots.values()] == [value.shape for value in before.values()]


def torch_adam(model, config):
    adam = config.optimizer
    return torch.optim.Adam(
        model.parameters(), lr=adam.learning_rate, eps=adam.eps, weight_decay=adam.weight_decay, fused=True
    )


def test_it_is_torch_s_adam_and_reads_what_that_saved(few, tmp_path):
    """Saves from before the block hold torch's own moments, a tensor a weight; and torch reads ours."""
    config = fakes.config(optimizer={"weight_decay": 0.01, "eps": 1e-6})
    state, reference = fakes.fresh(config, few), build(config.architecture, few.info, config.seed)
    theirs = torch_adam(reference, config)

    def both(ours, images):
        batch = Drawer(few.train, few.scaling("unit")).draw(torch.arange(images))
        ours.step_on(config.objective)(batch)
        theirs.zero_grad()
        values = objective.values(config.objective, reference, batch, reference(batch), {})
        values["reconstruction"].mean().backward()
        theirs.step()
        for one, other in zip(ours.model.parameters(), reference.parameters(), strict=True):
            torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5)

    for images in (9, 4, 9):
        both(state, images)
    saved = {f"{i}/{name}": x for i, slot in theirs.state_dict()["state"].items() for name, x in slot.items()}
    other = fakes.fresh(config, few)
    other.model.load_state_dict(reference.state_dict())
    other.optimizer.fill(saved)
    both(other, 9)
    save_state(other, tmp_path / "last.safetensors")
    again = fakes.fresh(config, few)
    load_state(again, tmp_path / "last.safetensors")
    assert torch.equal(again.optimizer.block[[0, 2, 3]], other.optimizer.block[[0, 2, 3]])
    assert float(again.optimizer.steps) == 4
    tensors = load_file(tmp_path / "last.safetensors")
    slots = {i: {k: tensors[f"optimizer/{i}/{k}"] for k in ("step", "exp_avg", "exp_avg_sq")} for i in range(8)}
    theirs.load_state_dict({"state": slots, "param_groups": theirs.state_dict()["param_groups"]})
    both(again, 9)


def test_moments_of_another_model_are_refused(few):
    adam, wide = (fakes.fresh(fakes.config(architecture={"name": "dense", "latent": n}), few).optimizer for n in (4, 5))
    with pytest.raises(ValueError, match="another model"):
        adam.fill(wide.saved())
