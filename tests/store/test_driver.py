"""The driver that makes one trip to SQLite's thread for each statement."""

import asyncio
import sqlite3
from pathlib import Path

import pytest

from roxy.store.driver import Connection, connect


class _Counted(Connection):
    trips = 0

    async def _execute(self, *what: object, **more: object) -> object:
        self.trips += 1
        return await super()._execute(*what, **more)


def _counted(path: Path) -> _Counted:
    return _Counted(lambda: sqlite3.connect(path, isolation_level=None))


async def _rows(connection: Connection, sql: str) -> list[object]:
    cursor = await connection.cursor().execute(sql)
    return await cursor.fetchall()


async def test_a_read_takes_one_trip_and_leaves_no_transaction(tmp_path: Path) -> None:
    async with _counted(tmp_path / "a.db") as connection:
        await _rows(connection, "BEGIN")
        assert await _rows(connection, "SELECT 1, 2") == [(1, 2)]
        assert connection.trips == 1
        await connection.rollback()
        assert connection.trips == 1
        await _rows(connection, "BEGIN")
        assert await _rows(connection, "SELECT 3") == [(3,)], "the one before would still be open"
        assert connection.in_transaction
        await connection.rollback()


async def test_a_transaction_sees_one_state_from_its_first_statement_on(tmp_path: Path) -> None:
    async with connect(tmp_path / "a.db", isolation_level=None) as reader, connect(tmp_path / "a.db") as writer:
        await _rows(reader, "PRAGMA journal_mode=WAL")
        await _rows(reader, "CREATE TABLE t (n)")
        await _rows(reader, "BEGIN")
        assert await _rows(reader, "SELECT count(*) FROM t") == [(0,)]
        await _rows(writer, "INSERT INTO t VALUES (1)")
        await writer.commit()
        assert await _rows(reader, "SELECT count(*) FROM t") == [(0,)]
        await reader.rollback()
        assert await _rows(reader, "SELECT count(*) FROM t") == [(1,)]


async def test_what_a_read_changed_is_rolled_back(tmp_path: Path) -> None:
    async with connect(tmp_path / "a.db", isolation_level=None) as connection:
        await _rows(connection, "CREATE TABLE t (n)")
        await _rows(connection, "BEGIN")
        await _rows(connection, "INSERT INTO t VALUES (1)")
        await connection.rollback()
        assert await _rows(connection, "SELECT count(*) FROM t") == [(0,)]


async def test_a_transaction_without_a_statement_ends_without_a_trip(tmp_path: Path) -> None:
    async with _counted(tmp_path / "a.db") as connection:
        for end in (connection.rollback, connection.commit):
            await _rows(connection, "BEGIN")
            await end()
        assert connection.trips == 0
        assert not connection.in_transaction


async def test_after_a_commit_there_is_nothing_to_roll_back_and_no_trip_is_made_for_it(tmp_path: Path) -> None:
    async with _counted(tmp_path / "a.db") as connection:
        await _rows(connection, "CREATE TABLE t (n)")
        await _rows(connection, "BEGIN IMMEDIATE")
        await _rows(connection, "INSERT INTO t VALUES (1)")
        await connection.commit()
        trips = connection.trips
        await connection.rollback()
        assert connection.trips == trips
        await _rows(connection, "BEGIN IMMEDIATE")
        await _rows(connection, "INSERT INTO t VALUES (2)")
        await connection.rollback()
        assert await _rows(connection, "SELECT n FROM t") == [(1,)]


async def test_a_transaction_whose_beginning_was_cancelled_is_rolled_back(tmp_path: Path) -> None:
    async with _counted(tmp_path / "a.db") as connection:
        await _rows(connection, "BEGIN IMMEDIATE")
        await connection.commit()
        begins = asyncio.ensure_future(_rows(connection, "BEGIN IMMEDIATE"))
        await asyncio.sleep(0)
        begins.cancel()
        await connection.rollback()
        assert not connection.in_transaction
        await _rows(connection, "BEGIN IMMEDIATE")


async def test_a_statement_that_fails_closes_its_cursor_and_says_why(tmp_path: Path) -> None:
    async with connect(tmp_path / "a.db", isolation_level=None) as connection:
        await _rows(connection, "CREATE TABLE t (n UNIQUE)")
        with pytest.raises(sqlite3.IntegrityError):
            await connection.cursor().executemany("INSERT INTO t VALUES (?)", [(1,), (1,)])
        with pytest.raises(sqlite3.OperationalError):
            await _rows(connection, "SELECT nothing FROM nowhere")
        assert await _rows(connection, "SELECT 5") == [(5,)]
