"""The connectors and bindings that are kept: read, added, changed, removed, each change checked before it is made.

Order of events in a change: the write lock is taken, the row is read as it is now, the change is applied to it and
checked against the files, and only then written; so two processes that change one connector lose neither change. Every
change raises the row's `revision`, by which another process notices it (`state`).
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Table, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from roxy.config.connectors import Declarations
from roxy.config.loader import did_you_mean
from roxy.contracts.connectors import Binding, Connector
from roxy.conversation.connectors.rows import (
    all_bindings,
    as_binding,
    as_connector,
    binding_row,
    connector_row,
    label,
)
from roxy.conversation.sessions import Sessions
from roxy.errors import UsageError
from roxy.store.database import Database
from roxy.store.tables import mcp_connectors as connectors
from roxy.store.tables import mcp_session_bindings as bindings
from roxy.store.tables import sessions

State = tuple[Any, ...]
"""What changes whenever something was changed, whoever did it."""


class Connectors:
    """All connectors and bindings; `declarations` is what changes are checked against."""

    def __init__(self, database: Database, declarations: Declarations) -> None:
        self._database = database
        self._declarations = declarations

    async def list(self) -> Sequence[Connector]:
        """All connectors, by name."""
        async with self._database.reading() as connection:
            rows = await connection.execute(select(connectors).order_by(connectors.c.name))
            return [as_connector(row) for row in rows.mappings()]

    async def get(self, name: str) -> Connector:
        """One connector; raises `UsageError` with the nearest name."""
        async with self._database.reading() as connection:
            return (await _existing(connection, name))[1]

    async def add(self, connector: Connector) -> None:
        """Keep a new connector; raises `UsageError` for a name that is taken, `ConfigError` for what is wrong."""
        self._declarations.check(connector)
        async with self._database.writing() as connection:
            if await _find(connection, connector.name) is not None:
                raise UsageError(
                    f"There is a connector {connector.name!r} already.",
                    hint=f"Change it with: roxy mcp connectors edit {connector.name}",
                )
            await _insert(connection, connectors, connector_row(connector))

    async def upsert(self, connector: Connector) -> bool:
        """Keep it as it is given, new or in the place of the one of this name; whether it was new."""
        self._declarations.check(connector)
        async with self._database.writing() as connection:
            found = await _find(connection, connector.name)
            if found is None:
                await _insert(connection, connectors, connector_row(connector))
            else:
                await _update(connection, connectors, found[0], connector_row(connector))
            return found is None

    async def edit(self, name: str, change: Callable[[Connector], Connector]) -> Connector:
        """Keep what `change` makes of it; another name renames it, and its bindings stay with it.

        Raises `UsageError` when there is none of this name or the new name is taken, `ConfigError` for what is wrong.
        """
        async with self._database.writing() as connection:
            seq, before = await _existing(connection, name)
            after = change(before)
            self._declarations.check(after)
            if after.name != name and await _find(connection, after.name) is not None:
                raise UsageError(f"There is a connector {after.name!r} already.", hint="Choose another name.")
            rows = await connection.execute(all_bindings().where(bindings.c.connector_seq == seq))
            for row in rows.mappings().all():
                self._declarations.check(after, replace(as_binding(row), connector=after.name))
            await _update(connection, connectors, seq, connector_row(after))
            return after

    async def remove(self, name: str) -> int:
        """Forget it and its bindings; how many sessions had bound it."""
        async with self._database.writing() as connection:
            seq, _ = await _existing(connection, name)
            counted = select(func.count(func.distinct(bindings.c.session_id))).where(bindings.c.connector_seq == seq)
            bound = (await connection.execute(counted)).scalar_one()
            await connection.execute(delete(connectors).where(connectors.c.seq == seq))
            return int(bound)

    async def bindings(self, session_id: str | None = None) -> Sequence[Binding]:
        """What a session (or any) binds; of one label, the one that counts first."""
        query = all_bindings()
        async with self._database.reading() as connection:
            rows = await connection.execute(query if session_id is None else _of(query, session_id))
            return [as_binding(row) for row in rows.mappings()]

    async def session_bindings(self, session_id: str) -> Sequence[Binding]:
        """As `bindings`; raises `UsageError` when there is no such session."""
        await Sessions(self._database).resume(session_id)
        return await self.bindings(session_id)

    async def bind(self, binding: Binding) -> bool:
        """Keep a binding, new or in the place of the one of this session, connector and label; whether it was new.

        Raises `UsageError` for a session or a connector that there is not, `ConfigError` for what is wrong.
        """
        return await self.rebind(binding, lambda _: binding)

    async def rebind(self, binding: Binding, change: Callable[[Binding], Binding]) -> bool:
        """As `bind`, with what `change` makes of the binding as it is kept now; of `binding` itself when there is none.

        Session, connector and label stay those of `binding`.
        """
        await Sessions(self._database).resume(binding.session_id)
        try:
            async with self._database.writing() as connection:
                seq, connector = await _existing(connection, binding.connector)
                found = (await connection.execute(_the(binding, seq))).mappings().one_or_none()
                after = change(binding if found is None else as_binding(found))
                self._declarations.check(connector, after)
                values = {**binding_row(after), "connector_seq": seq}
                if found is None:
                    await _insert(connection, bindings, values)
                else:
                    await _update(connection, bindings, found["seq"], values)
                return found is None
        except IntegrityError as error:  # the session was deleted meanwhile
            raise UsageError(f"There is no session {binding.session_id!r} any more.") from error

    async def unbind(self, session_id: str, connector: str, label: str | None = None) -> int:
        """Forget what a session binds of a connector, under one label or (None) under all; how many that were."""
        async with self._database.writing() as connection:
            seq, _ = await _existing(connection, connector)
            chosen = delete(bindings).where(bindings.c.session_id == session_id, bindings.c.connector_seq == seq)
            if label is not None:
                chosen = chosen.where(bindings.c.label == ("" if label == connector else label))
            return int((await connection.execute(chosen)).rowcount)

    async def state(self, session_id: str | None, *, metadata: bool) -> tuple[State, State]:
        """What of the connectors, and of a session's bindings (and, if wished, its metadata), is the case now.

        One quick question; either half differs from an earlier answer when something was changed in between.
        """
        shared = [select(value).scalar_subquery() for value in _fingerprint(connectors)]
        mine = [_of(select(value), session_id or "").scalar_subquery() for value in _fingerprint(bindings)]
        if metadata:
            mine.append(select(sessions.c.metadata).where(sessions.c.id == session_id).scalar_subquery())
        async with self._database.reading() as connection:
            row = tuple((await connection.execute(select(*shared, *mine))).one())
        return row[: len(shared)], row[len(shared) :]


def _fingerprint(table: Table) -> list[Any]:
    """Keys are never given twice and revisions only grow, so whatever changes a row changes one of these."""
    return [func.count(table.c.seq), func.sum(table.c.revision), func.max(table.c.seq)]


def _of(query: Any, session_id: str) -> Any:
    return query.where(bindings.c.session_id == session_id)


def _the(binding: Binding, connector_seq: int) -> Any:
    own = bindings.c.connector_seq == connector_seq, bindings.c.label == label(binding)
    return _of(all_bindings(), binding.session_id).where(*own)


async def _find(connection: AsyncConnection, name: str) -> tuple[int, Connector] | None:
    found = await connection.execute(select(connectors).where(connectors.c.name == name))
    row = found.mappings().one_or_none()
    return None if row is None else (row["seq"], as_connector(row))


async def _existing(connection: AsyncConnection, name: str) -> tuple[int, Connector]:
    found = await _find(connection, name)
    if found is None:
        names = (await connection.execute(select(connectors.c.name))).scalars()
        hint = did_you_mean(name, names) or "Add one with: roxy mcp connectors add NAME"
        raise UsageError(f"There is no connector {name!r}.", hint=hint)
    return found


async def _insert(connection: AsyncConnection, table: Table, values: dict[str, Any]) -> int:
    now = datetime.now(UTC)
    made = await connection.execute(insert(table).values(**values, revision=1, created=now, updated=now))
    key = made.inserted_primary_key
    if key is None:
        raise AssertionError(f"{table.name} gave no key")
    return int(key[0])


async def _update(connection: AsyncConnection, table: Table, seq: int, values: dict[str, Any]) -> None:
    changed = update(table).where(table.c.seq == seq)
    await connection.execute(changed.values(**values, revision=table.c.revision + 1, updated=datetime.now(UTC)))
