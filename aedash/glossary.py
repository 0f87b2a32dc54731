"""Glossary: the nine words that everything here is said with, a sentence each, and how they are marked in HTML."""

import re
from collections.abc import Callable
from html import escape

MEANINGS = {
    "code": "The few numbers that a model keeps of an image. From them alone it rebuilds the image.",
    "epoch": "One pass over all training images.",
    "loss": "The number that training makes small: the error, and what else the recipe adds to it.",
    "MSE": "Mean squared error: by how much each pixel is off, where black is 0 and white is 1, squared, and averaged. "
    "0 is perfect.",
    "PCA": "Principal component analysis: the best that weighted sums of pixels can do with as many numbers. "
    "It needs no training, so a network should beat it.",
    "beta": "How much a variational autoencoder pays for codes that stray from plain random numbers. With too much "
    "of it the code says nothing.",
    "kept identity": "How many reconstructions a small classifier still reads as what their originals are. It has seen "
    "nothing but real images.",
    "lambda": "How much the contractive penalty counts: it keeps the code from reacting to small changes of images.",
    "noise": "Pixels spoilt on purpose before the model sees the image. It has to give back the clean one.",
}
_FORMS = {
    **{word: rf"\b{word}s?\b" for word in ("code", "epoch", "beta")},
    "kept identity": r"\bkept identity\b",
    "lambda": r"\b(?:lambdas?|λ)\b",
    **{"loss": r"\bloss(?:es)?\b", "noise": r"\bnoise\b", "MSE": r"\bMSE\b", "PCA": r"\bPCA\b"},
}
_ANY = re.compile("|".join(f"(?P<{word.replace(' ', '_')}>{form})" for word, form in _FORMS.items()), re.IGNORECASE)
_TAGS = re.compile(r"(<[^>]*>)")


def mark(html: str, wanted: Callable[[str], bool]) -> str:
    """HTML with the first of each wanted word as a term that says its meaning under the mouse, the finger or the focus.

    wanted: called with a word as MEANINGS has it, once for each that is there. Tags stay as they are.
    """
    left = set(MEANINGS)

    def term(match: re.Match[str]) -> str:
        word = _word(match)
        if word not in left:
            return match[0]
        left.remove(word)
        return _term(match[0], word) if wanted(word) else match[0]

    parts = _TAGS.split(html)
    return "".join(part if i % 2 else _ANY.sub(term, part) for i, part in enumerate(parts))


def _word(match: re.Match[str]) -> str:
    """As MEANINGS has it; the name of a group has no blanks."""
    return str(match.lastgroup).replace("_", " ")


def _term(text: str, word: str) -> str:
    spoken = f'role="button" tabindex="0" aria-label="{text}: {escape(MEANINGS[word])}"'
    return f'<dfn class="term" {spoken}>{text}</dfn>'


def meanings(text: str) -> dict[str, str]:
    """{part of the text: meaning} of the glossary's words in it, each once, as they are written there.

    >>> list(meanings("test MSE per pixel"))
    ['MSE']
    """
    return {match[0]: MEANINGS[_word(match)] for match in _ANY.finditer(text)}
