"""Finding people, places and addresses in text.

Order of events: the text is cut into windows and sentences; each word is looked up among the words seen before, new
ones are scored once; sentences in which no word could be a name are left; for the others the scores of words and of
their neighbours are added, and the best sequence of labels is taken. All that is NumPy over a whole window.
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from roxy.privacy.detection.ner.decode import Decoder, Span
from roxy.privacy.detection.ner.edges import apart, bare, whole_addresses
from roxy.privacy.detection.ner.evidence import Evidence, short_capitals
from roxy.privacy.detection.ner.features import BOS, EOS, LONGEST, PAD, Known
from roxy.privacy.detection.ner.features import hashed as hash_of
from roxy.privacy.detection.ner.model import MODEL, read
from roxy.privacy.detection.ner.sentence import manner
from roxy.privacy.detection.ner.tables import SIDES, Floats, Lists, Table
from roxy.privacy.detection.ner.tokens import Sentence, sentences
from roxy.privacy.detection.ner.words import Gate, Rows, Seen, Words
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
        if self._memory is None:
            self.load()
        for start, end in _windows(text):
            cut = sentences(text, start, end)
            with self._lock:
                found = self._memory.spans(cut) if self._memory else []
            if not found:
                continue
            spans = self._pieces(text, found)
            for span in whole_addresses(text, (span for span in spans if self._believed(text, span))):
                yield Spot(span.start, span.end, TYPES[span.label], span.score)

    def _pieces(self, text: str, found: Iterable[Span]) -> Iterator[Span]:
        """What was found, without the marks round it, and in pieces where it reaches over more than one name."""
        for span in found:
            if self._memory is None or span.label not in TYPES:
                continue
            for piece in apart(text, span) if "," in text[span.start : span.end] else (span,):
                names = self._memory.evidence.named_in(text, piece) if piece.label == "LOC" else (piece,)
                yield from (bare(text, one) for one in names)

    def are_words(self, value: str, kind: str) -> bool:
        """Whether the lists have all words of a value as common ones, and not as a name of that kind, too."""
        self.load()
        return self._memory is not None and self._memory.evidence.are_words(value.replace(",", " ").split(), kind)

    def is_no_place(self, value: str) -> bool:
        """Whether a value is of common words that are not all of places."""
        self.load()
        return self._memory is not None and self._memory.evidence.is_no_place(value.replace(",", " ").split())

    def is_called(self, word: str) -> bool:
        """Whether the lists have a word as a first name, a frequent surname or a place, and as nothing else."""
        self.load()
        return self._memory is not None and self._memory.evidence.is_called(word)

    def _believed(self, text: str, span: Span) -> bool:
        return self._memory is not None and self._memory.evidence.believes(text, span)


class _Warm(dict[str, bool]):
    """Whether a word could be a part of a span, by itself; worked out when it is first asked."""

    def __init__(self, tell: Callable[[str], bool]) -> None:
        super().__init__()
        self._tell = tell

    def __missing__(self, word: str) -> bool:
        warm = self[word] = self._tell(word)
        return warm


class _Met(NamedTuple):
    """A word that was met and has no row yet."""

    seen: Seen
    known: int
    ordinary: float


class _Memory:
    """The model, and the words it has met: how warm each one is, and the scores of those that stood beside a warm one.

    The weights of a word's own label are kept as that of `O` and by how much the others lead it.
    """

    def __init__(self, path: Path) -> None:
        header, arrays = read(path)
        labels, scale = header["labels"], header["scale"]
        self.evidence = Evidence(Lists(arrays))
        leads = arrays["own"].astype(np.int64)
        leads[:, 1:] -= leads[:, :1]
        self._own, self._near = Rows(arrays["own_hash"], leads), Rows(arrays["near_hash"], arrays["near"])
        self._words = Words(self._own, self._near)
        self._scale = np.float32(scale)
        self._table = Table(arrays, scale, len(labels), _ROOM)
        self._decoder = Decoder(labels, arrays["moves"], header["bias"])
        self._ordinary = np.array([header["ordinary"] * label.endswith("PER") for label in labels], dtype=np.float32)
        self._gate = Gate(self._ordinary.tolist(), scale, _COLD)
        self._begin()

    def _begin(self) -> None:
        """Forget all words but the frame."""
        self._row: dict[str, int] = {}
        self._met: dict[str, _Met] = {}
        self._warm = _Warm(self._is_warm)
        self._kinds = np.empty(_ROOM, dtype=np.int64)
        self._lexical = np.empty(_ROOM, dtype=np.int64)
        self._kinds[:_FRAME] = PAD, BOS, EOS
        self._lexical[:_FRAME] = 0

    def spans(self, cut: Sequence[Sentence]) -> list[Span]:
        """The labelled spans of these sentences."""
        if len(self._warm) > _REMEMBERED:
            self._begin()
        worth = [sentence for sentence in cut if any(map(self._warm.__getitem__, sentence.words))]
        if not worth:
            return []
        new = list({word: None for sentence in worth for word in sentence.words if word not in self._row})
        if new:
            self._add(new)
        rows, hows, words, starts = self._line_up(worth)
        return self._decoder.spans(self._score(np.array(rows), np.array(hows)), words, starts)

    def _is_warm(self, word: str) -> bool:
        [known] = self.evidence.known([word])
        met = self._met[word] = _Met(self._words.own(word, known), known, _ordinary(word, known))
        surely = self._gate.opens(met.seen.own, met.ordinary)
        if surely is not None:
            return surely
        own = self._for_themselves([met], self._own.apart([met.seen.own]))
        return bool(own[0, 1:].max() - own[0, 0] > _COLD)

    def _for_themselves(self, met: Sequence[_Met], sums: NDArray[np.int64]) -> Floats:
        """The scores of words for their own labels, of which `sums` are the weights."""
        sums[:, 1:] += sums[:, :1]
        own: Floats = sums.astype(np.float32) * self._scale
        ordinary = [one.ordinary for one in met]
        if any(ordinary):
            own += np.array(ordinary)[:, None] * self._ordinary
        return own

    def _add(self, new: Sequence[str]) -> None:
        """Score words that were not scored before, all of which were met or stand beside such."""
        self._warm.update((word, self._is_warm(word)) for word in new if word not in self._warm)
        met = [self._met.pop(word) for word in new]
        near = [self._words.near(word, one.known, one.seen) for word, one in zip(new, met, strict=True)]
        first = len(self._row) + _FRAME
        rows = slice(first, first + len(new))
        self._table.words[rows, 0] = self._for_themselves(met, self._own.apart([one.seen.own for one in met]))
        sides = self._near.apart(near).astype(np.float32).reshape(len(new), SIDES, -1)
        self._table.words[rows, 1:] = sides * self._scale
        self._kinds[rows] = [one.seen.kind for one in met]
        self._lexical[rows] = [self._table.lexical_row(hash_of(word[:LONGEST].lower())) for word in new]
        self._row.update(zip(new, range(rows.start, rows.stop), strict=True))

    def _line_up(self, worth: Sequence[Sentence]) -> tuple[list[int], list[int], list[str], list[int]]:
        """The rows of all words and the manner of each, sentences in their frames; words and places."""
        rows: list[int] = []
        hows: list[int] = []
        words: list[str] = []
        starts: list[int] = []
        for sentence in worth:
            rows += (PAD, BOS, *map(self._row.__getitem__, sentence.words), EOS, PAD)
            hows += [manner(sentence.words)] * (len(sentence.words) + 4)
            words += ("", "", *sentence.words, "", "")
            starts += (0, 0, *sentence.starts, 0, 0)
        return rows, hows, words, starts

    def _score(self, rows: NDArray[np.int64], hows: NDArray[np.int64]) -> Floats:
        return self._table.score(rows, self._kinds.take(rows), self._lexical.take(rows), hows)


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
