"""Imports every module of the app, as a script; then says why its runs cannot begin, where they cannot."""

import importlib
import pkgutil

import aedash
import app  # noqa: F401
from aedash.ui.desk.manager import trouble

for module in pkgutil.walk_packages(aedash.__path__, "aedash."):
    if not module.name.endswith(("__main__", "nursery", "executors.ray")):  # two are programs; Ray may not be there
        importlib.import_module(module.name)
print(trouble())
