"""The local database: SQLite in WAL mode by default, another by URL, through SQLAlchemy's async Core.

Order of events at opening: the folder is made private, a database that does not exist yet is built beside its place and
linked in when it is whole (so an empty file never passes for a new database), one SELECT compares the schema with the
head, a small database is checked for damage, and only a schema that is behind loads Alembic.

A commit is on the disk when `writing()` is left (`synchronous=FULL`). Errors of the driver leave this module only as
`StoreError`; an `IntegrityError` passes, since it speaks of the caller's rows and not of the store.
"""

import asyncio
import json
import os
import sqlite3
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, event, inspect, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from roxy.errors import StoreCorrupt, StoreError
from roxy.store.atomic import explain_os_error, place
from roxy.store.failures import damaged, explain_driver_error

FILE = "roxy.db"
HEAD = "0005"
"""The newest revision in `migrations/versions`; a test holds the two together."""

_BEGIN = "roxy_begin"
_CHECKED_BYTES = 4 * 1024 * 1024
_BUSY_MS = 10_000
_PRAGMAS = (
    f"PRAGMA busy_timeout={_BUSY_MS}",
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA secure_delete=ON",  # what is forgotten is overwritten, not only unlinked
)


class Database:
    """An open database. Connections are for the task that asked for one; the object is for all tasks of one loop."""

    def __init__(self, engine: AsyncEngine, path: Path | None) -> None:
        self.path = path
        """The SQLite file; None when a URL names another database."""
        self._engine = engine
        self._writer = asyncio.Lock()
        self._writing: asyncio.Task[object] | None = None

    @property
    def dialect(self) -> str:
        """SQLAlchemy's name of the dialect: `sqlite`, `postgresql`."""
        return self._engine.dialect.name

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A connection that sees one state of the data; whatever it changes is rolled back."""
        with _explained(self.path):
            async with self._engine.connect() as connection:
                yield connection

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """A connection that holds the write lock; it commits at the end, or rolls all back on an exception.

        Keep it short. One within another of the same task is a `RuntimeError`: the second would wait for the first.
        """
        if self._writing is not None and self._writing is asyncio.current_task():
            raise RuntimeError("this task is writing already")
        with _explained(self.path):
            # Within the process writers queue here, fairly; SQLite's own waiting is polling.
            async with self._writer, self._engine.connect() as connection:
                await connection.execution_options(**{_BEGIN: "BEGIN IMMEDIATE"})
                self._writing = asyncio.current_task()
                try:
                    async with connection.begin():
                        yield connection
                finally:
                    self._writing = None


@asynccontextmanager
async def open_database(folder: Path, url: str = "") -> AsyncIterator[Database]:
    """Open the database of the data folder `folder`, or the one at `url` (a SQLAlchemy URL with an async driver).

    Raises `StoreCorrupt`, `StoreFull`, `StoreReadOnly`, `StoreTooNew` or `StoreError`.
    """
    path = None if url else folder / FILE
    if path is not None:
        _make_private(folder)
        if _is_missing(path):
            await _build(path)
    async with _engine(url or _url(folder / FILE)) as engine:
        database = Database(engine, path)
        await _bring_to_head(database)
        yield database


@asynccontextmanager
async def _engine(url: str | URL) -> AsyncIterator[AsyncEngine]:
    # Parameters are what users said: they may not appear in the text of an exception.
    engine = create_async_engine(url, hide_parameters=True, json_serializer=_json)
    if engine.dialect.name == "sqlite":
        event.listen(engine.sync_engine, "connect", _set_pragmas)
        event.listen(engine.sync_engine, "begin", _begin)
    try:
        yield engine
    finally:
        await engine.dispose()


def _url(path: Path) -> URL:
    return URL.create("sqlite+aiosqlite", database=str(path))


def _json(value: object) -> str:
    return json.dumps(value, default=lambda other: dict(other) if isinstance(other, Mapping) else str(other))


def _set_pragmas(connection: Any, _record: object) -> None:
    # The driver's own transactions begin too late (at the first write) and never IMMEDIATE: Roxy emits BEGIN itself.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get(_BEGIN, "BEGIN"))


@contextmanager
def _explained(path: Path | None) -> Iterator[None]:
    try:
        yield
    except IntegrityError:
        raise
    except DBAPIError as error:
        raise explain_driver_error(error.orig or error, path) from error
    except sqlite3.Error as error:  # raised while a connection is set up, before SQLAlchemy wraps errors
        raise explain_driver_error(error, path) from error
    except UnicodeDecodeError as error:  # what Roxy writes is always UTF-8
        raise (damaged(path, "text in it is unreadable") if path else explain_driver_error(error, path)) from error


def _make_private(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.stat()
        if found.st_mode & 0o077 and found.st_uid == os.getuid():
            folder.chmod(0o700)
        file = folder / FILE
        if file.exists() and file.stat().st_mode & 0o077 and file.stat().st_uid == os.getuid():
            file.chmod(0o600)  # SQLite gives -wal and -shm the permissions of the database
    except OSError as error:
        raise explain_os_error(error, folder) from error


def _is_missing(path: Path) -> bool:
    log = path.with_name(f"{path.name}-wal")
    if path.is_dir():
        raise StoreError(f"{path} is a folder, and should be the database.", hint="Move it away to begin anew.")
    if path.exists():
        if not path.stat().st_size:
            raise damaged(path, "it is empty")  # SQLite would take it for a new database
        return False
    if log.exists() and log.stat().st_size:
        # SQLite would replay the log of the lost database into the new one.
        raise StoreCorrupt(
            f"{path} is gone, but {log.name} is still there: the database was moved or deleted without it.",
            hint=f"Bring the file back, restore a backup with `roxy data restore FILE`, or move {log.name} away.",
        )
    return True


async def _build(path: Path) -> None:
    """Make the database. Of two processes that do so at once, the first to link it in wins."""
    with _staged(path) as staged:
        async with _engine(_url(staged)) as engine:
            await _migrate(Database(engine, path), None)  # `path`: what goes wrong is told of the place it is made for


@contextmanager
def _staged(path: Path) -> Iterator[Path]:
    """A new file beside `path`, which is linked in at the end when nothing went wrong, and never stays behind."""
    staged = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        _drop_remains(path)
        os.close(os.open(staged, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600))
        yield staged
        place(staged, path)
    except OSError as error:
        raise explain_os_error(error, path) from error
    finally:
        for suffix in ("", "-wal", "-shm"):
            with suppress(OSError):
                staged.with_name(staged.name + suffix).unlink(missing_ok=True)


def _drop_remains(path: Path) -> None:
    """Delete what processes that were killed while they built the database left behind."""
    for remains in path.parent.glob(f".{path.name}.*.new*"):
        pid = remains.name.removeprefix(f".{path.name}.").partition(".")[0]
        if pid.isdigit() and not _lives(int(pid)):
            remains.unlink(missing_ok=True)


def _lives(pid: int) -> bool:
    try:
        with suppress(PermissionError, OverflowError):  # somebody else's, or no pid: not ours to clean up
            os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def _bring_to_head(database: Database) -> None:
    stored = await _revision(database)
    if stored == HEAD:
        return
    if stored is None and database.path is not None:
        raise damaged(database.path, "it holds no data of Roxy's")
    await _migrate(database, stored)


async def _revision(database: Database) -> str | None:
    path = database.path
    async with database.reading() as connection:
        if path is not None and path.stat().st_size <= _CHECKED_BYTES:
            found = (await connection.execute(text("PRAGMA quick_check(1)"))).scalar_one()
            if found != "ok":
                raise damaged(path, "its check found errors")
        if not await connection.run_sync(lambda sync: inspect(sync).has_table("alembic_version")):
            return None
        return (await connection.execute(text("SELECT version_num FROM alembic_version"))).scalar_one_or_none()


async def _migrate(database: Database, stored: str | None) -> None:
    from roxy.store.migrate import upgrade  # noqa: PLC0415 - Alembic takes 0.1 to 0.3 s to load and is rarely needed

    async with database.writing() as connection:
        await connection.run_sync(upgrade, stored)
