"""In which forms people write an address."""

import re
from collections.abc import Iterator

from roxy.privacy.detection.own.spelling import Form, spelled
from roxy.privacy.detection.tables.words import listed

_STREETS = {
    "street": "st", "road": "rd", "avenue": "ave", "boulevard": "blvd", "lane": "ln", "drive": "dr", "square": "sq",
    "court": "ct", "place": "pl", "highway": "hwy", "terrace": "ter",
}  # fmt: skip
_ROOMS = listed("apt apartment flat unit suite floor room box po top stg stiege tür nr no")
_LONG_STREET, _HOUSE = 6, 3
"""So many letters a street has that is told by one word, and digits the number of a house at most."""
_STRASSE = "strasse"
_GERMAN_STREET = re.compile("stra(?:ss|\u00df)e$", re.IGNORECASE)
_PIECES = re.compile(r"[,;\n]+")
_TOKENS = re.compile(r"\d+|[^\W\d_]+")


def of_address(word: str) -> Iterator[Form]:
    """The whole, its parts that have a number, and the street without it."""
    pieces = [" ".join(piece.split()) for piece in _PIECES.split(word) if piece.strip()]
    whole = r"[\s,;]{1,4}".join(map(_place, pieces))
    yield Form("ADDRESS", f"(?i:{whole})", len(word))
    for piece in pieces:
        yield from _of_piece(piece)


def _of_piece(piece: str) -> Iterator[Form]:
    said = _TOKENS.findall(piece)
    numbers, words = list(filter(str.isdigit, said)), list(filter(str.isalpha, said))
    if not numbers or not words or words[0].casefold() in _ROOMS:
        return
    yield Form("ADDRESS", f"(?i:{_place(piece)})", len(piece))
    if max(map(len, numbers)) <= _HOUSE:  # more digits are a postal code, and a town is nobody's
        yield from _of_street([one for one in words if len(one) > 1])


def _of_street(words: list[str]) -> Iterator[Form]:
    """A street without its number, where its name says which it is."""
    telling = [one for one in words if one.casefold() not in _STREETS]
    if telling and (len(words) > 1 or len(words[0]) >= _LONG_STREET):
        name = " ".join(words)
        yield Form("ADDRESS", f"(?i:{_place(name)})", len(name))


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
        return rf"{spelled(stem)}str(?:asse|aße|\.|)"
    return spelled(word)
