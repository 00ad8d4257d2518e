"""The best sequence of labels is the one that weighs most, however it is searched for."""

from itertools import pairwise, product

import numpy as np
import pytest

from roxy.privacy.detection.ner.viterbi import NEVER, Run, Viterbi

LABELS = 5
"""`O`, and two spans that begin and go on."""
FORBIDDEN = [(0, 2), (0, 4), (1, 4), (2, 4), (3, 2), (4, 2)]


def weights(seed, *, leading):
    """Moves, as a model has them: from `O` to `O` or a beginning weighs more than from elsewhere by `leading`."""
    chance = np.random.default_rng(seed)
    moves = chance.normal(0, 1, (LABELS, LABELS)).astype(np.float32)
    moves[0] += leading
    for move in FORBIDDEN:
        moves[move] = NEVER
    return moves, chance.normal(0, 3, (400, LABELS)).astype(np.float32)


def heaviest(moves, scores, run):
    """The best labels, by trying all."""

    def weight(labels):
        enter = (NEVER if labels[0] in (2, 4) else 0) if run.begins else moves[0, labels[0]]
        leave = 0 if run.ends else moves[labels[-1], 0]
        steps = sum(moves[pair] for pair in pairwise(labels))
        return enter + leave + steps + sum(scores[run.first + at, label] for at, label in enumerate(labels))

    return list(max(product(range(LABELS), repeat=run.end - run.first), key=weight))


@pytest.mark.parametrize("leading", [0.0, 4.0])
def test_no_other_labels_weigh_more_and_no_span_goes_on_that_did_not_begin(leading):
    for seed in range(12):
        moves, scores = weights(seed, leading=leading)
        run = Run(seed, seed + 1 + seed % 5, begins=bool(seed % 2), ends=bool(seed % 3))
        assert Viterbi(moves).best(scores, [run]) == [heaviest(moves, scores, run)]


@pytest.mark.parametrize("leading", [0.0, 4.0])
def test_many_runs_at_once_have_the_labels_that_each_has_alone(leading):
    moves, scores = weights(5, leading=leading)
    sizes = [1, 9, 2, 30, 30, 5, 1, 17] * 4
    ends = np.cumsum(sizes).tolist()
    runs = [Run(end - size, end, bool(end % 2), bool(end % 3)) for end, size in zip(ends, sizes, strict=True)]
    viterbi = Viterbi(moves)
    together = viterbi.best(scores, runs)
    assert together == [viterbi.best(scores, [run])[0] for run in runs]
    assert {label for labels in together for label in labels} == set(range(LABELS))


def test_of_no_run_there_is_nothing_to_tell():
    moves, scores = weights(1, leading=1.0)
    assert Viterbi(moves).best(scores, []) == []
