"""Keys and values inside a text: JSON, Python, YAML, `KEY=value`, query strings, XML, a table with a head.

A tool's text argument often holds such things; their keys say as much about the value as the keys of the payload do.
What is written as objects and arrays is read with its nesting, so that `{"passport": {"number": …}}` and the items of
`"attendees": […]` are known for what they are; everything else is read field by field.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from roxy.privacy.detection import keys
from roxy.privacy.detection.spots import Spot

_KEY = re.compile(
    r"(?P<key>[^\W\d][\w.-]{1,60}(?: [A-Za-z]{1,20}){0,4}?)(?P<close>\\{0,4}[\"'])?\s{0,3}(?:=>|[:=])\s{0,3}"
    r"(?P<open>\\{0,4}[\"'])?"
)
_BARE_END = re.compile(r"[\n\"'{}\[\]<>|;&]|, ?[\w ]{1,20}[:=]|\s[A-Za-z_]{2,20}[:=]|\\[nrt]")
_LONGEST = 500
_OBJECT = re.compile(r"[{\[]\s{0,80}(?:[{\[\"']|\})")
_TOKEN = re.compile(
    r"\"(?P<double>(?:[^\"\\]|\\.)*)(?:\"|\Z)|'(?P<single>(?:[^'\\]|\\.)*)(?:'|\Z)|(?P<mark>[{}\[\],:])|(?P<bare>[^\s{}\[\],:\"']+)",
    re.DOTALL,
)
_TAG = re.compile(r"<(?P<key>[A-Za-z][\w.:-]{1,40})(?:\s[^<>]{0,200})?>(?P<value>[^<>]{1,300})</(?P=key)>")
_CELL = re.compile(r"\s*([A-Za-z][\w .-]{0,39}?)\s*")
_MOST_ROWS = 2_000


class _Value(NamedTuple):
    key: str
    above: str
    beside: tuple[str, ...]
    start: int
    end: int


def find(text: str) -> Iterator[Spot]:
    """Spots in the values of fields whose key says that they are personal or secret."""
    if "{" in text or "[" in text:
        opened = _OBJECT.search(text)
        if opened:
            yield from _in_objects(text, opened.start())
    if ":" in text or "=" in text:
        yield from _in_fields(text)
    if "</" in text:
        for tag in _TAG.finditer(text):
            yield from _placed(keys.judge(tag["key"], tag["value"]), tag.start("value"))
    if "," in text and "\n" in text:
        yield from _in_table(text)


def _placed(spots: list[Spot], start: int) -> Iterator[Spot]:
    for spot in spots:
        yield spot._replace(start=start + spot.start, end=start + spot.end)


def _in_fields(text: str) -> Iterator[Spot]:
    found = list(_KEY.finditer(text))
    around = tuple(field["key"] for field in found)
    for field in found:
        scheme = text.startswith("//", field.end()) and field[0].endswith(":")
        if not scheme and keys.meaning(field["key"]):
            yield from _in_value(text, field, around)


def _in_value(text: str, field: re.Match[str], around: tuple[str, ...]) -> Iterator[Spot]:
    start = field.end()
    value = text[start : _end(text, field)]
    # Without quotes a token ends at the first space; a password or a header may go on.
    one_word = not field["open"] and keys.meaning(field["key"]) != "PASSWORD"
    for spot in keys.judge(field["key"], value, (*around, "")):
        stop = min(spot.end, len(value.split(maxsplit=1)[0])) if one_word and spot.type == "SECRET" else spot.end
        yield spot._replace(start=start + spot.start, end=start + stop)


def _end(text: str, field: re.Match[str]) -> int:
    """Where the value ends: at its closing quote, or, without quotes, where the line or the next field begins."""
    start = field.end()
    limit = min(len(text), start + _LONGEST)
    quote = field["open"]
    if not quote:
        stop = _BARE_END.search(text, start, limit)
        return stop.start() if stop else limit
    at = text.find(quote, start)
    while at > start and len(quote) == 1 and text[at - 1] == "\\":  # an escaped quote inside the value
        at = text.find(quote, at + 1)
    return at if start <= at <= limit else limit


def _in_objects(text: str, start: int) -> Iterator[Spot]:
    for value in _values(text, start):
        yield from _placed(
            keys.judge(value.key, text[value.start : value.end], (*value.beside, value.above)), value.start
        )


class _Open:
    """An object or array that is being read."""

    def __init__(self, key: str, above: str, beside: list[str], *, is_object: bool) -> None:
        self.key = key
        """Of an object: the key that was read last. Of an array: its own."""
        self.above = above
        self.beside = beside
        self.is_object = is_object


class _Reader:
    """Reads the values of all objects and arrays with their keys. Text that is no JSON gives what it can."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._stack: list[_Open] = []
        self._last: tuple[int, int] | None = None
        self.read: list[tuple[_Open, str, int, int]] = []

    def word(self, token: re.Match[str]) -> None:
        """A string, a number or a bare word."""
        self._last = token.span(token.lastgroup or 0)

    def mark(self, mark: str) -> None:
        """A brace, bracket, comma or colon: what stood before it is a key, a value, or nothing."""
        last, holder = self._last, self._stack[-1] if self._stack else None
        self._last = None
        if mark in "{[":
            self._stack.append(_opened(mark, holder))
        elif holder and mark == ":":
            self._key(holder, last)
        elif holder:
            self._value(holder, last)
            if mark != ",":
                self._stack.pop()

    def _key(self, holder: _Open, last: tuple[int, int] | None) -> None:
        if last and holder.is_object:
            holder.key = self._text[slice(*last)]
            holder.beside.append(holder.key)

    def _value(self, holder: _Open, last: tuple[int, int] | None) -> None:
        if last and last[0] < last[1]:
            self.read.append((holder, holder.key, *last))


def _values(text: str, start: int) -> Iterator[_Value]:
    reader = _Reader(text)
    for token in _TOKEN.finditer(text, start):
        if token["mark"]:
            reader.mark(token["mark"])
        else:
            reader.word(token)
    yield from (_Value(key, holder.above, tuple(holder.beside), *span) for holder, key, *span in reader.read)


def _opened(mark: str, outer: _Open | None) -> _Open:
    if mark == "{":
        return _Open("", outer.key if outer else "", [], is_object=True)
    if outer is None:
        return _Open("", "", [], is_object=False)
    return _Open(outer.key, outer.above, outer.beside, is_object=False)


def _in_table(text: str) -> Iterator[Spot]:
    """Cells of comma-separated lines whose first line names the columns (RFC 4180, without quoted commas)."""
    head, _, rest = text.partition("\n")
    heads = map(_CELL.fullmatch, head.split(","))
    names = [found[1] if found else "" for found in heads]
    if len(names) < 2 or not all(names) or not any(map(keys.meaning, names)):  # noqa: PLR2004 - one column is no table
        return
    start = len(head) + 1
    for line in rest.split("\n", _MOST_ROWS):
        cells = line.split(",")
        at = start
        for name, cell in zip(names, cells, strict=False) if len(cells) == len(names) else ():
            yield from _placed(keys.judge(name, cell.strip("\r"), (*names, "")), at)
            at += len(cell) + 1
        start += len(line) + 1
