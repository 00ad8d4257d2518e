"""Taking back the last turn that changed something.

Memory, notebook and reminders make each change inside `Journal.change`, which keeps the row as it was and as it became,
in the same transaction. `Undo.undo_last` puts the rows of the session's last changing turn back, newest first; a row
that has changed since (from another session, or because a reminder fired) is left alone and said so. All of it is data
in the database, so it works after a restart. What was taken back or forgotten stays here for `KEPT` and no longer.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from textwrap import shorten
from typing import Any

from sqlalchemy import ColumnElement, Table, and_, delete, insert, select
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from roxy.store.database import Database
from roxy.store.tables import Moment, memory, notebook, reminders, undo

KEPT = timedelta(days=7)

_TARGETS: dict[str, Table] = {table.name: table for table in (memory, notebook, reminders)}
_LEFT = "Something has changed since then, so I left that as it is."

Row = dict[str, Any]


class Journal:
    """What one turn changes. Without a session it keeps nothing: there is nobody who could say "undo that"."""

    def __init__(self, session_id: str = "", turn_id: str = "") -> None:
        self.session_id = session_id
        self.turn_id = turn_id

    @property
    def source(self) -> dict[str, str]:
        """Where something was told, as it is kept with it."""
        known = {"session_id": self.session_id, "turn_id": self.turn_id}
        return {name: value for name, value in known.items() if value}

    @asynccontextmanager
    async def change(
        self, connection: AsyncConnection, table: Table, key: Mapping[str, Any], words: str
    ) -> AsyncIterator[None]:
        """Change the row of `table` with the key columns `key` inside this context, on `connection` (writing).

        `words` is the sentence that is said once the change was taken back: "I no longer remember “…”."
        """
        if not self.session_id:
            yield
            return
        before = await _row(connection, table, key)
        yield
        after = await _row(connection, table, key)
        if before == after:
            return
        now = datetime.now(UTC)
        await connection.execute(delete(undo).where(undo.c.at < now - KEPT))
        await connection.execute(
            insert(undo).values(
                session_id=self.session_id,
                turn_id=self.turn_id,
                at=now,
                target=table.name,
                key=dict(key),
                before=before,
                after=after,
                words=words,
            )
        )


class Undo:
    """Takes turns back."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def undo_last(self, session_id: str, *, only_turn: str = "") -> str | None:
        """Take back the last turn of the session that changed something; says what, or None when there is none.

        With `only_turn` that turn alone: None when another one, or none, changed something last.
        """
        async with self._database.writing() as connection:
            last = select(undo.c.turn_id).where(undo.c.session_id == session_id).order_by(undo.c.seq.desc()).limit(1)
            turn_id = (await connection.execute(last)).scalar_one_or_none()
            if turn_id is None or (only_turn and turn_id != only_turn):
                return None
            of_turn = and_(undo.c.session_id == session_id, undo.c.turn_id == turn_id)
            changes = (await connection.execute(select(undo).where(of_turn).order_by(undo.c.seq.desc()))).mappings()
            said: dict[str, None] = {}
            for change in changes.all():
                done = await _take_back(connection, change)
                said[change["words"] if done else _LEFT] = None
            await connection.execute(delete(undo).where(of_turn))
        return " ".join(said)


def quoted(text: str) -> str:
    """`text` as it is named in a sentence: on one line, not too long, in quotation marks."""
    return f"“{shorten(text, 80, placeholder='…') or text[:80]}”"


async def _take_back(connection: AsyncConnection, change: RowMapping) -> bool:
    table = _TARGETS[change["target"]]
    key, before = change["key"], change["before"]
    now = await _row(connection, table, key)
    if now is not None and change["after"] is not None:
        # What was kept by an earlier Roxy does not know of columns that were added since.
        now = {name: now[name] for name in change["after"] if name in now}
    if now != change["after"]:
        return False
    await connection.execute(delete(table).where(_is(table, key)))
    if before is not None:
        await connection.execute(insert(table).values(_from_json(table, before)))
    return True


async def _row(connection: AsyncConnection, table: Table, key: Mapping[str, Any]) -> Row | None:
    """The row as JSON, or None."""
    found = (await connection.execute(select(table).where(_is(table, key)))).mappings().one_or_none()
    if found is None:
        return None
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in found.items()}


def _from_json(table: Table, row: Row) -> Row:
    def value(name: str) -> Any:
        if row[name] is not None and isinstance(table.c[name].type, Moment):
            return datetime.fromisoformat(row[name])
        return row[name]

    return {name: value(name) for name in row}


def _is(table: Table, key: Mapping[str, Any]) -> ColumnElement[bool]:
    return and_(*(table.c[name] == value for name, value in key.items()))
