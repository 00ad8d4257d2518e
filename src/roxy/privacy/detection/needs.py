"""A cheap look before a pattern is tried: does the text hold any of the words without which it cannot match?

Patterns that ignore case take far longer than a search for plain words, and nearly all texts hold none of them.
"""

from collections.abc import Iterable


def may_hold(text: str, words: Iterable[str]) -> bool:
    """Whether one of `words` (in lower case, ASCII) stands in `text` in any case.

    True for every text that is not ASCII: there, letters of other alphabets count as the same in another case.
    """
    if not text.isascii():
        return True
    low = text.lower()
    return any(word in low for word in words)
