"""aedash: the autoencoder laboratory in a browser. Pick, train, watch, compare."""

import os

# Before numpy is imported: OpenBLAS with two threads beside a training thread makes a small SVD 100 times slower.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
# Before torch is imported: its threads go to sleep after a short spin. With endless spinning two threads beside a busy
# browser starve each other (2,000 images/s instead of 12,000); with none at all a quiet machine loses half its speed.
os.environ.setdefault("GOMP_SPINCOUNT", "4000")

__version__ = "0.1.0"
