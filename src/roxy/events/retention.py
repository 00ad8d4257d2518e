"""Letting old events go: after so many days, and beyond so many rows, a few thousand at a time.

The owner of the data does it once a day; `roxy events vacuum` does it at once. Audit events go by age alone: no flood
of other events can push them out.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Select, delete, func, select

from roxy.contracts.events import EventKind
from roxy.errors import StoreError
from roxy.events.index import unindex
from roxy.store.database import Database
from roxy.store.tables import events

_log = logging.getLogger(__name__)

_SLICE = 1_000
_FIRST, _EVERY = timedelta(minutes=1), timedelta(days=1)
_WORTH_A_VACUUM = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """How long events are kept; 0 is for ever, or without a limit."""

    days: int = 0
    rows: int = 0


async def prune(database: Database, keeping: Keeping, *, now: datetime | None = None) -> int:
    """Delete what is not to be kept any longer; returns how many events those were."""
    deleted = 0
    if keeping.days:
        before = (now or datetime.now(UTC)) - timedelta(days=keeping.days)
        # By kind, since the index is over kind and time.
        old = select(events.c.seq).where(events.c.kind.in_([kind.value for kind in EventKind]), events.c.at < before)
        deleted += await _delete_all(database, old)
    if keeping.rows:
        async with database.reading() as connection:
            count, last = (await connection.execute(select(func.count(), func.max(events.c.seq)))).one()
        if count > keeping.rows:
            first_kept = select(events.c.seq).order_by(events.c.seq.desc()).offset(keeping.rows - 1).limit(1)
            beyond = select(events.c.seq).where(
                events.c.seq < first_kept.scalar_subquery(), events.c.kind != EventKind.AUDIT.value
            )
            deleted += await _delete_all(database, beyond.where(events.c.seq <= last))
    return deleted


@asynccontextmanager
async def pruning(database: Database, keeping: Keeping) -> AsyncIterator[None]:
    """Prune a minute after the beginning and once a day, for as long as the context is open."""
    task = asyncio.create_task(_prune_daily(database, keeping), name="event retention")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})


async def _prune_daily(database: Database, keeping: Keeping) -> None:
    pause = _FIRST
    while True:
        await asyncio.sleep(pause.total_seconds())
        pause = _EVERY
        try:
            if await prune(database, keeping) and await _mostly_free(database):
                await database.vacuum()
        except StoreError as error:
            _log.warning("old events could not be deleted: %s", error)


async def _delete_all(database: Database, doomed: Select[int]) -> int:
    deleted = 0
    while True:
        async with database.writing() as connection:
            seqs = list((await connection.execute(doomed.order_by(events.c.seq).limit(_SLICE))).scalars())
            if seqs:
                await unindex(connection, seqs)
                await connection.execute(delete(events).where(events.c.seq.in_(seqs)))
        deleted += len(seqs)
        if len(seqs) < _SLICE:
            return deleted


async def _mostly_free(database: Database) -> bool:
    """Whether most of a SQLite file is room that nothing uses; PostgreSQL looks after itself."""
    if database.dialect != "sqlite":
        return False
    async with database.reading() as connection:
        free = (await connection.exec_driver_sql("PRAGMA freelist_count")).scalar_one()
        pages = (await connection.exec_driver_sql("PRAGMA page_count")).scalar_one()
    return bool(free > pages * _WORTH_A_VACUUM)
