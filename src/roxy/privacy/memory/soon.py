"""Work that nobody waits for: done in a thread a moment later, once for all who asked for it until then."""

import asyncio
from collections.abc import Callable
from contextlib import suppress


class Soon:
    """Does `work`, which raises nothing, `seconds` after it was first asked for; for tasks of one loop at a time."""

    def __init__(self, work: Callable[[], None], seconds: float) -> None:
        self._work = work
        self._seconds = seconds
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timer: asyncio.TimerHandle | None = None

    def ask(self) -> None:
        """Let it be done soon; costs next to nothing when somebody has asked already."""
        loop = asyncio.get_running_loop()
        if self._loop is not loop:  # one that ended before its time came never does it
            self._loop = loop
            self._timer = loop.call_later(self._seconds, self._begin, loop)

    def leave(self) -> None:
        """It was done otherwise, or need not be done any more."""
        if self._timer is not None:
            self._timer.cancel()
        self._loop = self._timer = None

    def _begin(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = self._timer = None
        with suppress(RuntimeError):  # the loop is ending, and has no threads any more
            loop.run_in_executor(None, self._work)
