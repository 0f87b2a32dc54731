"""Naming: what strangers call their classes and sets, as text that no page can take for anything else."""

import re
import unicodedata

LONGEST_CLASS, LONGEST_TITLE = 40, 60
LOOKED_AT = 1000  # letters: to put marks in order takes the square of how many there are
BLANK = "\u115f\u1160\u2800\u3164\uffa0"  # letters of which nothing is seen
# no brackets, colons, stars, marks of HTML, Markdown or LaTeX
_STRANGE = re.compile(rf"[^\w .,()+/#'-]|[{BLANK}]")


def cleaned(text: str, most: int) -> str:
    """The letters, digits and plain marks of a text, at most so many, blanks between them single; maybe empty.

    >>> cleaned("  <b>T-shirt/top</b>\\n", 40)
    'b T-shirt/top /b'
    >>> cleaned("\u3164\u200b", 40)
    ''
    """
    # what turns the direction of writing or combines without end is no letter
    whole = unicodedata.normalize("NFC", text[:LOOKED_AT])
    plain = "".join(mark for mark in whole if unicodedata.category(mark)[0] != "M")
    return " ".join(_STRANGE.sub(" ", plain).replace("_", " ").split())[:most].strip()


def class_name(text: str, otherwise: str) -> str:
    """A class as pages name it; "none" is what they call the choice of no class."""
    name = cleaned(text, LONGEST_CLASS)
    return otherwise if not name else f"class {name}" if name.lower() == "none" else name
