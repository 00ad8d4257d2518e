"""JSON of any size, read in slices of a few milliseconds, between which others may work.

A run of whole elements of an array, put into brackets of its own, is JSON again, and so is a run of entries of an
object in braces: so the fast parser reads one run of about `RUN` bytes after the other. Only where a run may end has to
be found. Mostly that is where the text looks as it did between two elements before (`}, {"id"`). This is a guess, and
the parser is its proof: what begins between two elements and is whole elements to its end, ends between two as well.
Where the guess is wrong, the tokens of the next bytes are counted. An element that is larger than a run is gone into;
a text of that size is put together from pieces that cut no character and no escape in two.

The work is linear in the bytes, whatever they say.
"""

import re
from collections.abc import Generator
from typing import Any

from pydantic_core import from_json

from roxy.mcp.wire import framing

RUN = 1 << 17
"""Bytes that are parsed at once: 1 to 2 ms of small values."""
_PIECE = 1 << 18
_JOINED = 64  # pieces; to join so many takes some 10 ms
_COUNTED = 1 << 16  # bytes whose tokens are counted at once, which is slower
_BLANKS = 1 << 20
_GUESSES = 3  # wrong ones, after which a container has its tokens counted
_DEEPEST = 64
"""Levels of containers that are larger than a run; within a run the parser allows some 200 more."""

_TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+("?)|[\[\]{},]', re.DOTALL)
_BODY = re.compile(rb'[^"\\]*+(?:\\(?:[^u]|u[0-9a-fA-F]{4})[^"\\]*+)*+')
_LOW_SURROGATE = re.compile(rb"\\u[dD][c-fC-F][0-9a-fA-F]{2}")
_BLANK = re.compile(rb"[ \t\n\r]*+")
_WORD = re.compile(rb"[-+.0-9A-Za-z]++")
_COMMA, _COLON, _QUOTE = b',:"'
_STEPS = {b"[": 1, b"{": 1, b"]": -1, b"}": -1}
_CLOSING = {b"[": b"]", b"{": b"}"}
_BETWEEN = {
    b"[": re.compile(rb',[ \t\n\r]*+(?:(?:\[[ \t\n\r]*+)*+\{[ \t\n\r]*+"[^"\\]{1,64}"|[\["])?'),
    b"{": re.compile(rb',[ \t\n\r]*+"'),
}
"""What stands between two elements, as far as it may be the same between any two."""
_ENDINGS = re.compile(rb'[}"]$|[\]} \t\n\r]*\]$')  # of arrays in arrays all brackets, for a single one is no sign
_ENDING = 16

Slices = Generator[None, None, Any]


class Reader:
    """Reads one text; `large` are the lists and mappings of it that took several runs."""

    def __init__(self, text: bytes | bytearray) -> None:
        self.large: list[list[Any] | dict[str, Any]] = []
        self._text = text
        self._view = memoryview(text)
        self._at = 0

    def slices(self) -> Slices:
        """Read it; returns its value, or raises `ValueError` when it says none. Yields between two slices."""
        yield from self._blanks()
        value = yield from self._value(0)
        yield from self._blanks()
        if self._at < len(self._text):
            raise _no_json("there is more after its end")
        return value

    def _value(self, depth: int) -> Slices:
        first = bytes(self._text[self._at : self._at + 1])
        if first in _CLOSING:
            return (yield from self._container(first, depth))
        if first == b'"':
            return (yield from self._string())
        word = _WORD.match(self._text, self._at, self._at + RUN)
        if word is None:
            raise _no_json("a value is missing")
        self._at = word.end()
        return framing.value(word[0])

    def _container(self, opening: bytes, depth: int) -> Slices:
        """A list or a mapping, run by run."""
        if depth == _DEEPEST:
            raise _no_json("it is nested too deeply")
        whole: Any = [] if opening == b"[" else {}
        add = whole.extend if opening == b"[" else whole.update
        self._at += 1
        between, wrong, runs, more = b"", 0, 0, True
        while more:
            found = self._guessed(opening, between) if between else None
            if found is None:
                wrong += bool(between)
                found, between, more = self._counted(opening, guess=wrong < _GUESSES, may_be_none=not runs)
            if found is None:
                yield from self._large_element(whole, depth)
                more = yield from self._goes_on(opening)
            else:
                add(found)
            runs += 1
            yield
        if runs > 1:
            self.large.append(whole)
        return whole

    def _guessed(self, opening: bytes, between: bytes) -> Any:
        """The elements up to the last place near by that looks like `between`; None when it is no such place."""
        begin = self._at
        place = self._text.rfind(between, begin, begin + RUN)
        if place < begin + RUN // 4:  # not found, or too few elements for the effort
            return None
        end = self._text.index(_COMMA, place)
        try:
            found = from_json(self._run(opening, begin, end))
        except ValueError:
            return None
        self._at = end + 1
        return found

    def _counted(self, opening: bytes, *, guess: bool, may_be_none: bool) -> tuple[Any, bytes, bool]:
        """The elements that end near by (None: not one does), how their end looks, and whether more follow.

        `may_be_none`: the container may have none at all.
        """
        end, more = self._last_end()
        if end < 0:
            return None, b"", True
        if not more and self._text[end : end + 1] != _CLOSING[opening]:
            raise _no_json("its brackets do not match")
        found = framing.value(self._run(opening, self._at, end))
        if not found and (more or not may_be_none):
            raise _no_json("an element is missing")
        self._at = end + 1
        return found, self._between(opening, end) if guess else b"", more

    def _last_end(self) -> tuple[int, bool]:
        """Where the last element near by ends, -1 when none does; and whether that is not the end of its container."""
        end, depth = -1, 0
        for token in _TOKEN.finditer(self._text, self._at, self._at + _COUNTED):
            at, mark = token.start(), token[0]
            depth += _STEPS.get(mark, 0)
            if depth < 0:
                return at, False
            if mark == b"," and not depth:
                end = at
            elif token[1] == b"":
                break  # a text that goes on behind what is looked at
        return end, True

    def _between(self, opening: bytes, comma: int) -> bytes:
        """How the place at `comma` looks, with the end of the element before where all may end so."""
        found = _BETWEEN[opening].match(self._text, comma)
        before = _ENDINGS.search(self._text, max(0, comma - _ENDING), comma)
        return (before[0] if before else b"") + (found[0] if found else b",")

    def _run(self, opening: bytes, begin: int, end: int) -> bytes:
        return b"".join((opening, self._view[begin:end], _CLOSING[opening]))

    def _large_element(self, whole: Any, depth: int) -> Slices:
        """One element, or entry, that is larger than what is looked at, into `whole`."""
        yield from self._blanks()
        if isinstance(whole, list):
            whole.append((yield from self._value(depth + 1)))
            return
        if self._next() != _QUOTE:
            raise _no_json("a key is missing")
        key = yield from self._string()
        yield from self._blanks()
        if self._next() != _COLON:
            raise _no_json("a value is missing")
        self._at += 1
        yield from self._blanks()
        whole[key] = yield from self._value(depth + 1)

    def _goes_on(self, opening: bytes) -> Slices:
        """Whether another element follows; goes past the comma or the bracket."""
        yield from self._blanks()
        found = self._next()
        self._at += 1
        if found not in {_COMMA, _CLOSING[opening][0]}:
            raise _no_json("its brackets do not match")
        return found == _COMMA

    def _string(self) -> Slices:
        """A text, piece by piece."""
        self._at += 1
        whole, pieces = "", []
        while True:
            begin, end = self._at, self._piece_end()
            pieces.append(framing.value(b"".join((b'"', self._view[begin:end], b'"'))))
            self._at = end
            ended = self._next() == _QUOTE
            if ended or len(pieces) == _JOINED:
                # In this form it costs as much as the pieces, not as the whole, since nothing else refers to `whole`.
                whole += "".join(pieces)
                pieces.clear()
            if ended:
                self._at += 1
                return whole
            if begin == end:
                raise _no_json("a text does not end")
            yield

    def _piece_end(self) -> int:
        """The end of the text in which the reader is, or a place in it where it may be cut."""
        begin, text = self._at, self._text
        body = _BODY.match(text, begin, begin + _PIECE)
        end = body.end() if body else begin
        if end == len(text) or text[end] == _QUOTE:
            return end
        low = _LOW_SURROGATE.match(text, end)
        if low is not None:  # what is before may be the first half of its character
            return low.end()
        while end > begin and text[end] & 0xC0 == 0x80:  # noqa: PLR2004 - the mark of a byte inside of a character
            end -= 1
        return end

    def _next(self) -> int:
        """The byte at which the reader is; -1 at the end."""
        return self._text[self._at] if self._at < len(self._text) else -1

    def _blanks(self) -> Slices:
        """Go to the next byte that means something."""
        while True:
            found = _BLANK.match(self._text, self._at, self._at + _BLANKS)
            if found is None or found.end() == self._at:
                return
            self._at = found.end()
            yield


def _no_json(why: str) -> ValueError:
    return ValueError(f"no JSON: {why}")
