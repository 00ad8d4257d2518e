"""The weights of the model, laid out so that a text is scored by looking rows up and adding them."""

from bisect import bisect_left
from itertools import accumulate
from typing import Any

import numpy as np
from numpy.typing import NDArray

from roxy.privacy.detection.ner.features import KINDS
from roxy.privacy.detection.ner.sentence import LEXICAL, PAIRS, TRIPLES

Floats = NDArray[np.float32]
Numbers = NDArray[np.int64]
SIDES = 4
"""Neighbours a word speaks to: the ones after and before it, and one further."""
_TOLD_BY = (0, -1, 1, -2, 2)
"""Where the words stand that speak for a label: itself, then those whose neighbour it is."""


def _view(array: NDArray[Any]) -> memoryview:
    """The numbers for single look-ups; copied, since in the file they may stand where no view can read them."""
    return array.copy().data


class Lists:
    """What lists know of words."""

    def __init__(self, arrays: dict[str, NDArray[Any]]) -> None:
        self._hashes, self._flags = _view(arrays["list_hash"]), _view(arrays["list_flags"])

    def known(self, key: int) -> int:
        """The flags (`Known`) of a word by the hash of its lower form."""
        at = bisect_left(self._hashes, key)
        return self._flags[at] if at < len(self._hashes) and self._hashes[at] == key else 0


class Table:
    """All weights in one table: the scores of a word are the sum of the rows that it and its neighbours tell.

    First come the rows of words, which are written as words are met, for `room` of them: for the word's own label, then
    for the labels of its neighbours. Then come those of the patterns that `sentence.together` names, a block for each.
    """

    def __init__(self, arrays: dict[str, NDArray[Any]], scale: float, labels: int, room: int) -> None:
        pairs = np.zeros((len(PAIRS) * KINDS * KINDS, labels), dtype=np.float32)
        pairs[arrays["pair_key"]] = arrays["pair"]
        self._triples = _Triples(arrays["triple_key"])
        self._lexical = _numbered(arrays["lexical_key"], (len(arrays["lexical_word"]) + 1) * len(LEXICAL) * KINDS)
        self._words = _view(arrays["lexical_word"])
        none = np.zeros((1, labels), dtype=np.float32)
        blocks = (
            np.zeros((room * (1 + SIDES), labels), dtype=np.float32),
            pairs,
            self._triples.table(arrays["triple_key"], arrays["triple"]),
            np.concatenate([none, arrays["lexical"]]),
            arrays["manner"].reshape(-1, labels),
        )
        self._rows = np.concatenate(blocks, dtype=np.float32) * np.float32(scale)
        begins = [0, *accumulate(map(len, blocks))]
        self._begins = np.array(
            [
                *range(1 + SIDES),
                *range(begins[1], begins[2], KINDS * KINDS),
                *range(begins[2], begins[3], self._triples.size),
                *(begins[3] for _ in LEXICAL),
                begins[4],
            ]
        )[:, None]
        """Where the rows begin of what `score` looks up."""
        self.words = self._rows[: begins[1]].reshape(room, 1 + SIDES, labels)
        """The scores of words: rows of `score`."""

    def lexical_row(self, key: int) -> int:
        """By the hash of a word: where the patterns begin in which it stands itself (0 for none)."""
        at = bisect_left(self._words, key)
        known = at < len(self._words) and self._words[at] == key
        return (at + 1) * len(LEXICAL) * KINDS if known else 0

    def score(self, words: Numbers, kinds: Numbers, lexical: Numbers, manners: Numbers) -> Floats:
        """Scores for words two in from each end of a framed sentence; the others are zero."""
        size = len(kinds)

        def beside(rows: Numbers, offset: int) -> Numbers:
            """What stands so far from each of these words."""
            return rows[2 + offset : size - 2 + offset]

        middle, scaled, words = beside(kinds, 0), kinds * KINDS, words * (1 + SIDES)
        both = {gap: scaled[:-gap] + kinds[gap:] for gap in (1, 2)}
        triples = self._triples.find(both[1], kinds)
        told = (
            *(beside(words, offset) for offset in _TOLD_BY),
            *(beside(both[b - a], a) for a, b in PAIRS),
            *(beside(triples, a) for a, _, _ in TRIPLES),
            *(
                self._lexical.take(beside(lexical, offset) + (middle + number * KINDS))
                for number, offset in enumerate(LEXICAL)
            ),
            beside(manners, 0) * KINDS + middle,
        )
        rows = np.concatenate(told).reshape(len(told), -1) + self._begins
        scores = np.zeros((size, self._rows.shape[1]), dtype=np.float32)
        np.add.reduce(self._rows.take(rows, axis=0), axis=0, out=scores[2:-2])
        return scores


def _numbered(keys: NDArray[Any], size: int) -> NDArray[Any]:
    """The number of each key from 1 on, by the key; 0 for all others below `size`. As small as may be: it is large."""
    numbers = np.zeros(size, dtype=np.min_scalar_type(len(keys)))
    numbers[keys] = np.arange(1, len(keys) + 1)
    return numbers


class _Triples:
    """Numbers for three classes in a row, the same for all places that one of the three words has in `TRIPLES`."""

    def __init__(self, keys: NDArray[Any]) -> None:
        self._codes = np.unique(keys % KINDS**3)
        pairs, row = np.unique(self._codes // KINDS, return_inverse=True)
        self._row = _numbered(pairs, KINDS * KINDS).astype(np.int64) * KINDS
        self._number = _numbered((row + 1) * KINDS + self._codes % KINDS, (len(pairs) + 1) * KINDS)
        self.size = len(self._codes) + 1
        """How many numbers there are: 0 is for those without weight."""

    def find(self, both: Numbers, kinds: Numbers) -> Numbers:
        """For each word the number of its class and the next two. `both` is that of its class and the next."""
        return self._number.take(self._row.take(both[:-1]) + kinds[2:])

    def table(self, keys: NDArray[Any], weights: NDArray[Any]) -> Floats:
        """The weights by number, one block for each of `TRIPLES`."""
        table = np.zeros((len(TRIPLES), self.size, weights.shape[1]), dtype=np.float32)
        table[keys // KINDS**3, np.searchsorted(self._codes, keys % KINDS**3) + 1] = weights
        return table.reshape(-1, weights.shape[1])
