"""Numbers in words and figures: "two hundred and five point three", "1,234.5", "2.5 million", "a dozen"."""

import re

from roxy.skills.english.numbers import GROUPS, SCALES, SMALL

_FIGURES = re.compile(r"\d+(?:\.\d+)?|\.\d+")
_SEPARATED = re.compile(r"(?<![\d.])\d{1,3}(?:,\d{3})+(?![\d])")
_HUNDRED = 100
_BEFORE_AND = {"hundred", *SCALES}


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
    return str(SMALL[word]) if SMALL.get(word, 10) < 10 else ""  # noqa: PLR2004 - one figure


def _read_whole(words: list[str], at: int) -> tuple[str, int] | None:
    """Figures with an optional scale, or words."""
    scale = SCALES.get(_word(words, at + 1), 0)
    if _FIGURES.fullmatch(_word(words, at)):
        return (_times(words[at], scale), at + 2) if scale else (words[at], at + 1)
    total, current, end = 0, 0, at
    while step := _step(words, end, current, spoken=end > at):
        current, end = step
        scale = SCALES.get(_word(words, end), 0)
        if scale:
            total, current, end = total + (current or 1) * scale, 0, end + 1
    return (str(total + current), end) if end > at else None


def _word(words: list[str], at: int) -> str:
    return words[at] if at < len(words) else ""


def _step(words: list[str], at: int, current: int, *, spoken: bool) -> tuple[int, int] | None:
    """One more word below a thousand on top of `current`; `spoken` says that it is not the first."""
    if _word(words, at) == "and":
        return _joined(words, at, current) if spoken else None
    return (
        (None if current else _opened(words, at))
        or _counted(words, at, current, spoken=spoken)
        or _added(words, at, current, spoken=spoken)
    )


def _opened(words: list[str], at: int) -> tuple[int, int] | None:
    """`a hundred`, `one dozen`, `a` before `million`."""
    following = _word(words, at + 1)
    if words[at : at + 1] not in (["a"], ["one"]):
        return None
    if following in GROUPS:
        return GROUPS[following], at + 2
    return (1, at + 1) if following in SCALES else None


def _joined(words: list[str], at: int, current: int) -> tuple[int, int] | None:
    """The `and five` of "two hundred and five"."""
    value = SMALL.get(_word(words, at + 1))
    fits = words[at - 1] in _BEFORE_AND and current % _HUNDRED == 0
    return (current + value, at + 2) if fits and value is not None else None


def _counted(words: list[str], at: int, current: int, *, spoken: bool) -> tuple[int, int] | None:
    """`hundred` after what it counts; `dozen` also alone."""
    word = _word(words, at)
    factor = current or (1 if word == "dozen" and not spoken else 0)
    return (factor * GROUPS[word], at + 1) if word in GROUPS and 0 < factor < _HUNDRED else None


def _added(words: list[str], at: int, current: int, *, spoken: bool) -> tuple[int, int] | None:
    """A word below a hundred, where it can follow."""
    value = SMALL.get(_word(words, at))
    if value is None or (spoken and not _follows(words[at - 1], current, value)):
        return None
    return current + value, at + 1


def _follows(before: str, current: int, value: int) -> bool:
    """Whether `value` continues a number: "twenty" takes "one", "hundred" takes all."""
    if before in _BEFORE_AND:
        return current % _HUNDRED == 0
    tens, ones = divmod(current % _HUNDRED, 10)
    return before in SMALL and tens > 1 and not ones and value in range(1, 10)


def _times(figures: str, scale: int) -> str:
    whole, _, part = figures.partition(".")
    zeros = len(str(scale)) - 1
    return (
        f"{whole}{part[:zeros].ljust(zeros, '0')}{'.' + part[zeros:] if len(part) > zeros else ''}".lstrip("0") or "0"
    )
