"""Sweeps as data: the grid, its bounds, and the sentences that refuse it."""

import json

import pytest

from aedash.registry import Refused
from aedash.sweep import Axis, Sweep, members, sweep
from tests import fakes

LAMBDA = "objective.contractive.weight"


def of(*axes, seeds=1):
    return sweep(
        name="s", base=fakes.config(), axes=[Axis(path=path, values=values) for path, values in axes], seeds=seeds
    )


def test_members_are_the_product_with_the_seeds_innermost():
    found = members(of((LAMBDA, (0, 0.1)), ("optimizer.learning_rate", (0.01, 0.1)), seeds=2))
    assert [member.cell for member in found] == [0, 0, 1, 1, 2, 2, 3, 3]
    assert [member.config.seed for member in found] == [3, 4] * 4
    assert found[3].varied == {LAMBDA: 0, "optimizer.learning_rate": 0.1}
    assert [len(member.config.objective) for member in found] == [1] * 4 + [2] * 4
    assert found[6].config.optimizer.learning_rate == 0.1


def test_nothing_but_the_varied_field_differs():
    one, two = members(of(("optimizer.learning_rate", (0.01, 0.1))))
    assert one.config.model_copy(update={"optimizer": two.config.optimizer}) == two.config


def test_the_same_value_twice_counts_once():
    assert len(members(of((LAMBDA, (0, 0.0, 0.1, 0.1))))) == 2


@pytest.mark.parametrize(
    ("axes", "seeds", "sentence"),
    [
        ([], 1, "The grid is empty: give at least one field and one value."),
        ([(LAMBDA, ())], 1, "The grid is empty: give at least one field and one value."),
        (
            [(LAMBDA, tuple(range(1, 101))), ("epochs", tuple(range(1, 101)))],
            1,
            "The grid has 10,000 cells x 1 seed = 10,000 runs; allowed are 1 to 100.",
        ),
        ([("epochs", (1, 2, 3, 4, 5, 6))], 20, "The grid has 6 cells x 20 seeds = 120 runs; allowed are 1 to 100."),
        ([("epochs", (1,)), ("epochs", (2,))], 1, "epochs is varied twice; give each field once."),
        ([(LAMBDA, (-1,))], 1, "Weight must be 0 to 1,000,000; got -1."),
        ([("epochs", (1,))], 21, "Seeds must be 1 to 20; got 21."),
    ],
)
def test_a_grid_is_refused_in_one_sentence(axes, seeds, sentence):
    with pytest.raises(Refused) as refused:
        of(*axes, seeds=seeds)
    assert str(refused.value) == sentence


def test_an_unknown_field_is_refused_with_those_that_exist():
    with pytest.raises(Refused, match=r"^Unknown path 'optimizer.speed'; known: optimizer.learning_rate"):
        of(("optimizer.speed", (1,)))


def test_a_sweep_survives_json():
    made = of((LAMBDA, (0, 0.1)), ("architecture.widths", ([8], [4, 4])), seeds=2)
    assert Sweep.model_validate_json(made.model_dump_json()) == made
    assert members(Sweep.model_validate_json(made.model_dump_json())) == members(made)


@pytest.mark.parametrize(
    "values",
    [
        (float("nan"),),
        (0.1, float("inf")),
        ({"name": "gaussian", "sigma": -float("inf")},),
        ("\ud800",),
        (json.loads("[" * 300 + "]" * 300),),
        "0.1",
    ],
)
def test_values_that_no_file_can_hold_are_refused_in_one_sentence(values):
    axes = [{"path": "optimizer.learning_rate", "values": values}]
    with pytest.raises(Refused) as refused:
        sweep(name="s", base=fakes.config(), axes=axes)
    allowed = "finite numbers, words, lists or objects"
    assert str(refused.value) == f"The values of optimizer.learning_rate must be {allowed}."
    assert (refused.value.field, refused.value.allowed) == ("optimizer.learning_rate", allowed)


def test_a_name_that_is_too_long_is_refused():
    with pytest.raises(Refused, match=r"^Name must be at most 120 characters; got sss"):
        sweep(name="s" * 121, base=fakes.config(), axes=[{"path": "epochs", "values": [1]}])
