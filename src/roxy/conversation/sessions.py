"""Conversations, turn by turn.

Order of events in a turn: `begin_turn` keeps what was heard before anything is done with it, `flush` waits until that
is on the disk, `end_turn` adds how it ended. A turn without an end was interrupted (the power, a kill); what was heard
in it is still there.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from textwrap import shorten
from typing import Any

from sqlalchemy import Select, func, insert, select, update
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from roxy.contracts.doors import SessionInfo
from roxy.contracts.ids import new_id
from roxy.contracts.skills import Exchange
from roxy.contracts.turns import Reply
from roxy.errors import UsageError
from roxy.store.database import Database
from roxy.store.tables import sessions, turns

_TITLE = 80
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,39}")
_OWN_PREFIX = "ses_"
"""Begins the ids that Roxy gives."""


class Sessions:
    """All conversations that are kept."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._new: dict[str, str] = {}
        """Sessions without a turn, and the model that each chose."""

    def create(self) -> str:
        """Begin a session; returns its id. It is kept from its first turn on."""
        session_id = new_id("ses")
        self._new[session_id] = ""
        return session_id

    async def establish(self, name: str, about: str = "") -> str:
        """Keep a session before its first turn, with a name of the user's own, or (empty) an id; returns its id.

        `about` is its title. Raises `UsageError` for a name that is taken, or cannot be one.
        """
        if name and (not _NAME.fullmatch(name) or name.startswith(_OWN_PREFIX)):
            hint = f"Use up to 40 letters, digits, `_` and `-`, a letter first; `{_OWN_PREFIX}…` are Roxy's own."
            raise UsageError(f"`{name}` cannot be the name of a session.", hint=hint)
        session_id, now = name or new_id("ses"), datetime.now(UTC)
        async with self._database.writing() as connection:
            there = await connection.execute(select(sessions.c.id).where(sessions.c.id == session_id))
            if there.scalar_one_or_none() is not None:
                hint = f"Talk in it: roxy chat --session {name}"
                raise UsageError(f"There is a session {name} already.", hint=hint)
            row = {"id": session_id, "started": now, "last": now, "title": _title(about)}
            await connection.execute(insert(sessions).values(**row))
        return session_id

    async def choose_model(self, session_id: str, model: str) -> None:
        """Let the session ask this model first; raises `UsageError` when there is no such session."""
        if session_id in self._new:
            self._new[session_id] = model
            return
        async with self._database.writing() as connection:
            change = update(sessions).where(sessions.c.id == session_id).values(model=model)
            if not (await connection.execute(change)).rowcount:
                raise _unknown(session_id)

    async def model(self, session_id: str) -> str:
        """The model that the session chose; empty when it chose none, or is not known."""
        if session_id in self._new:
            return self._new[session_id]
        async with self._database.reading() as connection:
            found = await connection.execute(select(sessions.c.model).where(sessions.c.id == session_id))
            return found.scalar_one_or_none() or ""

    async def resume(self, session_id: str) -> SessionInfo:
        """The session to go on with; raises `UsageError` when there is none with this id."""
        async with self._database.reading() as connection:
            return await _existing(connection, session_id)

    async def begin_turn(self, session_id: str, text: str, door: str, correlation_id: str) -> str:
        """Keep what was heard; returns the turn's id. It survives a kill now, and a power cut after `flush`.

        Raises `UsageError` for a session that was neither created here nor kept.
        """
        turn_id, now = new_id("turn"), datetime.now(UTC)
        async with self._database.writing(durable=False) as connection:
            if session_id in self._new:
                row = {"id": session_id, "started": now, "last": now, "title": _title(text)}
                first = insert(sessions).values(**row, model=self._new[session_id])
                await connection.execute(first)
            else:
                title = func.coalesce(func.nullif(sessions.c.title, ""), _title(text))
                touch = update(sessions).where(sessions.c.id == session_id).values(last=now, title=title)
                if not (await connection.execute(touch)).rowcount:
                    raise _unknown(session_id)
            row = {"id": turn_id, "session_id": session_id, "correlation_id": correlation_id, "door": door}
            await connection.execute(insert(turns).values(**row, heard=text, started=now))
        self._new.pop(session_id, None)
        return turn_id

    async def flush(self) -> None:
        """Wait until all that was kept is on the disk."""
        await self._database.flush()

    async def end_turn(self, turn_id: str, reply: Reply) -> None:
        """Keep how the turn ended. It is on the disk when this returns."""
        async with self._database.writing() as connection:
            end = update(turns).where(turns.c.id == turn_id)
            await connection.execute(
                end.values(
                    ended=datetime.now(UTC),
                    reply=reply.text,
                    success=reply.success,
                    route=reply.route,
                    skill=reply.skill,
                    intent=reply.intent,
                    tools=list(reply.tools),
                    code=reply.code,
                    ms=reply.ms,
                )
            )

    async def exchanges(self, session_id: str, limit: int = 20) -> Sequence[Exchange]:
        """The last `limit` lines of the conversation, oldest first; none when the session is new or unknown."""
        latest = _lines(session_id).order_by(turns.c.seq.desc()).limit(limit)
        async with self._database.reading() as connection:
            rows = (await connection.execute(latest)).mappings().all()
        return _spoken(reversed(rows))[-limit:] if limit > 0 else ()

    async def history(self, session_id: str) -> Sequence[Exchange]:
        """The whole conversation, oldest first; raises `UsageError` when there is no such session."""
        async with self._database.reading() as connection:
            await _existing(connection, session_id)
            rows = (await connection.execute(_lines(session_id).order_by(turns.c.seq))).mappings().all()
        return _spoken(rows)

    async def others(self, session_id: str, *, latest: int, of: str = "") -> Sequence[SessionInfo]:
        """All sessions with a name of the user's own beside this one, then the `latest` others; `of` is among them."""
        beside = _infos().where(sessions.c.id != session_id)
        named = sessions.c.id.not_like(f"{_OWN_PREFIX.replace('_', '/_')}%", escape="/") | (sessions.c.id == of)
        found = beside.where(named).order_by(sessions.c.id)
        async with self._database.reading() as connection:
            rows = list((await connection.execute(found)).mappings())
            if latest:
                order = sessions.c.last.desc(), sessions.c.id.desc()
                rows += (await connection.execute(beside.where(~named).order_by(*order).limit(latest))).mappings()
        return [SessionInfo(**row) for row in rows]

    async def list(self, limit: int = 20) -> Sequence[SessionInfo]:
        """The conversations, the one that was used last first."""
        async with self._database.reading() as connection:
            latest = _infos().order_by(sessions.c.last.desc(), sessions.c.id.desc()).limit(limit)
            return [SessionInfo(**row) for row in (await connection.execute(latest)).mappings()]


def _title(text: str) -> str:
    return shorten(text, _TITLE, placeholder="…")


def _infos() -> Select[Any]:
    count = select(func.count()).where(turns.c.session_id == sessions.c.id).scalar_subquery()
    return select(sessions.c.id, sessions.c.started, sessions.c.last, sessions.c.title, count.label("turns"))


async def _existing(connection: AsyncConnection, session_id: str) -> SessionInfo:
    row = (await connection.execute(_infos().where(sessions.c.id == session_id))).mappings().one_or_none()
    if row is None:
        raise _unknown(session_id)
    return SessionInfo(**row)


def _unknown(session_id: str) -> UsageError:
    return UsageError(
        f"There is no session {session_id!r}.",
        hint="`roxy sessions list` shows those that are kept; leave --session out to begin a new one, "
        "or make one with a name: roxy sessions config create NAME",
    )


def _lines(session_id: str) -> Select[Any]:
    columns = (turns.c.heard, turns.c.started, turns.c.reply, turns.c.ended)
    return select(*columns).where(turns.c.session_id == session_id)


def _spoken(rows: Iterable[RowMapping]) -> Sequence[Exchange]:
    lines = []
    for row in rows:
        lines.append(Exchange("user", row["heard"], row["started"]))
        if row["reply"]:
            lines.append(Exchange("roxy", row["reply"], row["ended"]))
    return lines
