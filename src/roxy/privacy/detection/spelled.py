"""Addresses and numbers in a spelling that is meant for people alone: `ann (at) example (dot) com`, `4111.1111.…`."""

import re
from collections.abc import Iterator

from roxy.privacy.detection.patterns import card_brand, luhn
from roxy.privacy.detection.prefilter import DIGIT, Rule
from roxy.privacy.detection.spots import Spot

_AT = r"\s?[\[({<]\s?(?:at|@)\s?[\])}>]\s?"
_DOT = r"(?:\s?[\[({<]\s?(?:dot|\.)\s?[\])}>]\s?|\sdot\s|\.)"
_TOP = r"(?:com|org|net|edu|gov|info|name|dev|app|[a-z]{2})"
_BRACKETS = re.compile(
    rf"(?<![\w.+-])[\w.+-]{{1,64}}{_AT}[\w-]{{1,63}}(?:{_DOT}[\w-]{{1,63}}){{1,4}}(?![\w-])", re.IGNORECASE
)
_WORDS = re.compile(
    rf"(?<![\w.+-])[\w.+-]{{1,64}}(?:\sdot\s[\w-]{{1,63}}){{0,2}}\sat\s"
    rf"[\w-]{{1,63}}(?:\sdot\s[\w-]{{1,63}}){{0,3}}\sdot\s{_TOP}(?![\w-])",
    re.IGNORECASE,
)
_CARD = re.compile(r"(?<![\w.+/-])\d{4}([./_])\d{4}\1\d{4}\1\d{4}(?![\w/-]|\.\d)")


def _addresses(text: str) -> Iterator[Spot]:
    for pattern in (_BRACKETS, _WORDS):
        for found in pattern.finditer(text):
            yield Spot(*found.span(), "EMAIL_ADDRESS", 0.8)


def _cards(text: str) -> Iterator[Spot]:
    for found in _CARD.finditer(text):
        digits = re.sub(r"\D", "", found[0])
        if card_brand(digits) and luhn(digits):
            yield Spot(*found.span(), "CREDIT_CARD", 0.9)


RULES = (
    Rule("spelled address", (r"(?i:[\[({<]\s?(?:at|@)\s?[\])}>]|\sat\s[\w-]+\sdot\s)",), _addresses),
    Rule(
        "spelled card",
        (
            DIGIT,
            r"[0-9]{4}[./_][0-9]{4}[./_][0-9]{4}[./_][0-9]{4}",
        ),
        _cards,
    ),
)
"""What is spelled for people."""
