"""Parcels: equal bytes are one, and the oldest give way."""

from aedash.wire.parcels import Parcels


def test_equal_bytes_of_one_kind_are_one_parcel():
    parcels = Parcels()
    name = parcels.put(b"a", "image/webp")
    assert parcels.put(b"a", "image/webp") == name != parcels.put(b"a", "text/plain")
    assert parcels.get(name).content == b"a"


def test_those_asked_for_last_stay_within_the_bound():
    parcels = Parcels(most=10)
    first, second = parcels.put(b"a" * 4, ""), parcels.put(b"b" * 4, "")
    assert parcels.has(first)
    third = parcels.put(b"c" * 4, "")
    assert [parcels.has(name) for name in (first, second, third)] == [True, False, True]
    assert parcels.put(b"b" * 4, "") == second


def test_one_that_is_larger_than_the_bound_is_kept_alone():
    parcels = Parcels(most=10)
    small, large = parcels.put(b"a", ""), parcels.put(b"b" * 11, "")
    assert [parcels.has(small), parcels.has(large)] == [False, True]
