"""The event log: one writer that puts many events into one commit.

Order of events: `record` puts an event into a bounded queue and returns; the writer takes what has gathered, at the
latest after 5 ms or when 64 wait, and commits it at once. `audit` waits for that commit. What finds the queue full, or
cannot be written, is counted; one event tells how many as soon as writing works again. Their order is that of `seq`,
not of the clock, which may jump.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

from sqlalchemy import insert, select
from sqlalchemy.exc import SQLAlchemyError

from roxy.contracts.events import Event, EventKind
from roxy.errors import StoreError
from roxy.store.database import Database
from roxy.store.tables import events

_log = logging.getLogger(__name__)

_BATCH = 64
_DELAY = 0.005
_MOST_AT_ONCE = 1_000

_Waiting = tuple[Event | None, asyncio.Future[None] | None]
"""An event, and whoever waits for its commit; without an event only the commit of those before it is waited for."""


class EventLog:
    """Implements `roxy.contracts.events.EventSink` for as long as the context is open, in one event loop."""

    def __init__(self, database: Database, *, most_waiting: int = 10_000) -> None:
        self._database = database
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

    def record(self, event: Event) -> None:
        """Hand over an event; returns at once and never raises. With the queue full it is dropped and counted."""
        if self._closed or len(self._waiting) >= self._most_waiting:
            self._drop(1, "the queue is full" if not self._closed else "the log is closed")
            return
        self._waiting.append((event, None))
        self._wake.set()
        if len(self._waiting) >= _BATCH:
            self._hurry.set()

    async def audit(self, event: Event) -> None:
        """Hand over an event and wait until it is on the disk; raises `StoreError` when it cannot be written."""
        await self._committed(event)

    async def flush(self) -> None:
        """Wait until all that was handed over before is written or dropped."""
        with suppress(StoreError):
            await self._committed(None)

    async def recent(
        self, session_id: str | None = None, kind: EventKind | None = None, limit: int = 100
    ) -> Sequence[Event]:
        """The newest events, newest first, of one session or kind when asked; those still in the queue too."""
        await self.flush()
        newest = select(events).order_by(events.c.seq.desc()).limit(limit)
        if session_id is not None:
            newest = newest.where(events.c.session_id == session_id)
        if kind is not None:
            newest = newest.where(events.c.kind == kind.value)
        async with self._database.reading() as connection:
            rows = (await connection.execute(newest)).mappings().all()
        return [_event(dict(row)) for row in rows]

    async def _committed(self, event: Event | None) -> None:
        if self._closed or self._writer is None:
            raise StoreError(
                "The event log is closed.", hint="This is a fault in Roxy: the log must outlive its users."
            )
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((event, done))
        self._wake.set()
        self._hurry.set()
        await done

    async def _write_until_closed(self) -> None:
        while not (self._closed and not self._waiting):
            await self._wake.wait()
            with suppress(TimeoutError):
                async with asyncio.timeout(_DELAY):
                    await self._hurry.wait()
            self._wake.clear()
            self._hurry.clear()
            while self._waiting:
                count = min(len(self._waiting), _MOST_AT_ONCE)
                await self._write_batch([self._waiting.popleft() for _ in range(count)])

    async def _write_batch(self, batch: Sequence[_Waiting]) -> None:
        try:
            await self._insert([event for event, _ in batch if event])
        except StoreError as error:
            self._fail(batch, error)
        except SQLAlchemyError as error:
            # One event that cannot be kept (no JSON, an id twice) must not take the others with it.
            if len(batch) == 1:
                self._fail(batch, StoreError(f"An event could not be kept: {type(error).__name__}."))
                return
            for one in batch:
                await self._write_batch([one])
        else:
            _answer(batch)

    async def _insert(self, batch: Sequence[Event]) -> None:
        if not batch and not self._dropped:
            return
        dropped, rows = self._dropped, [_row(event) for event in batch]
        if dropped:
            rows.append(_row(Event(kind=EventKind.ERROR, name="events.dropped", data={"count": dropped})))
        async with self._database.writing() as connection:
            await connection.execute(insert(events), rows)
        self._dropped -= dropped

    def _fail(self, batch: Sequence[_Waiting], error: StoreError) -> None:
        for event, waiter in batch:
            if waiter and not waiter.done():
                waiter.set_exception(error)
            elif event:
                self._drop(1, error.message)

    def _drop(self, count: int, why: str) -> None:
        if not self._dropped:  # told once, not a thousand times
            _log.warning("events are dropped: %s", why)
        self._dropped += count


def _answer(batch: Sequence[_Waiting]) -> None:
    for _, waiter in batch:
        if waiter and not waiter.done():  # one that was cancelled may not be answered
            waiter.set_result(None)


def _row(event: Event) -> dict[str, Any]:
    names = (column.name for column in events.c if column is not events.c.seq)
    return {name: getattr(event, name) for name in names} | {"kind": event.kind.value}


def _event(row: dict[str, Any]) -> Event:
    del row["seq"]
    return Event(**row | {"kind": EventKind(row["kind"])})
