"""From scores to spans: the best sequence of labels, only where a label other than `O` has a chance."""

import math
from collections.abc import Mapping, Sequence
from itertools import product
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from roxy.privacy.detection.ner.tables import Floats
from roxy.privacy.detection.ner.viterbi import NEVER, Run, Viterbi

_HOT = 1.5
"""Where `O` leads by less, a span may be."""
_REACH = 2
"""How many words further a span may reach over words for which `O` leads clearly, such as the comma of an address."""


class Span(NamedTuple):
    """A labelled span: offsets are code points; label `PER`, `LOC`, `ADR` or `ORG`."""

    start: int
    end: int
    label: str
    score: float


class Decoder:
    """Knows the labels and which may follow which."""

    def __init__(self, labels: Sequence[str], moves: NDArray[np.float32], bias: Mapping[str, float]) -> None:
        self._labels = list(labels)
        self._bias = np.array([bias.get(label[2:], 0.0) for label in labels], dtype=np.float32)
        allowed = np.array(moves)
        for before, after in product(range(len(labels)), repeat=2):
            if labels[after].startswith("I-") and labels[before][2:] != labels[after][2:]:
                allowed[before, after] = NEVER
        self._viterbi = Viterbi(allowed)

    def spans(self, scores: Floats, words: Sequence[str], starts: Sequence[int]) -> list[Span]:
        """The spans of the best labels. `scores` has a row per word; empty words are the frame."""
        scores += self._bias
        hot = np.flatnonzero(scores[:, 0] - scores[:, 1:].max(axis=1) < _HOT).tolist()
        runs = _runs([at for at in hot if words[at]], words)
        found: list[Span] = []
        for run, labels in zip(runs, self._viterbi.best(scores, runs), strict=True):
            if any(labels):
                found += self._collect(labels, run.first, scores, words, starts)
        return found

    def _collect(
        self, best: list[int], first: int, scores: Floats, words: Sequence[str], starts: Sequence[int]
    ) -> list[Span]:
        found: list[Span] = []
        begun = ""
        for at, number in enumerate(best, first):
            label, word = self._labels[number], words[at]
            if not number:
                begun = ""
                continue
            end = starts[at] + len(word)
            sure = _score(float(scores[at, number] - scores[at, 0]))
            if word == "\n" and label[2:] != "ADR":
                begun = ""
            elif label[0] == "I" and begun == label[2:]:
                last = found[-1]
                found[-1] = Span(last.start, end, last.label, max(last.score, sure))
            else:
                found.append(Span(starts[at], end, label[2:], sure))
                begun = label[2:]
        return found


def _runs(hot: Sequence[int], words: Sequence[str]) -> list[Run]:
    """The words that may belong to a span: those that are hot and their neighbours in the sentence."""
    runs: list[Run] = []
    for at in hot:
        first, end = at, at + 1
        for _ in range(_REACH):
            first -= bool(words[first - 1])
            end += bool(words[end])
        if runs and first <= runs[-1].end:
            first = runs.pop().first
        runs.append(Run(first, end, not words[first - 1], not words[end]))
    return runs


def _score(lead: float) -> float:
    """How sure the model is, from .5 to .6: what has a pattern or a check digit is surer."""
    return 0.5 + 0.1 / (1.0 + math.exp(-max(-20.0, min(20.0, lead / 2))))
