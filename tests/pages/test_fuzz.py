"""A few of the links and configs that the soak tries by the thousand: none breaks anything."""

import random

import pytest

from aedash.commands.soak import configs, links
from aedash.config import parse
from aedash.registry import Refused
from aedash.settings import Settings
from aedash.training.plan import gate


@pytest.mark.parametrize("page", ["compare", "explore", "sweeps", "train"])
def test_a_page_bears_any_link(house, page):
    chance = random.Random(page)
    faults, _ = links.tried(page, [links.query(chance) for _ in range(8)])
    assert [fault for fault in faults if " s at /" not in fault] == []


def test_a_config_is_refused_in_a_line_or_accepted():
    told = []
    for raw in configs.configs(random.Random(1), 150):
        try:
            gate(parse(raw), Settings())
        except Refused as error:
            told.append(str(error))
    assert [wrong for sentence in told for wrong in configs.told(sentence)] == []
    assert 50 <= len(told) <= 145


def test_what_is_accepted_trains():
    assert configs.trained(parse({"data": {"name": "digits"}, "architecture": {"name": "dense", "widths": [8]}})) == []


def test_half_a_character_is_a_sentence():
    for raw in ({"epochs": "\ud800"}, {"corruption": {"name": "\ud800"}}, {"architecture": "\ud800"}):
        with pytest.raises(Refused) as refused:
            parse(raw)
        assert str(refused.value).encode()
