"""Registries: everything is found, nothing twice, and a wrong name is told in one sentence."""

import sys
from threading import Thread

import pytest

from aedash import registry
from aedash.registry import Refused, Registry

KINDS = {
    "dataset": (registry.datasets, {"digits", "mnist", "fashion-mnist", "kmnist"}),
    "architecture": (registry.architectures, {"dense", "conv_transpose", "conv_upsample"}),
    "corruption": (registry.corruptions, {"none", "gaussian"}),
    "term": (registry.terms, {"reconstruction", "kl"}),
    "preset": (registry.presets, {"R0-simple", "R0-vae", "R3-ffnn"}),
}


@pytest.mark.parametrize("kind", KINDS)
def test_the_first_look_up_finds_every_part(kind):
    known, some = KINDS[kind]
    assert some <= set(known.names())
    assert known.names() == sorted(known.names())
    assert list(known) == [known.get(name) for name in known.names()]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["", "no such", "a\nb", "x" * 5000, "../../etc"])
def test_an_unknown_name_is_refused_with_the_known_ones(kind, name):
    known, _ = KINDS[kind]
    with pytest.raises(Refused) as refused:
        known.get(name)
    assert str(refused.value).startswith(f"Unknown {kind} '")
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 1000
    assert refused.value.field == kind
    assert all(entry in refused.value.allowed for entry in known.names())


def test_a_near_miss_is_guessed():
    with pytest.raises(Refused, match=r"Did you mean 'fashion-mnist'\?$"):
        registry.datasets.get("fashionmnist")


def test_a_name_is_taken_once():
    with pytest.raises(ValueError, match="'digits' is registered twice"):
        registry.datasets.add("digits", None)


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package whose modules register themselves slowly enough for another thread to look in between."""
    folder = tmp_path / "slow_parts"
    folder.mkdir()
    (folder / "__init__.py").write_text("known = None\n")
    text = "from slow_parts import known\nfrom threading import Event\nEvent().wait(0.02)\nknown.add('{0}', '{0}')\n"
    for name in ("one", "three", "two"):
        (folder / f"{name}.py").write_text(text.format(name))
    monkeypatch.syspath_prepend(str(tmp_path))
    known = Registry("part", "slow_parts")
    import slow_parts

    slow_parts.known = known
    yield known
    for name in [name for name in sys.modules if name.startswith("slow_parts")]:
        del sys.modules[name]


def test_a_new_file_is_all_that_a_new_part_needs(package):
    assert package.names() == ["one", "three", "two"]


def test_a_look_up_from_another_thread_waits_for_the_first_one(package):
    found = []
    threads = [Thread(target=lambda: found.append(package.get("two"))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert found == ["two"] * 4


def test_a_removed_part_is_forgotten(package):
    package.names()
    package.remove("two")
    assert package.names() == ["one", "three"]
