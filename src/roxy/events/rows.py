"""An event as a row of the table, and back. Written for speed: it runs once for every event of a batch."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Dialect, insert
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from roxy.contracts.events import Event, EventKind
from roxy.store.copying import copy_rows
from roxy.store.documents import as_clean_json, as_json
from roxy.store.tables import events

COLUMNS = tuple(column.name for column in events.c if column is not events.c.seq)


class Rows:
    """Makes the rows of one dialect, as its driver takes them."""

    def __init__(self, dialect: Dialect) -> None:
        sqlite = dialect.name == "sqlite"
        # SQLite's driver runs the statement once a row; PostgreSQL's has something faster.
        self._insert = str(insert(events).compile(dialect=dialect, column_keys=list(COLUMNS))) if sqlite else ""
        self._json: Callable[[object], str] = as_json if sqlite else as_clean_json
        self._moment: Callable[[datetime], Any] = _as_text if sqlite else _in_utc

    def of(self, event: Event) -> tuple[Any, ...]:
        """The values of `event` in the order of `COLUMNS`.

        Raises `ValueError`, `TypeError` or `RecursionError` for what cannot be kept.
        """
        return (
            _text(event.id),
            self._moment(event.at),
            event.kind.value,
            _text(event.name),
            event.session_id and _text(event.session_id),
            event.thread_id and _text(event.thread_id),
            event.parent_id and _text(event.parent_id),
            event.correlation_id and _text(event.correlation_id),
            event.hop,
            _text(event.route),
            _text(event.transport),
            self._json(event.data),
            self._json(event.extra) if event.extra else "{}",
            event.version,
        )

    async def write(self, connection: AsyncConnection, rows: Sequence[tuple[Any, ...]]) -> None:
        """Add the rows that `of` made, within the transaction of `connection`. Raises `SQLAlchemyError`."""
        if self._insert:
            await connection.exec_driver_sql(self._insert, list(rows))
        else:
            await copy_rows(connection, events.name, COLUMNS, rows)


def event_of(row: RowMapping) -> Event:
    """The event that a row holds, read through SQLAlchemy."""
    kept = {name: row[name] for name in COLUMNS}
    return Event(**kept | {"kind": EventKind(kept["kind"])})


def _in_utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a point in time needs a time zone")
    return moment if moment.tzinfo is UTC else moment.astimezone(UTC)


def _as_text(moment: datetime) -> str:
    return _in_utc(moment).replace(tzinfo=None).isoformat(" ", "microseconds")  # as SQLAlchemy's DateTime writes it


def _text(text: str) -> str:
    """Ids and names come from providers too: what is no Unicode text is replaced."""
    if not text.isascii():
        text = text.encode("utf-8", "replace").decode()
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}") if "\0" in text else text
