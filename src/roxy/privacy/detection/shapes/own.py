"""What is personal to this user: the words of their dictionary, in the forms in which people write them.

What a word is tells its shape. A name is found whole in any case, with or without spaces, from behind ("Lee, Ann"),
with an initial, and by its parts where they begin with a capital, also inflected. Of an address what has a house number
or a postal code in it is found, and a street; a town alone is not, or the weather there could not be asked for. A
number is found however its digits are grouped. Accents are left out of the comparison on both sides.

A text is read by RE2 first, which takes a microsecond: most hold nothing of it.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import re2

from roxy.privacy.detection.prefilter import SPACE
from roxy.privacy.detection.spots import Spot
from roxy.privacy.detection.tables.words import listed

_SCORE = 0.95
_MEMORY = 1 << 28
"""Bytes that the automaton may take at most: thousands of words."""
_PARTICLES = listed("van von der den de di da del della dos du la le al el bin ibn ben ter ten zu af av")
_SHORT_NAMES = listed(
    "will may mark rose bill art jack drew grant pat sue bob gene grace hope faith joy dawn june april august chase "
    "frank rich rob ray guy dean miles max don jay dale cliff iris ivy lily olive pearl ruby mason page penny wade "
    "king wood stone hill price park banks woods case love sharp rice fox wolf skip star eve gay sandy sunny harmony"
)
"""Words of everyday English that are names, too: alone they are names only with a capital."""
_STREETS = {
    "street": "st", "road": "rd", "avenue": "ave", "boulevard": "blvd", "lane": "ln", "drive": "dr", "square": "sq",
    "court": "ct", "place": "pl", "highway": "hwy", "terrace": "ter",
}  # fmt: skip
_ROOMS = listed("apt apartment flat unit suite floor room box po top stg stiege tür nr no")
_TWO_LETTERS = {"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa", "æ": "ae", "œ": "oe", "ß": "ss"}
_PLAIN = str.maketrans("øØłŁđĐı", "oOlLdDi")
_INFLECTED = "(?:s|es|n|in|en|an|na|a|u|y|i|e|ie|em|om|owi|ovi|ova|lla|lle|lta|ssa|sta|ksi)?"
_FINNISH = r"se(?:n|lle|lla|lta|ssa|sta|ksi)?"
_LONG_PART, _LONG_WHOLE = 5, 7
"""So many letters a part has that is found inflected, and a name that is found without spaces."""
_SHORTEST_PART, _FEWEST_DIGITS, _HOUSE, _NATIONAL = 3, 5, 3, 9
_GAP = r"(?:[\s]{1,3}|[\s]?[_.+-]{1,2}[\s]?)"
_BETWEEN_DIGITS = r"[\s().\-/]{0,3}"
_DATE = re.compile(r"\d{1,4}[-./]\d{1,2}[-./]\d{1,4}")
_MAIL = re.compile(r"\S+@\S+")
_STRASSE = "strasse"
_GERMAN_STREET = re.compile("stra(?:ss|\u00df)e$", re.IGNORECASE)
_PIECES = re.compile(r"[,;\n]+")
_TOKENS = re.compile(r"\d+|[^\W\d_]+")
_LETTERS = re.compile(r"[^\W\d_]")


class _Form(NamedTuple):
    r"""One way to write a word: a pattern of Python and of RE2, without look-around; a space is `[\s]`."""

    type: str
    pattern: str
    size: int
    """How long what it stands for is: what is longer is tried first."""


class OwnWords:
    """The user's dictionary. Safe to ask from several threads."""

    def __init__(self, words: Iterable[str] = ()) -> None:
        self._words: set[str] = set()
        self._patterns: tuple[Any, tuple[tuple[str, re.Pattern[str]], ...]] | None = None
        self.add(words)

    def add(self, words: Iterable[str]) -> None:
        """Know these, too; what has one character is left out."""
        self._words |= {word for word in map(str.strip, words) if len(word) > 1}
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
        plain = text if text.isascii() else _without_accents(text)
        if gate.search(plain.encode("utf-8", "replace")) is None:
            return
        for kind, pattern in patterns:
            for found in pattern.finditer(plain):
                yield Spot(*found.span(), kind, _SCORE)


def _without_accents(text: str) -> str:
    """The same letters without their accents, each in its place."""
    return "".join(unicodedata.normalize("NFD", letter)[0] for letter in text.translate(_PLAIN))


def _forms(word: str) -> Iterator[_Form]:
    """All forms of a word of the dictionary; none of one without a letter or digit, which is never replaced."""
    digits = sum(map(str.isdigit, word))
    letters = len(_LETTERS.findall(word))
    if _MAIL.fullmatch(word):
        yield _whole("EMAIL_ADDRESS", word)
    elif digits and not letters:
        yield from _of_number(word, digits)
    elif digits and len(word.split()) > 1:
        yield from _of_address(word)
    elif digits:
        yield _whole("ID", word)
    elif letters:
        yield from _of_name(word)


def _whole(kind: str, word: str) -> _Form:
    return _Form(kind, f"(?i:{_spelled(word)})", len(word))


def _of_number(word: str, digits: int) -> Iterator[_Form]:
    if digits < _FEWEST_DIGITS:
        yield _whole("ID", word)
        return
    kind = "DATE_OF_BIRTH" if _DATE.fullmatch(word) else "PHONE_NUMBER" if word[0] in "+(0" else "ID"
    said = "".join(filter(str.isdigit, word))
    before = ""
    if kind == "PHONE_NUMBER" and len(said) > _NATIONAL + 1:
        # Abroad and at home it begins otherwise.
        said, before = said[-_NATIONAL:], r"(?:\+?[0-9][\s0-9()./-]{0,6})?"
    yield _Form(kind, before + _BETWEEN_DIGITS.join(said), len(word))


def _of_address(word: str) -> Iterator[_Form]:
    """The whole, its parts that have a number, and the street without it."""
    pieces = [" ".join(piece.split()) for piece in _PIECES.split(word) if piece.strip()]
    whole = r"[\s,;]{1,4}".join(map(_place, pieces))
    yield _Form("ADDRESS", f"(?i:{whole})", len(word))
    for piece in pieces:
        yield from _of_piece(piece)


def _of_piece(piece: str) -> Iterator[_Form]:
    said = _TOKENS.findall(piece)
    numbers, words = list(filter(str.isdigit, said)), list(filter(str.isalpha, said))
    if not numbers or not words or words[0].casefold() in _ROOMS:
        return
    yield _Form("ADDRESS", f"(?i:{_place(piece)})", len(piece))
    if max(map(len, numbers)) <= _HOUSE:  # more digits are a postal code, and a town is nobody's
        yield from _of_street([one for one in words if len(one) > 1])


def _of_street(words: list[str]) -> Iterator[_Form]:
    """A street without its number, where its name says which it is."""
    telling = [one for one in words if one.casefold() not in _STREETS]
    if telling and (len(words) > 1 or len(words[0]) > _LONG_PART):
        name = " ".join(words)
        yield _Form("ADDRESS", f"(?i:{_place(name)})", len(name))


def _place(piece: str) -> str:
    """A part of an address, whatever stands between its words and numbers, in the usual abbreviations."""
    return r"[\s.,-]{0,3}".join(map(_place_word, _TOKENS.findall(piece)))


def _place_word(word: str) -> str:
    low = word.casefold()
    for long, short in _STREETS.items():
        if low in (long, short):
            return f"(?:{long}|{short})"
    if low.endswith(_STRASSE) and low != _STRASSE:
        stem = _GERMAN_STREET.sub("", word)
        return rf"{_spelled(stem)}str(?:asse|aße|\.|)"
    return _spelled(word)


def _of_name(name: str) -> Iterator[_Form]:
    words = name.replace(",", " ").split()
    spelled = [_spelled(word) for word in words]
    size = len(name)
    if len(words) == 1 and name.casefold() in _SHORT_NAMES:
        yield _Form("PERSON", f"(?:{spelled[0]}|{_spelled(name.upper())})", size)
    else:
        yield _Form("PERSON", f"(?i:{_GAP.join(spelled)}{_inflected(words[-1])})", size + 2)
    if len(words) > 1:
        yield from _of_full_name(words, spelled, size)
        for word in words:
            yield from _of_part(word)


def _of_part(word: str) -> Iterator[_Form]:
    """A part of a name by itself."""
    if len(word) < _SHORTEST_PART or not word[0].isupper() or word.lower() in _PARTICLES:
        return
    yield _Form("PERSON", f"(?:{_spelled(word)}{_inflected(word)}|{_spelled(word.upper())})", len(word))
    if word.casefold().endswith("nen") and len(word) > _LONG_PART:
        yield _Form("PERSON", f"{_spelled(word[:-3])}{_FINNISH}", len(word))


def _of_full_name(words: list[str], spelled: list[str], size: int) -> Iterator[_Form]:
    """Forms of a name of several words: without its spaces, without the middle, from behind, with an initial."""
    first, last = spelled[0], spelled[-1]
    if len("".join(words)) >= _LONG_WHOLE:
        yield _Form("PERSON", f"(?i:{''.join(spelled)})", size)
        if min(len(words[0]), len(words[-1])) >= _SHORTEST_PART:
            yield _Form("PERSON", f"(?i:{last}{first})", size)
    if len(words) > 2:  # noqa: PLR2004 - there is something in the middle
        yield _Form("PERSON", f"(?i:{first}{_GAP}{last})", size)
    behind = rf"(?:,[\s]{{0,2}}|{_GAP})"
    yield _Form("PERSON", f"(?i:{last}{behind}{_GAP.join(spelled[:-1])})", size + 1)
    if words[0][0].isalpha() and words[-1][0].isalpha():
        yield _Form("PERSON", rf"(?i:{_spelled(words[0][0])}[.][\s]?{last}|{_spelled(words[0][0])}[_-]{last})", size)
        yield _Form("PERSON", rf"{first}[\s]{_spelled(words[-1][0])}[.]", size)


def _inflected(word: str) -> str:
    return _INFLECTED if len(word) >= _LONG_PART and word.isalpha() else ""


def _spelled(text: str) -> str:
    """Text as a pattern, for a text without accents."""
    return "".join(map(_letter, " ".join(text.split())))


def _letter(letter: str) -> str:
    if letter == " ":
        return r"[\s]{1,3}"
    if letter in "'\u2019":
        return "['\u2019]?"
    if letter in "-\u2010\u2011":
        return "[\\s._\u2010\u2011-]?"
    plain = _without_accents(letter)
    two = _TWO_LETTERS.get(letter.lower())
    return f"(?:{re.escape(plain)}|{two})" if two else re.escape(plain)
