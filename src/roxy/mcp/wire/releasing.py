"""Letting go of very large values in slices: to free a million objects at once takes a tenth of a second.

Order of events: whoever has made such a value hands its large lists and mappings over (`hold`); a task looks every now
and then which of them nobody else refers to any more, and empties those, a few milliseconds at a time. For that a
value lives a moment longer than it is needed.
"""

import asyncio
import sys
import time
from collections.abc import Iterable
from typing import Any

_LOOK_SECONDS = 0.2
_SLICE_SECONDS = 0.002
_STEP = 64  # elements between two looks at the clock; each was at most a run of `slices`
_MINE = 3  # references: of the list of all, of the loop over it, and of the question itself


class Releasing:
    """Holds large values until nobody else does."""

    def __init__(self) -> None:
        self._held: list[list[Any] | dict[str, Any]] = []
        self._looking: asyncio.Task[None] | None = None

    def hold(self, large: Iterable[list[Any] | dict[str, Any]]) -> None:
        """Let go of each of them in slices, once nobody else refers to it."""
        self._held += large
        if self._held and (self._looking is None or self._looking.done()):
            self._looking = asyncio.create_task(self._look(), name="let go of large values")

    async def aclose(self) -> None:
        """Hold nothing any more."""
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.wait({self._looking})
        self._held.clear()

    async def _look(self) -> None:
        while self._held:
            await asyncio.sleep(_LOOK_SECONDS)
            unused = [value for value in self._held if sys.getrefcount(value) <= _MINE]
            for value in unused:
                await _emptied(value)
            self._held = [value for value in self._held if value]


async def _emptied(value: list[Any] | dict[str, Any]) -> None:
    rested = time.perf_counter()
    while value:
        if isinstance(value, list):
            del value[-_STEP:]
        else:
            for _ in range(min(_STEP, len(value))):
                value.popitem()
        if time.perf_counter() - rested > _SLICE_SECONDS:
            await asyncio.sleep(0)
            rested = time.perf_counter()
