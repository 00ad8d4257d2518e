"""What the model sees of a sentence as a whole, and of words standing together.

A sentence is framed by `PAD BOS … EOS PAD`; the patterns of classes below reach two words to each side.
"""

from collections.abc import Iterator, Sequence

from roxy.privacy.detection.ner.features import BOS, EOS, PAD, Form

PLAIN, SMALL, CAPITALS, TITLE = 0, 1, 2, 3
SHORT = 4
"""Added for a text of few words that does not end like a sentence: a value, a heading, a cell."""
MANNERS = 8
_FEW = 5
_LINKING = 3
"""The length of "and", "the", "of", which stay small in a heading."""
_ENDS = frozenset(".!?\u2026\u3002")
PAIRS = ((-1, 0), (0, 1), (-1, 1))
TRIPLES = ((-1, 0, 1), (-2, -1, 0), (0, 1, 2))
LEXICAL = (-1, 1)


def manner(words: Sequence[str]) -> int:
    """How a sentence is written: below `MANNERS`."""
    letters = [word for word in words if word[0].isalpha()]
    short = SHORT if len(words) <= _FEW and words[-1] not in _ENDS else 0
    if all(map(str.islower, letters)):
        return SMALL + short
    if all(map(str.isupper, letters)) and max(map(len, letters)) > 1:
        return CAPITALS + short
    return (TITLE if _titled(letters) else PLAIN) + short


def _titled(letters: Sequence[str]) -> bool:
    return len(letters) > 1 and not any(word.islower() and len(word) > _LINKING for word in letters)


def framed(forms: Sequence[Form]) -> list[int]:
    """The classes of a sentence's words in their frame."""
    return [PAD, BOS, *(form.kind for form in forms), EOS, PAD]


def together(forms: Sequence[Form], how: int) -> Iterator[list[str]]:
    """For each word the names of the patterns it stands in; the tables of `model.py` are read from these names."""
    kinds = framed(forms)
    keys = [0, 0, *(form.key for form in forms), 0, 0]
    for at in range(2, len(kinds) - 2):
        names = [f"P{number}|{kinds[at + a]}|{kinds[at + b]}" for number, (a, b) in enumerate(PAIRS)]
        names += [
            f"T{number}|{kinds[at + a]}|{kinds[at + b]}|{kinds[at + c]}" for number, (a, b, c) in enumerate(TRIPLES)
        ]
        names += [f"L{number}|{keys[at + a]}|{kinds[at]}" for number, a in enumerate(LEXICAL) if keys[at + a]]
        names.append(f"S|{how}|{kinds[at]}")
        yield names
