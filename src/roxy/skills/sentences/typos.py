"""A word with one letter wrong, missing, doubled or swapped, put right by the words that the skills know.

Only what nobody understood is looked at again: so what is right is never changed, and a slot keeps its own words where
the sentence around it was understood. A word that any sentence knows counts as right. Short words are changed only by
adding the letter that is missing, since most short words are one letter away from another one.
"""

import re
from collections.abc import Collection
from itertools import islice

from rapidfuzz import process
from rapidfuzz.distance import OSA

_SHORT, _LONG = 4, 6
_MAX_WORDS = 12
"""Longer utterances are talk, not commands with a slip in them."""
_MAX_VARIANTS = 6
_WORD = re.compile(r"[^\W\d_]+")


def corrected(text: str, known: Collection[str]) -> list[str]:
    """What may have been meant by `text`, one word changed in each; empty when none is near a word of `known`."""
    said = list(_WORD.finditer(text))
    if len(said) > _MAX_WORDS:
        return []
    variants = (
        text[: word.start()] + meant + text[word.end() :]
        for word in said
        if word.group().casefold() not in known
        for meant in _near(word.group().casefold(), known)
    )
    return list(islice(variants, _MAX_VARIANTS))


def _near(word: str, known: Collection[str]) -> list[str]:
    found = process.extract(word, known, scorer=OSA.distance, score_cutoff=1, limit=_MAX_VARIANTS)
    return sorted(other for other, _, _ in found if _is_slip(word, other))


def _is_slip(word: str, meant: str) -> bool:
    """Whether `word` is rather a slip of `meant` than another word: the first letter is hardly ever the wrong one."""
    if word[0] != meant[0] or len(meant) < _SHORT:
        return False
    if len(word) < len(meant):
        return len(meant) > _SHORT or word[-1] == meant[-1]
    return len(meant) >= _LONG or (len(meant) == len(word) and sorted(word) == sorted(meant))
