"""Fixtures for all tests."""

import os

import pytest


@pytest.fixture
def require():
    """require(what, present, reason): skip where something is missing; fail where AEDASH_REQUIRE names it."""

    def check(what, present, reason):
        if present:
            return
        if what in os.environ.get("AEDASH_REQUIRE", "").split(","):
            pytest.fail(reason)
        pytest.skip(reason)

    return check
