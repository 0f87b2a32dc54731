"""What may be changed while a run is under way, and what is in force when."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aedash import registry
from aedash.changes import Schedule, changeable, changed, noted
from aedash.config import flat
from aedash.events import Changed
from aedash.presets.base import preset
from aedash.registry import Refused
from tests import fakes

NOISY = fakes.config(**fakes.VARIATIONAL, corruption={"name": "gaussian", "sigma": 0.3})
RATE, BETA, SIGMA = "optimizer.learning_rate", "objective.kl.weight", "corruption.sigma"


def test_numbers_that_are_there_may_be_moved():
    assert list(changeable(NOISY)) == [RATE, "objective.reconstruction.weight", BETA, SIGMA]
    assert list(changeable(fakes.config())) == [RATE, "objective.reconstruction.weight"]


@pytest.mark.parametrize("name", registry.presets.names())
def test_every_number_of_every_preset_that_may_be_moved_can_be(name):
    config = preset(name).config
    for path in changeable(config):
        assert flat(changed(config, path, 0.0123))[path] == 0.0123


def test_a_weight_of_zero_keeps_its_term():
    off = changed(NOISY, BETA, 0)
    assert [(term.name, term.weight) for term in off.objective] == [("reconstruction", 1), ("kl", 0)]
    assert changed(off, BETA, 0.5) == NOISY


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (RATE, 0.0, "Learning rate must be above 0 and up to 10; got 0.0."),
        (RATE, float("nan"), "Learning rate must be"),
        (SIGMA, -1.0, "Sigma must be 0 to 255; got -1.0."),
        ("objective.mmd.weight", 1.0, "'objective.mmd.weight' cannot be changed while the run is under way; known: "),
        ("corruption", "masking", "'corruption' cannot be changed"),
        ("corruption.name", 1.0, "'corruption.name' cannot be changed"),
        ("corruption.p", 0.5, "'corruption.p' cannot be changed"),
        ("architecture.latent", 3, "'architecture.latent' cannot be changed"),
        ("no.such.path", 1.0, RATE),
        ("", 1.0, RATE),
    ],
)
def test_anything_else_is_refused_in_one_sentence(path, value, said):
    with pytest.raises(Refused) as refused:
        changed(NOISY, path, value)
    assert said in str(refused.value)


def test_a_change_voids_what_was_to_come_of_the_same_number():
    record = (Changed(5, RATE, 0.1), Changed(9, BETA, 2.0), Changed(9, RATE, 0.2), Changed(12, RATE, 0.3))
    assert noted(record, Changed(9, RATE, 0.4)) == (*record[:2], Changed(9, RATE, 0.4))
    assert noted(record, Changed(7, SIGMA, 0.4)) == (record[0], Changed(7, SIGMA, 0.4), *record[1:])


CHANGES = st.builds(Changed, st.integers(0, 20), st.sampled_from([RATE, BETA, SIGMA]), st.floats(0.01, 1))


@given(st.lists(CHANGES, max_size=12))
def test_the_last_word_about_each_number_is_in_force(told):
    record = ()
    for change in sorted(told, key=lambda change: change.step):
        record = noted(record, change)
    assert len({(change.step, change.path) for change in record}) == len(record)
    schedule = Schedule(NOISY, record)
    for step in range(-1, 22):
        expected = NOISY
        for change in sorted(told, key=lambda change: change.step):
            if change.step <= step:
                expected = changed(expected, change.path, change.value)
        assert schedule.at(step) == expected
        assert (schedule.at(step) is schedule.at(step + 1)) == (step + 1 not in [change.step for change in record])


def test_a_change_that_does_not_fit_is_refused():
    with pytest.raises(Refused, match="cannot be changed"):
        Schedule(fakes.config(), [Changed(3, BETA, 1.0)])
