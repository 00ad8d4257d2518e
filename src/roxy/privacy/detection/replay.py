"""Values that are known already, found again wherever they stand, also where no detector would look.

Each value is kept under the rarest of its words, so that a text is compared with few values however many are known:
the words of the text are looked up, and only where one of them is kept is anything compared. Values that no text has by
chance are found inside other words, too: somebody who wants to carry one past would write a letter before it.
"""

import re
import threading
from collections.abc import Collection, Iterator
from typing import Any

import ahocorasick

from roxy.privacy.detection.remembered import Remembered, digest
from roxy.privacy.detection.spots import Spot

_WORD = re.compile(r"\w+")
_BARE = re.compile(r"\w")
_FEW = 8
_FEW_KEPT = 60
"""To look for so many words in a text takes no longer than to cut the text into its own."""
_LONG = 1_000
"""Characters from which on it is remembered what stood in a text."""
_REMEMBERED = 20_000
_SHORTEST_ANY_CASE = 5
_TELLING, _TELLING_WORD = 7, 9
"""From so many characters on a value stands in no text by chance; the second where there is no break in it."""
_RECENT = 32


class Known:
    """The known values of one session. Safe to use from several threads."""

    def __init__(self) -> None:
        self._values: list[str] = []
        self._known: set[str] = set()
        self._by_word: dict[str, list[tuple[str, int, str]]] = {}
        self._inside = _Inside()
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
            if _telling(value):
                self._inside.add(value, kind)
            else:
                word, offset = min(words, key=lambda one: (len(self._by_word.get(one[0], ())), -len(one[0])))
                self._by_word.setdefault(word, []).append((value, offset, kind))
            self._values.append(value)
            self._known.add(value)

    def surely(self, text: str, start: int, end: int) -> bool:
        """Whether what stands in `text` from `start` to `end` is a value that `find` finds there; quickly told.

        It may be found there as well when this says no.
        """
        value = text[start:end]
        if value not in self._known:
            return False
        if _telling(value):
            return True
        cut = start > 0 and _BARE.match(text, start - 1) and _BARE.match(value)
        return not (cut or (_BARE.match(text, end) and _BARE.match(value[-1])))

    def find(self, text: str) -> list[Spot]:
        """Where they stand, as whole words; those that are telling enough, anywhere.

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
        return [*self._inside.find(text, said), *self._words(text, said)]

    def _words(self, text: str, said: str) -> list[Spot]:
        kept = self._kept_in(text, said)
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

    def _kept_in(self, text: str, said: str) -> Collection[str]:
        """The words by which values are kept that `text` has, perhaps within other words."""
        if len(self._by_word) <= _FEW_KEPT:
            return {word for word in list(self._by_word) if word in said}
        words = _WORD.findall(said) if len(said) == len(text) else map(str.casefold, _WORD.findall(text))
        return self._by_word.keys() & set(words)


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


def _telling(value: str) -> bool:
    """Whether it is found inside other words, too."""
    return not value.isalpha() and len(value) >= (_TELLING_WORD if value.isalnum() else _TELLING)


def _in_a_word(text: str, start: int, end: int) -> bool:
    """Whether the span begins or ends in the middle of a word."""
    before = start > 0 and _BARE.match(text, start - 1) and _BARE.match(text, start)
    return bool(before or (_BARE.match(text, end) and text[end - 1].isalnum()))


class _Inside:
    """Values that are found wherever they stand, whatever the case.

    What is new is looked for one by one; then it becomes an automaton, which takes in those that are no larger. So each
    value goes into few automata, and a text is read by few, however many are known.
    """

    def __init__(self) -> None:
        self._recent: dict[str, str] = {}
        self._automata: tuple[tuple[dict[str, str], Any], ...] = ()

    def add(self, value: str, kind: str) -> None:
        """Know one more."""
        folded = value.casefold()
        if any(folded in known for known, _ in self._automata):
            return
        # A new dictionary each time, and then new automata: somebody may be reading the old ones.
        self._recent = {**self._recent, folded: kind}
        if len(self._recent) > _RECENT:
            kept, made = list(self._automata), self._recent
            while kept and len(kept[-1][0]) <= len(made):
                made = {**kept.pop()[0], **made}
            automaton = ahocorasick.Automaton()
            for known, its_kind in made.items():
                automaton.add_word(known, (len(known), its_kind))
            automaton.make_automaton()
            self._automata = (*kept, (made, automaton))
            self._recent = {}  # last: who reads these first and the automata then misses nothing

    def find(self, text: str, said: str) -> list[Spot]:
        """Where they stand in `text`, of which `said` is the casefolded form."""
        recent = self._recent
        found = [(at, at + len(one), kind) for one, kind in recent.items() if one in said for at in _places(one, said)]
        for _, automaton in self._automata:
            found += [(last + 1 - size, last + 1, kind) for last, (size, kind) in automaton.iter(said)]
        return _in(text, said, found)


def _in(text: str, said: str, found: list[tuple[int, int, str]]) -> list[Spot]:
    """What was found in the casefolded text, in the text itself: some letters are two when they are folded."""
    if not found or len(said) == len(text):
        return [Spot(*one) for one in found]
    came = [place for place, letter in enumerate(text) for _ in letter.casefold()]
    return [Spot(came[start], came[end - 1] + 1, kind) for start, end, kind in found]


def _places(value: str, said: str) -> Iterator[int]:
    at = said.find(value)
    while at >= 0:
        yield at
        at = said.find(value, at + 1)
