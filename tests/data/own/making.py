"""Files as people upload them, made in memory."""

import gzip
import io
import struct
import zipfile
import zlib

import numpy as np
from PIL import Image


def png(pixels, **how):
    return saved(Image.fromarray(np.asarray(pixels, np.uint8)), "PNG", **how)


def saved(image, kind, **how):
    stream = io.BytesIO()
    image.save(stream, kind, **how)
    return stream.getvalue()


def zipped(members, compression=zipfile.ZIP_STORED):
    """The bytes of a zip of {name or ZipInfo: content}, or such pairs."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as archive:
        for name, content in members.items() if isinstance(members, dict) else members:
            archive.writestr(name, content)
    return stream.getvalue()


def pictures(count, side=28, channels=1, seed=0):
    """(N, H, W) or (N, H, W, 3) uint8, light shapes on black, all different."""
    draws = np.random.default_rng(seed)
    images = np.zeros((count, side, side, channels), np.uint8)
    images[:, side // 4 : -side // 4, side // 4 : -side // 4] = draws.integers(
        90, 256, (count, *images[0, side // 4 : -side // 4, side // 4 : -side // 4].shape)
    )
    return images[..., 0] if channels == 1 else images


def folders(count, classes=2, **how):
    """{path: png} of that many pictures in each of so many folders."""
    images = pictures(count * classes, **how)
    return {f"things/kind {i % classes}/{i}.png": png(image) for i, image in enumerate(images)}


def npz(**arrays):
    stream = io.BytesIO()
    np.savez_compressed(stream, **arrays)
    return stream.getvalue()


def npy(array):
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


def idx(array, code=8):
    header = struct.pack(f">BBBB{array.ndim}I", 0, 0, code, array.ndim, *array.shape)
    return header + array.astype(array.dtype.newbyteorder(">")).tobytes()


def packed(content):
    return gzip.compress(content, 1)


def lying(file, width, height):
    """The PNG with another size in its header."""
    header = file[12:16] + struct.pack(">II", width, height) + file[24:29]
    return file[:12] + header + struct.pack(">I", zlib.crc32(header)) + file[33:]
