"""The real sets, where the data root has them."""

import gzip
import shutil

import pytest

from aedash import registry
from aedash.data.image_data import Unavailable, load
from aedash.settings import Settings

pytestmark = pytest.mark.mnist


@pytest.fixture
def root(require):
    root = Settings().data_dir
    require("mnist", registry.datasets.get("mnist").present(root), "MNIST is not in the data root (AEDASH_DATA_DIR)")
    return root


def test_counts_and_labels(root):
    data = load("mnist", root)
    assert data.train.images.shape == (60_000, 1, 28, 28)
    assert data.test.images.shape == (10_000, 1, 28, 28)
    assert tuple(data.train.labels.bincount().tolist()) == data.info.per_class
    assert data.train.labels[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
    assert data.test.labels[:5].tolist() == [7, 2, 1, 0, 4]


def test_pixels_have_the_known_mean_and_deviation(root):
    scaling = load("mnist", root).scaling("standardised")
    assert scaling.shift * scaling.span / 255 == pytest.approx(0.1307, abs=5e-5)
    assert scaling.span / 255 == pytest.approx(0.3081, abs=5e-5)


def test_a_changed_archive_is_refused(root, tmp_path):
    raw = shutil.copytree(root / "MNIST" / "raw", tmp_path / "MNIST" / "raw", copy_function=shutil.copyfile)
    raw.chmod(0o755)
    archive = raw / "t10k-images-idx3-ubyte.gz"
    content = bytearray(archive.read_bytes())
    content[-1] ^= 1
    archive.write_bytes(content)
    (raw / "t10k-images-idx3-ubyte").unlink(missing_ok=True)
    with pytest.raises(Unavailable, match="MNIST cannot be read: t10k-images-idx3-ubyte\\.gz is damaged"):
        registry.datasets.get("mnist").read(tmp_path)


@pytest.mark.parametrize("unpacked", [True, False])
def test_fashion_mnist_in_its_folder_is_refused_by_name(root, tmp_path, unpacked):
    raw = tmp_path / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for packed in (root / "FashionMNIST" / "raw").glob("*.gz"):
        content = gzip.decompress(packed.read_bytes())
        (raw / (packed.stem if unpacked else packed.name)).write_bytes(
            content if unpacked else gzip.compress(content, compresslevel=1)
        )
    mnist = registry.datasets.get("mnist")
    assert not mnist.present(tmp_path)
    with pytest.raises(Unavailable, match=r"train-images-idx3-ubyte(\.gz)? holds other images \(FashionMNIST\)"):
        mnist.read(tmp_path)
    raw.parent.rename(tmp_path / "fashion-mnist")
    assert registry.datasets.get("fashion-mnist").read(tmp_path)[0].labels[:5].tolist() == [9, 0, 0, 3, 0]


def test_fashion_mnist_has_its_known_mean_and_deviation(require):
    root = Settings().data_dir
    present = registry.datasets.get("fashion-mnist").present(root)
    require("fashion-mnist", present, "FashionMNIST is not in the data root (AEDASH_DATA_DIR)")
    data = load("fashion-mnist", root)
    scaling = data.scaling("standardised")
    assert scaling.shift * scaling.span / 255 == pytest.approx(0.2860, abs=5e-5)
    assert scaling.span / 255 == pytest.approx(0.3530, abs=5e-5)
    assert data.train.labels.bincount().tolist() == [6000] * 10
