"""The best sequence of labels through runs of words (Viterbi), under the weights of moves from label to label.

On both sides of a run stands an `O` (label 0), or the edge of the sentence, which weighs nothing. Few words are gone
through one by one, in plain Python, since each call of NumPy costs as much as several words; many runs step by step,
all at once. Both ways tell the same.
"""

from collections.abc import Sequence
from operator import add
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from roxy.privacy.detection.ner.tables import Floats

NEVER = -1e4
"""The weight of a move that may not be."""
_SURELY = 1e-6
"""More than rounding could make up for."""
_FEW = 120
"""Up to so many words plain Python is faster."""


class Run(NamedTuple):
    """Words that stand together: rows of the scores."""

    first: int
    end: int
    begins: bool
    """Whether the sentence begins with it."""
    ends: bool


class Viterbi:
    """Knows what it weighs when a label follows another: `moves[before, after]`."""

    def __init__(self, moves: Floats) -> None:
        count = len(moves)
        free = moves[0] > NEVER  # what may follow an `O`; the others are the insides of spans
        self._into = np.ascontiguousarray(moves.T)
        outside = np.zeros(count, dtype=np.float32)
        self._enter = np.stack([moves[0], np.where(free, outside, np.float32(NEVER))])
        self._leave = np.stack([moves[:, 0], outside])
        self._moves: list[list[float]] = moves.tolist()
        self._enter_few, self._leave_few = self._enter.tolist(), self._leave.tolist()
        self._free = [(after, self._into[after].tolist()) for after in np.flatnonzero(free).tolist()]
        self._inside: list[tuple[int, int, int, float, float]] = []
        for after in np.flatnonzero(~free).tolist():
            one, other = np.flatnonzero(moves[:, after] > NEVER).tolist()  # the beginning and the inside of the span
            self._inside.append((after, one, other, float(moves[one, after]), float(moves[other, after])))
        self._lead = float(np.max(moves[1:, free].max(axis=0) - moves[0, free]))
        """When the path to `O` leads all others by this, it is the best one to whatever may follow it."""
        self._gap = _SURELY + float((moves[:, free].max(axis=0) - moves[:, free]).max())
        """When the path to some label leads all others by this, so is that."""

    def best(self, scores: Floats, runs: Sequence[Run]) -> list[list[int]]:
        """The best labels of each run of words."""
        if sum(run.end - run.first for run in runs) <= _FEW:
            return [self._best_of(scores[run.first : run.end].tolist(), run) for run in runs]
        return self._all_at_once(scores, runs)

    def _best_of(self, scores: Sequence[list[float]], run: Run) -> list[int]:
        paths = list(map(add, scores[0], self._enter_few[run.begins]))
        inside, lead, count = self._inside, self._lead, len(paths)
        back: list[list[int]] = []
        for here in scores[1:]:
            source = 0 if paths[0] - max(paths[1:]) >= lead else self._leading(paths)
            if source is None:
                reached, before = self._step(paths, here)
            else:
                base = paths[source]
                reached = [base + move + score for move, score in zip(self._moves[source], here, strict=True)]
                before = [source] * count
            for after, one, other, move, other_move in inside:
                way, other_way = paths[one] + move, paths[other] + other_move
                if way >= other_way:
                    reached[after], before[after] = way + here[after], one
                else:
                    reached[after], before[after] = other_way + here[after], other
            back.append(before)
            paths = reached
        paths = list(map(add, paths, self._leave_few[run.ends]))
        labels = [paths.index(max(paths))]
        for before in reversed(back):
            labels.append(before[labels[-1]])
        return labels[::-1]

    def _step(self, paths: list[float], here: list[float]) -> tuple[list[float], list[int]]:
        """The best weight with which each label is reached that may follow any other, and from which label."""
        reached, before = [0.0] * len(here), [0] * len(here)
        for after, into in self._free:
            through = list(map(add, paths, into))
            way = max(through)
            reached[after], before[after] = way + here[after], through.index(way)
        return reached, before

    def _leading(self, paths: list[float]) -> int | None:
        """The label from which all that may follow any other are reached best, where it leads by enough."""
        ordered = sorted(paths)
        return paths.index(ordered[-1]) if ordered[-1] - ordered[-2] > self._gap else None

    def _all_at_once(self, scores: Floats, runs: Sequence[Run]) -> list[list[int]]:
        """The best labels of each run, the longest first, so that those still going on stand together."""
        order = sorted(range(len(runs)), key=lambda run: runs[run].first - runs[run].end)
        firsts = np.array([runs[run].first for run in order])
        lengths = np.array([runs[run].end for run in order]) - firsts
        longest = int(lengths[0])
        alive = np.searchsorted(-lengths, -np.arange(longest), side="left").tolist()
        paths = scores[firsts] + self._enter[[int(runs[run].begins) for run in order]]
        back: list[NDArray[np.int64]] = []
        for step in range(1, longest):
            going = alive[step]
            ways = paths[:going, None, :] + self._into
            back.append(ways.argmax(axis=2))
            paths[:going] = ways.max(axis=2) + scores[firsts[:going] + step]
        last = (paths + self._leave[[int(runs[run].ends) for run in order]]).argmax(axis=1).tolist()
        steps = [before.tolist() for before in back]
        found: list[list[int]] = [[] for _ in runs]
        for place, run in enumerate(order):
            labels = [last[place]]
            for step in range(int(lengths[place]) - 2, -1, -1):
                labels.append(steps[step][place][labels[-1]])
            found[run] = labels[::-1]
        return found
