"""How the letters of a word may be written: with or without accents, hyphens and apostrophes."""

import re
import unicodedata
from typing import NamedTuple

_TWO_LETTERS = {"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa", "æ": "ae", "œ": "oe", "ß": "ss"}
_PLAIN = str.maketrans("øØłŁđĐı", "oOlLdDi")


class Form(NamedTuple):
    r"""One way to write a word: a pattern of Python and of RE2, without look-around; a space is `[\s]`."""

    type: str
    pattern: str
    size: int
    """How long what it stands for is: what is longer is tried first."""


def without_accents(text: str) -> str:
    """The same letters without their accents, each in its place."""
    return "".join(unicodedata.normalize("NFD", letter)[0] for letter in text.translate(_PLAIN))


def spelled(text: str) -> str:
    """Text as a pattern of what stands in a text without accents."""
    return "".join(map(_letter, " ".join(text.split())))


def _letter(letter: str) -> str:
    if letter == " ":
        return r"[\s]{1,3}"
    if letter in "'\u2019":
        return "['\u2019]?"
    if letter in "-\u2010\u2011":
        return "[\\s._\u2010\u2011-]?"
    plain = without_accents(letter)
    two = _TWO_LETTERS.get(letter.lower())
    return f"(?:{re.escape(plain)}|{two})" if two else re.escape(plain)
