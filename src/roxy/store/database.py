"""The local database: SQLite in WAL mode by default, another by URL, through SQLAlchemy's async Core.

Order of events at opening: the folder is made private, a database that does not exist yet is built beside its place and
linked in when it is whole (so an empty file never passes for a new database), one SELECT compares the schema with the
head, a small database is checked for damage, and only a schema that is behind loads Alembic.

A commit is on the disk when `writing()` is left, unless it is asked to be quick. Errors of the driver leave this module
only as `StoreError`; an `IntegrityError` passes, since it speaks of the caller's rows and not of the store. What
differs between databases is in `engines.py`.
"""

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path

from sqlalchemy import URL, Dialect, inspect, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from roxy.errors import StoreCorrupt, StoreError
from roxy.store import peek
from roxy.store.atomic import explain_os_error, flush_file, place
from roxy.store.engines import DERIVED, DURABLE, QUICK, WRITING, alone_options, opened_engine, reading_options
from roxy.store.failures import damaged, explain_driver_error

FILE = peek.FILE
HEAD = "0008"
"""The newest revision in `migrations/versions`; a test holds the two together."""

_DATA_EXCEPTION = "22"  # the class of SQLSTATE for values that a column does not take: the caller's, too
_CHECKED_BYTES = 4 * 1024 * 1024


class Database:
    """An open database. Connections are for the task that asked for one; the object is for all tasks of one loop."""

    def __init__(self, engine: AsyncEngine, path: Path | None) -> None:
        self.path = path
        """The SQLite file; None when a URL names another database."""
        self._engine = engine
        self._snapshots = engine.execution_options(**reading_options(engine.dialect.name))
        self._writer = asyncio.Lock()
        self._writing: asyncio.Task[object] | None = None

    @property
    def dialect(self) -> str:
        """SQLAlchemy's name of the dialect: `sqlite`, `postgresql`."""
        return self._engine.dialect.name

    @property
    def sql(self) -> Dialect:
        """SQLAlchemy's dialect, to compile statements with."""
        return self._engine.dialect

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A connection that sees one state of the data; whatever it changes is rolled back."""
        with _explained(self.path):
            async with self._connected(self._snapshots) as connection:
                yield connection

    @asynccontextmanager
    async def writing(self, *, durable: bool = True) -> AsyncIterator[AsyncConnection]:
        """A connection that holds the write lock; it commits at the end, or rolls all back on an exception.

        Not `durable`, the commit survives the end of this process in any way, but perhaps not a power cut.
        Keep it short. One within another of the same task is a `RuntimeError`: the second would wait for the first.
        """
        if self._writing is not None and self._writing is asyncio.current_task():
            raise RuntimeError("this task is writing already")
        with _explained(self.path):
            # Within the process writers queue here, fairly; the database's own waiting is polling, or unfair.
            async with self._writer, self._connected(self._engine) as connection:
                await connection.execution_options(**{WRITING: DURABLE if durable else QUICK})
                self._writing = asyncio.current_task()
                try:
                    async with connection.begin():
                        yield connection
                finally:
                    self._writing = None

    async def flush(self) -> None:
        """Wait until every commit so far, quick ones too, would survive a power cut.

        On SQLite they all stand in the log beside the database until a checkpoint, which flushes by itself. On
        PostgreSQL a durable commit flushes those before it.
        """
        if self.dialect == "sqlite":
            await asyncio.to_thread(_flush_log, Path(self._engine.url.database or ""))
            return
        async with self.writing() as connection:
            await connection.exec_driver_sql("SELECT pg_current_xact_id()")  # a commit without one flushes nothing

    @asynccontextmanager
    async def deriving(self) -> AsyncIterator[AsyncConnection]:
        """A connection that writes what can be made anew from other rows, as an index of words.

        On PostgreSQL it holds a lock of its own: others write meanwhile. On SQLite it is a writing that is not durable.
        """
        if self.dialect == "sqlite":
            async with self.writing(durable=False) as connection:
                yield connection
            return
        with _explained(self.path):
            async with self._connected(self._engine) as connection:
                await connection.execution_options(**{WRITING: DERIVED})
                async with connection.begin():
                    yield connection

    async def vacuum(self) -> None:
        """Give back the room of what was deleted, and overwrite it; nobody writes meanwhile, which may take seconds."""
        statements = ("VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)") if self.dialect == "sqlite" else ("VACUUM",)
        with _explained(self.path):
            async with self._writer, self._connected(self._engine) as connection:
                await connection.execution_options(**alone_options(self.dialect))
                for statement in statements:
                    await connection.exec_driver_sql(statement)

    @asynccontextmanager
    async def _connected(self, engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
        try:
            connection = await engine.connect()
        except (DBAPIError, sqlite3.Error, StoreError):
            raise
        except Exception as error:
            # Servers that are not there, names that do not resolve, TLS that fails: the driver passes it all on.
            raise explain_driver_error(error, self.path) from error
        try:
            yield connection
        finally:
            await connection.close()


def _flush_log(path: Path) -> None:
    try:
        flush_file(path.with_name(f"{path.name}-wal"))
    except FileNotFoundError:
        return  # nothing was written since the last checkpoint
    except OSError as error:
        raise explain_os_error(error, path) from error


@asynccontextmanager
async def open_database(folder: Path, url: str = "") -> AsyncIterator[Database]:
    """Open the database of the data folder `folder`, or the one at `url` (a SQLAlchemy URL with an async driver).

    Raises `StoreCorrupt`, `StoreFull`, `StoreReadOnly`, `StoreTooNew` or `StoreError`; `ConfigError` for a URL that is
    none.
    """
    path = None if url else folder / FILE
    if path is not None:
        _make_private(folder)
        if _is_missing(path):
            await _build(path)
    async with opened_engine(url or _url(folder / FILE)) as engine:
        database = Database(engine, path)
        await _bring_to_head(database)
        yield database


def _url(path: Path) -> URL:
    return URL.create("sqlite+aiosqlite", database=str(path))


@contextmanager
def _explained(path: Path | None) -> Iterator[None]:
    try:
        yield
    except IntegrityError:
        raise
    except DBAPIError as error:
        if str(getattr(error.orig, "sqlstate", "")).startswith(_DATA_EXCEPTION):
            raise
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
        async with opened_engine(_url(staged)) as engine:
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
