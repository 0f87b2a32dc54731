"""Every part on a pretend GPU: a fake tensor has a device and a shape but no numbers, so that a tensor that was left on
the CPU raises here, and so does a step that waits for the device."""

from contextlib import contextmanager

import pytest
import torch
from torch import Tensor, nn
from torch._subclasses.fake_tensor import DataDependentOutputException, FakeTensorMode, unset_fake_temporarily
from torch.fx.experimental.symbolic_shapes import ShapeEnv

from aedash import registry
from aedash.config import TermConfig, vary, vary_all
from aedash.data.image_data import Split
from aedash.data.neighbours import Graph, graph_of
from aedash.models import build, graph
from aedash.models.base import Card
from aedash.objectives.objective import TermEntry
from aedash.presets.base import preset
from aedash.training import checkpoint, trainer
from aedash.training.checkpoint import TrainState
from tests import fakes

CUDA = torch.device("cuda", 0)
FORMS = ("exact", "hutchinson", "published")


def with_term(name, *more):
    """A small config in which the term is minimised, with what it asks for."""
    plain = fakes.config()
    wanted = registry.terms.get(name).config().wants(plain)
    return vary_all(plain, [*wanted, (f"objective.{name}.weight", 0.5), *more])


CONFIGS = {
    **{name: preset(name).config for name in registry.presets.names()},
    **{f"term {name}": with_term(name) for name in registry.terms.names()},
    **{f"term contractive, {form}": with_term("contractive", ("objective.contractive.form", form)) for form in FORMS},
    **{f"model {name}": fakes.config(architecture=name) for name in registry.architectures.names()},
    **{f"noise {name}": fakes.config(corruption=name) for name in registry.corruptions.names()},
}


@contextmanager
def pretend_gpu(few, coupled):
    """A mode in which tensors may say that they are on a GPU, where there is none, and what to patch for its time.

    What cannot be asked without one is given: a stream of random numbers is torch's global one, nothing flows back, a
    gradient has the shape and the device of what it is of, and a graph is that of real images. coupled: the pairs of a
    graph are as many as its numbers say; for those a step does wait.
    """
    real = graph_of(few.train.images[:8].float(), 3)
    asked = FakeTensorMode(shape_env=ShapeEnv() if coupled else None, static_shapes=True)
    with pytest.MonkeyPatch.context() as patch, asked as mode:
        patch.setattr(nn.Module, "_apply", lambda module, to: moved(module, lambda real: to(mode.from_tensor(real))))
        patch.setattr(checkpoint, "build", unset_fake_temporarily()(build))
        patch.setattr(checkpoint, "stream", lambda *_: None)
        patch.setattr(Tensor, "backward", lambda loss: None)
        patch.setattr(torch.autograd, "grad", lambda outputs, inputs, **_: (torch.zeros_like(inputs),))
        patch.setattr(graph, "graph_of", lambda x, k: Graph(*(mode.from_tensor(part).to(x.device) for part in real)))
        yield mode, patch


def moved(module, to):
    """The module with its tensors where `to` brings them, as `nn.Module._apply` does; that swaps what fake ones cannot.

    to: of a real tensor.
    """
    for part in module.modules():
        weights = {name: value for name, value in part._parameters.items() if value is not None}
        part._parameters |= {name: nn.Parameter(to(w).detach(), w.requires_grad) for name, w in weights.items()}
        part._buffers |= {name: to(value) for name, value in part._buffers.items()}
    return module


def step(config, few):
    """The trainer's first block on images that lie on the pretend GPU, up to where it is read back: {term: value}."""
    config = vary(config, "optimizer.batch_size", 8)
    scaling = few.scaling(config.data.scaling)
    with pretend_gpu(few, coupled=config.architecture.name == "graph") as (mode, patch):
        patch.setattr(trainer, "_block", lambda state, config, told, *_: told)
        train = Split(*(mode.from_tensor(part) for part in (few.train.images, few.train.labels))).to(CUDA)
        state = TrainState.fresh(config, few.info, CUDA)
        told = next(trainer.blocks(train, state, lambda step: config, scaling, per_epoch=8))
        left = [*told[0].values(), *state.model.state_dict().values(), *state.optimizer.saved().values()]
    assert all(part.device == CUDA for part in left)
    return told[0]


@pytest.mark.parametrize("name", CONFIGS)
def test_a_step_stays_on_its_device_and_does_not_wait_for_it(name, few):
    config = CONFIGS[name]
    assert list(step(config, few)) == [*(term.name for term in config.objective), *config.architecture.brings()]


FAULTS = {
    "same device": lambda z: z.flatten(1).sum(1) + torch.arange(len(z)),
    "_local_scalar_dense": lambda z: z.flatten(1).sum(1) * (1 if z.sum() > 0 else 2),
    "_local_scalar_dense.default": lambda z: z.flatten(1).sum(1) * z.abs().max().item(),
}


@pytest.mark.parametrize("complaint", FAULTS)
def test_it_finds_a_tensor_left_on_the_cpu_and_a_step_that_waits(complaint, few, registered):
    class Planted(TermConfig):
        name: str = "planted"
        weight: float = 1.0

    def value(config, model, batch, output, generator):
        return FAULTS[complaint](output.z)

    nothing = Card("", "", "", "", "")
    registered(registry.terms, "planted", TermEntry(Planted, nothing, value, lambda c: "", lambda c: ""))
    with pytest.raises((RuntimeError, DataDependentOutputException), match=complaint):
        step(fakes.config(objective=["reconstruction", "planted"]), few)
