"""Values that are known already, found again wherever they stand, also where no detector would look.

Each value is kept under the rarest of its words, so that a text is compared with few values however many are known:
the words of the text are looked up, and only where one of them is kept is anything compared.
"""

import re
import threading
from collections.abc import Collection, Iterator

from roxy.privacy.detection.remembered import Remembered, digest
from roxy.privacy.detection.spots import Spot

_WORD = re.compile(r"\w+")
_BARE = re.compile(r"\w")
_FEW = 8
_LONG = 1_000
"""Characters from which on it is remembered what stood in a text."""
_REMEMBERED = 20_000
_SHORTEST_ANY_CASE = 5


class Known:
    """The known values of one session. Safe to use from several threads."""

    def __init__(self) -> None:
        self._values: list[str] = []
        self._by_word: dict[str, list[tuple[str, int, str]]] = {}
        self._lock = threading.Lock()
        self._seen: Remembered[bytes, tuple[int, tuple[Spot, ...]]] = Remembered(_REMEMBERED)

    def __len__(self) -> int:
        return len(self._values)

    def add(self, value: str, kind: str) -> None:
        """Know `value`, which has a letter or digit, as one of `kind`."""
        with self._lock:
            words = [(found[0].casefold(), found.start()) for found in _WORD.finditer(value)]
            if not words:
                return
            word, offset = min(words, key=lambda one: (len(self._by_word.get(one[0], ())), -len(one[0])))
            self._by_word.setdefault(word, []).append((value, offset, kind))
            self._values.append(value)

    def find(self, text: str) -> list[Spot]:
        """Where they stand, as whole words.

        Longer values are also found in another case; short ones (a first name that is a word, too) only as they are.
        """
        if not self._values:
            return []
        said = text.casefold()
        if len(text) < _LONG:
            return self._look(text, said)
        known, asked = len(self._values), digest(text)
        seen = self._seen.get(asked)
        if seen is not None and not any(value.casefold() in said for value in self._values[seen[0] : known]):
            spots = seen[1]
        else:
            spots = tuple(self._look(text, said))
        self._seen.put(asked, (known, spots), len(spots))
        return list(spots)

    def _look(self, text: str, said: str) -> list[Spot]:
        words = _WORD.findall(said) if len(said) == len(text) else map(str.casefold, _WORD.findall(text))
        kept = self._by_word.keys() & set(words)
        if not kept:
            return []  # most texts
        spots = []
        for begin, word in _words(text, said, kept):
            for value, offset, kind in self._by_word[word]:
                start = begin - offset
                end = start + len(value)
                if start >= 0 and _same(text[start:end], value) and not _in_a_word(text, start, end):
                    spots.append(Spot(start, end, kind))
        return spots


def _words(text: str, said: str, sought: Collection[str]) -> Iterator[tuple[int, str]]:
    """Where the words that are `sought` begin in `text`; `said` is the text in one case, as they are."""
    if len(said) != len(text) or len(sought) > _FEW:
        for found in _WORD.finditer(text):
            if (word := found[0].casefold()) in sought:
                yield found.start(), word
        return
    for word in sought:
        at = said.find(word)
        while at >= 0:
            end = at + len(word)
            if not (at and _BARE.match(said, at - 1)) and not _BARE.match(said, end):
                yield at, word
            at = said.find(word, end)


def _same(found: str, value: str) -> bool:
    if found == value:
        return True
    telling = len(value) >= _SHORTEST_ANY_CASE and not value.isalpha()
    return telling and found.casefold() == value.casefold()


def _in_a_word(text: str, start: int, end: int) -> bool:
    """Whether the span begins or ends in the middle of a word."""
    before = start > 0 and _BARE.match(text, start - 1) and _BARE.match(text, start)
    return bool(before or (_BARE.match(text, end) and text[end - 1].isalnum()))
