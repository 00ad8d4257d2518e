"""Backups of a PostgreSQL database by its own client programs, with the folder beside it: one tar file of both.

Order of events in a restore: the backup is unpacked and its revision looked at; what is in the database is dumped into
the data folder; pg_restore replaces it in one transaction; then the folder takes its place. A kill before the end of
the transaction changes nothing.

The programs are found on PATH. What they need to connect comes through their environment, where a password is seen by
nobody else. All of this blocks.
"""

import io
import os
import shutil
import subprocess
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from roxy.errors import ConfigError, StoreError, StoreTooNew, UsageError
from roxy.store.atomic import explain_os_error, flush_file, place
from roxy.store.beside import aside, put_back, taken
from roxy.store.migrate import scripts

KEPT = "postgresql.tar"
"""Begins the name of what a restore keeps of the database that was there."""
_DUMP = "database.dump"
_KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "SYSTEMROOT")
_LAST_WORDS = 300


def available(url: str) -> bool:
    """Whether `url` names a PostgreSQL database, and the programs for it are installed."""
    return url.startswith("postgres") and all(map(shutil.which, ("pg_dump", "pg_restore")))


def backup(url: str, folder: Path, target: Path) -> None:
    """Write the database at `url`, and the files of `folder`, to the new file `target` (mode 0600).

    Raises `UsageError` when `target` is there already, `StoreError` when the program fails.
    """
    if target.exists():
        raise UsageError(f"{target} is there already.", hint="Name a new file, or move that one away.")
    with _workshop(target) as work:
        staged = work / "backup.tar"
        _run(url, "pg_dump", "--format=custom", f"--file={work / _DUMP}")
        with tarfile.open(staged, "x") as archive:
            archive.add(work / _DUMP, _DUMP)
            for name, content in taken(folder).items():
                entry = tarfile.TarInfo(f"{folder.name}/{name}")
                entry.size = len(content)
                archive.addfile(entry, io.BytesIO(content))
        staged.chmod(0o600)
        flush_file(staged)
        if not place(staged, target):
            raise UsageError(f"{target} is there already.")


def restore(url: str, folder: Path, source: Path) -> Path:
    """Put the backup `source` in the place of the database at `url` and of `folder`; returns where the old one is kept.

    Raises `UsageError` when `source` is no backup of Roxy's, `StoreTooNew` when a newer Roxy made it, `StoreError` when
    a program fails; the database is as it was then.
    """
    if not source.is_file():
        raise UsageError(f"There is no file {source}.")
    kept = aside(folder.with_name(KEPT))
    with _workshop(kept) as work:
        files = _unpacked(source, work / _DUMP, folder.name)
        _check(work / _DUMP, source)
        backup(url, folder, kept)
        options = ("--clean", "--if-exists", "--no-owner", "--single-transaction", "--exit-on-error")
        _run(url, "pg_restore", *options, f"--dbname={make_url(url).database}", str(work / _DUMP))
        if files:
            put_back(folder, files)
    return kept


@contextmanager
def _workshop(target: Path) -> Iterator[Path]:
    """A private folder on the same disk as `target`."""
    try:
        with TemporaryDirectory(prefix=f".{target.name}.", dir=target.parent) as work:
            yield Path(work)
    except OSError as error:
        raise explain_os_error(error, target) from error


def _unpacked(source: Path, dump: Path, folder: str) -> Mapping[str, bytes]:
    """Put the dump in its place, and return the files; what else may be in the archive is not looked at."""
    files = {}
    try:
        with tarfile.open(source) as archive:
            for entry in archive:
                content = archive.extractfile(entry) if entry.isfile() else None
                if content is None:
                    continue
                place_, _, name = entry.name.rpartition("/")
                if entry.name == _DUMP:
                    with dump.open("xb") as file:
                        shutil.copyfileobj(content, file)
                elif place_ == folder:
                    files[name] = content.read()
    except tarfile.TarError:
        dump.unlink(missing_ok=True)
    if not dump.exists():
        raise _no_backup(source)
    return files


def _check(dump: Path, source: Path) -> None:
    words = ("pg_restore", "--data-only", "--table=alembic_version", "--file=-", str(dump))
    told = subprocess.run(words, env=_environment(), capture_output=True, text=True, check=False)
    _, _, rows = told.stdout.partition("COPY ")
    revision = rows.splitlines()[1].strip() if told.returncode == 0 and len(rows.splitlines()) > 1 else ""
    if not revision or revision == r"\.":
        raise _no_backup(source)
    if revision not in {script.revision for script in scripts().walk_revisions()}:
        raise StoreTooNew(f"{source} was written by a newer Roxy. Nothing was changed.", hint="Upgrade Roxy first.")


def _no_backup(source: Path) -> UsageError:
    return UsageError(
        f"{source} is not a whole backup of Roxy's data on PostgreSQL. Nothing was changed.",
        hint="Name a file that `roxy data backup` has written.",
    )


def _run(url: str, program: str, *words: str) -> None:
    try:
        place_ = make_url(url)
    except ArgumentError as error:  # its words hold the URL, and so the password
        raise ConfigError("`store.url` is not the URL of a database.") from error
    ran = subprocess.run(
        [program, *words],
        env=_environment(place_),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if ran.returncode:
        said = ran.stderr.strip()[-_LAST_WORDS:] or f"it ended with {ran.returncode}"
        raise StoreError(f"{program} failed: {said}", hint="Its version must not be older than the server's.")


def _environment(url: URL | None = None) -> Mapping[str, str]:
    """What libpq reads: what the user has set for it, and over that what the URL says."""
    environ = {name: value for name, value in os.environ.items() if name in _KEPT or name.startswith("PG")}
    if url is None:
        return environ
    given = {**_of_query(url), "PGUSER": url.username, "PGPASSWORD": url.password, "PGDATABASE": url.database}
    given |= {"PGHOST": url.host or given["PGHOST"], "PGPORT": url.port or given["PGPORT"]}
    given["PGOPTIONS"] = f"{environ.get('PGOPTIONS', '')} -c lock_timeout=10s".strip()
    return environ | {name: str(value) for name, value in given.items() if value}


def _of_query(url: URL) -> dict[str, object]:
    """What may stand behind the question mark; `ssl` is the driver's name of `sslmode`."""
    query = {name: value if isinstance(value, str) else ",".join(value) for name, value in url.query.items()}
    mode = query.get("sslmode") or query.get("ssl")
    return {"PGHOST": query.get("host"), "PGPORT": query.get("port"), "PGSSLMODE": mode}
