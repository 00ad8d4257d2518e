"""Opening things at their first need."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from typing import Generic, TypeVar

T = TypeVar("T")


class Lazy(Generic[T]):
    """A department that is opened at its first need, once, and closed with the others in reverse order."""

    def __init__(self, stack: AsyncExitStack, open_: Callable[[], AbstractAsyncContextManager[T]]) -> None:
        self._stack = stack
        self._open = open_
        self._lock = asyncio.Lock()
        self.now: T | None = None
        """What is open; None before the first need."""

    async def get(self) -> T:
        """The department, opened now when it was not; raises what opening raises, and tries again at the next need."""
        async with self._lock:
            if self.now is None:
                self.now = await self._stack.enter_async_context(self._open())
            return self.now
