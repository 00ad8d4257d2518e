"""When the index of words follows the log: after every so many events, and when nothing comes any more.

SQLite has one writer at a time, so the index is written between two commits. PostgreSQL has room for both: there a task
of its own indexes while the log goes on writing, and nobody who records or waits for a commit waits for it; only when
so many events are not indexed that a search would have to wait, the writer does.
"""

import asyncio
import logging

from roxy.errors import StoreError
from roxy.events.index import SLICE, TAIL, index_slice
from roxy.store.database import Database

_log = logging.getLogger(__name__)


class Indexer:
    """Knows about how many events are not in the index yet; with `on` false it never indexes any.

    Beyond `most` of them, `keep_up` waits for those of the background.
    """

    def __init__(self, database: Database, *, on: bool, most: int = TAIL) -> None:
        self._most = most
        self._progress = asyncio.Event()
        self._database = database
        self._on = on
        self._beside = database.dialect != "sqlite"
        self._task: asyncio.Task[None] | None = None
        self._stopped = False
        self.behind = SLICE if on else 0  # an earlier process may have left some
        """About how many events the index has not seen; 0 also when there is no index to keep."""

    def wrote(self, count: int) -> None:
        """So many events were committed."""
        self.behind += count if self._on else 0

    async def keep_up(self) -> None:
        """Index, if there is enough for a slice; called after each commit."""
        if self.behind >= SLICE:
            await self.follow()
        while self.behind > self._most and self._task is not None and not self._task.done():
            self._progress.clear()
            await self._progress.wait()

    async def follow(self) -> None:
        """Index the next events: a slice at once, or all of them in the background."""
        if not self.behind:
            return
        if not self._beside:
            await self._slice()
        elif self._task is None or self._task.done():
            self._task = asyncio.create_task(self._all(), name="event index")

    async def stop(self) -> None:
        """Let the slice in hand end. What is left is indexed by the next log, or by the first search."""
        self._stopped = True
        if self._task is not None:
            await self._task

    async def _all(self) -> None:
        try:
            while self.behind and not self._stopped:
                await self._slice()
                self._progress.set()
        finally:
            self._progress.set()

    async def _slice(self) -> None:
        before = self.behind
        try:
            more = await index_slice(self._database)
        except StoreError as error:  # the events are kept; the next slice takes them too
            _log.warning("events could not be indexed: %s", error)
            more = False
        # What was committed meanwhile may have been too late for this slice.
        self.behind = max(self.behind - SLICE, 1) if more else self.behind - before
