"""What the model knows of a word that it meets for the first time, added up fast.

A word has some thirty features, most of them pieces of its letters. The weights of one feature for all labels are one
long Python integer, one lane of bits for each label, so that a sum over features is a sum of integers; what a piece of
letters weighs is remembered, since words are made of the same pieces. Each lane holds the exact sum: weights are whole
numbers, and no word has so many features that a lane could run over.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from roxy.privacy.detection.ner.features import (
    ENDINGS,
    LAST,
    LONGEST,
    LONGEST_COUNTED,
    bits_of,
    kind_number,
    kind_of,
    look_of,
    lowered,
    shape,
)

LANE = 32
_HALF = 1 << (LANE - 1)
_BYTES = LANE // 8
_SLACK = 3
"""By so much a sum of rounded numbers is surely nearer to the sum of the whole ones."""
_REMEMBERED = 20_000
"""Pieces of words of one sort whose weights are remembered."""


class Seen(NamedTuple):
    """A word as the model sees it."""

    own: int
    """What speaks for the labels of the word itself, in lanes."""
    low: str
    look: str
    kind: int
    """Its class, below `KINDS`."""


def lanes(numbers: Sequence[int]) -> int:
    """Numbers as one integer, the first in the lowest lane. Such integers may be added and subtracted."""
    return sum(number << (LANE * at) for at, number in enumerate(numbers))


class Rows:
    """Weights by the hash of a feature, in lanes."""

    def __init__(self, hashes: NDArray[Any], weights: NDArray[Any]) -> None:
        self._row = dict(zip(hashes.tolist(), range(len(hashes)), strict=True))
        self.width = weights.shape[1]
        self._lift = lanes([_HALF] * self.width)
        self._size = self.width * _BYTES
        self._raw = (weights + np.int64(_HALF)).astype("<u4").tobytes()

    def of(self, feature: str) -> int:
        """The weights of a feature; what is not known counts nothing."""
        row = self._row.get(crc32(feature.encode("utf-8", "surrogatepass")))  # `features.hashed`, without a call
        if row is None:
            return 0
        return int.from_bytes(self._raw[row * self._size : (row + 1) * self._size], "little") - self._lift

    def apart(self, sums: Sequence[int]) -> NDArray[np.int64]:
        """Sums of weights, a row for each and a column for each lane."""
        raw = b"".join([(one + self._lift).to_bytes(self._size, "little") for one in sums])
        return np.frombuffer(raw, "<u4").reshape(-1, self.width).astype(np.int64) - _HALF


class _Remembered(dict[Any, int]):
    """What features weigh, by what they are made of."""

    def __init__(self, weigh: Callable[[Any], int]) -> None:
        super().__init__()
        self._weigh = weigh

    def __missing__(self, part: Any) -> int:
        weight = self[part] = self._weigh(part)
        return weight


class _Pieces(dict[str, int]):
    """What a piece of a word weighs, by its letters; `before` and `after` them the feature has something more."""

    def __init__(self, rows: Rows, before: str, after: str = "") -> None:
        super().__init__()
        self._of, self._before, self._after = rows.of, before, after

    def __missing__(self, piece: str) -> int:
        if len(self) >= _REMEMBERED:
            self.clear()
        weight = self[piece] = self._of(f"{self._before}{piece}{self._after}")
        return weight


class Words:
    """Adds up what `features.describe` tells of a word: for its own label, and for those of its neighbours."""

    def __init__(self, own: Rows, near: Rows) -> None:
        self._own, self._near = own, near
        self._classes = _Remembered(self._of_class)
        self._near_classes = _Remembered(self._near_of_class)
        self._shapes = _Pieces(own, "s=")
        self._lengths = _Remembered(lambda size: own.of(f"n={size}"))
        self._threes = _Pieces(own, "3=")
        self._beginnings = [(size, _Pieces(own, f"{size}<")) for size in ENDINGS]
        self._endings = _Endings(own)

    def own(self, word: str, known: int) -> Seen:
        """What speaks for a word's own label, with what the lists know of it."""
        word = word[:LONGEST]
        low, look = lowered(word), look_of(word)
        kind = kind_number(kind_of(word, look, known))
        total = self._own.of(f"w={low}") + self._classes[look, kind, known]
        total += self._shapes[shape(word)] + self._lengths[min(len(word), LONGEST_COUNTED)]
        if word not in (low, "\n"):
            total += self._own.of(f"W={word}")
        if word[0].isalpha():
            total += self._letters(low, look)
        return Seen(total, low, look, kind)

    def near(self, word: str, known: int, seen: Seen) -> int:
        """What speaks for the labels of a word's neighbours: those of each side after the other."""
        near = self._near
        total = near.of(f"w={seen.low}") + self._near_classes[seen.kind, known]
        if word[0].isalpha():
            total += near.of(f">{seen.low[-LAST:]}/{seen.look}") + near.of(f"l={seen.look}")
        elif word[0].isdigit():
            total += near.of(f"s={shape(word[:LONGEST])}")
        return total

    def _letters(self, low: str, look: str) -> int:
        edge = f"^{low}$"
        total = sum(map(self._threes.__getitem__, [edge[at : at + 3] for at in range(len(low))]))
        for (size, begins), ends in zip(self._beginnings, self._endings[look], strict=True):
            if size >= len(low):
                break
            total += begins[low[:size]] + ends[low[-size:]]
        return total

    def _of_class(self, one: tuple[str, int, int]) -> int:
        look, kind, known = one
        bits = bits_of(known)
        told = (f"l={look}", f"k={kind}", f"g={known}", *(f"b={bit}" for bit in bits))
        return sum(map(self._own.of, (*told, *(f"b={bit}/{look}" for bit in bits))))

    def _near_of_class(self, one: tuple[int, int]) -> int:
        kind, known = one
        return sum(map(self._near.of, (f"k={kind}", f"g={known}", *(f"b={bit}" for bit in bits_of(known)))))


class _Endings(dict[str, list[_Pieces]]):
    """What the ends of words weigh, by how a word is written and then by how long the end is."""

    def __init__(self, rows: Rows) -> None:
        super().__init__()
        self._rows = rows

    def __missing__(self, look: str) -> list[_Pieces]:
        pieces = self[look] = [_Pieces(self._rows, f"{size}>", f"/{look}") for size in ENDINGS]
        return pieces


class Gate:
    """Tells by whole numbers whether some label comes near enough to `O`, but where rounding could decide.

    `ordinary` is what an ordinary word loses for each label, in the units of the scores; whole numbers are `scale` of
    one. `cold` is by how much a label may be behind.
    """

    def __init__(self, ordinary: Sequence[float], scale: float, cold: float) -> None:
        self._ordinary, self._scale, self._cold = ordinary, scale, cold
        self._above = _Remembered(self._floor)
        labels = len(ordinary)
        self._any = lanes([0, *([_HALF] * (labels - 1))])
        self._slack = lanes([0, *([2 * _SLACK] * (labels - 1))])

    def opens(self, own: int, ordinary: float) -> bool | None:
        """Whether a label leads by more than `cold`; None when it takes the exact sum to tell."""
        lead = own + self._above[ordinary]
        if not lead & self._any:
            return False
        return True if (lead - self._slack) & self._any else None

    def _floor(self, ordinary: float) -> int:
        """What lifts a lane over its highest bit as soon as its label nearly leads enough."""
        floors = (math.floor((self._cold - ordinary * loss) / self._scale) - _SLACK for loss in self._ordinary[1:])
        return lanes([_HALF, *(_HALF - floor for floor in floors)])
