"""Answers that still hold: servers of the modern era say for how long (`ttlMs`) and for whom (`cacheScope`).

What is private is kept for the session that asked alone. News of a change drop what they are about.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any

from roxy.mcp.wire.peer import lasting

MAX_ENTRIES = 128
MAX_CHARS = 1_000_000
"""Of the texts of one answer; a longer one is asked for again."""

Key = tuple[str, ...]


class Cache:
    """The answers of one server, as it gave them."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kept: OrderedDict[tuple[Key, str | None], tuple[float, Mapping[str, Any]]] = OrderedDict()

    def find(self, key: Key, session_id: str | None) -> Mapping[str, Any] | None:
        """The answer that holds for this session, if there is one."""
        for whose in (f"session {session_id}", None):
            kept = self._kept.get((key, whose))
            if kept is None:
                continue
            if self._clock() < kept[0]:
                self._kept.move_to_end((key, whose))
                return kept[1]
            del self._kept[key, whose]
        return None

    def keep(self, key: Key, session_id: str | None, answer: Mapping[str, Any], *, own: bool) -> None:
        """Keep an answer for as long as it says; `own`: what was asked was the session's alone."""
        seconds, private = lasting(answer)
        if seconds <= 0 or _size(answer) > MAX_CHARS:
            return
        whose = f"session {session_id}" if private or own else None
        self._kept[key, whose] = (self._clock() + seconds, answer)
        self._kept.move_to_end((key, whose))
        if len(self._kept) > MAX_ENTRIES:
            self._kept.popitem(last=False)

    def drop(self, *key: str) -> None:
        """Forget what is kept under keys that begin with `key`."""
        for found in [kept for kept in self._kept if kept[0][: len(key)] == key]:
            del self._kept[found]


def _size(answer: Mapping[str, Any]) -> int:
    """Characters of all texts, roughly; counted without recursion, for a server may nest as deep as it likes."""
    size, left = 0, [answer]
    while left and size <= MAX_CHARS:
        value: Any = left.pop()
        if isinstance(value, str):
            size += len(value)
        elif isinstance(value, Mapping):
            left += value.values()
        elif isinstance(value, list):
            left += value
    return size
