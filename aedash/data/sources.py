"""Where the sets in MNIST's format come from, and the sums by which their files are known: data, nothing else.

Names, mirrors and sums of the archives are torchvision's, which is not imported for them: that takes a second.
"""

from dataclasses import dataclass

FILES = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")


@dataclass(frozen=True, eq=False)
class Source:
    """mirrors: URL prefixes in the order of trial; size: bytes of all archives; archives: {file: md5 of its `.gz` as it
    is served}.

    contents: {file: md5 of what the archive holds}; empty where nobody has computed them, and then an unpacked file is
    known only by its format, and by not being another set's.
    """

    mirrors: tuple[str, ...]
    size: int
    archives: dict[str, str]
    contents: dict[str, str]

    @property
    def volume(self) -> str:
        """What its archives weigh, in words: 11.6 MB."""
        return f"{self.size / 1e6:.1f} MB"


def _sums(*md5: str) -> dict[str, str]:
    return dict(zip(FILES, md5, strict=True))


SOURCES = {
    "MNIST": Source(
        ("https://ossci-datasets.s3.amazonaws.com/mnist/", "http://yann.lecun.com/exdb/mnist/"),
        11_594_722,
        _sums(
            "f68b3c2dcbeaaa9fbdd348bbdeb94873",
            "d53e105ee54ea40749a09fcbcd1e9432",
            "9fb629c4189551a2d022fa330f9573f3",
            "ec29112dd5afa0611ce80d1b7f02629c",
        ),
        _sums(
            "6bbc9ace898e44ae57da46a324031adb",
            "a25bea736e30d166cdddb491f175f624",
            "2646ac647ad5339dbf082846283269ea",
            "27ae3e4e09519cfbb04c329615203637",
        ),
    ),
    "FashionMNIST": Source(
        ("http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",),
        30_878_645,
        _sums(
            "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
            "25c81989df183df01b3e8a0aad5dffbe",
            "bef4ecab320f06d8554ea6380940ec79",
            "bb300cfdad3c16e7a12a480ee83cd310",
        ),
        _sums(
            "f4a8712d7a061bf5bd6d2ca38dc4d50a",
            "9018921c3c673c538a1fc5bad174d6f9",
            "8181f5470baa50b63fa0f6fddb340f0a",
            "15d484375f8d13e6eb1aabb0c3f46965",
        ),
    ),
    "KMNIST": Source(
        ("http://codh.rois.ac.jp/kmnist/dataset/kmnist/",),
        21_240_888,
        _sums(
            "bdb82020997e1d708af4cf47b453dcf7",
            "e144d726b3acfaa3e44228e80efcd344",
            "5c965bf0a639b31b8f53240b1b52f4d7",
            "7320c461ea6c1c855c0b718fb2a4b134",
        ),
        {},
    ),
}

OWNERS = {
    md5: name for name, source in SOURCES.items() for md5 in (*source.archives.values(), *source.contents.values())
}
