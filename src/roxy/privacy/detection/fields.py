"""Keys and values inside a text: JSON, Python, YAML, `KEY=value`, query strings, XML, a table with a head.

A tool's text argument often holds such things; their keys say as much about the value as the keys of the payload do.
What is written as objects and arrays is read with its nesting, so that `{"passport": {"number": …}}` and the items of
`"attendees": […]` are known for what they are; everything else is read field by field.
"""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from roxy.privacy.detection import keys
from roxy.privacy.detection.prefilter import Rule, any_of, needing
from roxy.privacy.detection.shapes.labels import HEADS, columns, label, pair
from roxy.privacy.detection.spots import Spot

_SIGN = re.compile(r"(?:=>|:=|[:=])(?:\*\*)?\s{0,3}(?P<open>\\{0,4}[\"'])?")
_YEK = re.compile(r"\s{0,3}[\]*}]{0,2}(?:[\"']\\{0,4})?(?P<yek>[\w.-]{2,60}(?: [^\W\d_]{1,20}){0,4})")
"""A key, read backwards from its sign: read forwards, each word of a text might begin one."""
_TIME = re.compile(r"\d:\d")
_LONGEST_KEY = 120
_BARE_END = re.compile(
    r"[\n\"'{}\[\]<>|;]|&(?=[\w.%-]{1,40}=)|, ?\*{0,2}[\w ]{1,20}\*{0,2}[:=]|\s[A-Za-z_]{2,20}[:=]|\\[nrt]"
)
_LONGEST = 500
_OBJECT = re.compile(r"[{\[]\s{0,80}(?:[{\[\"']|\})")
_TOKEN = re.compile(
    r"\"(?P<double>(?:[^\"\\]|\\.)*)(?:\"|\Z)|'(?P<single>(?:[^'\\]|\\.)*)(?:'|\Z)|(?P<mark>[{}\[\],:])|(?P<bare>[^\s{}\[\],:\"']+)",
    re.DOTALL,
)
_TAG = re.compile(r"<(?P<key>[A-Za-z][\w.:-]{1,40})(?:\s[^<>]{0,200})?>(?P<value>[^<>]{1,300})</(?P=key)>")
_CELL = re.compile(r"\s*\"?([^\W\d_][\w .-]{0,39}?)\"?\s*")
_MOST_ROWS = 2_000


class _Value(NamedTuple):
    key: str
    above: str
    beside: tuple[str, ...]
    start: int
    end: int


def _placed(spots: list[Spot], start: int) -> Iterator[Spot]:
    for spot in spots:
        yield spot._replace(start=start + spot.start, end=start + spot.end)


class _Field(NamedTuple):
    key: str
    quote: str
    start: int
    """Where the value begins."""


def _in_fields(text: str) -> Iterator[Spot]:
    """Spots in the values of `key: value` and `key=value`, in any notation."""
    found = list(_fields(text))
    around = (*(field.key for field in found), "")
    for field in found:
        if keys.meaning(field.key):
            yield from _in_value(text, field, around)


def _fields(text: str) -> Iterator[_Field]:
    for sign in _SIGN.finditer(text):
        before = text[max(0, sign.start() - _LONGEST_KEY) : sign.start()][::-1]
        back = _YEK.match(before)
        if back and not text.startswith("//", sign.end()) and not _TIME.match(text, max(0, sign.start() - 1)):
            yield _Field(back["yek"][::-1], sign["open"] or "", sign.end())


def _in_value(text: str, field: _Field, around: tuple[str, ...]) -> Iterator[Spot]:
    value = text[field.start : _end(text, field)]
    # Without quotes a token ends at the first space, and what a variable is set to; a password or a header may go on.
    variable = field.key.isupper() and text[field.start - 1] == "="
    one_word = not field.quote and (keys.meaning(field.key) != "PASSWORD" or variable)
    for spot in keys.judge(field.key, value, around):
        stop = min(spot.end, len(value.split(maxsplit=1)[0])) if one_word and spot.type == "SECRET" else spot.end
        yield spot._replace(start=field.start + spot.start, end=field.start + stop)


def _end(text: str, field: _Field) -> int:
    """Where the value ends: at its closing quote, or, without quotes, where the line or the next field begins."""
    limit = min(len(text), field.start + _LONGEST)
    if not field.quote:
        stop = _BARE_END.search(text, field.start, limit)
        return stop.start() if stop else limit
    at = text.find(field.quote, field.start)
    while at > field.start and len(field.quote) == 1 and text[at - 1] == "\\":  # an escaped quote inside the value
        at = text.find(field.quote, at + 1)
    return at if field.start <= at <= limit else limit


def _in_objects(text: str) -> Iterator[Spot]:
    """Spots in the values of objects and the items of arrays."""
    opened = _OBJECT.search(text)
    for value in _values(text, opened.start()) if opened else ():
        yield from _placed(
            keys.judge(value.key, text[value.start : value.end], (*value.beside, value.above)), value.start
        )


class _Open:
    """An object or array that is being read."""

    def __init__(self, key: str, above: str, beside: list[str], outer: "_Open | None", *, is_object: bool) -> None:
        self.key = key
        """Of an object: the key that was read last. Of an array: its own."""
        self.above = above
        self.beside = beside
        self.is_object = is_object
        self.outer = outer
        self.inner: list[_Open] = []
        self.cells: list[tuple[int, int]] = []
        """Of an array: where its strings and numbers stand."""
        if outer is not None:
            outer.inner.append(self)


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
        if last and not holder.is_object:
            holder.cells.append(last)
        if last and last[0] < last[1]:
            self.read.append((holder, holder.key, *last))


def _values(text: str, start: int) -> Iterator[_Value]:
    reader = _Reader(text)
    for token in _TOKEN.finditer(text, start):
        if token["mark"]:
            reader.mark(token["mark"])
        else:
            reader.word(token)
    labels = _labels(text, reader)
    tables: dict[int, tuple[str, ...]] = {}
    for holder, key, begin, end in reader.read:
        heads: tuple[str, ...] | None = () if holder.is_object else tables.get(id(holder))
        if heads is None:
            heads = tables[id(holder)] = _heads(text, holder)
        if heads:
            yield _Value(heads[holder.cells.index((begin, end))], "", heads, begin, end)
        else:
            yield _Value(key, labels.get(id(holder)) or holder.above, tuple(holder.beside), begin, end)


def _heads(text: str, row: _Open) -> tuple[str, ...]:
    """What the columns of a row of a table are called: by the first of the rows, or by an array beside them."""
    if row.outer is None:
        return ()
    heads = _told_beside(row, row.outer) or _first_row(row, row.outer)
    told: tuple[str, ...] = ()
    if heads is not None and len(heads.cells) == len(row.cells):
        told = columns([text[slice(*cell)] for cell in heads.cells])
    return told or pair([text[slice(*cell)] for cell in row.cells], row.key)


def _told_beside(row: _Open, outer: _Open) -> _Open | None:
    """The array that names the columns, beside the rows or beside the row."""
    table = outer if not outer.is_object and outer.outer is not None else row
    if table.outer is None or not table.outer.is_object:
        return None
    return next((one for one in table.outer.inner if one.key.lower() in HEADS and one is not row), None)


def _first_row(row: _Open, outer: _Open) -> _Open | None:
    return None if outer.is_object or outer.inner[0] is row else outer.inner[0]


def _labels(text: str, reader: _Reader) -> dict[int, str]:
    """What objects such as `{"type": "phone", "value": …}` call their value, by the object."""
    said: dict[int, dict[str, str]] = {}
    for holder, key, begin, end in reader.read:
        if holder.is_object:
            said.setdefault(id(holder), {})[key] = text[begin:end]
    return {holder: label(values, values.__getitem__) for holder, values in said.items()}


def _opened(mark: str, outer: _Open | None) -> _Open:
    if mark == "{":
        return _Open("", outer.key if outer else "", [], outer, is_object=True)
    if outer is None:
        return _Open("", "", [], None, is_object=False)
    return _Open(outer.key, outer.above, outer.beside, outer, is_object=False)


def _in_tags(text: str) -> Iterator[Spot]:
    """Spots between tags whose name is a key that says something."""
    for tag in _TAG.finditer(text):
        yield from _placed(keys.judge(tag["key"], tag["value"]), tag.start("value"))


def _in_table(text: str) -> Iterator[Spot]:
    """Cells of lines whose first names the columns (RFC 4180, without commas in quotes; tabs and semicolons, too)."""
    head, _, rest = text.partition("\n")
    mark = next((mark for mark in "\t;" if mark in head), ",")
    heads = map(_CELL.fullmatch, head.strip("\r").split(mark))
    names = [found[1] if found else "" for found in heads]
    if len(names) < 2 or not all(names) or not any(map(keys.meaning, names)):  # noqa: PLR2004 - one column is no table
        return
    start = len(head) + 1
    for line in rest.split("\n", _MOST_ROWS):
        yield from _in_row(line.split(mark), names, start)
        start += len(line) + 1


def _in_row(cells: Sequence[str], names: Sequence[str], start: int) -> Iterator[Spot]:
    """Spots in the cells of a line that begins at `start`; none when it has not one for each column."""
    if len(cells) != len(names):
        return
    for name, cell in zip(names, cells, strict=True):
        bare = cell.strip('"\r')
        yield from _placed(keys.judge(name, bare, (*names, "")), start + cell.find(bare))
        start += len(cell) + 1


_TELLING = rf"(?:{any_of(keys.TELLING_WORDS)}|[^\x00-\x7f])"
_MARK = r"[:=]|</|[,;\t][^\n]*\n"
"""What stands behind a key."""
RULES = needing(
    _MARK,
    (
        Rule("objects", (_TELLING, r"[{\[]\s*[{\[\"'}]", ":"), _in_objects),
        Rule("fields", (_TELLING, r"[\w.\x{80}-\x{10ffff}-][\s\\\"'\]*}]{0,9}[:=]"), _in_fields),
        Rule("tags", (_TELLING, "</"), _in_tags),
        Rule("table", (_TELLING, r"^[^\n]+[,;\t][^\n]*\n"), _in_table),
    ),
)
"""Fields whose key says something."""
