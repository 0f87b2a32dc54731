"""What is read of zips, arrays and idx files: images, classes, and sentences."""

import numpy as np
import pytest
from PIL import Image

from aedash.data.own import naming
from aedash.data.own.files import read
from aedash.registry import Refused
from tests.data.own import making
from tests.data.own.making import folders, idx, npy, npz, packed, pictures, png, saved, zipped


def refusal(content):
    with pytest.raises(Refused) as caught:
        read(content)
    return str(caught.value)


def test_folders_are_classes_and_pictures_of_the_size_stay_as_they_are():
    found = read(zipped(folders(6, classes=3)))
    assert found.images.shape == (18, 1, 28, 28)
    assert found.classes == ("kind 0", "kind 1", "kind 2")
    assert found.labels.tolist() == [i % 3 for i in range(18)]
    assert (found.images[:, 0] == pictures(18)).all()
    assert found.notes == ("18 images in grey, 3 classes.",)


def test_one_picture_in_colour_keeps_the_colour_of_all():
    members = folders(6) | {"things/kind 1/red.png": png(np.full((40, 40, 3), (200, 10, 30)))}
    found = read(zipped(members))
    assert found.images.shape == (13, 3, 32, 32)
    assert found.images[-1, :, 5, 5].tolist() == [200, 10, 30]
    grey = read((zipped(folders(6, channels=3) | {})), 28).images
    assert grey.shape == (12, 3, 28, 28)


def test_grey_saved_as_colour_is_grey():
    members = {f"{i}.png": png(np.repeat(image[..., None], 3, 2)) for i, image in enumerate(pictures(9))}
    found = read(zipped(members))
    assert found.images.shape == (9, 1, 28, 28)
    assert (found.images[:, 0] == pictures(9)).all()
    assert found.classes == ("all",)


def test_what_is_no_picture_is_counted_and_what_systems_add_is_not():
    file = np.random.default_rng(0).integers(0, 255, (60, 60), np.uint8)
    members = folders(6) | {
        "things/readme.txt": b"about",
        "things/kind 0/list.csv": b"a,b",
        "things/kind 0/broken.png": png(file)[:900],
        "things/more.zip": zipped({"x": b""}),
        "__MACOSX/things/0.png": b"x",
        "things/.DS_Store": b"x",
        "Thumbs.db": b"x",
    }
    assert read(zipped(members)).notes == (
        "12 images in grey, 2 classes.",
        "4 files skipped: 2 are no images, 1 is damaged, 1 is an archive within the archive.",
    )


@pytest.mark.parametrize("name", ["../../../etc/cron.d/x.png", "/etc/x.png", "C:\\windows\\x.png", "a/../../x.png"])
def test_a_path_is_words_and_no_place(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = read(zipped(folders(6) | {name: png(pictures(1, seed=9)[0])}))
    assert found.images.shape[0] == 13
    assert list(tmp_path.rglob("*")) == []
    assert not any(".." in label or "\\" in label for label in found.classes)


def test_train_and_test_folders_are_kept_apart():
    members = {
        f"set/{part}/{i % 2}/{i}.png": png(image)
        for part in ("train", "test")
        for i, image in enumerate(pictures(8, seed=len(part)))
    }
    found = read(zipped(members))
    assert found.classes == ("0", "1")
    assert found.test.tolist() == [False] * 8 + [True] * 8


def test_more_classes_than_are_kept_become_one():
    members = {
        f"{i:03}/{j}.png": png(image) for j in range(2) for i, image in enumerate(pictures(130 if j == 0 else 90, 8))
    }
    found = read((zipped(members)), 28)
    assert len(found.classes) == 100
    assert found.classes[-1] == "all others"
    assert found.counts[-1] == 220 - sum(found.counts[:-1])
    assert found.notes[1] == "Of 130 classes the 99 largest keep their names; the rest are one, all others."


def test_names_of_classes_are_plain_words():
    names = ["<img src=x onerror=alert(1)>", "[a](javascript:b)", "$\\frac{1}{2}$", "  ", "none", "\u202egnp", "x" * 90]
    members = {f"{name}/{j}.png": png(pictures(1, seed=i * 7 + j)[0]) for i, name in enumerate(names) for j in range(2)}
    classes = read(zipped(members)).classes
    assert all(len(name) <= 40 and not set(name) & set('<>[]$\\:*`&"\u202e') for name in classes)
    assert "class none" in classes
    assert len(classes) == 6 + 1 * any(name.startswith("no folder") for name in classes)


def test_too_few_images_say_what_was_found():
    members = {"a.png": png(pictures(1)[0]), "b.txt": b"b"}
    assert refusal(zipped(members)) == (
        "Only 1 image can be read here. 1 file skipped: 1 is no image. At least 8 make a data set."
    )
    assert refusal(zipped({"b.txt": b"b"})).endswith("At least 8 make a data set.")


def test_dark_on_light_is_recognised_and_turned():
    found = read(npy(255 - pictures(20)))
    assert found.dark
    assert not read(npy(pictures(20))).dark
    assert (found.inverted().images[:, 0] == pictures(20)).all()
    assert not read(npy(255 - pictures(20, channels=3))).dark


IMAGES = pictures(10)
COLOUR = pictures(10, 32, 3)


@pytest.mark.parametrize(
    ("array", "wanted", "said"),
    [
        (IMAGES, IMAGES, "0..255"),
        (IMAGES[..., None], IMAGES, "0..255"),
        (IMAGES[:, None], IMAGES, "0..255"),
        (IMAGES.reshape(10, 784), IMAGES, "0..255"),
        (np.asfortranarray(IMAGES), IMAGES, "0..255"),
        ((IMAGES / 255).astype(np.float32), IMAGES, "0..1"),
        (IMAGES / 127.5 - 1, IMAGES, "-1..1"),
        (IMAGES.astype(np.uint16) * 257, IMAGES, "0..65,535"),
        (IMAGES.astype(">i4"), IMAGES, "0..255"),
        (IMAGES > 128, 255 * (IMAGES > 128), "0..1"),
        (np.minimum(IMAGES // 10, 16), np.minimum(IMAGES // 10, 16) * (255 / 16), "0..16"),
        (COLOUR, COLOUR.transpose(0, 3, 1, 2), "0..255"),
        (COLOUR.transpose(0, 3, 1, 2), COLOUR.transpose(0, 3, 1, 2), "0..255"),
        (COLOUR.transpose(0, 3, 1, 2).reshape(10, -1), COLOUR.transpose(0, 3, 1, 2), "0..255"),
    ],
)
def test_every_form_and_range_of_an_array_gives_the_same_images(array, wanted, said):
    found = read(npz(x=array))
    wanted = wanted if wanted.ndim == 4 else wanted[:, None]
    assert np.abs(found.images.astype(float) - wanted).max() <= 0.51
    assert f"Numbers of {said} stand for black..white." in found.notes


def test_the_test_of_an_npz_is_the_test():
    found = read(npz(x_train=IMAGES, y_train=np.arange(10) % 2 + 5, x_test=IMAGES[:4], y_test=[[5], [6], [5], [6]]))
    assert found.classes == ("5", "6")
    assert found.labels.tolist() == [0, 1] * 5 + [0, 1, 0, 1]
    assert found.test.tolist() == [False] * 10 + [True] * 4
    assert "4 images are exact copies of another." in found.notes


def test_idx_files_give_images_labels_and_test_packed_or_not():
    labels = np.arange(10, dtype=np.uint8) % 3
    members = {
        "train-images-idx3-ubyte": idx(IMAGES),
        "t10k-images-idx3-ubyte.gz": packed(idx(IMAGES[:8])),
        "t10k-labels.gz": packed(idx(labels[:8])),
        "train-labels": idx(labels),
    }
    found = read(zipped(members))
    assert found.images.shape == (18, 1, 28, 28)
    assert (found.images[:10, 0] == IMAGES).all()
    assert found.labels.tolist() == [*labels.tolist(), *labels[:8].tolist()]
    assert found.test.sum() == 8
    assert read(members["t10k-images-idx3-ubyte.gz"]).classes == ("all",)
    assert read(zipped({"train-images": idx(IMAGES), "labels": idx(labels)})).classes == ("0", "1", "2")
    assert refusal(zipped({"a": idx(IMAGES), "b": idx(IMAGES)})).startswith("Two of these idx files are images")
    assert refusal(idx(labels)).startswith("These idx files are labels alone")
    assert (read(idx((IMAGES / 255).astype(np.float64), 14)).images[:, 0] == IMAGES).all()


RAMP = np.add.outer(np.arange(28), np.arange(28)).astype(np.uint8) * 4
TINTED = np.dstack([RAMP, 255 - RAMP, np.full_like(RAMP, 60)])


def _with_key():
    """A palette one of whose colours is see-through."""
    image = Image.fromarray(np.where(RAMP > 100, 1, 0).astype(np.uint8), "P")
    image.putpalette([255, 255, 255, 250, 120, 0])
    return saved(image, "PNG", transparency=0)


def _turned():
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera's top is at the right
    return saved(Image.fromarray(TINTED), "PNG", exif=exif)


def _close(image):
    return np.asarray(image.convert("RGB")).transpose(2, 0, 1)


CMYK = Image.fromarray(TINTED).convert("CMYK")
MODES = {
    "1": (saved(Image.fromarray(RAMP > 90), "PNG"), 255 * (RAMP > 90)[None], 0),
    "L": (png(RAMP), RAMP[None], 0),
    "LA": (saved(Image.merge("LA", [Image.new("L", (28, 28)), Image.fromarray(RAMP)]), "PNG"), 255 - RAMP[None], 0),
    "P": (saved(Image.fromarray(TINTED).quantize(256), "PNG"), _close(Image.fromarray(TINTED).quantize(256)), 0),
    "P, one see-through": (_with_key(), np.where(RAMP > 100, [[[250]], [[120]], [[0]]], 0), 0),
    "RGB": (png(TINTED), TINTED.transpose(2, 0, 1), 0),
    "RGBA": (png(np.dstack([TINTED, np.full_like(RAMP, 255)])), TINTED.transpose(2, 0, 1), 0),
    "I;16": (saved(Image.fromarray(RAMP.astype(np.uint16) * 257), "PNG"), RAMP[None], 0),
    "CMYK": (saved(CMYK, "JPEG", quality=100, subsampling=0), _close(CMYK), 6),
    "YCbCr": (saved(Image.fromarray(TINTED), "JPEG", quality=100, subsampling=0), TINTED.transpose(2, 0, 1), 6),
    "turned": (_turned(), np.rot90(TINTED, -1).transpose(2, 0, 1), 0),
    "animated": (
        saved(Image.fromarray(RAMP), "GIF", save_all=True, append_images=[Image.new("L", (28, 28))]),
        RAMP[None],
        0,
    ),
}


@pytest.mark.parametrize("mode", MODES)
def test_every_kind_of_pixels_becomes_what_it_shows(mode):
    file, wanted, near = MODES[mode]
    found = read((zipped({f"{i}.png": file for i in range(8)})), 28).images
    assert found.shape == (8, *wanted.shape)
    assert np.abs(found.astype(int) - wanted).max() <= near


@pytest.mark.parametrize(("shape", "side"), [((1, 1), 28), ((1, 16_000), 28), ((300, 50), 32), ((28, 20), 64)])
def test_pictures_of_any_shape_are_cut_to_the_middle_square(shape, side):
    image = np.full(shape, 70, np.uint8)
    found = read((zipped({f"{i}.png": png(image + i) for i in range(9)})), side)
    assert (found.images == np.arange(70, 79, dtype=np.uint8)[:, None, None, None]).all()
    assert f"All made {side} x {side} pixels." in found.notes
    assert ("All cut to the middle square." in found.notes) == (shape[0] != shape[1])


def test_a_picture_of_too_many_pixels_is_skipped():
    found = read(zipped(folders(4) | {"things/kind 0/large.png": making.lying(png(RAMP), 16_000, 16_000)}))
    assert found.notes[1] == "1 file skipped: 1 is too large."


def test_what_the_reader_is_told_ends_it():
    class Gone(Exception):
        pass

    def progress(share):
        if share > 0.5:
            raise Gone

    with pytest.raises(Gone):
        read((zipped(folders(20))), None, progress)
    with pytest.raises(Gone):
        read((npy(making.pictures(3000))), None, progress)


def test_a_name_of_marks_without_end_is_cut_before_they_are_put_in_order(monkeypatch):
    """Their order takes the square of their number: a million would hold the server for an hour."""
    seen = []
    monkeypatch.setattr(naming.unicodedata, "normalize", lambda form, text: seen.append(len(text)) or text)
    assert naming.cleaned("a" + "\u0316\u0301" * 500_000, 40) == "a"
    assert max(seen) <= naming.LOOKED_AT
