"""Numbers in words and figures: "two hundred and five point three", "1,234.5", "2.5 million", "a dozen"."""

import re

_ONES = [
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
]
_SMALL = {word: value for value, word in enumerate(_ONES)} | dict(
    zip(["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], range(20, 100, 10), strict=True)
)
_SCALES = {"thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
_FIGURES = re.compile(r"\d+(?:\.\d+)?|\.\d+")
_SEPARATED = re.compile(r"(?<![\d.])\d{1,3}(?:,\d{3})+(?![\d])")
_HUNDRED = 100


def plain_figures(text: str) -> str:
    """`text` with the commas taken out of `1,234,567`."""
    return _SEPARATED.sub(lambda found: found[0].replace(",", ""), text)


def read(words: list[str], at: int) -> tuple[str, int] | None:
    """The number that begins at `at`, in figures, and the index after it; None when none does."""
    whole = _read_whole(words, at)
    if whole is None and words[at : at + 1] != ["point"]:
        return None
    value, end = whole or ("0", at)
    if words[end : end + 1] == ["point"] and "." not in value:
        digits, end_of_digits = "", end + 1
        while end_of_digits < len(words) and (digit := _digit(words[end_of_digits])):
            digits, end_of_digits = digits + digit, end_of_digits + 1
        if digits:
            return f"{value}.{digits}", end_of_digits
    return (value, end) if whole else None


def _digit(word: str) -> str:
    if word.isdecimal():
        return word
    return str(_SMALL[word]) if _SMALL.get(word, 10) < 10 else ""  # noqa: PLR2004 - one figure


def _read_whole(words: list[str], at: int) -> tuple[str, int] | None:
    """Figures with an optional scale, or words."""
    word = words[at] if at < len(words) else ""
    if _FIGURES.fullmatch(word):
        scale = _SCALES.get(words[at + 1], 0) if at + 1 < len(words) else 0
        if not scale:
            return word, at + 1
        return _times(word, scale), at + 2
    total, current, end, spoken = 0, 0, at, False
    while end < len(words):
        step = _step(words, end, current, spoken=spoken)
        if step is None:
            break
        current, end, spoken = step[0], step[1], True
        if end < len(words) and words[end] in _SCALES:
            total, current, end = total + (current or 1) * _SCALES[words[end]], 0, end + 1
    return (str(total + current), end) if spoken else None


def _step(words: list[str], at: int, current: int, *, spoken: bool) -> tuple[int, int] | None:
    """One more word below a thousand on top of `current`."""
    word = words[at]
    following = words[at + 1] if at + 1 < len(words) else ""
    if word in {"a", "one"} and following in {"hundred", "dozen", *_SCALES} and not current:
        return (1, at + 1) if following in _SCALES else ({"hundred": 100, "dozen": 12}[following], at + 2)
    if (
        word == "and"
        and spoken
        and (current % _HUNDRED == 0)
        and following in _SMALL
        and words[at - 1] in {"hundred", *_SCALES}
    ):
        return current + _SMALL[following], at + 2
    if word == "hundred" and 0 < current < _HUNDRED:
        return current * _HUNDRED, at + 1
    if word == "dozen" and (not spoken or 0 < current < _HUNDRED):
        return (current or 1) * 12, at + 1
    value = _SMALL.get(word)
    if value is None:
        return None
    ones_of_tens = (
        spoken and words[at - 1] in _SMALL and current % _HUNDRED >= 20 and current % 10 == 0 and 0 < value < 10
    )
    after_hundred = spoken and words[at - 1] in {"hundred", "and", *_SCALES} and current % _HUNDRED == 0
    return (current + value, at + 1) if not spoken or ones_of_tens or after_hundred else None


def _times(figures: str, scale: int) -> str:
    whole, _, part = figures.partition(".")
    zeros = len(str(scale)) - 1
    return (
        f"{whole}{part[:zeros].ljust(zeros, '0')}{'.' + part[zeros:] if len(part) > zeros else ''}".lstrip("0") or "0"
    )
