"""Reading events: of a session, of a correlation, across sessions, by full text; newest first, or all of them in order.

Reading never holds the database for long: a stream asks for one page after the other by `seq`, so what is written
meanwhile is not kept waiting and may or may not be seen.
"""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, select, true, union_all

from roxy.contracts.events import Event, EventKind
from roxy.events.index import Match, catch_up, match
from roxy.events.rows import event_of
from roxy.store.database import Database
from roxy.store.tables import events

_PAGE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class EventQuery:
    """Which events; what is left empty does not count. `since` is included, `until` is not."""

    session_id: str | None = None
    thread_id: str | None = None
    correlation_id: str | None = None
    kinds: Sequence[EventKind] = ()
    name: str | None = None
    search: str = ""
    since: datetime | None = None
    until: datetime | None = None


async def find(database: Database, query: EventQuery, *, limit: int = 100) -> Sequence[Event]:
    """The newest events that fit, newest first."""
    asked = await _asked(database, query)
    if asked is None:
        return []
    async with database.reading() as connection:
        rows = await connection.execute(asked.page(limit, newest=True))
        return [event_of(row) for row in rows.mappings()]


async def stream(database: Database, query: EventQuery) -> AsyncGenerator[Event, None]:
    """All events that fit, oldest first, a page at a time."""
    asked = await _asked(database, query)
    last = 0
    while asked is not None:
        async with database.reading() as connection:
            rows = (await connection.execute(asked.page(_PAGE, after=last))).mappings().all()
        for row in rows:
            yield event_of(row)
        if len(rows) < _PAGE:
            return
        last = rows[-1]["seq"]


async def get(database: Database, id: str) -> Event | None:
    """The event `id`; None when there is none (any more)."""
    async with database.reading() as connection:
        row = (await connection.execute(select(events).where(events.c.id == id))).mappings().one_or_none()
    return None if row is None else event_of(row)


@dataclass(frozen=True, slots=True)
class _Asked:
    parts: Sequence[Match]
    conditions: Sequence[ColumnElement[bool]]

    def page(self, limit: int, *, newest: bool = False, after: int | None = None) -> Select[Any]:
        """The next `limit` events, the oldest first or the newest."""
        # Each part stops by itself: of many that fit, all but the first would be sorted for nothing.
        pages = [self._part(part, limit, newest, after) for part in self.parts]
        if len(pages) == 1:
            return pages[0]
        found = union_all(*(select(page.subquery()) for page in pages)).subquery()
        return select(found).order_by(found.c.seq.desc() if newest else found.c.seq).limit(limit)

    def _part(self, part: Match, limit: int, newest: bool, after: int | None) -> Select[Any]:  # noqa: FBT001 - as above
        chosen = select(events).select_from(part.source).where(*self.conditions, part.condition)
        if after is not None:
            chosen = chosen.where(part.position > after)
        return chosen.order_by(part.position.desc() if newest else part.position).limit(limit)


async def _asked(database: Database, query: EventQuery) -> _Asked | None:
    if not query.search:
        return _Asked([Match(events, true(), events.c.seq)], _conditions(query))
    parts = match(database.dialect, query.search)
    if not parts:
        return None
    await catch_up(database)
    return _Asked(parts, _conditions(query))


def _conditions(query: EventQuery) -> list[ColumnElement[bool]]:
    columns = events.c
    wanted = (
        (columns.session_id, query.session_id),
        (columns.thread_id, query.thread_id),
        (columns.correlation_id, query.correlation_id),
        (columns.name, query.name),
    )
    conditions: list[ColumnElement[bool]] = [name == value for name, value in wanted if value is not None]
    if query.kinds:
        conditions.append(columns.kind.in_([kind.value for kind in query.kinds]))
    if query.since is not None:
        conditions.append(columns.at >= query.since)
    if query.until is not None:
        conditions.append(columns.at < query.until)
    return conditions
