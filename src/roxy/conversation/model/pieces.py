"""The pieces of an answer, as they were shown, for the record; and the beginning of a result that is too long.

A piece cannot be redacted by itself: a name, an address or a pseudonym may be cut anywhere, and half of it would pass.
So the pieces are kept until the answer is whole, the whole is redacted, and that is cut again where the pieces ended;
what was replaced is never cut, it belongs to the piece in which it ended.

A result is cut before anybody looks at it, so it is cut where nothing personal stands across.
"""

import re
import time
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from roxy.contracts.privacy import Finding
from roxy.errors import PrivacyBlocked
from roxy.privacy.pseudonyms import MASK, SHAPE

_REPLACED = re.compile(f"{SHAPE.pattern}|{MASK.pattern}", SHAPE.flags)

AROUND = 500
"""Characters on either side of a cut that are looked at."""
_LAST_WORD = re.compile(r"\S+\Z")


class Piece(NamedTuple):
    """One of them, as it may be written down."""

    number: int
    text: str
    ms: float
    """Since the request."""
    at: datetime


class _Run(NamedTuple):
    """A stretch that is the same in both texts."""

    was: int
    now: int
    length: int


class Pieces:
    """Collects what is shown; `told` cuts what may be written of it."""

    def __init__(self) -> None:
        self._at = datetime.now(UTC)
        self._began = time.perf_counter()
        self._shown: list[tuple[str, float]] = []

    def add(self, text: str) -> None:
        """Words were shown."""
        if text:
            self._shown.append((text, time.perf_counter()))

    @property
    def text(self) -> str:
        """All of them."""
        return "".join(text for text, _ in self._shown)

    def told(self, redacted: str) -> Iterator[Piece]:
        """The pieces of the whole as it was redacted; those that hold only a part of what was replaced are left out."""
        ends, end = [], 0
        for text, _ in self._shown:
            end += len(text)
            ends.append(end)
        for number, (text, (_, at)) in enumerate(zip(cut(self.text, redacted, ends), self._shown, strict=True)):
            if text:
                ms = (at - self._began) * 1000
                yield Piece(number, text, round(ms, 1), self._at + timedelta(milliseconds=ms))


def cut(text: str, redacted: str, ends: Sequence[int]) -> list[str]:
    """`redacted` in as many parts as `ends`, which are places in `text`, from which it was made; the last is its end.

    All parts together are `redacted`, and no pseudonym and no mask is in two of them, whatever `text` is.
    """
    runs = _runs(text, redacted)
    parts, begin = [], 0
    for end in [*(_place(runs, end, len(redacted)) for end in ends[:-1]), len(redacted)]:
        parts.append(redacted[begin:end])
        begin = max(begin, end)
    return parts


def _place(runs: Sequence[_Run], was: int, length: int) -> int:
    number = bisect_right(runs, was, key=lambda run: run.was) - 1
    if number < 0:
        return 0
    run = runs[number]
    if was <= run.was + run.length:
        return run.now + was - run.was
    # Within something that was replaced: it stands whole in this piece.
    return runs[number + 1].now if number + 1 < len(runs) else length


def _runs(text: str, redacted: str) -> list[_Run]:
    """What was not replaced, where it was and where it is; as far as it can be found again."""
    runs: list[_Run] = []
    at, begin = 0, 0
    for replaced in _REPLACED.finditer(redacted):
        plain = redacted[begin : replaced.start()]
        found = text.find(plain, at) if begin else at if text.startswith(plain) else -1
        if found < 0:
            return runs
        runs.append(_Run(found, begin, len(plain)))
        at, begin = found + len(plain) + 1, replaced.end()  # what was replaced had a letter at least
    last = redacted[begin:]
    if text.endswith(last) and len(text) - len(last) >= at - (not begin):
        runs.append(_Run(len(text) - len(last), begin, len(last)))
    return runs


def beginning(text: str, longest: int, scan: Callable[[str], Iterable[Finding]]) -> str:
    """At most `longest` characters of `text`, cut between words and before whatever personal stands across that place.

    `scan` tells what is personal in a text; where it cannot (`PrivacyBlocked`), nothing near the cut is left.
    """
    if len(text) <= longest:
        return text
    start = max(0, longest - AROUND)
    kept = text[start:longest]
    cut_word = None if text[longest].isspace() else _LAST_WORD.search(kept)
    at = cut_word.start() if cut_word else len(kept)
    try:
        found = scan(text[start : longest + AROUND])
    except PrivacyBlocked:
        return text[:start]
    return text[: start + min((one.start for one in found if one.start < at < one.end), default=at)]
