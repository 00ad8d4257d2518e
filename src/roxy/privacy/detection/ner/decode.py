"""From scores to spans: the best sequence of labels (Viterbi), only where a label other than `O` has a chance."""

import math
from collections.abc import Mapping, Sequence
from itertools import product
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from roxy.privacy.detection.ner.tables import Floats

_NEVER = -1e4
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
        self._moves = np.array(moves)
        for before, after in product(range(len(labels)), repeat=2):
            if labels[after].startswith("I-") and labels[before][2:] != labels[after][2:]:
                self._moves[before, after] = _NEVER
        self._into = np.ascontiguousarray(self._moves.T)
        edge = np.zeros(len(labels), dtype=np.float32)
        inner = np.array([_NEVER if label.startswith("I-") else 0.0 for label in labels], dtype=np.float32)
        self._enter, self._leave = np.stack([self._moves[0], inner]), np.stack([self._moves[:, 0], edge])

    def spans(self, scores: Floats, words: Sequence[str], starts: Sequence[int]) -> list[Span]:
        """The spans of the best labels. `scores` has a row per word; empty words (the frame) must lead with `O`."""
        scores += self._bias
        edge = np.array([not word for word in words], dtype=np.int64)
        chance = _worth(scores, edge)
        if not len(chance):
            return []
        cuts = np.flatnonzero(np.diff(chance) > 1)
        firsts = chance[np.concatenate(([0], cuts + 1))]
        lengths = chance[np.concatenate((cuts, [len(chance) - 1]))] - firsts + 1
        found: list[Span] = []
        best = self._best(scores, edge, firsts, lengths)
        for first, labels in zip(firsts.tolist(), best, strict=True):
            if any(labels):
                found += self._collect(labels, first, scores, words, starts)
        return found

    def _best(
        self, scores: Floats, edge: NDArray[np.int64], firsts: NDArray[np.int64], lengths: NDArray[np.int64]
    ) -> list[list[int]]:
        """The best labels of each run of words, all runs at once, the longest first.

        On both sides of a run stands an `O`, or where `edge` is 1 the edge of the sentence, which weighs nothing.
        """
        order = np.argsort(-lengths, kind="stable")
        firsts, lengths = firsts[order], lengths[order]
        longest = int(lengths[0])
        alive = np.searchsorted(-lengths, -np.arange(longest), side="left")
        paths = scores[firsts] + self._enter[edge[firsts - 1]]
        back: list[NDArray[np.int64]] = []
        for step in range(1, longest):
            runs = int(alive[step])
            ways = paths[:runs, None, :] + self._into
            before = ways.argmax(axis=2)
            back.append(before)
            paths[:runs] = ways.max(axis=2) + scores[firsts[:runs] + step]
        last = (paths + self._leave[edge[firsts + lengths]]).argmax(axis=1).tolist()
        steps = [before.tolist() for before in back]
        found: list[list[int]] = [[] for _ in last]
        for place, run in enumerate(order.tolist()):
            labels = [last[place]]
            for step in range(int(lengths[place]) - 2, -1, -1):
                labels.append(steps[step][place][labels[-1]])
            found[run] = labels[::-1]
        return found

    def _collect(
        self, best: list[int], first: int, scores: Floats, words: Sequence[str], starts: Sequence[int]
    ) -> list[Span]:
        found: list[Span] = []
        begun = ""
        for at, number in enumerate(best, first):
            label, word = self._labels[number], words[at]
            if not word or not number:
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


def _worth(scores: Floats, edge: NDArray[np.int64]) -> NDArray[np.int64]:
    """The words that may belong to a span, by their numbers."""
    hot = scores[:, 0] - scores[:, 1:].max(axis=1) < _HOT
    near = hot.copy()
    for step in range(1, _REACH + 1):
        near[step:] |= hot[:-step]
        near[:-step] |= hot[step:]
    near[edge == 1] = False
    return np.flatnonzero(near)


def _score(lead: float) -> float:
    """How sure the model is, from .5 to .6: what has a pattern or a check digit is surer."""
    return 0.5 + 0.1 / (1.0 + math.exp(-max(-20.0, min(20.0, lead / 2))))
