"""Files of weights that somebody else wrote, or that were torn."""

import json

import pytest
import torch
from safetensors.torch import save_file

from aedash.store.weights import about, read_tensors
from aedash.training.checkpoint import kept_states

BEHIND = b'{"a":{"dtype":"F32","shape":[9],"data_offsets":[0,36]}}'
HEADERS = {
    "empty": b"",
    "a header without an end": (2**62).to_bytes(8, "little") + b"{}",
    "a header that is no JSON": (5).to_bytes(8, "little") + b"[[[[[",
    "a nested header": (100_000).to_bytes(8, "little") + b"[" * 100_000,
    "a tensor behind the end": len(BEHIND).to_bytes(8, "little") + BEHIND,
}
METADATA = {
    "null": "null",
    "a list": "[]",
    "a number": "3",
    "no JSON": "{",
    "nested": "[" * 100_000,
    "half a character": '{"epoch": "\\ud800"}',
}


@pytest.mark.parametrize("header", HEADERS)
def test_a_damaged_file_tells_nothing_and_is_refused(header, tmp_path):
    path = tmp_path / "last.safetensors"
    path.write_bytes(HEADERS[header])
    assert about(path) == {}
    with pytest.raises(ValueError, match="is damaged"):
        read_tensors(path)


@pytest.mark.parametrize("metadata", METADATA)
def test_metadata_that_are_no_object_tell_nothing(metadata, tmp_path):
    path = tmp_path / "last.safetensors"
    save_file({"a": torch.zeros(1)}, path, {"about": METADATA[metadata]})
    assert about(path) == {}
    assert kept_states(tmp_path) == {}
    with pytest.raises(ValueError, match=r"JSON|nested|surrogates|Expecting"):
        read_tensors(path)


@pytest.mark.parametrize("place", [{"images": 0}, {"images": 0, "epoch": "one"}, {"images": 0, "epoch": None}])
def test_a_state_that_does_not_tell_its_epoch_is_not_offered_for_a_fork(place, tmp_path):
    save_file({"a": torch.zeros(1)}, tmp_path / "last.safetensors", {"about": json.dumps(place)})
    save_file({"a": torch.zeros(1)}, tmp_path / "epoch-last.safetensors", {"about": json.dumps(place)})
    assert kept_states(tmp_path) == {}
