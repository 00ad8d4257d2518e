"""The one border where a driver's error becomes a `StoreError` that a person can act on; a damaged file is kept here.

Kept means copied beside the database, under a name made of the time of its last change: the database itself stays where
it is, so that every later start says the same and none begins with an empty one, and another Roxy that has it open does
not lose it under its feet.
"""

import os
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

from roxy.errors import StoreCorrupt, StoreError, StoreFull, StoreReadOnly
from roxy.store.atomic import keep_copy

_CORRUPT = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_READ_ONLY = {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH}
_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
# A write that a quota or a size limit cuts off arrives as a failed write, not as SQLITE_FULL.
_NO_ROOM = {sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_SHMSIZE}

_AGAIN = "Try again; if it stays so, see who else uses the database."
_SERVER_ERRORS: tuple[tuple[str, type[StoreError], str, str], ...] = (
    ("53100", StoreFull, "The database server has no room left on its disk", "Free some space there, then try again."),
    ("25006", StoreReadOnly, "The database server takes no changes", "Name one that does in `store.url`."),
    ("42501", StoreReadOnly, "The database does not let Roxy's user do that", "GRANT it what Roxy needs: its schema."),
    ("55P03", StoreError, "The database is in use by another program that did not finish in time", _AGAIN),
    ("40", StoreError, "The change met another one in the database and was not made", _AGAIN),
    ("28", StoreError, "The database server does not accept Roxy's user or password", "Correct `store.url`."),
    ("3D", StoreError, "The database server has no such database", "Create it (createdb), or correct `store.url`."),
    ("53", StoreError, "The database server has no more room for a connection or its memory", _AGAIN),
    ("XX", StoreCorrupt, "The database server found its own data damaged", "Restore its backup (pg_restore)."),
)


def explain_driver_error(error: BaseException, path: Path | None) -> StoreError:
    """The `StoreError` that tells a person what `error` means; `path` is the SQLite file, None with a server.

    The words of the driver are used only where they cannot hold what a user said.
    """
    code = getattr(error, "sqlite_errorcode", None)
    if path is None or not isinstance(code, int):
        return _explain_server_error(error)
    primary = code & 0xFF
    if primary in _CORRUPT:
        return damaged(path, "it is not a database any more, or parts of it are unreadable")
    if primary == sqlite3.SQLITE_FULL or code in _NO_ROOM:
        return StoreFull(
            f"{path} could not be written: there is no room left on its disk, or a quota is used up. "
            "What was confirmed before is kept; the last change was not made.",
            hint="Free some space, then say it again.",
        )
    if primary in _READ_ONLY or (primary == sqlite3.SQLITE_CANTOPEN and not _writable(path)):
        return StoreReadOnly(
            f"{path} may not be written. What is in it is untouched.",
            hint=f"Make {path.parent} writable for you, or set ROXY_HOME to a folder that is.",
        )
    if primary in _BUSY:
        return StoreError(
            f"{path} is in use by another program that did not finish in time. The change was not made.",
            hint="Close other programs that use the file, then try again.",
        )
    return StoreError(
        f"{path} could not be used: {error} ({getattr(error, 'sqlite_errorname', code)}).",
        hint="Check the disk, then try again; `roxy data restore FILE` brings a backup back.",
    )


def _explain_server_error(error: BaseException) -> StoreError:
    """By SQLSTATE (PostgreSQL's appendix A), of which the first two characters are the class."""
    state = str(getattr(error, "sqlstate", None) or "")
    for beginning, kind, what, hint in _SERVER_ERRORS:
        if state.startswith(beginning):
            return kind(f"{what} ({state}). What was confirmed before is kept.", hint=hint)
    told = state or (error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__)
    return StoreError(
        f"The database server cannot be used: {told}. What was confirmed before is kept.",
        hint="Check that it runs and that its URL in the settings (`store.url`) is right.",
    )


def damaged(path: Path, reason: str) -> StoreCorrupt:
    """Keep a copy of the damaged database at `path`, and say so."""
    restore = "Restore a backup with `roxy data restore FILE`"
    try:
        kept = _keep(path)
    except OSError as error:
        return StoreCorrupt(
            f"{path} is damaged: {reason}. It was left as it is (no copy: {os.strerror(error.errno or 0)}).",
            hint=f"{restore}; without one, move the file away to begin anew.",
        )
    return StoreCorrupt(
        f"{path} is damaged: {reason}. A copy was kept as {kept.name}.",
        hint=f"{restore}; without one, move {path.name} (and {path.name}-wal) away to begin anew.",
    )


def _keep(path: Path) -> Path:
    changed = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    kept = path.with_name(f"{path.name}.damaged-{changed:%Y%m%dT%H%M%SZ}")
    if kept.exists():
        return kept
    log = path.with_name(f"{path.name}-wal")
    if log.exists():
        keep_copy(log, kept.with_name(f"{kept.name}-wal"))
    keep_copy(path, kept)
    return kept


def _writable(path: Path) -> bool:
    return os.access(path.parent, os.W_OK | os.X_OK) and (not path.exists() or os.access(path, os.W_OK))
