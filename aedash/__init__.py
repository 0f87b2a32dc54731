"""aedash: the autoencoder laboratory in a browser. Pick, train, watch, compare."""

import os

# Before numpy is imported: OpenBLAS with two threads beside a training thread makes a small SVD 100 times slower.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
# Before torch is imported: its threads sleep while they wait. Spinning ones starve each other as soon as a browser or a
# second run wants a core (two threads trained 8 times slower than one).
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

__version__ = "0.1.0"
