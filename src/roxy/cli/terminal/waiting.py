"""Says on the terminal what a command waits for, once that takes longer than a moment.

The words stand in one line of stderr that is taken away when the wait is over; where stdout or stderr is no terminal
nothing is shown. Whoever prints meanwhile does it while the line is `hidden`.
"""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from roxy.cli import output

AFTER = 0.3
"""Seconds that something may take before it is told."""
_EVERY = 0.5


class Line:
    """The line on the terminal; what it says may change."""

    def __init__(self) -> None:
        self._what = ""
        self._began = 0.0
        self._hidden = 0
        self._shown = False

    def say(self, what: str) -> None:
        """From now on `what` is waited for; an empty text stands for nothing."""
        self.take_away()
        self._what, self._began = what, time.monotonic()

    @contextmanager
    def hidden(self) -> Iterator[None]:
        """The line is not there for as long as the context is open."""
        self._hidden += 1
        self.take_away()
        try:
            yield
        finally:
            self._hidden -= 1

    def take_away(self) -> None:
        """Clear the line, until it is drawn again."""
        if self._shown:
            self._shown = False
            output.passing("")

    async def keep(self) -> None:
        """Draw the line again and again, for ever."""
        while True:
            await asyncio.sleep(max(0.01, AFTER - self._past()) if self._past() < AFTER else _EVERY)
            if self._what and not self._hidden and self._past() >= AFTER:
                self._shown = True
                output.passing(f"{self._what} … {self._past():.0f} s")

    def _past(self) -> float:
        return time.monotonic() - self._began


_nowhere = Line()
_lines: list[Line] = []
"""The line that is open, if any: there is one terminal."""


@asynccontextmanager
async def waiting(what: str = "", *, quiet: bool = False) -> AsyncIterator[Line]:
    """Show `what` is waited for, for as long as the context is open; `quiet` for a program that reads along."""
    line = Line()
    line.say(what)
    if quiet or not (sys.stdout.isatty() and sys.stderr.isatty()):
        yield line
        return
    drawing = asyncio.create_task(line.keep(), name="waiting line")
    _lines.append(line)
    try:
        yield line
    finally:
        _lines.remove(line)
        drawing.cancel()
        await asyncio.gather(drawing, return_exceptions=True)
        line.take_away()


@contextmanager
def hidden() -> Iterator[None]:
    """The line that is shown, if any, is away for as long as the context is open: somebody else writes."""
    with (_lines[-1] if _lines else _nowhere).hidden():
        yield
