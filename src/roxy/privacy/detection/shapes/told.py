"""What the value under a key must look like to be the phone number or the document that the key speaks of.

Some keys are sure (`mobile`); some have other uses (`callback`, `dial`), and are believed only when the whole value
can be dialled; some (`to`, `document_number`) only when the keys beside them speak of a message or of a person.
"""

import re

from roxy.privacy.detection.shapes import cued, phones
from roxy.privacy.detection.spots import Spot
from roxy.privacy.detection.tables.words import listed

_DIALLED = re.compile(r"(?<![\w-])[+(]{0,2}\d(?:[ ().\-/]{0,3}\d){4,16}(?:\s?(?:x|ext\.?)\s?\d{1,5})?(?![\w-])")
_DIALLED_WHOLE = re.compile(
    r"\s*[+(\d](?=(?:\D*\d){5})[\d\s()+./\u2010-\u2015-]{4,30}(?:\s?(?:x|ext\.?|#)\s?\d{1,6})?\s*"
)
_DIGIT = re.compile(r"\d")
_FEWEST = 5
"""So many digits a passport's number has, unless it is one word of digits and capitals."""
_YEAR = 4
_DAY = r"\d{1,2}(?:st|nd|rd|th|er|\.)?"
_DAY_AND_MONTH = re.compile(rf"(?i)(?:the )?{_DAY}(?: of| de)? {cued.MONTH}|{cued.MONTH} (?:the )?{_DAY}")
_FEWEST_ALONE = 8
_LONGEST = 80
_ONE_WORD = re.compile(r"(?=[A-Z]*\d)[A-Z\d]{6,12}")
_DOCUMENT = re.compile(r"(?=(?:[A-Z]*\d){3})(?:[A-Z\d]{6,12}|[A-Z]{1,3}[ -]\d{5,9})")
_MESSAGE = listed("body message text content sms msg mensaje mensagem messaggio nachricht bericht viesti template")
"""Keys beside `to` that say that it is the recipient of a message."""


def phone(_key: str, value: str) -> list[Spot]:
    """The whole value if it can be dialled, else what in it can."""
    if _DIALLED_WHOLE.fullmatch(value):
        return [Spot(0, len(value), "PHONE_NUMBER", 0.9)]
    return [Spot(*found.span(), "PHONE_NUMBER", 0.9) for found in _DIALLED.finditer(value)]


def phone_alone(_key: str, value: str) -> list[Spot]:
    """The whole value if it can be dialled and is no time or date."""
    if len(_DIGIT.findall(value)) < _FEWEST_ALONE or phones.NO_CALL.fullmatch(value) or phones.DATE.fullmatch(value):
        return []
    return [Spot(0, len(value), "PHONE_NUMBER", 0.9)] if _DIALLED_WHOLE.fullmatch(value) else []


def recipient(value: str, beside: frozenset[str]) -> list[Spot]:
    """A number that a message goes to: `beside` holds the words of the keys next to it."""
    found = [] if _MESSAGE.isdisjoint(beside) else phone_alone("", value)
    return found if found and phones.is_planned(value.strip()) else []


def birth(_key: str, value: str) -> list[Spot]:
    """A date: the digits of a year, or a day and the name of a month."""
    digits = len(_DIGIT.findall(value))
    dated = digits >= _YEAR or (digits and _DAY_AND_MONTH.fullmatch(value.strip()))
    return [Spot(0, len(value), "DATE_OF_BIRTH", 0.9)] if dated and len(value) <= _LONGEST else []


def passport(_key: str, value: str) -> list[Spot]:
    """Digits enough, or one word of digits and capitals."""
    fits = len(_DIGIT.findall(value)) >= _FEWEST or _ONE_WORD.fullmatch(value.strip())
    return [Spot(0, len(value), "PASSPORT", 0.9)] if fits and len(value) <= _LONGEST else []


def document(value: str) -> list[Spot]:
    """The number of a paper that somebody shows: capitals and digits, as a passport's or an identity card's."""
    return [Spot(0, len(value), "PASSPORT", 0.8)] if _DOCUMENT.fullmatch(value.strip()) else []
