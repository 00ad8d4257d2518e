"""What is personal to this user: the words of their dictionary, in the forms in which people write them.

What a word is tells its shape. A name is found whole in any case, with or without spaces, from behind ("Lee, Ann"),
with an initial, and by its parts where they begin with a capital, also inflected. Of an address what has a house number
or a postal code in it is found, and a street; a town alone is not, or the weather there could not be asked for. A
number is found however its digits are grouped. Accents are left out of the comparison on both sides.

A text is read by RE2 first, which takes a microsecond: most hold nothing of it.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any

import re2

from roxy.privacy.detection.own.people import of_name
from roxy.privacy.detection.own.places import of_address
from roxy.privacy.detection.own.spelling import Form, spelled, without_accents
from roxy.privacy.detection.prefilter import SPACE
from roxy.privacy.detection.spots import Spot

_SCORE = 0.95
_QUOTES = " \t\r\n\"'`\u2018\u2019\u201a\u201c\u201d\u201e\u00ab\u00bb"
"""What may stand round a word in the dictionary and is no part of it."""
_MEMORY = 1 << 28
"""Bytes that the automaton may take at most: thousands of words."""
_FEWEST_DIGITS, _NATIONAL = 5, 9
"""So many digits a number has that is found in other groups, and a telephone number at home."""
_BETWEEN_DIGITS = r"[\s().\-/]{0,3}"
_DATE = re.compile(r"\d{1,4}[-./]\d{1,2}[-./]\d{1,4}")
_MAIL = re.compile(r"\S+@\S+")
_LETTERS = re.compile(r"[^\W\d_]")


class OwnWords:
    """The user's dictionary. Safe to ask from several threads."""

    def __init__(self, words: Iterable[str] = ()) -> None:
        self._words: set[str] = set()
        self._patterns: tuple[Any, tuple[tuple[str, re.Pattern[str]], ...]] | None = None
        self.add(words)

    def add(self, words: Iterable[str]) -> None:
        """Know these, too; what has one character is left out."""
        self._words |= {bare for word in words if len(bare := word.strip(_QUOTES)) > 1}
        if not self._words:
            return
        forms = sorted((form for word in self._words for form in _forms(word)), key=lambda form: -form.size)
        by_type: dict[str, list[str]] = {}
        for form in forms:
            by_type.setdefault(form.type, []).append(form.pattern)
        gate = "|".join(form.pattern for form in forms).replace(r"[\s", f"[{SPACE[1:-1]}")
        options = re2.Options()
        options.max_mem, options.log_errors = _MEMORY, False
        made = ((kind, re.compile(rf"(?<![^\W_])(?:{'|'.join(all_)})(?![^\W_])")) for kind, all_ in by_type.items())
        self._patterns = re2.compile(gate, options), tuple(made)

    def find(self, text: str) -> Iterator[Spot]:
        """Where they stand; spots of several types may overlap."""
        if self._patterns is None:
            return
        gate, patterns = self._patterns
        plain = text if text.isascii() else without_accents(text)
        if gate.search(plain.encode("utf-8", "replace")) is None:
            return
        for kind, pattern in patterns:
            for found in pattern.finditer(plain):
                yield Spot(*found.span(), kind, _SCORE)


def _forms(word: str) -> Iterator[Form]:
    """All forms of a word of the dictionary; none of one without a letter or digit, which is never replaced."""
    digits = sum(map(str.isdigit, word))
    letters = len(_LETTERS.findall(word))
    if _MAIL.fullmatch(word):
        yield _whole("EMAIL_ADDRESS", word)
    elif digits and not letters:
        yield from _of_number(word, digits)
    elif digits and len(word.split()) > 1:
        yield from of_address(word)
    elif digits:
        yield _whole("ID", word)
    elif letters:
        yield from of_name(word)


def _whole(kind: str, word: str) -> Form:
    return Form(kind, f"(?i:{spelled(word)})", len(word))


def _of_number(word: str, digits: int) -> Iterator[Form]:
    if digits < _FEWEST_DIGITS:
        yield _whole("ID", word)
        return
    kind = "DATE_OF_BIRTH" if _DATE.fullmatch(word) else "PHONE_NUMBER" if word[0] in "+(0" else "ID"
    said = "".join(filter(str.isdigit, word))
    before = ""
    if kind == "PHONE_NUMBER" and len(said) > _NATIONAL + 1:
        # Abroad and at home it begins otherwise.
        said, before = said[-_NATIONAL:], r"(?:\+?[0-9][\s0-9()./-]{0,6})?"
    yield Form(kind, before + _BETWEEN_DIGITS.join(said), len(word))
