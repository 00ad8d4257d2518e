"""Numbers as people say them in English: "twenty five", "two and a half", "a hundred and one", "1,000", "1/2"."""

import re

_UNITS = {
    word: number
    for number, word in enumerate(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
        ]  # a list of words reads better as words
    )
}
_TENS = {
    word: number * 10
    for number, word in enumerate(
        ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"), start=2
    )
}
_SCALES = {"thousand": 1_000, "million": 1_000_000, "billion": 1_000_000_000}
_PARTS = {"half": 0.5, "quarter": 0.25, "third": 1 / 3}
_SMALL = {**_UNITS, **_TENS}
_HUNDRED, _DOZEN, _TEN = 100, 12, 10

_WORD = "|".join(
    sorted(
        (*_SMALL, *_SCALES, *_PARTS, "hundred", "dozen", "and", "a", "an", "point"),
        key=len,
        reverse=True,
    )
)
_DIGITS = r"[-+]?(?:\d+(?:[.,]\d+)*|[.,]\d+)(?:/\d+)?"
_TOKEN = rf"(?:{_DIGITS}|(?:{_WORD})(?![^ ]))"

PATTERN = rf"(?:(?:minus|negative) )?{_TOKEN}(?: {_TOKEN})*"
"""A regular expression that finds what may be a number; `parse_number` decides."""

_THOUSANDS = re.compile(r"^[-+]?\d{1,3}(?:,\d{3})+(?:\.\d+)?$")


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
    if words[0] in _PARTS and words[1:] in ([], ["a"], ["an"]):
        return _PARTS[words[0]]
    if "point" in words:
        return _decimal(words)
    part = 0.0
    if len(words) > 2 and words[-3] == "and" and words[-2] in ("a", "one") and words[-1] in _PARTS:  # noqa: PLR2004  # "… and a half"
        part, words = _PARTS[words[-1]], words[:-3]
    elif len(words) == 2 and words[0] in ("a", "one") and words[1] in _PARTS:  # noqa: PLR2004  # "a quarter"
        return _PARTS[words[1]]
    whole = _whole(words) if words else None
    return None if whole is None else whole + part


def _decimal(words: list[str]) -> float | None:
    at = words.index("point")
    whole = _whole(words[:at]) if at else 0
    digits = [str(_UNITS[word]) if word in _UNITS else word for word in words[at + 1 :]]
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
            if last not in ("hundred", *_SCALES):
                return None
        elif word in _SCALES:
            total, current = total + (1 if current is None else current) * _SCALES[word], None
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
    if word in ("a", "an"):
        return 1 if current is None and not last else None
    if word in ("hundred", "dozen"):
        factor = _HUNDRED if word == "hundred" else _DOZEN
        return factor * (1 if current is None else current) if current is None or current < _HUNDRED else None
    value = _SMALL.get(word)
    if value is None:
        return _digits(word) if current is None else None
    if current is None:
        return value
    fits = (last in _TENS and 0 < value < _TEN) or last in ("hundred", "and")
    return current + value if fits else None


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
