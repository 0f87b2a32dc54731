"""What the desk counts a result as: else its memory has no bound."""

from dataclasses import dataclass

import numpy as np
import pytest
import torch

from aedash.analysis.plane import Cloud
from aedash.analysis.traversal import Origin
from aedash.ui.desk.weight import SMALL, weight


@dataclass
class Held:
    codes: np.ndarray
    name: str


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (np.zeros((10, 20), np.float32), 800),
        (torch.zeros(10, 20), 800),
        (Held(np.zeros(5, np.uint8), "four"), SMALL + 5 + 4),
        (Origin(torch.zeros(1000), (torch.zeros(100),)), SMALL + 4000 + SMALL + 400),
        ({"a": [b"123", "45"], "b": 7}, SMALL + SMALL + 5 + SMALL),
    ],
)
def test_a_result_weighs_what_it_holds(value, expected):
    assert weight(value) == expected


def test_the_density_of_codes_weighs_its_codes():
    assert weight(Cloud(np.random.default_rng(0).normal(size=(50, 8)).astype(np.float32))) >= 50 * 8 * 4
