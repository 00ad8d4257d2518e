"""A PostgreSQL server of the tests' own: no port, gone with the tests."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from itertools import count
from pathlib import Path

MISSING = "PostgreSQL is not installed (on Debian: apt-get install postgresql)"


def binaries() -> Path | None:
    """The folder of initdb and pg_ctl, the newest version; None when there is none."""
    found = [Path(path).resolve().parent for name in ("pg_ctl",) if (path := shutil.which(name))]
    found += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((folder for folder in found if (folder / "initdb").exists() and (folder / "pg_ctl").exists()), None)


_SCHEMA = """
SELECT md5(string_agg(line, '|' ORDER BY line)) FROM (
    SELECT concat_ws(' ', table_name, column_name, data_type, is_nullable, column_default)
        FROM information_schema.columns WHERE table_schema = 'public'
    UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
    UNION ALL SELECT concat_ws(' ', conrelid::regclass, pg_get_constraintdef(oid)) FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace
    UNION ALL SELECT concat_ws(' ', tgrelid::regclass, tgname) FROM pg_trigger
    UNION ALL SELECT concat_ws(' ', proname, md5(prosrc)) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    UNION ALL SELECT setconfig::text FROM pg_db_role_setting
) AS found(line)
"""
# Prints `t` when the database was as `current` but for its rows, which are gone then.
_EMPTIED = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() \\g /dev/null
SELECT ({schema}) = '{wanted}' AS same \\gset
\\if :same
SET session_replication_role = replica; -- all rows go, so no foreign key has to look after any
BEGIN;
SELECT format('DELETE FROM %I', tablename) FROM pg_tables WHERE schemaname = 'public' \\gexec
SELECT setval(format('%I', sequencename)::regclass, start_value, false) FROM pg_sequences \\g /dev/null
INSERT INTO alembic_version VALUES ('{head}');
COMMIT;
\\endif
\\echo :same
"""


class PostgresServer:
    """A running server; `created` makes databases in it, `lent` gives one that is as the database `current`."""

    def __init__(self, folder: Path, run) -> None:
        self._folder = folder
        self._run = run
        self._numbers = count(1)
        self._free: list[str] = []

    def url(self, name: str) -> str:
        """The URL of the database `name`, as `store.url` takes it."""
        return f"postgresql+asyncpg://roxy@/{name}?host={self._folder}"

    def created(self, template: str = "template0") -> str:
        """The name of a new database, a copy of `template`."""
        name = f"test{next(self._numbers)}"
        self.sql(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    @cached_property
    def _emptied(self) -> str:
        wanted, head = self.sql(_SCHEMA, "current"), self.sql("SELECT version_num FROM alembic_version", "current")
        return _EMPTIED.format(schema=_SCHEMA, wanted=wanted, head=head)

    def lent(self) -> str:
        """The name of a database at the head, without rows: one that was returned, for to copy one takes far longer."""
        return self._free.pop() if self._free else self.created("current")

    def returned(self, name: str) -> None:
        """Empty a database that was lent, for the next one who wants it; drop it when more than its rows changed."""
        if self.sql(self._emptied, name) == "t":
            self._free.append(name)
        else:
            self.dropped(name)

    def sql(self, statement: str, database: str = "postgres") -> str:
        """What psql answers to statements, without headers."""
        words = ("psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-h", self._folder, "-U", "roxy", "-f", "-", database)
        return self._run(*words, given=statement)

    def dump(self, database: str) -> str:
        """The statements of pg_dump that make the database anew."""
        return self._run("pg_dump", "-h", self._folder, "-U", "roxy", "--inserts", database)

    def archived(self, url: str) -> str:
        """The path of a file that pg_dump makes of the database at `url`, as `roxy data backup` says."""
        name = url.partition("@/")[2].partition("?")[0]
        file = f"{self._folder}/{name}.dump"
        self._run("pg_dump", "-h", self._folder, "-U", "roxy", "--format=custom", f"--file={file}", name)
        return file

    def restored(self, file: str, name: str) -> None:
        """Bring what `archived` wrote into the database `name`, as `roxy data restore` says."""
        options = ("--clean", "--if-exists", "--exit-on-error")
        self._run("pg_restore", "-h", self._folder, "-U", "roxy", *options, f"--dbname={name}", file)

    def dropped(self, name: str) -> None:
        """Drop a database with whoever is connected to it."""
        self.sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


# The server outlives nobody: when the tests end in any way, `kill -9` included, the pipe that is read here is closed.
_KEEPER = """
cd "$2" && "$1/initdb" -D data -U roxy -A trust -E UTF8 --locale=C.UTF-8 -N >log 2>&1 &&
    "$1/pg_ctl" -D data -l log -w \\
        -o "-c listen_addresses= -k $2 -c max_connections=40 $3" start >/dev/null &&
    echo ready && cat >/dev/null
"$1/pg_ctl" -D data -m immediate -w stop >/dev/null 2>&1
cd / && rm -rf "$2"
"""


@contextmanager
def postgres(folder_of_binaries: Path, *, durable: bool = False) -> Iterator[PostgresServer]:
    """A server with its data below the system's folder for temporary files, run by an ordinary user.

    No TCP: a socket in a folder of its own is never taken. Not `durable`, it waits for no disk, and is small.
    """
    options = "" if durable else "-F -c shared_buffers=16MB"
    user = () if os.geteuid() else ("runuser", "-u", "postgres", "--")
    with tempfile.TemporaryDirectory(prefix="roxy-pg-") as place:
        folder = Path(place)
        if user:
            owner = pwd.getpwnam("postgres")
            os.chown(folder, owner.pw_uid, owner.pw_gid)

        def run(program: str, *words: object, given: str = "") -> str:
            command = [*user, str(folder_of_binaries / program), *map(str, words)]
            ran = subprocess.run(
                command, input=given, capture_output=True, text=True, timeout=120, check=False, cwd="/"
            )
            assert ran.returncode == 0, f"{program}: {ran.stderr}"
            return ran.stdout.strip()

        keeper = [*user, "sh", "-c", _KEEPER, "sh", str(folder_of_binaries), place, options]
        with subprocess.Popen(
            keeper, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd="/", start_new_session=True
        ) as process:
            assert process.stdout.readline() == "ready\n", (folder / "log").read_text()
            yield PostgresServer(folder, run)
            process.stdin.close()
            process.wait(timeout=30)
