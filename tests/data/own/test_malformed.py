"""Whatever is uploaded: one sentence, or images and how many files were skipped; nothing is written, nothing is run."""

import tempfile
from pathlib import Path

from aedash.data.own.bounds import FEWEST
from aedash.data.own.files import read
from aedash.registry import Refused
from tests.data.own.malformed import uploads

SLIPPED = Path("/tmp/own-slip.png")


def outcome(content):
    """("refused", sentence) or ("read", sentences). Anything else that is raised is a fault."""
    try:
        found = read(content)
    except Refused as error:
        return "refused", str(error)
    assert len(found.images) == len(found.labels) >= FEWEST
    return "read", " ".join(found.notes)


def test_of_two_hundred_malformed_uploads_each_is_one_sentence_and_none_leaves_anything(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    outcomes = {name: outcome(content) for name, content in uploads().items()}
    assert len(outcomes) >= 200
    for name, (_, told) in outcomes.items():
        assert told, name
        assert len(told) < 400, name
        assert "\n" not in told, name
        assert "Traceback" not in told, name
        assert "/tmp" not in told, name
    kept = [name for name, (how, _) in outcomes.items() if how == "read"]
    # some bytes of a picture, or of a sum, may be others without harm: such pictures are skipped, or as they were
    assert [name for name in kept if not name.startswith("zip with other bytes")] == []
    assert list(tmp_path.iterdir()) == []
    assert not SLIPPED.exists()
