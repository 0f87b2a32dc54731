"""Two hundred uploads that somebody made by mistake or on purpose: {what it is: bytes}."""

import io
import pickle
import struct
import tarfile
import zipfile
import zlib

import numpy as np
from PIL import Image

from tests.data.own.making import folders, idx, lying, npy, npz, packed, pictures, png, saved, zipped

GREY = pictures(12)


def uploads():
    """All of them, made anew from the same seed."""
    return {
        **_strangers(),
        **_zips(),
        **_ends(),
        **_members(),
        **_names(),
        **_pictures(),
        **_arrays(),
        **_headers(),
        **_idx(),
    }


def _strangers():
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("a.png"))
    noise = np.random.default_rng(0).bytes(5000)
    files = {
        "nothing": b"",
        "one byte": b"P",
        "noise": noise,
        "zeros": bytes(10_000),
        "a pickle": pickle.dumps({"x": GREY}),
        "a program": b"MZ" + noise,
        "an elf": b"\x7fELF" + noise,
        "a page": b"<!doctype html><script>alert(1)</script>",
        "json": b'{"x": [1, 2]}',
        "rar": b"Rar!\x1a\x07" + noise,
        "7z": b"7z\xbc\xaf\x27\x1c" + noise,
        "tar": tar.getvalue(),
        "one picture": png(GREY[0]),
        "safetensors": struct.pack("<Q", 2) + b"{}",
    }
    return {f"stranger: {name}": content for name, content in files.items()}


def _zips():
    """A good zip that is cut off, or of which bytes are others."""
    good = zipped(folders(8, classes=2), zipfile.ZIP_DEFLATED)
    cuts = {f"zip cut at {share} of 20": good[: len(good) * share // 20] for share in range(1, 20)}
    draws, flips = np.random.default_rng(1), {}
    for i in range(40):
        broken = bytearray(good)
        for place in draws.integers(0, len(good), 1 + i // 4):
            broken[place] ^= int(draws.integers(1, 256))
        flips[f"zip with other bytes {i}"] = bytes(broken)
    return cuts | flips


def _ends():
    """Whose end record, or table of contents, lies."""
    good = zipped(folders(8, classes=2))
    end = good.rfind(b"PK\5\6")

    def end_with(place, kind, value):
        return good[: end + place] + struct.pack(kind, value) + good[end + place + struct.calcsize(kind) :]

    found = {f"{value} entries told": end_with(10, "<H", value) for value in (0, 1, 15, 17, 30_000, 65_534, 65_535)}
    found |= {f"contents of {value} bytes": end_with(12, "<I", value) for value in (0, 1, 46, 10**6, 10**9, 2**32 - 1)}
    found |= {f"contents at {value}": end_with(16, "<I", value) for value in (0, 1, 10**9, 2**32 - 1)}
    found["zip64"] = good[:end] + b"PK\6\7" + bytes(16) + good[end:]
    found["only an end"] = b"PK\5\6" + bytes(18)
    found["two ends"] = good + good[end:]
    found["20,001 entries"] = zipped({str(i): b"" for i in range(20_001)})
    return {f"end: {name}": content for name, content in found.items()}


def _changed(good, place, kind, value):
    """Every entry of the table of contents with another value."""
    broken, at = bytearray(good), good.find(b"PK\1\2")
    while at >= 0:
        struct.pack_into(kind, broken, at + place, value)
        at = good.find(b"PK\1\2", at + 46)
    return bytes(broken)


def _members():
    good = zipped(folders(8, classes=2), zipfile.ZIP_DEFLATED)
    found = {
        "locked": _changed(good, 8, "<H", 1),
        "all at the first": _changed(good, 42, "<I", 0),
        "all at the end": _changed(good, 42, "<I", len(good) - 10),
        "all beyond": _changed(good, 42, "<I", 10**9),
        "wrong sums": _changed(good, 16, "<I", 1),
        "larger than they are": _changed(good, 24, "<I", 9999),
        "smaller than they are": _changed(good, 24, "<I", 3),
        "4 GB each": _changed(good, 24, "<I", 2**32 - 2),
        "packed to nothing": _changed(good, 20, "<I", 0),
        "packed to 4 GB": _changed(good, 20, "<I", 2**32 - 2),
        "bombs": zipped({f"{i}.bmp": bytes(4_000_000) for i in range(8)}, zipfile.ZIP_DEFLATED),
        "640 MB": _changed(good, 24, "<I", 40_000_000),
        "too large each": zipped({f"{i}.png": png(GREY[0]) + bytes(5_000_001) for i in range(8)}),
        "links": zipped([(_link(f"{i}.png"), b"/etc/passwd") for i in range(9)]),
        "devices": zipped([(_link(f"{i}.png", 0o020644), b"x") for i in range(9)]),
        "folders alone": zipped({f"{i}/": b"" for i in range(9)}),
        "zips alone": zipped({f"{i}.zip": good for i in range(9)}),
        "a pickle within": zipped({"data.pkl": pickle.dumps(GREY)}),
        "texts": zipped({f"{i}.txt": b"text" for i in range(9)}),
    }
    found |= {f"method {method}": _changed(good, 10, "<H", method) for method in (1, 6, 9, 12, 14, 93, 99)}
    found |= {f"really method {method}": zipped(folders(8), method) for method in (zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)}
    return {f"members: {name}": content for name, content in found.items()}


def _link(name, mode=0o120777):
    member = zipfile.ZipInfo(name)
    member.create_system, member.external_attr = 3, mode << 16
    return member


def _names():
    """Too few pictures under names that would like to be elsewhere."""
    slip = "own-slip.png"
    upwards = ["../a.png", f"../../../../tmp/{slip}", f"/tmp/{slip}", "a/../../b.png", "~/a.png"]
    windows = [f"C:\\{slip}", "..\\..\\a.png", "\\\\host\\a.png", "con.png"]
    strange = ["x" * 3000 + ".png", "a\nb.png", "<b>/a.png", "\u202egnp.a", "$(id).png", "-rf.png"]
    names = [*upwards, *windows, *strange]
    return {f"name {name[:40]!r}": zipped({name: png(GREY[0])}) for name in names}


def _pictures():
    """Eight of a kind that is no image, or none that can be decoded."""
    jpeg, gif = saved(Image.fromarray(GREY[0]), "JPEG"), saved(Image.fromarray(GREY[0]), "GIF")
    webp, bmp = saved(Image.fromarray(GREY[0]), "WEBP"), saved(Image.fromarray(GREY[0]), "BMP")
    tiff, noise = saved(Image.fromarray(GREY[0]), "TIFF"), np.random.default_rng(2).bytes(3000)
    one = png(GREY[0])
    text = b"tEXt" + b"a\0" + bytes(10)
    files = {
        "svg": b"<svg xmlns='http://www.w3.org/2000/svg'><image href='file:///etc/passwd'/></svg>",
        "pdf": b"%PDF-1.7" + noise,
        "eps": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(x) run\n",
        "tiff": tiff,
        "psd": b"8BPS\0\1" + noise,
        "ico": b"\0\0\1\0" + noise,
        "xpm": b"/* XPM */" + noise,
        "png, only its head": one[:33],
        "png, noise after its head": one[:33] + noise,
        "png, of 16,000 x 16,000": lying(one, 16_000, 16_000),
        "png, of 2,000,000,000 wide": lying(one, 2 * 10**9, 1),
        "png, of no size": lying(one, 0, 0),
        "png, larger than it is": lying(one, 600, 600),
        "png, wrong sum": one[:29] + b"\0\0\0\0" + one[33:],
        "png, text without end": one[:33] + struct.pack(">I", 2**31 - 1) + text,
        "png, packed text of 20 MB": _text_bomb(one),
        "jpeg, cut": jpeg[: len(jpeg) // 2],
        "jpeg, only its mark": jpeg[:4],
        "jpeg, 65,500 x 65,500": _jpeg_of(jpeg, 65_500),
        "gif, cut": gif[:40],
        "gif, no frame": gif[:13] + b";",
        "gif, 65,535 x 65,535": gif[:6] + b"\xff\xff\xff\xff" + gif[10:],
        "webp, cut": webp[:30],
        "webp, noise": webp[:20] + noise,
        "bmp, cut": bmp[:60],
        "bmp, 2,000,000,000 wide": bmp[:18] + struct.pack("<i", 2 * 10**9) + bmp[22:],
        "bmp, negative": bmp[:18] + struct.pack("<ii", -28, -28) + bmp[26:],
        "empty": b"",
        "noise": noise,
    }
    return {f"pictures: {name}": zipped({f"a/{i}.png": file for i in range(8)}) for name, file in files.items()}


def _text_bomb(one):
    content = b"a\0\0" + zlib.compress(bytes(20_000_000), 9)
    chunk = b"zTXt" + content
    return one[:33] + struct.pack(">I", len(content)) + chunk + struct.pack(">I", zlib.crc32(chunk)) + one[33:]


def _jpeg_of(file, side):
    frame = file.find(b"\xff\xc0")
    return file[: frame + 5] + struct.pack(">HH", side, side) + file[frame + 9 :]


def _arrays():
    """Arrays that are no images, or not with these labels."""
    images, few = GREY.astype(np.float32), GREY[:3]
    found = {
        "objects": npz(x=np.array([{}, 1], object)),
        "text": npz(x=np.array(["a", "b"])),
        "complex": npz(x=GREY.astype(complex)),
        "times": npz(x=np.zeros((9, 28, 28), "M8[s]")),
        "records": npz(x=np.zeros(9, [("a", "u1", (28, 28))])),
        "128 bits": npz(x=GREY.astype(np.longdouble)),
        "nothing": npz(x=np.zeros((0, 28, 28), np.uint8)),
        "no width": npz(x=np.zeros((9, 28, 0), np.uint8)),
        "no axis": npz(x=np.uint8(3)),
        "one axis": npz(x=np.arange(100)),
        "five axes": npz(x=np.zeros((9, 2, 2, 2, 2), np.uint8)),
        "no square": npz(x=np.zeros((9, 783), np.uint8)),
        "two channels": npz(x=np.zeros((9, 28, 28, 2), np.uint8)),
        "three images": npz(x=few),
        "nan": npz(x=np.where(images > 200, np.nan, images)),
        "infinite": npz(x=np.where(images > 200, np.inf, images)),
        "1e300": npz(x=GREY.astype(np.float64) * 1e300),
        "-1e300": npz(x=GREY.astype(np.float64) * -1e300),
        "large images": npz(x=np.zeros((8, 3000, 3000), np.uint8)),
        "other names": npz(a=GREY, b=GREY),
        "no arrays": zipped({"a.npy": b"", "b.npy": b""}),
        "labels of others": npz(x=GREY, y=np.arange(5)),
        "labels in between": npz(x=GREY, y=np.arange(12) / 7),
        "labels nan": npz(x=GREY, y=np.full(12, np.nan)),
        "labels text": npz(x=GREY, y=np.array(["a"] * 12)),
        "labels objects": npz(x=GREY, y=np.array([{}] * 12, object)),
        "labels, two each": npz(x=GREY, y=np.ones((12, 2))),
        "another test": npz(x_train=GREY, x_test=np.zeros((9, 20, 20), np.uint8)),
        "test labels of others": npz(x_train=GREY, y_train=np.arange(12), x_test=GREY, y_test=np.arange(3)),
        "columns first, large": npy(np.asfortranarray(np.zeros((50_000, 28, 28), np.uint8))),
    }
    return {f"arrays: {name}": content for name, content in found.items()}


def _headers():
    """npy files whose header lies."""
    texts = {
        "a huge shape": "{'descr': '|u1', 'fortran_order': False, 'shape': (1000000000000, 28, 28)}",
        "an immense shape": "{'descr': '|u1', 'fortran_order': False, 'shape': (%s, 28, 28)}" % ("9" * 400),
        "more than there is": "{'descr': '|u1', 'fortran_order': False, 'shape': (60000, 28, 28)}",
        "a negative shape": "{'descr': '|u1', 'fortran_order': False, 'shape': (-1, 28, 28)}",
        "a true shape": "{'descr': '|u1', 'fortran_order': False, 'shape': (True, 28, 28)}",
        "a text as shape": "{'descr': '|u1', 'fortran_order': False, 'shape': 'abc'}",
        "fractions as shape": "{'descr': '|u1', 'fortran_order': False, 'shape': (9.5, 28)}",
        "no such dtype": "{'descr': 'hello', 'fortran_order': False, 'shape': (9, 28, 28)}",
        "objects": "{'descr': '|O', 'fortran_order': False, 'shape': (9, 28, 28)}",
        "a list as dtype": "{'descr': [('a', '|O')], 'fortran_order': False, 'shape': (9,)}",
        "a void": "{'descr': '|V1', 'fortran_order': False, 'shape': (9, 28, 28)}",
        "no order": "{'descr': '|u1', 'fortran_order': 3, 'shape': (9, 28, 28)}",
        "a call": "__import__('os').system('touch /tmp/own-slip.png')",
        "brackets": "(" * 3000,
        "half a dictionary": "{'descr': '|u1', ",
        "nothing": "",
        "many axes": "{'descr': '|u1', 'fortran_order': False, 'shape': (%s)}" % ("1, " * 2000),
        "too long": "{'descr': '|u1', 'fortran_order': False, 'shape': (9, 28, 28)}" + " " * 60_000,
    }
    found = {}
    for name, text in texts.items():
        for version in (1, 2):
            size = struct.pack("<H" if version == 1 else "<I", len(text))
            found[f"header {name}, version {version}"] = (
                b"\x93NUMPY" + bytes([version, 0]) + size + text.encode() + bytes(2000)
            )
    found |= {f"header of version {v}": b"\x93NUMPY" + bytes([v, 0]) + bytes(100) for v in (0, 3, 4, 255)}
    whole = npy(GREY)
    return found | {f"npy cut at {place}": whole[:place] for place in (6, 8, 9, 10, 60, 127, 128, 129, len(whole) - 1)}


def _idx():
    whole = idx(GREY)
    gz = packed(whole)
    head = b"\0\0\x08\3"
    found = {f"cut at {place}": whole[:place] for place in (4, 7, 15, 16, 17, len(whole) - 1)}
    found |= {f"gz cut at {share} of 5": gz[: len(gz) * share // 5] for share in (1, 2, 3, 4)}
    found |= {
        "too long": whole + b"x",
        "4 billion images": head + struct.pack(">III", 2**32 - 1, 28, 28) + bytes(100),
        "immense": head + struct.pack(">III", 2**32 - 1, 2**32 - 1, 2**32 - 1),
        "no images": head + struct.pack(">III", 0, 28, 28),
        "five axes": b"\0\0\x08\5" + struct.pack(">5I", 9, 1, 1, 1, 1) + bytes(9),
        "no axis": b"\0\0\x08\0" + bytes(100),
        "no such kind": b"\0\0\x07\3" + whole[4:],
        "labels": idx(np.arange(99, dtype=np.uint8)),
        "a bomb": packed(head + struct.pack(">III", 9, 28, 28) + bytes(30_000_000)),
        "a bomb that says so": packed(head + struct.pack(">III", 10**6, 28, 28) + bytes(3_000_000)),
        "packed twice": packed(gz),
        "packed text": packed(b"text"),
        "fractions that are none": b"\0\0\x0e\3" + struct.pack(">III", 9, 28, 28) + b"\xff" * (9 * 28 * 28 * 8),
        "two of a kind": zipped({"a": whole, "b": whole}),
        "labels alone, two": zipped(
            {"a": idx(np.arange(9, dtype=np.uint8)), "test": idx(np.arange(9, dtype=np.uint8))}
        ),
    }
    return {f"idx: {name}": content for name, content in found.items()}
