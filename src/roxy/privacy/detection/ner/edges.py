"""The edges of what was found: marks round a name are no part of it, the town after a street is part of the address."""

import re
from collections.abc import Iterable, Iterator

from roxy.privacy.detection.ner.decode import Span
from roxy.privacy.detection.tables.everyday import TITLES, WORDS

_ROUND = " -\"'\u201c\u201d\u2018\u2019()[]<>{},;:!?*|/\n\\"
_WORDS = re.compile(r"[^\W\d_]{2,}")
_FIELD = re.compile(r"[\"']\s{0,3}:\s{0,3}(?:[\"']|\Z)")
_WRITTEN_BREAK = re.compile(r"(?:\\[nrt])+")
"""Ends of lines as JSON and programs write them."""
_EMPTY_LINE = re.compile(r"\n\n|\\n\\n|\\r\\n\\r\\n")
INDOORS = frozenset(
    ("floor", "room", "suite", "unit", "block", "flat", "apt", "apartment", "building", "box", "level", "no", "number")
)
"""What stands before a number within a house."""
_FIRST_WORD = re.compile(r"[^\W\d_]+[.,]?\s+")
_LAST_WORD = re.compile(r"[ ,]+([^\W\d_]+)\Z")
_ASIDE = re.compile(r"(?:,?\s[^\W\d_A-Z\u0100-\U0010ffff]{1,20}){2,6}\Z")
"""Two or more words in small letters at the end."""
_TITLED = re.compile(r"[^\W\d_a-z][^\W\d_]+|\d+")
_STREET = 3
"""So many names and numbers are an address without what comes behind them."""
_SHORTEST_EVERYDAY = 4
_POSTAL = 6
_BARE, _FOREIGN = 2, 2
_NEXT_VALUE = re.compile(r"(?P<mark>[\"'])\s{0,20},\s{0,20}(?P=mark)")
"""Where one value of a list ends and the next one begins."""
_BETWEEN = re.compile(r",? ?\n?[ \t]{0,8}")


def apart(text: str, span: Span) -> Iterator[Span]:
    """The pieces of a span that stand in values of their own: the model reads over the marks between them."""
    start = span.start
    for mark in _NEXT_VALUE.finditer(text, span.start, span.end):
        yield span._replace(start=start, end=mark.start())
        start = mark.end()
    yield span._replace(start=start)


def bare(text: str, span: Span) -> Span:
    """The span without marks on its sides; what is nothing but marks stays as it is."""
    piece = text[span.start : span.end]
    start = span.start + len(piece) - len(piece.lstrip(_ROUND))
    end = span.end - len(piece) + len(piece.rstrip(_ROUND))
    start, end = _unescaped(text, start, end)
    if span.label != "ADR":
        start, end = _of_one_line(text, start, end)
    if span.label == "PER":
        start = _unaddressed(text, start, end)
    elif span.label == "ADR":
        start, end = _address(text, start, end)
    return span._replace(start=start, end=end) if start < end else span


def _unescaped(text: str, start: int, end: int) -> tuple[int, int]:
    """The span without the ends of lines on its sides that are written out, backslash and letter."""
    if "\\" not in text[start:end]:
        return start, end
    breaks = [found.span() for found in _WRITTEN_BREAK.finditer(text, start, end)]
    if breaks and breaks[0][0] == start:
        start = breaks[0][1]
    if breaks and breaks[-1][1] == end:
        end = breaks[-1][0]
    return start, end


def _of_one_line(text: str, start: int, end: int) -> tuple[int, int]:
    """A name as far as its line goes, and without the key before it."""
    if key := _FIELD.search(text, start, end):
        start = key.end()
    if over := _WRITTEN_BREAK.search(text, start, end):
        end = over.start()
    return start, end


def _address(text: str, start: int, end: int) -> tuple[int, int]:
    """An address without the everyday words beside it (`Vivo en …`, `… y mi`), and up to an empty line."""
    if (over := _EMPTY_LINE.search(text, start, end)) and over.start() > start:
        end = over.start()
    while (word := _FIRST_WORD.match(text, start, end)) and word[0].rstrip(" .,").lower() in WORDS:
        start = word.end()
    if (aside := _ASIDE.search(text, start, end)) and len(_TITLED.findall(text, start, aside.start())) >= _STREET:
        end = aside.start()
    while (last := _LAST_WORD.search(text, start, end)) and last[1] in WORDS:
        end = last.start()
    return start, end


def _unaddressed(text: str, start: int, end: int) -> int:
    """Where the name begins of somebody who is addressed: `Liebe Frau Meier`, `Bonjour Madame Petit`."""
    while (word := _FIRST_WORD.match(text, start, end)) and word.end() < end:
        bare_word = word[0].rstrip(" .,").lower()
        if bare_word not in TITLES and (len(bare_word) < _SHORTEST_EVERYDAY or bare_word not in WORDS):
            break
        start = word.end()
    return start


def tells(text: str, span: Span) -> bool:
    """Whether an address says where: a floor or a room does not, nor do more digits than a postal code has."""
    if span.label != "ADR":
        return True
    piece = text[span.start : span.end]
    words = _WORDS.findall(piece.lower())
    if not words:
        return sum(map(str.isdigit, piece)) <= _POSTAL
    return not INDOORS.issuperset(words)


def is_told_by_capitals(text: str, span: Span) -> bool:
    """Whether a name has a capital as names in its text have, or nothing tells: its script has none, nor has the text.

    A bare word or two tell nothing, whatever they are.
    """
    piece = text[span.start : span.end]
    if span.label == "ADR" or piece != piece.lower() or piece == piece.upper():
        return True
    return text == text.lower() and len(text.split()) > _BARE


def is_foreign(text: str) -> bool:
    """Whether everyday words of other languages than English stand in the text."""
    return sum(word in WORDS for word in _WORDS.findall(text.lower())) >= _FOREIGN


def whole_addresses(text: str, spans: Iterable[Span]) -> Iterator[Span]:
    """The spans in order, a place right behind an address taken into it: alone, the town might be let pass."""
    last: Span | None = None
    for span in spans:
        if last is not None and _goes_on(text, last, span):
            last = last._replace(end=span.end)
            continue
        if last is not None:
            yield last
        last = span
    if last is not None:
        yield last


def _goes_on(text: str, last: Span, span: Span) -> bool:
    place = last.label == "ADR" and span.label in {"ADR", "LOC"}
    return place and _BETWEEN.fullmatch(text, last.end, span.start) is not None
