"""Weights as strangers send them: {what is wrong: the bytes of a file}, for a model whose good file is given."""

import io
import json
import pickle
import random
import zipfile
from pathlib import Path
from struct import pack


class Evil:
    """Unpickled, it makes a file."""

    def __init__(self, marker):
        self.marker = marker

    def __reduce__(self):
        return Path.touch, (Path(self.marker),)


def file_of(head, body=b"", length=None):
    """A safetensors file with this head: bytes, or what JSON holds."""
    head = head if isinstance(head, bytes) else json.dumps(head).encode()
    return pack("<Q", len(head) if length is None else length) + head + body


def parts(good):
    """(head as JSON has it, numbers) of a good file."""
    size = int.from_bytes(good[:8], "little")
    return json.loads(good[8 : 8 + size]), good[8 + size :]


def zipped(name, content):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as file:
        file.writestr(name, content)
    return stream.getvalue()


def of_bytes(content):
    """(head, numbers) of a file that holds one tensor of these bytes."""
    return {"a": {"dtype": "U8", "shape": [len(content)], "data_offsets": [0, len(content)]}}, content


def files(good, marker):
    """All kinds. good: a file that is taken; marker: a path that no code may make."""
    return _heads(good) | _pickles(marker) | _tensors(good) | _metadata(good) | _broken(good)


def _heads(good):
    one = {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}
    head, body = parts(good)
    many = {f"t{n}": {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]} for n in range(200_000)}
    return {
        "empty": b"",
        "one byte": b"\x00",
        "eight bytes": bytes(8),
        "length 2^63": pack("<Q", 2**63) + b"{}",
        "length 2^64 - 1": pack("<Q", 2**64 - 1) + b"{}",
        "99 MB head in a small file": pack("<Q", 99_000_000) + b"{}",
        "a long head of blanks": file_of(b"{}" + b" " * 300_000),
        "200,000 tensors": file_of(many),
        "600 tensors": file_of(dict(list(many.items())[:600])),
        "no tensors": file_of({}),
        "head cut": file_of(json.dumps(head).encode()[:-9], body),
        "numbers cut": good[:-5],
        "numbers behind the end": good + b"more",
        "no JSON": file_of(b"{nonsense}", body),
        "a list": file_of([1, 2]),
        "a text": file_of(b'"text"'),
        "null": file_of(b"null"),
        "NaN": file_of(b'{"a": NaN}'),
        "a number of 5,000 digits": file_of(b'{"a": ' + b"9" * 5000 + b"}"),
        "100,000 deep": file_of(b'{"a":' * 40_000),
        "lists deep": file_of(b"[" * 100_000),
        "no UTF-8": file_of(b'{"\xff\xfe": {}}'),
        "half a character": file_of(b'{"\\ud800": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}', bytes(4)),
        "a name twice": file_of(b'{"a": %s, "a": %s}' % ((json.dumps(one).encode(),) * 2), bytes(4)),
        "a field twice": file_of(
            b'{"a": {"dtype": "F32", "dtype": "I8", "shape": [1], "data_offsets": [0, 4]}}', bytes(4)
        ),
        "65 MB": file_of(*of_bytes(bytes(65 * 2**20))),
    }


def _pickles(marker):
    evil = {f"pickle {n}": pickle.dumps(Evil(marker), n) for n in range(6)}
    inside = pickle.dumps(Evil(marker), 2)
    return evil | {
        "a zip of a pickle": zipped("archive/data.pkl", inside),
        "an empty zip": zipped("a", b"")[-22:],
        "a pickle behind a head": file_of(*of_bytes(inside)),
        "a pickle as metadata": file_of({"__metadata__": {"aedash": inside.decode("latin-1")}}),
        "a script": b"#!/bin/sh\ntouch " + str(marker).encode(),
        "HDF5": b"\x89HDF\r\n\x1a\n" + bytes(100),
        "an image": b"\x89PNG\r\n\x1a\n" + bytes(100),
    }


def _tensors(good):
    head, body = parts(good)
    names = [name for name in head if name != "__metadata__"]
    first, last = names[0], names[-1]

    def changed(name, **fields):
        return file_of(head | {name: head[name] | fields}, body)

    def without(name):
        kept, numbers, told = {"__metadata__": head["__metadata__"]}, b"", 0
        for other in sorted(names, key=lambda each: head[each]["data_offsets"]):
            start, end = head[other]["data_offsets"]
            if other != name:
                kept[other] = head[other] | {"data_offsets": [told, told + end - start]}
                numbers, told = numbers + body[start:end], told + end - start
        return kept, numbers

    def renamed(to):
        return file_of({(to if name == first else name): value for name, value in head.items()}, body)

    shape, place = head[first]["shape"], head[first]["data_offsets"]
    found = {
        "shape flat": changed(first, shape=[1, *shape]),
        "shape of nine sizes": changed(first, shape=[*shape, 1, 1, 1, 1, 1, 1, 1, 1, 1]),
        "shape overflows": changed(first, shape=[2**62, 2**62]),
        "shape below 0": changed(first, shape=[-1]),
        "shape of fractions": changed(first, shape=[1.5]),
        "shape of texts": changed(first, shape=["1"]),
        "shape of truths": changed(first, shape=[True]),
        "shape null": changed(first, shape=None),
        "place backwards": changed(first, data_offsets=place[::-1]),
        "place below 0": changed(first, data_offsets=[-4, place[1]]),
        "place of three": changed(first, data_offsets=[*place, 1]),
        "place too long": changed(first, data_offsets=[place[0], place[1] + 4]),
        "place beyond the end": changed(last, data_offsets=[10**12, 10**12 + 4]),
        "overlap": changed(first, data_offsets=head[last]["data_offsets"]),
        "a field more": changed(first, code="import os"),
        "entry a list": file_of(head | {first: [1]}, body),
        "entry null": file_of(head | {first: None}, body),
        "missing": file_of(*without(first)),
        "last missing": file_of(*without(last)),
        "renamed": renamed("other"),
        "renamed to a path": renamed("../../x"),
        "renamed to markup": renamed("<script>alert(1)</script>"),
        "one too many": _more(head, body, "extra"),
        "one too many with a line end": _more(head, body, "a\nb\u202e"),
        "one with and without prefix": _more(head, body, f"model/{first}"),
    }
    kinds = ("F64", "F16", "BF16", "I64", "I32", "I8", "U8", "BOOL", "F8_E4M3", "C64", "", None, 7, ["F32"], "x" * 9999)
    return found | {f"kind {str(kind)[:9]}": changed(first, dtype=kind) for kind in kinds}


def _more(head, body, name):
    more = {"dtype": "F32", "shape": [1], "data_offsets": [len(body), len(body) + 4]}
    return file_of(head | {name: more}, body + bytes(4))


def _metadata(good):
    head, body = parts(good)
    told = json.loads(head["__metadata__"]["aedash"])
    config = told["config"]

    def telling(text):
        text = text if isinstance(text, str) else json.dumps(text)
        return file_of(head | {"__metadata__": {"aedash": text}}, body)

    def with_(path, value):
        changed = json.loads(json.dumps(config))
        *way, last = path.split(".")
        place = changed
        for step in way:
            place = place[step]
        place[last] = value
        return telling(told | {"config": changed})

    hostile = {
        "no config": telling({}),
        "config null": telling({"config": None}),
        "config a list": telling({"config": []}),
        "config a text": telling({"config": "os.system('x')"}),
        "no JSON told": telling("{"),
        "deep JSON told": telling("[" * 50_000),
        "NaN told": telling('{"config": NaN}'),
        "metadata a list": file_of(head | {"__metadata__": [1]}, body),
        "metadata of numbers": file_of(head | {"__metadata__": {"aedash": 1}}, body),
        "metadata deep": file_of(head | {"__metadata__": {"aedash": {"a": {}}}}, body),
        "architecture unknown": with_("architecture.name", "os.system"),
        "architecture dunder": with_("architecture.name", "__class__"),
        "architecture a path": with_("architecture.name", "../../etc/passwd"),
        "architecture markup": with_("architecture.name", "<img src=x onerror=alert(1)>"),
        "code of 10^9": with_("architecture.latent", 10**9),
        "code of 10^30": with_("architecture.latent", 10**30),
        "code of 0": with_("architecture.latent", 0),
        "code below 0": with_("architecture.latent", -5),
        "code a text": with_("architecture.latent", "5; import os"),
        "code of another size": with_("architecture.latent", 5),
        "layers of 10^8": with_("architecture.widths", [10**8]),
        "layers many": with_("architecture.widths", [1] * 5000),
        "layers of another size": with_("architecture.widths", [17]),
        "data set unknown": with_("data.name", "/etc/passwd"),
        "data set a list": with_("data.name", ["digits"]),
        "class left out": with_("data.without", 99),
        "epochs 10^9": with_("epochs", 10**9),
        "seed -1": with_("seed", -1),
        "rate inf": with_("optimizer.learning_rate", float("inf")),
        "a field more in the config": telling(told | {"config": config | {"code": "import os"}}),
        "objective empty": with_("objective", []),
        "objective unknown": with_("objective", ["os.system"]),
        "digest of another": telling(told | {"digest": "0" * 64}),
        "digest null": telling(told | {"digest": None}),
    }
    return {f"told: {name}": content for name, content in hostile.items()}


def _broken(good):
    """Numbers that are not finite, and bits that turned over anywhere; seeded."""
    head, body = parts(good)
    bare = {name: value for name, value in head.items() if name != "__metadata__"}
    told = {"config": json.loads(head["__metadata__"]["aedash"])["config"]}
    kept = bare | {"__metadata__": {"aedash": json.dumps(told)}}
    found = {}
    for name, value in {"NaN": float("nan"), "Inf": float("inf"), "-Inf": float("-inf")}.items():
        for where, at in {"first": 0, "last": len(body) - 4, "middle": len(body) // 8 * 4}.items():
            found[f"{name} {where}"] = file_of(kept, body[:at] + pack("<f", value) + body[at + 4 :])
    chance = random.Random(0)
    size = len(good) - len(body)
    for n in range(40):
        at = chance.randrange(size if n % 2 else len(good))
        found[f"byte {n} turned"] = good[:at] + bytes([good[at] ^ (1 << chance.randrange(8))]) + good[at + 1 :]
    return found
