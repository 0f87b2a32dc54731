"""What is imported is declared, what is declared is pinned, and `pip install .` gives a command that works."""

import ast
import json
import subprocess
import sys
import tomllib
from importlib import import_module
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
CODE = [ROOT / "app.py", *(path for part in ("aedash", "pages") for path in (ROOT / part).rglob("*.py"))]


def required(file):
    """{name: Requirement} of a requirements file and those that it includes."""
    found = {}
    for line in (ROOT / file).read_text().splitlines():
        if line.startswith("-r "):
            found |= required(line.removeprefix("-r "))
        elif line and not line.startswith("#"):
            requirement = Requirement(line)
            found[canonicalize_name(requirement.name)] = requirement
    return found


PINS = {name: next(iter(pin.specifier)).version for name, pin in required("constraints.txt").items()}


def imported(path):
    """Names of the packages of others that a file imports."""
    for node in ast.walk(ast.parse(path.read_text())):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        yield from (name.split(".")[0] for name in names)


def test_everything_imported_is_declared():
    ours = {"aedash", *sys.stdlib_module_names}
    used = {name for path in CODE for name in imported(path)} - ours
    assert {"numpy", "scipy", "PIL", "threadpoolctl", "starlette", "torch"} <= used
    owners = packages_distributions()
    declared = {*required("requirements.txt"), *required("requirements-ray.txt")}
    assert [name for name in sorted(used) if not declared & set(map(canonicalize_name, owners[name]))] == []


@pytest.mark.parametrize("file", ["requirements.txt", "requirements-ray.txt", "requirements-test.txt"])
def test_everything_declared_is_pinned_within_its_bounds(file):
    for name, requirement in required(file).items():
        assert requirement.specifier.contains(PINS[name]), f"{requirement} against {PINS[name]}"


def test_streamlit_whose_inner_parts_are_used_is_bounded():
    specifier = required("requirements.txt")["streamlit"].specifier
    assert specifier.contains(PINS["streamlit"])
    assert not specifier.contains("1.68.0")


def test_the_command_can_be_called():
    module, name = PROJECT["project"]["scripts"]["aedash"].split(":")
    assert callable(getattr(import_module(module), name))


def test_style_scripts_and_data_are_packed_with_the_code():
    patterns = PROJECT["tool"]["setuptools"]["package-data"]["aedash"]
    packed = {path for pattern in patterns for path in (ROOT / "aedash").glob(pattern)}
    others = {p for p in (ROOT / "aedash").rglob("*") if p.is_file() and p.suffix not in (".py", ".pyc", ".pyi")}
    assert others
    assert others <= packed
    folders = {path.parent for path in (ROOT / "aedash").rglob("*.py")}
    assert all((folder / "__init__.py").is_file() for folder in folders)


def test_the_metadata_names_licence_dependencies_and_command(tmp_path):
    build = f"import setuptools.build_meta as b; b.prepare_metadata_for_build_wheel({json.dumps(str(tmp_path))})"
    subprocess.run([sys.executable, "-c", build], cwd=ROOT, check=True, capture_output=True)
    [folder] = tmp_path.glob("*.dist-info")
    metadata = (folder / "METADATA").read_text()
    assert "License-Expression: MIT" in metadata
    needed = [Requirement(line.split(": ")[1]) for line in metadata.splitlines() if line.startswith("Requires-Dist")]
    assert {canonicalize_name(r.name) for r in needed if not r.marker} == set(required("requirements.txt"))
    assert "aedash = aedash.__main__:main" in (folder / "entry_points.txt").read_text()


def test_the_licence_of_everything_needed_is_named():
    text = (ROOT / "docs" / "THIRD_PARTY.md").read_text()
    told = {line.split("|")[1].split()[0] for line in text.splitlines() if line.startswith("| ")}
    assert {*required("requirements.txt"), *required("requirements-ray.txt")} <= told
    for_tests = set(required("requirements-test.txt")) - told
    assert [name for name in for_tests if name.removesuffix("-bin") not in text] == []
