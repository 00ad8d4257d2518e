"""Lists of words as they are written in a table: in one text, with spaces between them."""


def listed(words: str) -> frozenset[str]:
    """The words of a text."""
    return frozenset(words.split())
