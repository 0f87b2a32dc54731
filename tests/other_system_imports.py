"""Imports the app, but for what needs Ray or kills processes, as a script; then says why its runs cannot begin."""

import importlib
import pkgutil

import aedash
import app  # noqa: F401
from aedash.ui.desk.manager import trouble

for module in pkgutil.walk_packages(aedash.__path__, "aedash."):
    program = module.name.endswith(("__main__", "nursery"))
    if not program and not module.name.startswith(("aedash.training.executors.ray", "aedash.commands.soak.")):
        importlib.import_module(module.name)
print(trouble())
