"""Managers of one folder, closed after the test."""

import pytest

from aedash.settings import Settings
from aedash.training.manager import RunManager


@pytest.fixture
def settings(environment):
    return Settings()


@pytest.fixture
def opened(settings):
    """opened(**settings): a manager of that folder; several of them share it."""
    managers = []

    def manager(**changes):
        managers.append(RunManager(settings.model_copy(update=changes)))
        return managers[-1]

    yield manager
    for each in reversed(managers):
        each.close(60)


@pytest.fixture
def manager(opened):
    return opened()
