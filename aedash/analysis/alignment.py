"""Alignment: maps of several models side by side, each seen from the side that agrees best with one of them."""

import numpy as np

from aedash.events import Floats


def size(codes: Floats) -> float:
    """Root of the mean squared distance from the centre, in code units, of the codes that are finite; nan without any.

    codes: (N, latent).

    >>> size(np.array([[1.0, 0.0], [-1.0, 0.0]]))
    1.0
    """
    finite = codes[np.isfinite(codes).all(1)].astype(np.float64)
    return float(np.sqrt(np.square(finite - finite.mean(0)).sum(1).mean())) if len(finite) else float("nan")


def turned(codes: Floats, like: Floats) -> Floats:
    """(N, 2): the codes (N, latent) of the same images, of size 1 and projected so that they agree best with `like`.

    Orthogonal Procrustes (Schönemann 1966) from many dimensions to two: centred, turned, perhaps mirrored, not
    stretched; with U S V^T = codes^T like, codes U V^T. like: (N, 2). A code that never varies is a dot at 0; where one
    number is not finite all are nan, which are not drawn.

    >>> square = np.array([[1.0, 1.0], [1.0, -1.0], [-1.0, -1.0], [-1.0, 1.0]])
    >>> quarter = square @ np.array([[0.0, 1.0], [-1.0, 0.0]])
    >>> bool(np.allclose(turned(quarter, square) * size(square), square))
    True
    """
    if not np.isfinite(codes).all() or not np.isfinite(like).all():
        return np.full(like.shape, np.nan, np.float32)
    centred = codes - codes.mean(0)
    left, _, right = np.linalg.svd(centred.T @ (like - like.mean(0)), full_matrices=False)
    seen = np.zeros(like.shape, np.float32)
    axes = left @ right if left.shape[1] == 2 else left[:, :1] * right[:1, :1]
    seen[:, : axes.shape[1]] = centred @ axes
    return seen / (size(codes) or 1.0)
