"""Kept identity: how many reconstructions a classifier still reads as their original's class.

The counterpart of "loss recovered" of sparse autoencoders: an error of pixels does not say whether a 4 is still a 4.
"""

from math import prod

import numpy as np
import torch
from torch import Tensor

from aedash.analysis.judge import Judge
from aedash.analysis.level import paired
from aedash.analysis.quality import originals, projected, restored
from aedash.analysis.trained import Trained, evenly
from aedash.store.kept import Kept

JUDGED = 2000  # test images, spread evenly over all


def kept(trained: Trained, judge: Judge, count: int = JUDGED) -> Kept:
    """Of what a model makes of `count` clean test images, decoded from the mean code, spread evenly over all.

    A model that diverged draws black pictures, which are of one class at most.
    """
    return _kept(trained, judge, restored(trained, trained.spread(count)))


def kept_by_pca(trained: Trained, judge: Judge, size: int = 0, count: int = JUDGED) -> Kept:
    """Of PCA of the run's training images with `size` numbers, on the same images.

    size: 0 for as many numbers as the model's code has, at most the pixels.
    """
    code = size or prod(trained.model.latent_shape)
    clean = originals(trained, count)
    return _kept(trained, judge, projected(trained.data, trained.config.data.validation, code, clean))


def _kept(trained: Trained, judge: Judge, made: Tensor) -> Kept:
    test = trained.data.test[evenly(len(trained.data.test), len(made))]
    labels = test.labels.numpy()
    known = judge.read(torch.as_tensor(test.images).float() / 255).labels == labels
    still = judge.read(made).labels == labels
    apart = paired(still.astype(np.float64), known.astype(np.float64))
    return Kept(float(still.mean()), float(known.mean()), apart, len(labels))
