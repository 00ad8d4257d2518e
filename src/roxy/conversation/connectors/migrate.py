"""Sessions' older `mcps` maps turned into connectors and bindings, and back again.

Order of events: the write lock is taken, all maps are read and checked, connectors and bindings are made, the backup
is on the disk, and only then all of it is committed, so a kill at any moment leaves the old state or the new one with
its backup. A rollback takes out what the migration made and gives the sessions their metadata back, byte for byte; it
refuses when somebody has changed them since. A dry run makes everything and commits nothing.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from roxy.config.connectors import Declarations
from roxy.config.places import private_folder
from roxy.contracts.connectors import Binding, Connector
from roxy.conversation.connectors.older import KEY, targets, without_targets
from roxy.conversation.connectors.rows import as_connector, binding_row, connector_row
from roxy.errors import ConfigError, UsageError
from roxy.store.atomic import write_atomic
from roxy.store.database import Database
from roxy.store.tables import mcp_connectors as connectors
from roxy.store.tables import mcp_session_bindings as bindings
from roxy.store.tables import sessions

_PREFIX = "mcps-"


@dataclass(frozen=True, slots=True)
class Target:
    """One server of a session, and the connector it becomes."""

    server: str
    connector: str
    kind: str
    """`new`, `shared` (there is one that says the same) or `overlay` (over the server of that name in a file)."""


@dataclass(slots=True)
class Migrated:
    """What a migration (or its rollback) did, or would do."""

    dry_run: bool = False
    sessions: dict[str, Sequence[Target]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    """Sessions that stay as they are, each with the reason."""
    backup: str = ""


@dataclass(slots=True)
class _Undo:
    """What a backup file holds."""

    format: int = 1
    sessions: list[dict[str, Any]] = field(default_factory=list)
    """`id`, `before` and `after`: the metadata as text; `bindings`: their keys."""
    connectors: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Step:
    """What is to be made of one target; `seq` is the key of the connector that it shares."""

    target: Target
    seq: int | None
    wanted: Connector
    binding: Binding


class _DryRun(Exception):  # noqa: N818 - it ends a transaction, and nothing went wrong
    """Rolls everything back."""


async def migrate(
    database: Database,
    declarations: Declarations,
    folder: Path,
    *,
    session_id: str | None = None,
    dry_run: bool = False,
) -> Migrated:
    """Migrate one session or all; the backup is a new file in `folder`. Raises `UsageError` for an unknown session."""
    report, undo = Migrated(dry_run=dry_run), _Undo()
    try:
        async with database.writing() as connection:
            for row in await _with_maps(connection, session_id):
                try:
                    found = targets(row["id"], row["metadata"])
                    steps = [await _plan(connection, declarations, binding) for binding in found]
                except ConfigError as error:
                    report.problems.append(f"{row['id']}: {error}")
                    continue
                made = [await _make(connection, step, undo) for step in steps]
                after = without_targets(row["metadata"])
                keys = [key for key in made if key is not None]
                undo.sessions.append({"id": row["id"], "before": row["metadata"], "after": after, "bindings": keys})
                await _put(connection, row["id"], after)
                report.sessions[row["id"]] = [step.target for step in steps]
            _end(dry_run=dry_run)
            if undo.sessions:
                report.backup = str(_back_up(undo, folder))
    except _DryRun:
        pass
    return report


async def roll_back(database: Database, folder: Path, *, dry_run: bool = False) -> Migrated:
    """Undo the last migration that was not undone; raises `UsageError` when there is none or something has changed."""
    path = _latest(folder)
    undo = _Undo(**json.loads(path.read_bytes()))
    report = Migrated(dry_run=dry_run, backup=str(path))
    try:
        async with database.writing() as connection:
            for kept in undo.sessions:
                await _restore(connection, kept, path)
                report.sessions[kept["id"]] = ()
            for seq in undo.connectors:
                await _forget(connection, seq, report)
            _end(dry_run=dry_run)
    except _DryRun:
        return report
    path.replace(path.with_suffix(".rolled-back"))
    return report


def _end(*, dry_run: bool) -> None:
    if dry_run:
        raise _DryRun


def _back_up(undo: _Undo, folder: Path) -> Path:
    path = folder / f"{_PREFIX}{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}.json"
    private_folder(folder)
    write_atomic(path, json.dumps(asdict(undo), ensure_ascii=False).encode())
    return path


def _latest(folder: Path) -> Path:
    path = max(folder.glob(f"{_PREFIX}*.json"), default=None)
    if path is None:
        raise UsageError(f"There is no migration to roll back: no backup is in {folder}.")
    return path


async def _with_maps(connection: AsyncConnection, session_id: str | None) -> Sequence[RowMapping]:
    # What stands in the text is only a first sieve; `targets` reads it.
    query = select(sessions.c.id, sessions.c.metadata).order_by(sessions.c.started, sessions.c.id)
    if session_id is not None:
        rows = (await connection.execute(query.where(sessions.c.id == session_id))).mappings().all()
        if not rows:
            raise UsageError(f"There is no session {session_id!r}.", hint="See: roxy sessions list")
    else:
        rows = (await connection.execute(query.where(sessions.c.metadata.contains(f'"{KEY}"')))).mappings().all()
    return [row for row in rows if row["metadata"] and f'"{KEY}"' in row["metadata"]]


async def _plan(connection: AsyncConnection, declarations: Declarations, binding: Binding) -> _Step:
    """Which connector a target becomes or shares. Raises `ConfigError` when it cannot be kept without changing it.

    Until now it stood over the files alone, and so it does afterwards: it shares a connector only when that is the
    same, and else has one of its own, bound under the name that the session uses. What one session says of a server
    in a file is kept in its binding, so that it changes nothing for the others.
    """
    name = binding.connector
    declarations.check(Connector(name=name), binding)
    overlay = name in declarations.servers
    wanted = Connector(name=name) if overlay else _connector(binding)
    number, free = 1, name
    while (found := await _known(connection, free)) is not None:
        if replace(found[1], name=name) == wanted:
            break
        if overlay:
            raise ConfigError(
                f"There is a connector `{name}` already, and a server of that name in a file.",
                where=binding.place,
                hint=f"Rename the connector, or bind it by hand: roxy sessions config bind {binding.session_id} {name}",
            )
        number += 1
        free = f"{name}-{number}"
    bound = replace(binding, connector=free) if overlay else Binding(session_id=binding.session_id, connector=free)
    kind = "shared" if found else "overlay" if overlay else "new"
    return _Step(Target(name, free, kind), None if found is None else found[0], wanted, replace(bound, label=name))


async def _known(connection: AsyncConnection, name: str) -> tuple[int, Connector] | None:
    row = (await connection.execute(select(connectors).where(connectors.c.name == name))).mappings().one_or_none()
    return None if row is None else (row["seq"], as_connector(row))


async def _make(connection: AsyncConnection, step: _Step, undo: _Undo) -> int | None:
    """The key of the binding; None when the session has bound it already: that counted before, too."""
    now = datetime.now(UTC)
    stamps = {"revision": 1, "created": now, "updated": now}
    seq = step.seq
    if seq is None:
        values = connector_row(replace(step.wanted, name=step.target.connector))
        seq = _key(await connection.execute(insert(connectors).values(**values, **stamps)))
        undo.connectors.append(seq)
    row = {**binding_row(step.binding), "connector_seq": seq}
    same = [bindings.c[name] == row[name] for name in ("session_id", "connector_seq", "label")]
    if (await connection.execute(select(bindings.c.seq).where(*same))).first() is not None:
        return None
    return _key(await connection.execute(insert(bindings).values(**row, **stamps)))


def _connector(binding: Binding) -> Connector:
    return Connector(
        name=binding.connector,
        transport=binding.transport,
        url=binding.endpoint,
        command=binding.command,
        args=binding.args,
        env_keys=binding.env_keys,
        options=binding.options,
    )


async def _restore(connection: AsyncConnection, kept: Mapping[str, Any], path: Path) -> None:
    found = await connection.execute(select(sessions.c.metadata).where(sessions.c.id == kept["id"]))
    row = found.first()
    if row is None or row[0] != kept["after"]:
        what = "is gone" if row is None else "has been changed"
        raise UsageError(
            f"The session {kept['id']} {what} since the migration, so nothing was rolled back.",
            hint=f"What it held is in {path}.",
        )
    await connection.execute(delete(bindings).where(bindings.c.seq.in_(kept["bindings"])))
    await _put(connection, kept["id"], kept["before"])


async def _forget(connection: AsyncConnection, seq: int, report: Migrated) -> None:
    """Take the connector out, unless somebody has come to need it."""
    used = select(func.count()).select_from(bindings).where(bindings.c.connector_seq == seq)
    row = (
        await connection.execute(select(connectors.c.name, connectors.c.revision).where(connectors.c.seq == seq))
    ).first()
    if row is None:
        return
    if row.revision > 1 or (await connection.execute(used)).scalar_one():
        report.problems.append(f"The connector {row.name} was changed or bound since the migration, so it stays.")
        return
    await connection.execute(delete(connectors).where(connectors.c.seq == seq))


async def _put(connection: AsyncConnection, session_id: str, metadata: str | None) -> None:
    await connection.execute(update(sessions).where(sessions.c.id == session_id).values(metadata=metadata))


def _key(made: Any) -> int:
    return int(made.inserted_primary_key[0])
