"""Words and numbers: the first step of reading a time.

A phrase becomes tokens (lower case, without punctuation, with their place in the phrase); every reader of this
folder then takes `(tokens, index)` and gives back `(value, next index)`, or None when its thing does not begin there.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from roxy.skills.english.numbers import ONES, ORDINALS, TENS

_TOKEN = re.compile(
    r"""\d{4}-\d{2}-\d{2}            # 2027-05-03
      | \d{1,2}/\d{1,2}(?:/\d{2,4})? # 3/5, 3/5/2027
      | \d{1,2}\.\d{1,2}\.(?:\d{4})? # 24.12. and 24.12.2027
      | \d+(?:st|nd|rd|th)\b         # 3rd
      | \d{1,2}[:.h]\d{2}(?::\d{2})?(?![\d.]) # 17:30, 17.30, 17h30, 17:30:15
      | \d+(?:\.\d+)?                # 5, 2.5
      | [ap]\.?\s?m\b\.?             # am, p.m., p. m
      | [^\W\d_]+(?:'[^\W\d_]+)*     # words, o'clock, new year's
    """,
    re.VERBOSE | re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Token:
    """One word or figure; `start` and `end` are its place in the phrase."""

    text: str
    start: int
    end: int


Tokens = Sequence[Token]


def tokens(phrase: str) -> list[Token]:
    """Cut `phrase` into tokens; punctuation falls away, `p.m.` becomes `pm`, `o'clock` stays one word."""
    found = []
    for match in _TOKEN.finditer(phrase.replace("\u2019", "'")):
        text = match.group().lower()
        if re.fullmatch(r"[ap]\.?\s?m\.?", text):
            text = text[0] + "m"
        found.append(Token(text, match.start(), match.end()))
    return found


def word(line: Tokens, at: int) -> str:
    """The text of the token at `at`; empty beyond the end."""
    return line[at].text if 0 <= at < len(line) else ""


def accept(line: Tokens, at: int, *options: str) -> int | None:
    """The index after the first of `options` (each one or more words) that stands at `at`."""
    for option in options:
        wanted = option.split()
        if [token.text for token in line[at : at + len(wanted)]] == wanted:
            return at + len(wanted)
    return None


def skip(line: Tokens, at: int, *options: str) -> int:
    """As `accept`, but the words may be missing."""
    after = accept(line, at, *options)
    return at if after is None else after


def read_number(line: Tokens, at: int) -> tuple[Fraction, int] | None:
    """A number in figures or in words below a thousand: `7`, `2.5`, `twenty five`, `a hundred and ten`."""
    text = word(line, at)
    if re.fullmatch(r"\d+(?:\.\d+)?", text):
        return Fraction(text), at + 1
    hundreds = accept(line, at, "a hundred", "one hundred", "two hundred", "three hundred", "hundred")
    if hundreds is not None:
        total = 100 * {"two": 2, "three": 3}.get(text, 1)
        rest = _below_hundred(line, skip(line, hundreds, "and"))
        return (Fraction(total + rest[0]), rest[1]) if rest else (Fraction(total), hundreds)
    small = _below_hundred(line, at)
    return (Fraction(small[0]), small[1]) if small else None


def read_whole(line: Tokens, at: int) -> tuple[int, int] | None:
    """As `read_number`, whole numbers only."""
    number = read_number(line, at)
    return (int(number[0]), number[1]) if number and number[0].denominator == 1 else None


def _below_hundred(line: Tokens, at: int) -> tuple[int, int] | None:
    text = word(line, at)
    if text in ONES:
        return ONES[text], at + 1
    if text in TENS:
        ones = ONES.get(word(line, at + 1), 0)
        return (TENS[text] + ones, at + 2) if 1 <= ones <= 9 else (TENS[text], at + 1)  # noqa: PLR2004 - a digit
    return None


def read_ordinal(line: Tokens, at: int) -> tuple[int, int] | None:
    """`3rd`, `third`, `twenty first`."""
    text = word(line, at)
    if figures := re.fullmatch(r"(\d+)(?:st|nd|rd|th)", text):
        return int(figures[1]), at + 1
    if text in ORDINALS:
        return ORDINALS[text], at + 1
    follows = ORDINALS.get(word(line, at + 1), 0)
    if text in TENS and 1 <= follows <= 9:  # noqa: PLR2004 - a digit
        return TENS[text] + follows, at + 2
    return None
