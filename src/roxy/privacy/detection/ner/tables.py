"""The weights of the model, laid out so that a text is scored by looking rows up and adding them."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from roxy.privacy.detection.ner.features import KINDS, Form
from roxy.privacy.detection.ner.sentence import LEXICAL, PAIRS, TRIPLES

Floats = NDArray[np.float32]
Numbers = NDArray[np.int64]
SIDES = 4
"""Neighbours a word speaks to: the ones after and before it, and one further."""


class Lists:
    """What lists know of words."""

    def __init__(self, arrays: dict[str, NDArray[Any]]) -> None:
        self._hashes, self._flags = arrays["list_hash"], arrays["list_flags"]

    def known(self, hashes: Sequence[int]) -> list[int]:
        """The flags (`Known`) of words by the hashes of their lower forms."""
        wanted = np.array(hashes, dtype=np.uint32)
        at = np.searchsorted(self._hashes, wanted)
        at[at == len(self._hashes)] = 0
        flags: list[int] = np.where(self._hashes[at] == wanted, self._flags[at], 0).tolist()
        return flags


class Words:
    """Scores that depend on one word: for its own label, and for those of its neighbours."""

    def __init__(self, arrays: dict[str, NDArray[Any]], scale: float, labels: int) -> None:
        self.labels = labels
        self._own = _Rows(arrays["own_hash"], arrays["own"], scale, labels)
        self._near = _Rows(arrays["near_hash"], arrays["near"], scale, SIDES * labels)

    def score(self, forms: Sequence[Form]) -> Floats:
        """For each word five rows: its own label's scores, then those of its neighbours."""
        scores = np.empty((len(forms), 1 + SIDES, self.labels), dtype=np.float32)
        scores[:, 0] = self._own.sums([form.own for form in forms])
        scores[:, 1:] = self._near.sums([form.near for form in forms]).reshape(len(forms), SIDES, self.labels)
        return scores


class _Rows:
    """Weights by the hash of a feature."""

    def __init__(self, hashes: NDArray[Any], weights: NDArray[Any], scale: float, width: int) -> None:
        self._hashes = hashes
        self._weights = np.zeros((len(hashes) + 1, width), dtype=np.int16)
        self._weights[:-1] = weights.reshape(len(hashes), width)
        self._scale = np.float32(scale)

    def sums(self, groups: Sequence[Sequence[int]]) -> Floats:
        """The sum of the weights of each group of features; what is not known counts nothing."""
        wanted = np.array([one for group in groups for one in group], dtype=np.uint32)
        at = np.searchsorted(self._hashes, wanted)
        at[at == len(self._hashes)] = 0
        at[self._hashes[at] != wanted] = len(self._hashes)
        starts = np.cumsum([0, *map(len, groups[:-1])])
        sums: Floats = np.add.reduceat(self._weights[at].astype(np.float32), starts, axis=0) * self._scale
        return sums


class Together:
    """Scores of words standing together, by their classes (`sentence.together` names the same patterns)."""

    def __init__(self, arrays: dict[str, NDArray[Any]], scale: float, labels: int) -> None:
        self._pairs = np.zeros((len(PAIRS) * KINDS * KINDS, labels), dtype=np.float32)
        self._pairs[arrays["pair_key"]] = arrays["pair"] * np.float32(scale)
        self._manner = (arrays["manner"] * np.float32(scale)).reshape(-1, labels)
        self._triple_row, self._triple_at, self._triples = _nested(arrays["triple_key"], arrays["triple"], scale)
        self._words = arrays["lexical_word"]
        self._lexical_at, self._lexical = _flat(arrays["lexical_key"], arrays["lexical"], scale, len(self._words) + 1)

    def lexical_rows(self, keys: Sequence[int]) -> Numbers:
        """By the hashes of words: where their patterns are kept (0 for none)."""
        wanted = np.array(keys, dtype=np.uint32)
        at = np.searchsorted(self._words, wanted)
        at[at == len(self._words)] = 0
        rows: Numbers = np.where(self._words[at] == wanted, at + 1, 0)
        return rows

    def score(self, kinds: Numbers, lexical: Numbers, manners: Numbers) -> Floats:
        """Scores for words two in from each end of `kinds`, which is framed."""
        middle = slice(2, len(kinds) - 2)
        scores: Floats = self._manner[manners[middle] * KINDS + kinds[middle]]
        near = {offset: kinds[2 + offset : len(kinds) - 2 + offset] for offset in (-2, -1, 0, 1, 2)}
        both = {pair: near[pair[0]] * KINDS + near[pair[1]] for pair in {*PAIRS, *((a, b) for a, b, _ in TRIPLES)}}
        for number, pair in enumerate(PAIRS):
            scores += self._pairs[both[pair] + number * KINDS * KINDS]
        for number, (a, b, c) in enumerate(TRIPLES):
            row = self._triple_row[both[a, b] + number * KINDS * KINDS]
            scores += self._triples[self._triple_at[row * KINDS + near[c]]]
        for number, offset in enumerate(LEXICAL):
            row = lexical[2 + offset : len(kinds) - 2 + offset] * len(LEXICAL) + number
            scores += self._lexical[self._lexical_at[row * KINDS + near[0]]]
        return scores


def _nested(keys: NDArray[Any], weights: NDArray[Any], scale: float) -> tuple[Numbers, NDArray[np.int32], Floats]:
    """Tables for triples: pair of classes → row, row and third class → weights (0: none)."""
    pairs, thirds = keys // KINDS, keys % KINDS
    active = np.unique(pairs)
    row = np.zeros(len(TRIPLES) * KINDS * KINDS, dtype=np.int64)
    row[active] = np.arange(1, len(active) + 1)
    at, table = _flat(row[pairs] * KINDS + thirds, weights, scale, len(active) + 1, sides=1)
    return row, at, table


def _flat(
    keys: NDArray[Any], weights: NDArray[Any], scale: float, rows: int, sides: int = len(LEXICAL)
) -> tuple[NDArray[np.int32], Floats]:
    """A table from key to weights, through the number of the weights (0: none)."""
    at = np.zeros(rows * sides * KINDS, dtype=np.int32)
    at[keys] = np.arange(1, len(keys) + 1)
    table = np.zeros((len(keys) + 1, weights.shape[1]), dtype=np.float32)
    table[1:] = weights * np.float32(scale)
    return at, table
