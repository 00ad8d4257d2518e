"""What was said, brought into the one form in which sentences are compared, and the way back to the own words.

The order: split at white space, at hyphens inside words and between a number and its unit; drop punctuation at the
edges of words; fold case; write contractions out ("what's" and "whats" become "what is"); then offer variants without
the words of politeness (`manners`). `Heard.quote` turns a part of the compared form back into the original text, with
its casing and punctuation.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from roxy.skills.sentences import manners

MAX_CHARS = 20_000
"""Longer utterances are text to be worked on, not commands; comparing them would only cost time."""

_EDGE = ".,?!;:…\"'“”„‘’‚«»¿¡—–`"  # noqa: RUF001  # these very quotation marks are what people type
_ENDING = ".,?!;:…"
_QUOTES = {'"': '"', "'": "'", "“": "”", "„": "“", "‘": "’", "«": "»", "`": "`"}  # noqa: RUF001  # as above
_HYPHEN = re.compile(r"(?<=[^\W\d_])[-‐‑](?=[^\W\d_])")  # noqa: RUF001  # the hyphens that keyboards and phones make
_MEASURE = re.compile(r"^([-+]?\d[\d.,:/]*)(?=[^\W\d_])")
_FRACTION = re.compile(r"^[-+]?[.,]\d")
_MINUS = re.compile(r"(?<=\d)\u2013(?=\s*\d)|(?<=\d\s)\u2013(?=\s*\d)")
_PRICE = re.compile(r"^[$£€¥](?=[\d.])")
"""A price is compared as its figure."""
_APOSTROPHES = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "`": "'"})  # noqa: RUF001  # typographic apostrophes

_S = ("what", "who", "where", "when", "how", "why", "that", "there", "here", "it", "he", "she")
_NOT = {
    "do": "do", "does": "does", "did": "did", "is": "is", "are": "are", "was": "was", "were": "were", "has": "has",
    "have": "have", "had": "had", "could": "could", "should": "should", "would": "would", "ca": "can", "wo": "will",
}  # fmt: skip
_CONTRACTIONS = {
    **{f"{word}'s": f"{word} is" for word in _S},
    **{f"{word}s": f"{word} is" for word in ("what", "who", "where", "when", "how", "that", "there")},
    **{f"{word}n't": f"{full} not" for word, full in _NOT.items()},
    **{f"{word}nt": f"{full} not" for word, full in _NOT.items()},
    **{f"{who}'re": f"{who} are" for who in ("you", "we", "they", "what", "who", "where")},
    **{f"{who}'ve": f"{who} have" for who in ("i", "you", "we", "they")},
    **{f"{who}'ll": f"{who} will" for who in ("i", "you", "we", "they", "it", "he", "she", "that")},
    **{f"{who}'d": f"{who} would" for who in ("i", "you", "we", "they", "he", "she")},
    "gonna": "going to", "wanna": "want to", "gimme": "give me", "lemme": "let me", "u": "you", "whatre": "what are",
    "whos": "who is", "whats": "what is", "hows": "how is", "wheres": "where is", "whens": "when is",
    "i'm": "i am", "im": "i am", "let's": "let us", "lets": "let us", "youre": "you are", "theyre": "they are",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Word:
    text: str
    start: int
    end: int
    whole: bool = True
    """False for the words of a contraction, which share one original word."""


@dataclass(frozen=True, slots=True)
class Heard:
    """An utterance in the form that is compared: lower-case words joined by single spaces."""

    original: str
    words: tuple[_Word, ...]
    text: str

    def quote(self, start: int, end: int) -> str:
        """The speaker's own words for `text[start:end]`, without the punctuation and quotes around them."""
        placed = self._between(start, end)
        if not placed:
            return ""
        (first, begins), (last, ends) = placed[0], placed[-1]
        if begins < start or ends > end:
            whole = all(word.whole for word, _ in placed)
            return self._part(first, last, self.text[start:end]) if whole else self.text[start:end]
        if not (first.whole and last.whole) and _split_contraction(self.words, first, last):
            return self.text[start:end]
        return self._spoken(tidy(self.original[first.start : last.end]), self.text[start:end])

    @staticmethod
    def _spoken(said: str, compared: str) -> str:
        """Nothing is between words that were put into another order; and who says "uh" as a word means it."""
        if not said:
            return compared
        return said if manners.hesitates(compared.split()) else manners.fluent(said)

    def whole(self) -> str:
        """All that is compared, as it was typed, with its punctuation."""
        said = self.original[self.words[0].start : self.words[-1].end]
        return manners.fluent(said) or self.text

    def _between(self, start: int, end: int) -> list[tuple[_Word, int]]:
        """The words that `text[start:end]` touches: the first with where it begins, the others with where they end."""
        placed: list[tuple[_Word, int]] = []
        at = 0
        for word in self.words:
            stop = at + len(word.text)
            if stop > start and at < end:
                placed = placed or [(word, at)]
                placed.append((word, stop))
            at = stop + 1
        return placed

    def _part(self, first: _Word, last: _Word, fallback: str) -> str:
        """A quote that ends inside a word ("Bob" of "Bob's"): by length, when the spelling agrees."""
        text = tidy(self.original[first.start : last.end])
        for length in range(len(text), 0, -1):
            if _squeezed(text[:length]) == _squeezed(fallback):
                return text[:length].rstrip("'’")  # noqa: RUF001  # as above
        return fallback


def _split_contraction(words: Sequence[_Word], first: _Word, last: _Word) -> bool:
    """Whether a quote from `first` to `last` would take along a word of a contraction that lies outside of it."""
    before = [word for word in words if word is not first and word.start == first.start and not first.whole]
    after = [word for word in words if word is not last and word.end == last.end and not last.whole]
    inside = words[words.index(first) : len(words) - words[::-1].index(last)]
    return any(word not in inside for word in (*before, *after))


def _squeezed(text: str) -> str:
    return "".join(word.text for word in _words(text, expand=False)).replace(" ", "")


def tidy(text: str) -> str:
    """`text` without the ending of its sentence and without quotes that enclose all of it."""
    text = text.strip().rstrip(_ENDING).rstrip()
    if len(text) > 1 and _QUOTES.get(text[0]) == text[-1] and text[0] not in text[1:-1]:
        text = text[1:-1].strip()
    return text


def normal(text: str) -> str:
    """`text` as words to compare: what templates, choices and index keys are brought into."""
    return " ".join(word.text for word in _words(text, expand=True))


def plain(text: str) -> str:
    """As `normal`, but contractions only lose their apostrophe."""
    return " ".join(word.text for word in _words(text, expand=False))


def hear(text: str) -> list[Heard]:
    """The variants of an utterance, the one to prefer first; empty for an empty or an overlong one.

    Without politeness first, then as it was said, each with contractions written out and merely without apostrophes.
    """
    if len(text) > MAX_CHARS:
        return []
    variants: dict[str, Heard] = {}
    for expand in (True, False):
        words = _words(text, expand=expand)
        bare = manners.bare(words)
        request = manners.asked(bare)
        for chosen in (request, manners.direct(request), manners.direct(bare), bare, words, manners.joined(request)):
            line = " ".join(word.text for word in chosen)
            if line and line not in variants:
                variants[line] = Heard(text, tuple(chosen), line)
    return list(variants.values())


def _words(text: str, *, expand: bool) -> list[_Word]:
    # A dash between figures is a minus; elsewhere it only parts the sentence. The length stays the same.
    text = _MINUS.sub("-", text)
    return [word for found in re.finditer(r"\S+", text) for word in _token(found.group(), found.start(), expand=expand)]


def _token(raw: str, at: int, *, expand: bool) -> Iterator[_Word]:
    """The words of what stands between two spaces."""
    for start, end in _pieces(raw):
        piece = _seen(unicodedata.normalize("NFKC", raw[start:end])).casefold().translate(_APOSTROPHES)
        piece = _PRICE.sub("", piece)
        piece = piece.rstrip(_EDGE) if _FRACTION.match(piece) else piece.strip(_EDGE)
        written_out = _CONTRACTIONS.get(piece, "") if expand else ""
        for part in written_out.split():
            yield _Word(part, at + start, at + end, whole=False)
        if piece and not written_out:
            yield _Word("".join(piece.replace("'", "").split()) or piece, at + start, at + end)


def _seen(text: str) -> str:
    """Without the marks that only turn the writing direction or join signs, which nobody sees."""
    return text if text.isascii() else "".join(sign for sign in text if unicodedata.category(sign) != "Cf")


def _pieces(raw: str) -> Iterator[tuple[int, int]]:
    """Where the parts of `raw` begin and end: at hyphens inside a word, or between a number and its unit."""
    begin = 0
    for hyphen in _HYPHEN.finditer(raw):
        yield begin, hyphen.start()
        begin = hyphen.end()
    measure = None if begin else _MEASURE.match(raw)
    if measure is not None:
        yield 0, measure.end()
        begin = measure.end()
    yield begin, len(raw)
