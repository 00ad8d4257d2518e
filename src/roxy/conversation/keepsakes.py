"""Everything Roxy keeps about the user in the database, or of one conversation: taken out as JSON, or deleted."""

import json
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, Table, delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from roxy.contracts.events import EventKind
from roxy.conversation.connectors.rows import all_bindings
from roxy.conversation.longterm.traces import rebuild_indexes
from roxy.conversation.sessions import Sessions
from roxy.store.database import Database
from roxy.store.tables import (
    events,
    mcp_connectors,
    mcp_session_bindings,
    memory,
    model_messages,
    notebook,
    reminders,
    sessions,
    summaries,
    turns,
    undo,
    unkept,
)

FORMAT = 1
"""Of the export; a change that would break a reader raises it."""


class Kind(StrEnum):
    """What is kept."""

    CONVERSATIONS = "conversations"
    MEMORY = "memory"
    NOTES = "notes"
    """Lists, notes, and whatever else skills keep."""
    REMINDERS = "reminders"
    EVENTS = "events"
    """What happened, in pseudonyms."""
    CONNECTORS = "connectors"
    """Servers that were declared in the database, and what sessions bind of them."""


_TABLES: Mapping[Kind, tuple[Table, ...]] = {
    Kind.CONVERSATIONS: (summaries, model_messages, turns, sessions),
    Kind.MEMORY: (summaries, unkept, memory),
    Kind.NOTES: (notebook,),
    Kind.REMINDERS: (reminders,),
    Kind.EVENTS: (events,),
    Kind.CONNECTORS: (mcp_session_bindings, mcp_connectors),
}
_INDEXED: Mapping[Kind, tuple[Table, ...]] = {
    Kind.CONVERSATIONS: (summaries,),
    Kind.MEMORY: (summaries, memory),
    Kind.EVENTS: (events,),
}
"""Tables with a full-text index, all of whose rows go with each kind."""


async def export(database: Database) -> dict[str, Any]:
    """All of it as one JSON document of one moment; times are ISO 8601 in UTC.

    Its keys are `format`, `exported`, those of `Kind`, `declined`: what is not to be remembered, as digests and turns,
    and `undo`: what could still be taken back.
    """
    async with database.reading() as connection:
        notes: dict[str, dict[str, Any]] = {}
        for note in await _rows(connection, select(notebook).order_by(notebook.c.skill, notebook.c.key)):
            notes.setdefault(note["skill"], {})[note["key"]] = json.loads(note["value"])
        return {
            "format": FORMAT,
            "exported": datetime.now(UTC).isoformat(timespec="seconds"),
            Kind.CONVERSATIONS.value: await _conversations(connection),
            Kind.MEMORY.value: await _rows(connection, select(memory).order_by(memory.c.seq)),
            Kind.NOTES.value: notes,
            Kind.REMINDERS.value: await _rows(connection, select(reminders).order_by(reminders.c.created)),
            Kind.EVENTS.value: await _rows(connection, select(events).order_by(events.c.seq)),
            Kind.CONNECTORS.value: await _connectors(connection),
            "declined": await _rows(connection, select(unkept).order_by(unkept.c.seq)),
            "undo": await _rows(connection, select(undo).order_by(undo.c.seq)),
        }


async def export_conversation(database: Database, session_id: str) -> dict[str, Any]:
    """One conversation as `export` has it, with `format` and `exported`; raises `UsageError` when there is none."""
    await Sessions(database).resume(session_id)
    async with database.reading() as connection:
        (conversation,) = await _conversations(connection, session_id)
    return {"format": FORMAT, "exported": datetime.now(UTC).isoformat(timespec="seconds"), **conversation}


async def delete_conversation(database: Database, session_id: str) -> Mapping[str, int]:
    """Delete one conversation for good: returns how many turns and events went with it.

    What it was about goes too: messages, summary, bindings of connectors, what could be undone, and its events save
    those of the audit. What the user had Roxy remember in it stays. Raises `UsageError` when there is none.
    """
    info = await Sessions(database).resume(session_id)
    async with database.writing() as connection:
        of_it = (events.c.session_id == session_id) & (events.c.kind != EventKind.AUDIT)
        told = (await connection.execute(delete(events).where(of_it))).rowcount
        await connection.execute(delete(undo).where(undo.c.session_id == session_id))
        await connection.execute(delete(sessions).where(sessions.c.id == session_id))  # the rest goes with it
        await rebuild_indexes(connection)
    await database.vacuum()
    return {"turns": info.turns, "events": told}


async def delete_kept(database: Database, kinds: Collection[Kind]) -> Mapping[Kind, int]:
    """Delete all of `kinds` for good, and what could be undone; returns how many of each there were.

    The rows are gone when this returns, and so are their traces in the file and in the full-text index.
    """
    counts: dict[Kind, int] = {}
    async with database.writing() as connection:
        await connection.execute(delete(undo))  # it may hold what is deleted
        for kind in kinds:
            counted = _TABLES[kind][-1]  # of conversations, the sessions
            counts[kind] = (await connection.execute(select(func.count()).select_from(counted))).scalar_one()
            for table in _TABLES[kind]:
                await connection.execute(delete(table))
        for kind in kinds if database.dialect == "sqlite" else ():
            for table in _INDEXED.get(kind, ()):
                # Else the words of deleted texts stay in the index until it is merged by itself.
                empty = f"INSERT INTO {table.name}_fts({table.name}_fts) VALUES ('delete-all')"  # noqa: S608 - a table of ours
                await connection.exec_driver_sql(empty)
    await database.vacuum()
    return counts


async def _conversations(connection: AsyncConnection, session_id: str | None = None) -> list[dict[str, Any]]:
    """All conversations, or one, each with its `turns`, the `messages` of models, and its `summary`."""

    def chosen(query: Select[Any], column: Any) -> Select[Any]:
        return query if session_id is None else query.where(column == session_id)

    spoken: dict[str, list[dict[str, Any]]] = {}
    for turn in await _rows(connection, chosen(select(turns).order_by(turns.c.seq), turns.c.session_id)):
        spoken.setdefault(turn.pop("session_id"), []).append(turn)
    thought: dict[str, list[dict[str, Any]]] = {}
    of_models = chosen(select(model_messages).order_by(model_messages.c.seq), model_messages.c.session_id)
    for message in await _rows(connection, of_models):
        told = message | {"message": json.loads(message["message"])}
        thought.setdefault(told.pop("session_id"), []).append(told)
    summed = {row.pop("session_id"): row for row in await _rows(connection, select(summaries))}
    kept = await _rows(connection, chosen(select(sessions).order_by(sessions.c.started), sessions.c.id))
    return [
        one
        | {"turns": spoken.get(one["id"], []), "messages": thought.get(one["id"], []), "summary": summed.get(one["id"])}
        for one in kept
    ]


async def _connectors(connection: AsyncConnection) -> list[dict[str, Any]]:
    bound: dict[str, list[dict[str, Any]]] = {}
    for binding in await _rows(connection, all_bindings()):
        binding.pop("connector_seq")
        bound.setdefault(binding.pop("connector"), []).append(binding)
    found = await _rows(connection, select(mcp_connectors).order_by(mcp_connectors.c.name))
    return [one | {"bindings": bound.get(one["name"], [])} for one in found]


async def _rows(connection: AsyncConnection, query: Select[Any]) -> list[dict[str, Any]]:
    rows = (await connection.execute(query)).mappings().all()
    return [{name: _plain(value) for name, value in row.items() if name != "seq"} for row in rows]


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
