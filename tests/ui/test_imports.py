"""What a first visitor does not wait for: libraries that Home has no use for."""

import json
import subprocess
import sys

HEAVY = ["sklearn", "scipy.stats", "skimage", "pandas"]
HOME = """
import json, sys
import app
import aedash.ui.home.gallery, aedash.ui.home.hero, aedash.ui.train.picker
from aedash import registry
for each in (registry.datasets, registry.architectures, registry.terms, registry.presets):
    list(each)
print(json.dumps([name for name in json.loads(sys.argv[1]) if name in sys.modules]))
"""


def test_home_is_drawn_without_libraries_that_take_a_second_to_import():
    told = subprocess.run([sys.executable, "-c", HOME, json.dumps(HEAVY)], capture_output=True, text=True, check=True)
    assert json.loads(told.stdout.splitlines()[-1]) == []
