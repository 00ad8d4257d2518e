"""Which names are forms of one person's: "Alice Smith", "Alice" and "ALICE" get pseudonyms that begin alike.

A form belongs to a person when its words are among theirs, or theirs among its words. "Alice Jones" is somebody else
than "Alice Smith"; "Alice" alone is then the one who came first.
"""

import re

_WORD = re.compile(r"[^\W\d_]{2,}")


class _Person:
    def __init__(self, words: frozenset[str]) -> None:
        self.stem = " ".join(sorted(words))
        self.words = words


class Stems:
    """The persons of one session. In the same order the same names give the same stems."""

    def __init__(self) -> None:
        self._by_word: dict[str, list[_Person]] = {}

    def of(self, name: str) -> str:
        """What stands for the person who has this name."""
        words = frozenset(word.casefold() for word in _WORD.findall(name))
        if not words:
            return name
        known = next((one for word in sorted(words) for one in self._by_word.get(word, ()) if _same(one, words)), None)
        person = known or _Person(words)
        new = words if known is None else words - person.words
        for word in new:
            self._by_word.setdefault(word, []).append(person)
        person.words |= words
        return person.stem


def _same(person: _Person, words: frozenset[str]) -> bool:
    return words <= person.words or person.words <= words
