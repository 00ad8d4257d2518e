"""The event log: one writer that puts many events into one commit.

Order of events: `record` puts an event into a bounded queue and returns; the writer takes what has gathered, at the
latest after 50 ms or when 64 wait, redacts what is not redacted yet, and commits it at once; full-text search follows
when many events were written or nothing comes any more. `append` waits for that commit: the event survives whatever
ends this process, `kill -9` included. `audit` waits until it is on the disk too: it survives a power cut. What finds
the queue full, or cannot be written, is counted; one event tells how many as soon as writing works again. Their order
is that of `seq`, not of the clock, which may jump.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Any, NamedTuple, Self

from sqlalchemy.exc import SQLAlchemyError

from roxy.contracts.events import Event, EventKind
from roxy.errors import StoreError
from roxy.events.indexer import Indexer
from roxy.events.rows import Rows
from roxy.events.sampling import Sampler
from roxy.events.search import EventQuery, find
from roxy.store.database import Database

_log = logging.getLogger(__name__)

_BATCH = 64
_DELAY = 0.05
_MOST_AT_ONCE = 500
_IDLE = 0.2

EventRedactor = Callable[[Event], Awaitable[Event]]
"""Makes an event fit to be kept: no real value, no secret is left in it."""


class _Waiting(NamedTuple):
    """An event, and whoever waits for its commit; without an event only the commit of those before it is waited for."""

    event: Event | None
    waiter: asyncio.Future[None] | None = None
    durable: bool = False


class EventLog:
    """Implements `roxy.contracts.events.EventSink` for as long as the context is open, in one event loop."""

    def __init__(
        self,
        database: Database,
        *,
        redact: EventRedactor | None = None,
        sampler: Sampler | None = None,
        search: bool = True,
        most_waiting: int = 10_000,
    ) -> None:
        self._database = database
        self._redact = redact
        self._sampler = sampler or Sampler()
        self._rows = Rows(database.sql)
        self._indexer = Indexer(database, on=search)
        self._most_waiting = most_waiting
        self._waiting: deque[_Waiting] = deque()
        self._dropped = 0
        self._wake = asyncio.Event()
        self._hurry = asyncio.Event()
        self._writer: asyncio.Task[None] | None = None
        self._closed = False

    async def __aenter__(self) -> Self:
        self._writer = asyncio.create_task(self._write_until_closed(), name="event log")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closed = True
        self._wake.set()
        self._hurry.set()
        if self._writer is not None:
            await self._writer
        await self._indexer.stop()

    def record(self, event: Event) -> None:
        """Hand over an event; returns at once and never raises. With the queue full it is dropped and counted.

        Of verbose events only the sample is kept.
        """
        kept = self._sampler.kept(event)
        if kept is None:
            return
        if self._closed or len(self._waiting) >= self._most_waiting:
            self._drop(1, "the queue is full" if not self._closed else "the log is closed")
            return
        self._waiting.append(_Waiting(kept))
        self._wake.set()
        if len(self._waiting) >= _BATCH:
            self._hurry.set()

    async def append(self, event: Event) -> None:
        """Hand over an event and wait until the end of this process cannot undo it; raises as `audit`."""
        await self._committed(event, durable=False)

    async def audit(self, event: Event) -> None:
        """Hand over an event and wait until it is on the disk; raises `StoreError` when it cannot be written."""
        await self._committed(event, durable=True)

    async def flush(self) -> None:
        """Wait until all that was handed over before is written or dropped."""
        with suppress(StoreError):
            await self._committed(None, durable=False)

    async def recent(
        self, session_id: str | None = None, kind: EventKind | None = None, limit: int = 100
    ) -> Sequence[Event]:
        """The newest events, newest first, of one session or kind when asked; those still in the queue too."""
        await self.flush()
        kinds = () if kind is None else (kind,)
        return await find(self._database, EventQuery(session_id=session_id, kinds=kinds), limit=limit)

    async def _committed(self, event: Event | None, *, durable: bool) -> None:
        if self._closed or self._writer is None:
            raise StoreError(
                "The event log is closed.", hint="This is a fault in Roxy: the log must outlive its users."
            )
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(event, done, durable))
        self._wake.set()
        self._hurry.set()
        await done

    async def _write_until_closed(self) -> None:
        while not (self._closed and not self._waiting):
            if not await self._gathered():
                await self._indexer.follow()
                continue
            while self._waiting:
                count = min(len(self._waiting), _MOST_AT_ONCE)
                await self._write_batch([self._waiting.popleft() for _ in range(count)])
                await self._indexer.keep_up()

    async def _gathered(self) -> bool:
        """Wait until there is something to write; False when there is not, and the index has time to follow.

        What is left when the log is closed is indexed by the next one, or by the first search.
        """
        try:
            async with asyncio.timeout(_IDLE if self._indexer.behind else None):
                await self._wake.wait()
        except TimeoutError:
            return False
        with suppress(TimeoutError):
            async with asyncio.timeout(_DELAY):
                await self._hurry.wait()
        self._wake.clear()
        self._hurry.clear()
        return True

    async def _write_batch(self, batch: Sequence[_Waiting]) -> None:
        ready: list[tuple[_Waiting, tuple[Any, ...] | None]] = []
        for waiting in await self._redacted(batch):
            try:
                ready.append((waiting, self._rows.of(waiting.event) if waiting.event else None))
            except (ValueError, TypeError, AttributeError, RecursionError) as error:
                self._fail([waiting], StoreError(f"An event could not be kept: {type(error).__name__}."))
        await self._commit(ready)

    async def _redacted(self, batch: Sequence[_Waiting]) -> Sequence[_Waiting]:
        """The batch with all of it redacted, in its order; what cannot be is not kept."""
        if all(waiting.event is None or waiting.event.redacted for waiting in batch):
            return batch
        results = await asyncio.gather(*(self._redact_one(waiting) for waiting in batch))
        return [waiting for waiting in results if waiting]

    async def _redact_one(self, waiting: _Waiting) -> _Waiting | None:
        if waiting.event is None or waiting.event.redacted:
            return waiting
        try:
            if self._redact is None:
                raise StoreError("An event was not redacted, and nobody is there to do it.")  # noqa: TRY301 - one way out
            return waiting._replace(event=await self._redact(waiting.event))
        except Exception as error:  # noqa: BLE001 - the border to the redactor: what it did not see is never written
            told = error if isinstance(error, StoreError) else None
            self._fail([waiting], told or StoreError(f"An event could not be redacted: {type(error).__name__}."))
            return None

    async def _commit(self, ready: Sequence[tuple[_Waiting, tuple[Any, ...] | None]]) -> None:
        batch = [waiting for waiting, _ in ready]
        try:
            await self._insert([row for _, row in ready if row], durable=any(waiting.durable for waiting in batch))
        except StoreError as error:
            self._fail(batch, error)
        except SQLAlchemyError as error:
            # One event that cannot be kept (an id twice) must not take the others with it.
            if len(ready) == 1:
                self._fail(batch, StoreError(f"An event could not be kept: {type(error).__name__}."))
                return
            half = len(ready) // 2
            await self._commit(ready[:half])
            await self._commit(ready[half:])
        else:
            _answer(batch)

    async def _insert(self, rows: Sequence[tuple[Any, ...]], *, durable: bool) -> None:
        dropped, rows = self._dropped, list(rows)
        if dropped:
            lost = Event(kind=EventKind.ERROR, name="events.dropped", data={"count": dropped})
            rows.append(self._rows.of(lost))
        if not rows:
            return
        async with self._database.writing(durable=durable) as connection:
            await self._rows.write(connection, rows)
        self._dropped -= dropped
        self._indexer.wrote(len(rows))

    def _fail(self, batch: Sequence[_Waiting], error: StoreError) -> None:
        for event, waiter, _ in batch:
            if waiter and not waiter.done():
                waiter.set_exception(error)
            elif event:
                self._drop(1, error.message)

    def _drop(self, count: int, why: str) -> None:
        if not self._dropped:  # told once, not a thousand times
            _log.warning("events are dropped: %s", why)
        self._dropped += count


def _answer(batch: Sequence[_Waiting]) -> None:
    for _, waiter, _ in batch:
        if waiter and not waiter.done():  # one that was cancelled may not be answered
            waiter.set_result(None)
