"""A data set that is not there: download, failure, retry, or digits instead."""

from aedash import registry
from aedash.data.image_data import Missing, Unavailable
from aedash.data.sources import FILES
from aedash.ui.widgets import draft

SENTENCE = "MNIST could not be downloaded: the network is <b>unreachable</b>."


def test_a_missing_data_set_offers_its_download(open_page):
    tab = open_page("train").choose("Dataset", "mnist")
    assert "MNIST is not on this machine yet: download it (11.6 MB), or put its files into MNIST/raw" in tab.text
    by_hand = " ".join(each.value for each in tab.app.markdown)
    assert all(f"{file}.gz" in by_hand for file in FILES)
    assert {"Download MNIST", "Use digits instead"} <= set(tab.buttons)
    assert tab.button("Start training").disabled
    tab.click("Use digits instead")
    assert tab.recipe == draft.starting_point()  # with the epochs that so few images need
    assert not tab.button("Start training").disabled
    assert "Download MNIST" not in tab.buttons


def test_a_failed_download_gives_its_sentence_and_a_retry(dataset, open_page):
    tries = []

    def fetch(root, progress):
        tries.append(root)
        progress(1, 10)
        raise Unavailable(SENTENCE)

    dataset("mnist", fetch=fetch)
    tab = open_page("train").choose("Dataset", "mnist").click("Download MNIST")
    assert tab.problem == SENTENCE
    assert "<b>unreachable" not in tab.html
    tab.click("Retry")
    assert len(tries) == 2
    assert tab.problem == SENTENCE
    assert tab.click("Use digits instead").problem == ""


def test_a_failure_is_told_only_of_its_own_data_set(dataset, open_page):
    def fetch(root, progress):
        raise Unavailable(SENTENCE)

    dataset("mnist", fetch=fetch)
    tab = open_page("train").choose("Dataset", "mnist").click("Download MNIST").choose("Dataset", "fashion-mnist")
    assert tab.problem == ""
    assert "Download FashionMNIST" in tab.buttons


def test_after_the_download_one_can_start(dataset, open_page):
    fetched = []
    bundled = registry.datasets.get("digits")

    def fetch(root, progress):
        progress(10, 10)
        fetched.append(root)

    def check(root):
        if not fetched:
            raise Missing(SENTENCE)

    dataset("mnist", fetch=fetch, check=check, read=bundled.read)
    tab = open_page("train").choose("Dataset", "mnist").click("Download MNIST")
    assert "Download MNIST" not in tab.buttons
    assert not tab.button("Start training").disabled


def test_a_recipe_from_a_link_waits_for_its_data_set(open_page):
    tab = open_page("train", preset="R0-vae")
    assert tab.recipe.data.name == "mnist"
    assert "Download MNIST" in tab.buttons
    assert tab.button("Start training").disabled


def test_a_damaged_data_set_is_told_on_train_and_offered_on_no_page(open_page, tmp_path):
    raw = tmp_path / "data" / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for file in FILES:
        (raw / file).write_bytes(b"damaged")
    tab = open_page("train").choose("Dataset", "mnist")
    assert tab.problem == f"MNIST cannot be read: {FILES[0]} is not in the idx format; download it again."
    assert tab.button("Start training").disabled
    for page in ("lambda", "noise", "sweeps"):
        assert tab.open(page).field(tab.app.selectbox, "Dataset").options == ["Digits"]
