"""Turn what crfsuite trained into the file that Roxy reads (`ner/model.py`)."""

import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pycrfsuite
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "src"))
from roxy.privacy.detection.ner.features import KINDS, hashed
from roxy.privacy.detection.ner.model import write
from roxy.privacy.detection.ner.sentence import LEXICAL, MANNERS, PAIRS, TRIPLES

LABELS = ("O", *(f"{edge}-{kind}" for kind in ("PER", "LOC", "ADR", "ORG") for edge in "BI"))
SCALE = 0.01
"""Weights are kept as whole numbers of this."""
LEAST = 3
"""A feature whose weights are all smaller is left out."""
SIDE = {"-1": 0, "1": 1, "-2": 2, "2": 3}


def pack(crfs: Sequence[Path], table: dict[str, int], out: Path, bias: dict[str, float], ordinary: float) -> None:
    """Lay out the mean of the weights of `crfs`, and write them with the lists."""
    number = {label: at for at, label in enumerate(LABELS)}
    moves = np.zeros((len(LABELS), len(LABELS)), dtype=np.float32)
    transitions, features = _mean(crfs)
    for (before, after), weight in transitions.items():
        moves[number[before], number[after]] = weight
    own: dict[int, NDArray[np.float32]] = defaultdict(_row)
    near: dict[int, NDArray[np.float32]] = defaultdict(lambda: np.zeros((4, len(LABELS)), dtype=np.float32))
    rest: dict[str, NDArray[np.float32]] = defaultdict(_row)
    for (name, label), weight in features.items():
        side, _, feature = name.partition(":")
        if side == "0":
            own[hashed(feature)][number[label]] += weight
        elif side in SIDE and feature:
            near[hashed(feature)][SIDE[side], number[label]] += weight
        else:
            rest[name][number[label]] += weight
    known = sorted((hashed(word), flags) for word, flags in table.items())
    arrays = {
        "moves": moves,
        "list_hash": np.array([key for key, _ in known], dtype=np.uint32),
        "list_flags": np.array([flags for _, flags in known], dtype=np.uint16),
        **_hashed("own", own),
        **_hashed("near", near),
        **_together(rest),
    }
    write(out, {"labels": LABELS, "scale": SCALE, "bias": bias, "ordinary": ordinary}, arrays)


def _mean(crfs: Sequence[Path]) -> tuple[dict[tuple[str, str], float], dict[tuple[str, str], float]]:
    """The mean weights of transitions and of features; what one CRF does not have counts nothing there."""
    transitions: dict[tuple[str, str], float] = defaultdict(float)
    features: dict[tuple[str, str], float] = defaultdict(float)
    for crf in crfs:
        tagger = pycrfsuite.Tagger()
        tagger.open(str(crf))
        info = tagger.info()
        for means, weights in ((transitions, info.transitions), (features, info.state_features)):
            for name, weight in sorted(weights.items()):
                means[name] += weight / len(crfs)
    return transitions, features


def _row() -> NDArray[np.float32]:
    return np.zeros(len(LABELS), dtype=np.float32)


def _bytes(rows: Iterable[NDArray[np.float32]], *shape: int) -> NDArray[np.int16]:
    table = np.array(list(rows), dtype=np.float32).reshape(-1, *shape)
    return np.clip(np.rint(table / SCALE), -32767, 32767).astype(np.int16)


def _hashed(name: str, rows: dict[int, NDArray[np.float32]]) -> dict[str, NDArray]:
    keys = np.array(sorted(rows), dtype=np.uint32)
    table = _bytes((rows[int(key)].ravel() for key in keys), next(iter(rows.values())).size)
    kept = np.abs(table).max(axis=1) >= LEAST
    return {f"{name}_hash": keys[kept], name: table[kept]}


def _together(rest: dict[str, NDArray[np.float32]]) -> dict[str, NDArray]:
    pairs: dict[int, NDArray[np.float32]] = {}
    triples: dict[int, NDArray[np.float32]] = {}
    lexical: dict[tuple[int, int, int], NDArray[np.float32]] = {}
    manner = np.zeros((MANNERS * KINDS, len(LABELS)), dtype=np.float32)
    for name, row in rest.items():
        sort, *numbers = name.split("|")
        values = [int(number) for number in numbers]
        if sort[0] == "P":
            pairs[(int(sort[1]) * KINDS + values[0]) * KINDS + values[1]] = row
        elif sort[0] == "T":
            triples[((int(sort[1]) * KINDS + values[0]) * KINDS + values[1]) * KINDS + values[2]] = row
        elif sort[0] == "L":
            lexical[values[0], int(sort[1]), values[1]] = row
        else:
            manner[values[0] * KINDS + values[1]] = row
    assert max(pairs) < len(PAIRS) * KINDS**2
    assert max(triples) < len(TRIPLES) * KINDS**3
    words = sorted({word for word, _, _ in lexical})
    at = {word: row + 1 for row, word in enumerate(words)}
    flat = {(at[word] * len(LEXICAL) + side) * KINDS + kind: row for (word, side, kind), row in lexical.items()}
    return {
        "manner": _bytes(manner, len(LABELS)),
        "pair_key": np.array(sorted(pairs), dtype=np.int64),
        "pair": _bytes((pairs[key] for key in sorted(pairs)), len(LABELS)),
        "triple_key": np.array(sorted(triples), dtype=np.int64),
        "triple": _bytes((triples[key] for key in sorted(triples)), len(LABELS)),
        "lexical_word": np.array(words, dtype=np.uint32),
        "lexical_key": np.array(sorted(flat), dtype=np.int64),
        "lexical": _bytes((flat[key] for key in sorted(flat)), len(LABELS)),
    }
