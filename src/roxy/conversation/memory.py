"""What Roxy remembers of the user: what it was asked to remember, and the facts it asked whether to.

What is forgotten takes its traces with it: what it had taken the place of, the lines of summaries that say it, and its
words in the index. What was said stays in the conversation, and what a turn of a conversation changed can be undone.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, insert, select, update
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from roxy.contracts.ids import new_id
from roxy.contracts.skills import MemoryItem
from roxy.conversation.longterm.search import found, related
from roxy.conversation.longterm.sentences import facts
from roxy.conversation.longterm.topics import asked_words, is_secret
from roxy.conversation.longterm.traces import drop_traces
from roxy.conversation.undo import Journal, quoted
from roxy.store.database import Database
from roxy.store.tables import memory

_CURRENT = memory.c.ended.is_(None)


class UserMemory:
    """The memory of one user; all skills and sessions share it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def for_turn(self, journal: Journal, *, kind: str = "remembered") -> "TurnMemory":
        """The memory as one turn sees it: what it changes can be undone. `kind` is that of what it remembers."""
        return TurnMemory(self._database, journal, kind=kind)

    async def related(self, said: str, limit: int) -> Sequence[MemoryItem]:
        """What may matter to what was said: any of its words, or its topic, is enough. Never what sounds like a secret.

        `found` by `TurnMemory.search` would be too strict here: a request is longer than a question to the memory.
        """
        words = asked_words(said)
        if not words:
            return []
        async with self._database.reading() as connection:
            rows = await related(connection, words, 4 * limit)
        return [_item(row) for row in rows if not is_secret(row["text"])][:limit]


class TurnMemory:
    """`roxy.contracts.skills.Memory` for one turn."""

    def __init__(self, database: Database, journal: Journal, *, kind: str = "remembered") -> None:
        self._database = database
        self._journal = journal
        self._kind = kind

    async def remember(self, text: str, **about: Any) -> str:
        """Keep `text`; returns its id. It is on the disk when this returns."""
        async with self._database.writing() as connection:
            return await self._added(connection, text, about)

    async def replace(self, old: str, text: str, **about: Any) -> str:
        """Keep `text` in the place of the item `old`, which is kept with the day on which that ended."""
        async with self._database.writing() as connection:
            row = {"id": old}
            async with self._journal.change(connection, memory, row, "What I remembered before is so again."):
                await connection.execute(update(memory).where(memory.c.id == old).values(ended=datetime.now(UTC)))
            return await self._added(connection, text, about)

    async def _added(self, connection: AsyncConnection, text: str, about: dict[str, Any]) -> str:
        id_, undone = new_id("mem"), f"I no longer remember {quoted(text)}."
        row = {"id": id_, "text": text, "about": {**self._journal.source, **about}, "at": datetime.now(UTC)}
        async with self._journal.change(connection, memory, {"id": id_}, undone):
            await connection.execute(insert(memory).values(**row, kind=self._kind, slot=_slot(text)))
        return id_

    async def search(self, query: str, limit: int = 5) -> Sequence[MemoryItem]:
        """The items that answer `query` best, best first; a question's small words do not count."""
        async with self._database.reading() as connection:
            return [_item(row) for row in await found(connection, query, limit)]

    async def latest(self, limit: int = 20) -> Sequence[MemoryItem]:
        """The newest items, newest first."""
        return await self._newest(limit, _CURRENT)

    async def replaced(self, limit: int = 20) -> Sequence[MemoryItem]:
        """The items that something else took the place of, newest first."""
        return await self._newest(limit, memory.c.ended.is_not(None))

    async def _newest(self, limit: int, which: ColumnElement[bool]) -> Sequence[MemoryItem]:
        newest = select(memory).where(which).order_by(memory.c.seq.desc()).limit(limit)
        async with self._database.reading() as connection:
            return [_item(row) for row in (await connection.execute(newest)).mappings()]

    async def of_slot(self, slot: str) -> Sequence[MemoryItem]:
        """The items about one thing (see `sentences.Fact.slot`) as they are now, newest first."""
        held = select(memory).where(memory.c.slot == slot, _CURRENT).order_by(memory.c.seq.desc())
        async with self._database.reading() as connection:
            return [_item(row) for row in (await connection.execute(held)).mappings()]

    async def edit(self, id: str, text: str) -> bool:
        """Let the item `id` say `text`; when it was told stays, when it was changed is noted. False: there is none."""
        changed = {"changed": datetime.now(UTC).isoformat(timespec="seconds")}
        async with self._database.writing() as connection:
            kept = await _kept(connection, id)
            if kept is None:
                return False
            about = {**kept["about"], **changed}
            undone = f"I remember {quoted(kept['text'])} again."
            async with self._journal.change(connection, memory, {"id": id}, undone):
                edited = update(memory).where(memory.c.id == id).values(text=text, about=about, slot=_slot(text))
                await connection.execute(edited)
        return True

    async def forget(self, id: str) -> bool:
        """Drop the item `id`, what it had replaced, and its traces; False when there is none."""
        async with self._database.writing() as connection:
            kept = await _kept(connection, id)
            if kept is None:
                return False
            gone = [kept, *await _replaced(connection, kept)]
            for row in gone:
                undone = f"I remember {quoted(row['text'])} again."
                async with self._journal.change(connection, memory, {"id": row["id"]}, undone):
                    await connection.execute(delete(memory).where(memory.c.id == row["id"]))
            await drop_traces(connection, [_item(row) for row in gone], undoable=bool(self._journal.session_id))
        return True


async def _kept(connection: AsyncConnection, id_: str) -> RowMapping | None:
    return (await connection.execute(select(memory).where(memory.c.id == id_))).mappings().one_or_none()


async def _replaced(connection: AsyncConnection, row: RowMapping) -> Sequence[RowMapping]:
    """What `row` and those before it had taken the place of."""
    if row["slot"] is None:
        return []
    before = select(memory).where(memory.c.slot == row["slot"], memory.c.ended.is_not(None), memory.c.id != row["id"])
    return (await connection.execute(before.order_by(memory.c.seq))).mappings().all()


def _slot(text: str) -> str | None:
    stated = facts(text)
    return stated[0].slot if len(stated) == 1 else None


def _item(row: RowMapping) -> MemoryItem:
    return MemoryItem(
        id=row["id"], text=row["text"], at=row["at"], about=row["about"], kind=row["kind"], ended=row["ended"]
    )
