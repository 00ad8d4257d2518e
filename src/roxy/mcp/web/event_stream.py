"""Server-sent events, taken apart as their bytes arrive (WHATWG HTML, section 9.2 "Server-sent events").

Lines end in CR, LF or CRLF, and a chunk may end anywhere, also between the two. What is kept of an event that is not
whole yet is bounded: neither an endless line nor an endless event grows memory. The work is linear in the bytes.
"""

import random
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

_BOM = b"\xef\xbb\xbf"
_COMMENT = b":"
_LONGEST_ID = 1024
"""Bytes of an event's id: it is sent back in a header. A longer one is ignored."""
_LONGEST_RETRY = 8
"""Digits of a `retry` field; more would be years."""
_HEAD = 256
_FIRST_PAUSE = 0.5
_USUAL_PAUSE = 1.0
_LONGEST_PAUSE = 6.0
_LONGEST_ASKED = 60.0


TOO_LONG = "too long"
"""The kind of what stands for an event that is being read away; its data is the beginning of the event's."""


class EventTooLong(Exception):  # noqa: N818 - what happened is the name
    """An event has more bytes than are taken."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event; `data` is empty for one that only carries an id or a pause, as those do that begin a stream."""

    kind: str
    data: bytes | bytearray
    id: str | None
    """The id that this event itself carries; None when it carries none."""
    retry: float | None
    """Seconds after which a lost stream is to be asked for again."""


class EventParser:
    """Takes chunks of one stream; `limit` is the bytes of the longest event.

    Of a longer one up to `spared` bytes are read away, and the stream goes on behind it.
    """

    def __init__(self, limit: int, *, spared: int = 0) -> None:
        self._limit = limit
        self._spared = spared
        self._skipped: int | None = None
        self._blank = True
        self._tail = bytearray()
        self._after_cr = False
        self._first = True
        self._size = 0
        self._kind = b""
        self._data: list[bytes | bytearray] = []
        self._id: str | None = None
        self._retry: float | None = None

    def feed(self, chunk: bytes) -> Iterator[Event]:
        """The events that `chunk` completes; raises `EventTooLong`, after which the stream is of no use."""
        if self._after_cr and chunk[:1] == b"\n":
            chunk = chunk[1:]
            self._after_cr = False
        if not chunk:
            return
        self._after_cr = chunk.endswith(b"\r")
        if b"\n" not in chunk and b"\r" not in chunk:  # the middle of a long line: the common case that must be fast
            yield from self._keep(chunk)
            return
        lines = chunk.splitlines()  # of bytes: CR, LF and CRLF, nothing else
        rest = b"" if chunk[-1:] in {b"\r", b"\n"} else lines.pop()
        for line in lines:
            if self._skipped is not None:
                self._skip(line, ended=True)
            elif (event := self._line(self._whole(line))) is not None:
                yield event
        yield from self._keep(rest)

    def _keep(self, part: bytes) -> Iterator[Event]:
        if self._skipped is not None:
            self._skip(part, ended=False)
            return
        self._tail += part
        if self._size + len(self._tail) > self._limit:
            name, _, value = bytes(self._tail[:_HEAD]).partition(b":")
            yield self._too_long(value if name == b"data" else b"", blank=False)

    def _too_long(self, said: bytes | bytearray, *, blank: bool) -> Event:
        """Begin to read an event away; `blank`: nothing of the line that comes was seen."""
        if not self._spared:
            raise EventTooLong
        head = b"\n".join([part[:_HEAD] for part in (*self._data[:1], said)])
        found = Event(TOO_LONG, head.lstrip()[:_HEAD], self._id, self._retry)
        self._forget()
        self._tail = bytearray()
        self._skipped, self._blank = 0, blank
        return found

    def _skip(self, part: bytes, *, ended: bool) -> None:
        """Read a line away, or its beginning; a blank one ends the event."""
        self._skipped = (self._skipped or 0) + len(part)
        self._blank = self._blank and not part
        if self._skipped > self._spared:
            raise EventTooLong
        if ended:
            self._skipped = None if self._blank else self._skipped
            self._blank = True

    def _whole(self, line: bytes | bytearray) -> bytes | bytearray:
        if self._tail:
            self._tail += line
            line, self._tail = self._tail, bytearray()  # itself, and no copy: it may be long
        if self._first:
            self._first = False
            return line.removeprefix(_BOM)
        return line

    def _line(self, line: bytes | bytearray) -> Event | None:
        if not line:
            return self._dispatched()
        if line.startswith(_COMMENT):
            return None
        self._size += len(line)
        name, value = _parted(line)
        if self._size > self._limit:
            return self._too_long(value if name == b"data" else b"", blank=True)
        self._field(name, value)
        return None

    def _field(self, name: bytes, value: bytes | bytearray) -> None:
        if name == b"data":
            self._data.append(value)
        elif name == b"event":
            self._kind = bytes(value)
        elif name == b"id":
            if b"\0" not in value and len(value) <= _LONGEST_ID:
                self._id = value.decode("utf-8", "replace")
        elif name == b"retry" and value.isdigit() and len(value) <= _LONGEST_RETRY:
            self._retry = int(value) / 1000

    def _dispatched(self) -> Event | None:
        event = None
        if self._data or self._id is not None or self._retry is not None:
            kind = self._kind.decode("utf-8", "replace") or "message"
            data = self._data[0] if len(self._data) == 1 else b"\n".join(self._data)
            event = Event(kind, data, self._id, self._retry)
        self._forget()
        return event

    def _forget(self) -> None:
        self._size = 0
        self._kind = b""
        self._data = []
        self._id = self._retry = None


def _parted(line: bytes | bytearray) -> tuple[bytes, bytes | bytearray]:
    """The name of a field and its value; a long line becomes its value, without a copy."""
    if isinstance(line, bytes):
        name, _, rest = line.partition(b":")
        return name, rest.removeprefix(b" ")
    end = line.find(b":")
    if end < 0:
        return bytes(line), b""
    name = bytes(line[:end])
    del line[: end + 2 if line[end + 1 : end + 2] == b" " else end + 1]
    return name, line


@dataclass
class Place:
    """How far a stream was read, to take it up again there (`Last-Event-ID`)."""

    last_id: str | None = None
    asked: float | None = None
    """The pause that the server asked for, in seconds."""
    seen: deque[str] = field(default_factory=lambda: deque(maxlen=256))
    heard: bool = False
    """Whether anything came since this was last set to False."""

    def is_new(self, event: Event) -> bool:
        """Note an event; False for one that was handed on before."""
        self.heard = True
        if event.retry is not None:
            self.asked = event.retry
        if event.id is None:
            return True
        self.last_id = event.id or None  # an empty id takes the last one back
        if event.id and event.id in self.seen:
            return False
        self.seen.append(event.id)
        return True

    def pause(self, vain: int) -> float:
        """Seconds to wait after the stream ended, or after `vain` attempts: never more than two attempts a second."""
        if not vain:
            return min(max(self.asked if self.asked is not None else _USUAL_PAUSE, _FIRST_PAUSE), _LONGEST_ASKED)
        longest = min(_FIRST_PAUSE * 2.0**vain, _LONGEST_PAUSE)
        return max(random.uniform(longest / 2, longest), min(self.asked or 0.0, _LONGEST_ASKED))  # noqa: S311 - jitter is no secret
