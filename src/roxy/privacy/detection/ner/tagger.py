"""Finding people, places and addresses in text.

Order of events: the text is cut into windows and sentences; each word is looked up among the words seen before, new
ones are scored once; sentences in which no word could be a name are left; for the others the scores of words and of
their neighbours are added, and the best sequence of labels is taken. All that is NumPy over a whole window.
"""

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from roxy.privacy.detection.ner.decode import Decoder, Span
from roxy.privacy.detection.ner.edges import bare, whole_addresses
from roxy.privacy.detection.ner.evidence import Evidence, short_capitals
from roxy.privacy.detection.ner.features import BOS, EOS, PAD, Known, form
from roxy.privacy.detection.ner.model import MODEL, read
from roxy.privacy.detection.ner.sentence import manner
from roxy.privacy.detection.ner.tables import SIDES, Floats, Lists, Rows, Table
from roxy.privacy.detection.ner.tokens import Sentence, sentences
from roxy.privacy.detection.spots import Spot

TYPES = {"PER": "PERSON", "LOC": "LOCATION", "ADR": "ADDRESS"}
_WINDOW = 8_000
_REMEMBERED = 20_000
"""How many words are kept with their scores (about 6 MB)."""
_COLD = -4.0
"""A sentence is left when no word's own scores come this near to a label other than `O`."""
_TOP = int(Known.TOP_GIVEN | Known.TOP_SURNAME)
_OFTEN = _TOP | int(Known.PROPER)
_RARELY, _SELDOM = 0.6, 0.4
"""How ordinary a word is that is a rare name too, and one that is a frequent surname."""
_NAME = int(Known.GIVEN | Known.SURNAME)
_FRAME = 3
_ROOM = _REMEMBERED + _WINDOW + _FRAME
_CERTAIN = 100.0


class NamesModel:
    """The project's own model, one `Tagger` of the detector's. Safe to use from several threads."""

    def __init__(self, path: Path = MODEL) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._memory: _Memory | None = None

    @property
    def loaded(self) -> bool:
        """Whether the model is there."""
        return self._memory is not None

    def load(self) -> None:
        """Read the model. Raises `UnusableModel`: without it no text may be taken for looked at."""
        with self._lock:
            if self._memory is None:
                self._memory = _Memory(self._path)

    def find(self, text: str) -> Iterator[Spot]:
        """The people, places and addresses of `text`, in order and disjoint; loads the model on first need.

        Raises `UnusableModel` when there is none.
        """
        self.load()
        for start, end in _windows(text):
            with self._lock:
                found = self._memory.spans(sentences(text, start, end)) if self._memory else []
            spans = [bare(text, span) for span in found if span.label in TYPES]
            for span in whole_addresses(text, (span for span in spans if self._believed(text, span))):
                yield Spot(span.start, span.end, TYPES[span.label], span.score)

    def are_words(self, value: str, kind: str) -> bool:
        """Whether the lists have all words of a value as common ones, and not as a name of that kind, too."""
        self.load()
        return self._memory is not None and self._memory.evidence.are_words(value.replace(",", " ").split(), kind)

    def is_called(self, word: str) -> bool:
        """Whether the lists have a word as a first name, a frequent surname or a place, and as nothing else."""
        self.load()
        return self._memory is not None and self._memory.evidence.is_called(word)

    def _believed(self, text: str, span: Span) -> bool:
        return self._memory is not None and self._memory.evidence.believes(text, span)


class _Look(NamedTuple):
    """A word as the model knows it; those that look the same, as most numbers of one length do, are one to it."""

    own: tuple[int, ...]
    near: tuple[int, ...]
    """The rows of its features' weights, for itself and for its neighbours."""
    kind: int
    lexical: int
    """Where the patterns are in which the word itself stands."""
    ordinary: float
    """How much speaks against a person."""


class _Memory:
    """The model, and the words it has met."""

    def __init__(self, path: Path) -> None:
        header, arrays = read(path)
        labels, scale = header["labels"], header["scale"]
        self.evidence = Evidence(Lists(arrays))
        self._own = Rows(arrays["own_hash"], arrays["own"], scale)
        self._near = Rows(arrays["near_hash"], arrays["near"].reshape(-1, SIDES, len(labels)), scale)
        self._table = Table(arrays, scale, len(labels), _ROOM)
        self._decoder = Decoder(labels, arrays["moves"], header["bias"])
        self._ordinary = np.array([header["ordinary"] * label.endswith("PER") for label in labels], dtype=np.float32)
        self._framed = np.zeros(len(labels), dtype=np.float32)
        self._framed[0] = _CERTAIN
        self._begin()

    def _begin(self) -> None:
        """Forget all words but the frame."""
        self._row: dict[str, int] = {}
        self._alike: dict[_Look, int] = {}
        self._warm = [False] * _FRAME
        self._kinds = np.empty(_ROOM, dtype=np.int64)
        self._lexical = np.empty(_ROOM, dtype=np.int64)
        self._kinds[:_FRAME] = PAD, BOS, EOS
        self._lexical[:_FRAME] = 0

    def spans(self, cut: Sequence[Sentence]) -> list[Span]:
        """The labelled spans of these sentences."""
        self._learn(cut)
        rows, hows, words, starts = self._line_up(cut)
        if not rows:
            return []
        return self._decoder.spans(self._score(np.array(rows), np.array(hows)), words, starts)

    def _learn(self, cut: Sequence[Sentence]) -> None:
        """Score the words that were not met before."""
        if len(self._row) > _REMEMBERED:
            self._begin()
        new = list({word: None for sentence in cut for word in sentence.words if word not in self._row})
        if new:
            self._meet(new)

    def _meet(self, new: Sequence[str]) -> None:
        looks = [self._look(word) for word in new]
        others = list(dict.fromkeys(look for look in looks if look not in self._alike))
        if others:
            self._add(others)
        self._row.update(zip(new, map(self._alike.__getitem__, looks), strict=True))

    def _look(self, word: str) -> _Look:
        [known] = self.evidence.known([word])
        seen = form(word, known)
        lexical = self._table.lexical_row(seen.key)
        return _Look(self._own.known(seen.own), self._near.known(seen.near), seen.kind, lexical, _ordinary(word, known))

    def _add(self, looks: Sequence[_Look]) -> None:
        """Score words that look like none before."""
        own = self._own.sums([look.own for look in looks])
        own += np.outer([look.ordinary for look in looks], self._ordinary)
        rows = slice(len(self._warm), len(self._warm) + len(looks))
        self._alike.update(zip(looks, range(rows.start, rows.stop), strict=True))
        self._warm += (own[:, 1:].max(axis=1) - own[:, 0] > _COLD).tolist()
        self._table.words[rows, 0] = own
        self._table.words[rows, 1:] = self._near.sums([look.near for look in looks])
        self._kinds[rows] = [look.kind for look in looks]
        self._lexical[rows] = [look.lexical for look in looks]

    def _line_up(self, cut: Sequence[Sentence]) -> tuple[list[int], list[int], list[str], list[int]]:
        """The rows of all words worth a look and the manner of each, sentences in their frames; words and places."""
        rows: list[int] = []
        hows: list[int] = []
        words: list[str] = []
        starts: list[int] = []
        for sentence in cut:
            here = [self._row[word] for word in sentence.words]
            if any(map(self._warm.__getitem__, here)):
                rows += [PAD, BOS, *here, EOS, PAD]
                hows += [manner(sentence.words)] * (len(here) + 4)
                words += ["", "", *sentence.words, "", ""]
                starts += [0, 0, *sentence.starts, 0, 0]
        return rows, hows, words, starts

    def _score(self, rows: NDArray[np.int64], hows: NDArray[np.int64]) -> Floats:
        scores = self._table.score(rows, self._kinds.take(rows), self._lexical.take(rows), hows)
        scores[rows < _FRAME] = self._framed
        return scores


def _ordinary(word: str, known: int) -> float:
    """How much speaks against a person: short capitals that few are named by, or a word that is only common.

    A word that is a frequent surname and is written small nearly always ("price", "store") stands between.
    """
    if short_capitals(word) and not known & _TOP:
        return _RARELY if known & _NAME and not known & Known.COMMON else 1.0
    if known & _OFTEN:
        return _SELDOM if known & Known.FREQUENT and not known & Known.TOP_GIVEN else 0.0
    if known & Known.COMMON:
        return _RARELY if known & _NAME else 1.0
    return 0.0


def _windows(text: str) -> Iterator[tuple[int, int]]:
    """Pieces of a long text, cut at the end of a line or a word where there is one."""
    start = 0
    while len(text) - start > _WINDOW:
        end = start + _WINDOW
        for mark in ("\n\n", "\n", ". ", " "):
            at = text.rfind(mark, start + _WINDOW // 2, end)
            if at > 0:
                end = at + len(mark)
                break
        yield start, end
        start = end
    yield start, len(text)
