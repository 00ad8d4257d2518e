"""Backups of the SQLite database, made and brought back as a whole or not at all.

A backup is a database too; the files of the folder beside it stand in a table of its own, which a restore takes out.

Order of events in a restore: the backup is copied beside the database and checked; the database that is there is
brought into one file, which fails while another program has it open, and gets a second name; then the folder beside it
and the copy take their places, each in one step. A kill in between leaves the old database in its place.

All of this blocks; call it from a command, or in a thread.
"""

import os
import shutil
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from roxy.errors import StoreError, StoreTooNew, UsageError
from roxy.store.atomic import explain_os_error, flush_file, flush_folder, keep_copy, place
from roxy.store.beside import aside, put_back, taken
from roxy.store.failures import explain_driver_error
from roxy.store.migrate import scripts

_WAIT_SECONDS = 10.0
_FILES = "backup_files"


def backup(database: Path, target: Path, *, beside: Path | None = None) -> None:
    """Write the state of `database` at this moment to the new file `target` (mode 0600); others may go on writing.

    The files of the folder `beside` come with it.

    Raises `UsageError` when `target` is there already or there is no database, else as `open_database`.
    """
    if not database.exists():
        raise UsageError(f"There is nothing to back up: {database} does not exist.", hint="Talk to Roxy first.")
    if target.exists():
        raise UsageError(f"{target} is there already.", hint="Name a new file, or move that one away.")
    staged = target.with_name(f".{target.name}.{os.getpid()}.new")
    with _cleaned_up(staged, target):
        os.close(os.open(staged, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        with _opened(database) as connection:
            connection.execute("VACUUM INTO ?", (str(staged),))
        if beside is not None:
            _put_in(staged, taken(beside))
        flush_file(staged)
        if not place(staged, target):
            raise UsageError(f"{target} is there already.")


def restore(folder: Path, source: Path, *, name: str, beside: str = "") -> Path | None:
    """Put the backup `source` in the place of the database `name` in `folder`; returns where the old one is kept.

    Files in the backup take the place of those in the folder `beside`, which are kept as well.

    The caller owns the folder. Raises `UsageError` when `source` is no backup of Roxy's, `StoreTooNew` when a newer
    Roxy made it, `StoreError` when the database is open elsewhere or cannot be written.
    """
    path = folder / name
    staged = folder / f".{name}.{os.getpid()}.new"
    if not source.is_file():
        raise UsageError(f"There is no file {source}.")
    with _cleaned_up(staged, path):
        shutil.copyfile(source, staged)
        staged.chmod(0o600)
        _check(staged, source)
        files = _taken_out(staged)
        kept = _set_aside(path)
        if files and beside:
            put_back(folder / beside, files)
        # From here on only the rename is left: what is at `path` is the old database or the new one.
        flush_file(staged)
        staged.replace(path)
        flush_folder(folder)
    return kept


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    try:
        with closing(sqlite3.connect(path, timeout=_WAIT_SECONDS, isolation_level=None)) as connection:
            yield connection
    except sqlite3.Error as error:
        raise explain_driver_error(error, path) from error


@contextmanager
def _cleaned_up(staged: Path, target: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise explain_os_error(error, target) from error
    finally:
        for suffix in ("", "-wal", "-shm", "-journal"):
            with suppress(OSError):
                staged.with_name(staged.name + suffix).unlink(missing_ok=True)


def _check(staged: Path, source: Path) -> None:
    """Raise unless the copy `staged` of `source` is a whole database of a Roxy that is not newer than this one."""
    try:
        with closing(sqlite3.connect(staged, isolation_level=None)) as connection:
            found = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
            # The backup alone in its place, without the -wal and -shm that would be looked for under the copy's name.
            connection.execute("PRAGMA journal_mode=DELETE")
            revision = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except (sqlite3.Error, UnicodeDecodeError) as error:
        found, revision = type(error).__name__, None
    if found != "ok" or revision is None:
        raise UsageError(
            f"{source} is not a whole backup of Roxy's data. Nothing was changed.",
            hint="Name a file that `roxy data backup` has written.",
        )
    if revision[0] not in {script.revision for script in scripts().walk_revisions()}:
        raise StoreTooNew(f"{source} was written by a newer Roxy. Nothing was changed.", hint="Upgrade Roxy first.")


def _put_in(staged: Path, files: Mapping[str, bytes]) -> None:
    with _opened(staged) as connection:
        connection.execute(f"CREATE TABLE {_FILES} (name TEXT PRIMARY KEY, content BLOB NOT NULL)")
        connection.executemany(f"INSERT INTO {_FILES} VALUES (?, ?)", files.items())  # noqa: S608 - a constant


def _taken_out(staged: Path) -> Mapping[str, bytes]:
    """The files of a backup, which the database is then rid of; an older backup has none."""
    with _opened(staged) as connection:
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (_FILES,)).fetchone():
            return {}
        files = dict(connection.execute(f"SELECT name, content FROM {_FILES}").fetchall())  # noqa: S608 - a constant
        connection.execute("PRAGMA secure_delete=ON")
        connection.execute(f"DROP TABLE {_FILES}")
        return files


def _set_aside(path: Path) -> Path | None:
    """Give the database a second name, with all of its log in it; None when there is none."""
    log = path.with_name(f"{path.name}-wal")
    if not path.exists():
        log.unlink(missing_ok=True)  # its database is gone, and SQLite would replay it into the restored one
        return None
    kept = aside(path)
    whole = _in_one_file(path)
    keep_copy(path, kept)
    if not whole and log.exists():
        log.replace(kept.with_name(f"{kept.name}-wal"))
    path.with_name(f"{path.name}-shm").unlink(missing_ok=True)
    return kept


def _in_one_file(path: Path) -> bool:
    """Bring the log into the database and remove it; False when the database is too damaged for that.

    Raises `StoreError` when another program has it open: it would go on writing to the file that is set aside.
    """
    try:
        with closing(sqlite3.connect(path, timeout=1.0, isolation_level=None)) as connection:
            return bool(connection.execute("PRAGMA journal_mode=DELETE").fetchone()[0] == "delete")
    except sqlite3.Error as error:
        if error.sqlite_errorcode & 0xFF in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
            raise StoreError(
                f"{path} is open in another program, so it was not replaced.",
                hint="End other commands of Roxy (`roxy daemon stop`), then try again.",
            ) from error
        return False
    finally:
        flush_folder(path.parent)
