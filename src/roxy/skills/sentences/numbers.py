"""Numbers as people say them in English: "twenty five", "two and a half", "a hundred and one", "1,000", "1/2"."""

import re
from collections.abc import Set as AbstractSet

from roxy.skills.english.numbers import GROUPS, ONES, SCALES, SMALL, TENS

_PARTS = {"half": 0.5, "quarter": 0.25, "third": 1 / 3}
_HUNDRED, _TEN = 100, 10

_WORD = "|".join(
    sorted(
        (*SMALL, *SCALES, *_PARTS, "hundred", "dozen", "and", "a", "an", "point"),
        key=len,
        reverse=True,
    )
)
_DIGITS = r"[-+]?(?:\d+(?:[.,]\d+)*|[.,]\d+)(?:/\d+)?"
_TOKEN = rf"(?:{_DIGITS}|(?:{_WORD})(?![^ ]))"

PATTERN = rf"(?:(?:minus|negative) )?{_TOKEN}(?: {_TOKEN})*"
"""A regular expression that finds what may be a number; `parse_number` decides."""

MARK = "\x01"
"""Stands for any number among the words of an utterance or a template; nobody can say it."""

_SPOKEN = frozenset((*SMALL, *SCALES, *_PARTS, *GROUPS, "a", "an", "point"))
_DIGIT = re.compile(r"\d")

_THOUSANDS = re.compile(r"^[-+]?\d{1,3}(?:,\d{3})+(?:\.\d+)?$")


def holds_number(text: str, words: AbstractSet[str]) -> bool:
    """Whether a number can be in `text`, whose words are `words`."""
    return not _SPOKEN.isdisjoint(words) or _DIGIT.search(text) is not None


def parse_number(text: str) -> int | float | None:
    """The number that `text` (lower case, words joined by single spaces) says; None when it is none.

    Whole numbers are `int`. "a" and "an" alone are one, as in "an hour".
    """
    words = text.split()
    sign = 1
    if words and words[0] in ("minus", "negative"):
        sign, words = -1, words[1:]
    value = _magnitude(words) if words else None
    if value is None:
        return None
    value *= sign
    return int(value) if value == int(value) else value


def _magnitude(words: list[str]) -> float | None:
    if words in (["a"], ["an"]):
        return 1
    if "point" in words:
        return _decimal(words)
    part, words = _part(words)
    if not words:
        return part
    whole = _whole(words)
    return None if whole is None else whole + (part or 0)


def _part(words: list[str]) -> tuple[float | None, list[str]]:
    """A fraction said in words ("half a", "a quarter", "… and a half"), and the words before it."""
    for ending in (["a"], ["an"], []):
        if words[1:] == ending and words[0] in _PARTS:
            return _PARTS[words[0]], []
    *before, one, part = words if len(words) > 1 else ["", "", *words]
    if one not in ("a", "one") or part not in _PARTS:
        return None, words
    if not before:
        return _PARTS[part], []
    return (_PARTS[part], before[:-1]) if before[-1] == "and" and len(before) > 1 else (None, words)


def _decimal(words: list[str]) -> float | None:
    at = words.index("point")
    whole = _whole(words[:at]) if at else 0
    digits = [str(ONES[word]) if word in ONES else word for word in words[at + 1 :]]
    if whole is None or not digits or not all(digit.isdecimal() for digit in digits):
        return None
    return float(f"{int(whole)}.{''.join(digits)}")


def _whole(words: list[str]) -> float | None:
    """A number without a fraction in words; the first may be digits ("2.5 million")."""
    total = 0.0
    current: float | None = None
    last = ""
    for word in words:
        if word == "and":
            if last not in ("hundred", *SCALES):
                return None
        elif word in SCALES:
            total, current = total + (1 if current is None else current) * SCALES[word], None
        else:
            current = _grown(current, word, last)
            if current is None:
                return None
        last = word
    if last in ("", "and", "a", "an"):
        return None
    return total + (current or 0)


def _grown(current: float | None, word: str, last: str) -> float | None:
    """`current` after one more word below a thousand; None when it does not fit."""
    if current is None:
        return _begun(word, last)
    if word in GROUPS:
        return GROUPS[word] * current if current < _HUNDRED else None
    value = SMALL.get(word)
    if value is None:
        return None
    fits = (last in TENS and 0 < value < _TEN) or last in ("hundred", "and")
    return current + value if fits else None


def _begun(word: str, last: str) -> float | None:
    """The first word of a number below a thousand."""
    if word in ("a", "an"):
        return None if last else 1
    return GROUPS.get(word) or SMALL.get(word, _digits(word))


def _digits(word: str) -> float | None:
    if "/" in word:
        over, _, under = word.partition("/")
        top, bottom = _digits(over), _digits(under)
        return top / bottom if top is not None and bottom else None
    if _THOUSANDS.match(word):
        word = word.replace(",", "")
    try:
        return float(word.replace(",", ".")) if "." in word or "," in word else int(word)
    except ValueError:
        return None
