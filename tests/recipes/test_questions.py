"""Ready-made sweeps: each can be trained, alone and together with every field that is offered beside its own."""

import pytest

from aedash.recipes.questions import QUESTIONS, asking, beside
from aedash.sweep import members, sweep


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
def test_a_question_is_a_sweep_alone_and_with_each_field_beside_it(question):
    assert len(members(sweep(name="s", base=question.base(), axes=[question.axis]))) == len(question.values)
    others = beside(question)
    assert others
    for other in others:
        axes = [question.axis, {"path": other.axis.path, "values": other.values[:2]}]
        assert len(members(sweep(name="s", base=question.base(), axes=axes))) == 2 * len(question.values)


def test_a_field_that_the_network_lacks_is_not_offered():
    offered = {name: {other.id for other in beside(question)} for name, question in QUESTIONS.items()}
    assert "code" in offered["beta"]
    assert "beta" not in offered["code"]
    assert "code" not in offered["checkerboard"]


def test_what_is_known_of_a_field():
    assert asking("architecture.latent").scale == "code size, numbers"
    assert asking("optimizer.learning_rate").scale == "learning rate"
    assert asking("optimizer.batch_size") is None
