"""SQLite's async driver with one trip to its thread for each statement, where aiosqlite alone makes four.

A trip wakes a thread, hands the interpreter over and back, and wakes the event loop: more work than most statements
are. So a cursor is made, used, emptied and closed in one of them. A deferred BEGIN takes no lock and sees nothing
yet: it travels with the first statement after it. The end of what only read is not waited for: the connection's
thread does one thing after the other, so whatever comes next finds it done.
"""

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Self

import aiosqlite

_BEGIN = "BEGIN"


class Connection(aiosqlite.Connection):
    """An aiosqlite connection as SQLAlchemy's dialect uses it. Transactions begin with a statement of their own."""

    def __init__(self, connector: Callable[[], sqlite3.Connection]) -> None:
        super().__init__(connector, iter_chunk_size=64)
        self._thread.daemon = True  # as the dialect does: a connection left open must not keep the process alive
        self._begins = False
        self._reads = False
        self._ended = False
        """Whether nothing was asked for since the last transaction ended."""

    def cursor(self) -> "Cursor":  # type: ignore[override] # made without a trip
        """A cursor; its rows are all here when `execute` returns."""
        return Cursor(self)

    async def run(self, sql: str, work: Callable[[sqlite3.Connection], None]) -> None:
        """Do the work of the statement `sql` in the connection's thread, after a BEGIN that is still to come."""
        if sql == _BEGIN:
            self._begins = self._reads = True
            return
        begins, self._begins = self._begins, False
        self._ended = False
        await self._execute(_begun if begins else _called, work, self._conn)  # type: ignore[no-untyped-call] # the driver's

    async def rollback(self) -> None:
        """Give up the transaction; waited for only when it may have written, and no trip when there is none."""
        begins, reads = self._begins, self._reads
        self._begins = self._reads = False
        if begins or self._ended:
            return
        if reads:
            self._tx.put_nowait((None, self._conn.rollback))
        else:
            await super().rollback()
        self._ended = True

    async def commit(self) -> None:
        """End the transaction."""
        begins, self._begins = self._begins, False
        self._reads = False
        if not begins:
            await super().commit()
            self._ended = True  # only now: of one that was cancelled nobody knows


class Cursor:
    """A cursor for one statement at a time, with all rows of it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._rows: list[Any] = []
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None
        self.arraysize = 1

    async def __aenter__(self) -> Self:
        return self

    async def execute(self, sql: str, parameters: Sequence[Any] = ()) -> Self:
        """Run a statement and take its rows."""
        await self._connection.run(sql, lambda driver: self._take(driver.execute(sql, parameters)))
        return self

    async def executemany(self, sql: str, parameters: Iterable[Sequence[Any]]) -> Self:
        """Run a statement for each of `parameters`."""
        await self._connection.run(sql, lambda driver: self._take(driver.executemany(sql, parameters)))
        return self

    async def fetchall(self) -> list[Any]:
        """The rows, once."""
        rows, self._rows = self._rows, []
        return rows

    async def close(self) -> None:
        """Nothing is open any more."""

    def _take(self, cursor: sqlite3.Cursor) -> None:
        try:
            self.description = cursor.description
            self._rows = cursor.fetchall() if cursor.description else []
            self.rowcount, self.lastrowid = cursor.rowcount, cursor.lastrowid
        finally:
            cursor.close()


def connect(database: str | Path, **options: Any) -> Connection:
    """A connection to be awaited; `options` are those of `sqlite3.connect`."""
    return Connection(partial(sqlite3.connect, str(database), **options))


def _called(work: Callable[[sqlite3.Connection], None], driver: sqlite3.Connection) -> None:
    work(driver)


def _begun(work: Callable[[sqlite3.Connection], None], driver: sqlite3.Connection) -> None:
    driver.execute(_BEGIN)
    work(driver)
