"""Glossary: nine words, marked once, in text and never in tags."""

import re

import pytest

from aedash.glossary import MEANINGS, mark, meanings


def words(html):
    return re.findall(r"<dfn[^>]*>(.*?)</dfn>", html)


def test_each_word_has_one_or_two_sentences_of_plain_words():
    assert list(MEANINGS) == ["code", "epoch", "loss", "MSE", "PCA", "beta", "kept identity", "lambda", "noise"]
    for meaning in MEANINGS.values():
        assert re.fullmatch(r"[A-Z].{20,170}\.", meaning)
        assert not re.search(r"Jacobian|nats|KL|latent|objective|corruption", meaning)


def test_the_first_of_each_word_is_marked_in_the_text_alone():
    html = mark('<b title="the code">Codes</b> of an epoch; codes of 2 epochs, encoder, lossless', lambda word: True)
    assert words(html) == ["Codes", "epoch"]
    assert html.startswith('<b title="the code"><dfn')


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("PCA-20 has MSE 0.1", ["PCA", "MSE"]),
        ("Beta 20", ["Beta"]),
        ("at λ = 1", ["λ"]),
        ("losses", ["losses"]),
        ("noisy alphabet", []),
    ],
)
def test_words_are_found_as_they_are_written(text, found):
    assert words(mark(text, lambda word: True)) == found
    assert list(meanings(text)) == found


def test_only_wanted_words_are_marked_and_asked_once():
    asked = []
    html = mark("code, code, noise", lambda word: asked.append(word) or word == "noise")
    assert words(html) == ["noise"]
    assert asked == ["code", "noise"]


def test_what_it_means_is_spoken_and_safe_in_an_attribute():
    html = mark("MSE", lambda word: True)
    assert f'aria-label="MSE: {MEANINGS["MSE"]}"' in html
    assert 'tabindex="0"' in html
