import asyncio
import random
import sqlite3
import stat
import sys
from contextlib import suppress
from datetime import UTC, datetime
from tempfile import TemporaryDirectory

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import insert, select, text
from sqlalchemy.exc import IntegrityError

from fakes.children import python
from roxy.errors import RoxyError, StoreCorrupt, StoreError, StoreFull, StoreReadOnly, StoreTooNew
from roxy.store.database import FILE, HEAD, open_database
from roxy.store.migrate import scripts
from roxy.store.tables import metadata, notebook, sessions


def _note(key, value="1"):
    return insert(notebook).values(skill="test", key=key, value=value)


async def _write(database, *statements):
    async with database.writing() as connection:
        for statement in statements:
            await connection.execute(statement)


async def _keys(database):
    async with database.reading() as connection:
        return (await connection.execute(select(notebook.c.key).order_by(notebook.c.key))).scalars().all()


async def test_what_was_written_is_there_when_the_database_is_opened_again(tmp_path, store_url):
    async with open_database(tmp_path, store_url) as database, database.writing() as connection:
        await connection.execute(_note("a"))
    async with open_database(tmp_path, store_url) as database:
        assert await _keys(database) == ["a"]


@pytest.mark.requirement("store.private")
async def test_the_folder_and_its_files_are_for_the_user_alone(tmp_path):
    folder = tmp_path / "deep" / "data"
    folder.mkdir(parents=True, mode=0o755)
    async with open_database(folder) as database:
        async with database.writing() as connection:
            await connection.execute(_note("a"))
        modes = {entry.name: stat.S_IMODE(entry.stat().st_mode) for entry in folder.iterdir()}
    assert modes == {FILE: 0o600, f"{FILE}-wal": 0o600, f"{FILE}-shm": 0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


async def test_commits_reach_the_disk_in_wal_mode_with_full_synchronisation(tmp_path):
    async with open_database(tmp_path) as database, database.reading() as connection:

        async def pragma(name):
            return (await connection.execute(text(f"PRAGMA {name}"))).scalar_one()

        assert await pragma("journal_mode") == "wal"
        assert await pragma("synchronous") == 2  # FULL
        assert await pragma("foreign_keys") == 1
        assert await pragma("busy_timeout") >= 5000


async def test_only_a_writing_that_is_to_be_durable_waits_for_the_disk(tmp_path):
    async with open_database(tmp_path) as database:
        for durable, level in ((True, 2), (False, 1), (True, 2), (False, 1)):  # 2 is FULL, 1 is NORMAL
            async with database.writing(durable=durable) as connection:
                assert (await connection.execute(text("PRAGMA synchronous"))).scalar_one() == level


async def test_an_exception_rolls_all_of_a_writing_back(tmp_path, store_url):
    async with open_database(tmp_path, store_url) as database:
        with suppress(KeyError):
            async with database.writing() as connection:
                await connection.execute(_note("a"))
                raise KeyError
        assert await _keys(database) == []


async def test_a_cancelled_writing_is_rolled_back_and_the_next_one_works(tmp_path, store_url):
    async with open_database(tmp_path, store_url) as database:
        inside = asyncio.Event()

        async def write():
            async with database.writing() as connection:
                await connection.execute(_note("a"))
                inside.set()
                await asyncio.Event().wait()

        task = asyncio.create_task(write())
        async with asyncio.timeout(20):
            await inside.wait()
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
            async with database.writing() as connection:
                await connection.execute(_note("b"))
        assert await _keys(database) == ["b"]


async def test_a_writing_within_a_writing_is_an_error_and_not_a_deadlock(tmp_path, store_url):
    async with open_database(tmp_path, store_url) as database, asyncio.timeout(20):
        with pytest.raises(RuntimeError, match="writing already"):
            async with database.writing():
                await _write(database, _note("a"))
        await _write(database, _note("b"))
        assert await _keys(database) == ["b"]


async def test_a_kill_while_the_database_is_made_leaves_none_or_a_whole_one(tmp_path):
    code = """
        import os, signal, sys
        from pathlib import Path
        from roxy.store import database, migrate

        statements = int(sys.argv[2])

        def dies_in_the_middle(connection, clause, *rest):
            global statements
            statements -= 1
            if statements == 0:
                os.kill(os.getpid(), signal.SIGKILL)

        import asyncio
        from sqlalchemy import Engine, event
        event.listen(Engine, "before_cursor_execute", dies_in_the_middle)

        async def main():
            async with database.open_database(Path(sys.argv[1])):
                print("made")

        asyncio.run(main())
    """
    ends = set()
    for statements in (1, 5, 12, 25, 500):
        child = await python(code, tmp_path, statements)
        output, _ = await child.communicate()
        ends.add(output)
        assert (tmp_path / FILE).exists() == (output == b"made\n")
    assert ends == {b"", b"made\n"}
    assert [entry.name for entry in tmp_path.iterdir()] == [FILE]
    async with open_database(tmp_path) as database:
        assert await _keys(database) == []


async def test_many_writers_at_once_all_succeed(tmp_path, store_url):
    async with open_database(tmp_path, store_url) as database, open_database(tmp_path, store_url) as other:

        async def write(number):
            async with (database, other)[number % 2].writing() as connection:
                await connection.execute(_note(f"{number:02}"))

        async with asyncio.timeout(20):
            await asyncio.gather(*(write(number) for number in range(30)))
        assert len(await _keys(database)) == 30


async def test_a_reader_sees_one_state_while_another_writes(tmp_path, store_url):
    async with open_database(tmp_path, store_url) as database, database.reading() as reader:
        before = (await reader.execute(select(notebook.c.key))).all()
        async with database.writing() as connection:
            await connection.execute(_note("a"))
        assert (await reader.execute(select(notebook.c.key))).all() == before


async def test_a_row_that_is_not_allowed_is_told_as_such_and_does_not_show_its_values(tmp_path, store_url):
    async with open_database(tmp_path, store_url) as database:
        with pytest.raises(IntegrityError) as caught:
            await _write(database, _note("private words"), _note("private words"))
    assert "private words" not in str(caught.value)


async def test_two_processes_that_start_together_make_one_database(tmp_path):
    code = """
        import asyncio, sys
        from pathlib import Path
        from sqlalchemy import insert
        from roxy.store.database import open_database
        from roxy.store.tables import notebook

        async def main():
            async with open_database(Path(sys.argv[1])) as database, database.writing() as connection:
                await connection.execute(insert(notebook).values(skill="test", key=sys.argv[2], value="1"))

        asyncio.run(main())
    """
    async with asyncio.timeout(40):
        children = [await python(code, tmp_path, name) for name in "abc"]
        results = [await child.communicate() for child in children]
    assert [error for _, error in results] == [b"", b"", b""]
    async with open_database(tmp_path) as database:
        assert await _keys(database) == ["a", "b", "c"]
    assert [entry.name for entry in tmp_path.iterdir()] == [FILE]


@pytest.mark.requirement("start.no_heavy_imports")
async def test_opening_a_current_database_does_not_load_alembic(tmp_path):
    async with open_database(tmp_path):
        pass
    code = """
        import asyncio, sys
        from pathlib import Path
        from roxy.store.database import open_database

        async def main():
            async with open_database(Path(sys.argv[1])):
                print("alembic" in sys.modules)

        asyncio.run(main())
    """
    async with asyncio.timeout(20):
        child = await python(code, tmp_path)
        assert await child.communicate() == (b"False\n", b"")


@pytest.mark.requirement("store.dialects")
async def test_the_migrations_lead_to_exactly_the_tables(tmp_path, store_url):
    def compare(connection):
        def ours(name, kind, _parents):
            if kind == "index":
                return name not in {"ix_memory_words", "ix_summaries_words", "ix_events_words_words"}
            derived = ("memory_fts", "summaries_fts", "events_fts", "events_words")
            return kind != "table" or not name.startswith(derived)

        options = {"include_name": ours, "compare_type": True, "compare_server_default": True}
        return compare_metadata(MigrationContext.configure(connection, opts=options), metadata)

    async with open_database(tmp_path, store_url) as database, database.reading() as connection:
        assert await connection.run_sync(compare) == []


def test_the_head_is_the_newest_revision():
    assert scripts().get_current_head() == HEAD


async def test_data_of_a_newer_roxy_is_refused_and_left_alone(tmp_path):
    async with open_database(tmp_path) as database, database.writing() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    before = (tmp_path / FILE).read_bytes()
    with pytest.raises(StoreTooNew, match="newer Roxy") as caught:
        async with open_database(tmp_path):
            pass
    assert "Upgrade" in caught.value.hint
    assert (tmp_path / FILE).read_bytes() == before


def _garbage(data):
    return b"this is not a database, whatever its name says " * 100


def _nothing(data):
    return b""


def _half(data):
    return data[: len(data) // 2]


def _zero_page(data):
    return data[:4096] + bytes(4096) + data[8192:]


def _no_schema(data):
    return data[:100] + bytes(3996) + data[4096:]


@pytest.mark.requirement("store.bad")
@pytest.mark.parametrize("spoil", [_garbage, _nothing, _half, _zero_page, _no_schema])
async def test_a_damaged_database_is_kept_and_told_at_every_start(tmp_path, spoil):
    async with open_database(tmp_path):
        pass
    path = tmp_path / FILE
    spoilt = spoil(path.read_bytes())
    path.write_bytes(spoilt)
    for _ in range(2):
        with pytest.raises(StoreCorrupt) as caught:
            async with open_database(tmp_path):
                pass
        assert "roxy data restore" in caught.value.hint
    kept = [entry for entry in tmp_path.iterdir() if ".damaged-" in entry.name and not entry.name.endswith("-wal")]
    assert [entry.read_bytes() for entry in kept] == [spoilt]
    assert kept[0].name in str(caught.value)
    assert stat.S_IMODE(kept[0].stat().st_mode) == 0o600
    assert path.read_bytes() == spoilt


async def test_random_damage_never_ends_in_anything_but_data_or_a_clear_error(tmp_path):
    async with open_database(tmp_path) as database, database.writing() as connection:
        await connection.execute(_note("a", "x" * 20_000))
    path = tmp_path / FILE
    whole = path.read_bytes()
    dice = random.Random(7)
    told = []
    for _ in range(40):
        spoilt = bytearray(whole)
        for _ in range(dice.choice((1, 100))):
            spoilt[dice.randrange(len(spoilt))] ^= 1 << dice.randrange(8)
        path.write_bytes(spoilt)
        try:
            async with open_database(tmp_path) as database:
                assert set(await _keys(database)) <= {"a"} or spoilt != whole
        except StoreError as error:
            told.append(error.hint)
    assert len(told) > 5
    assert all(told)


async def test_a_database_that_was_moved_away_without_its_log_is_not_begun_anew(tmp_path):
    (tmp_path / f"{FILE}-wal").write_bytes(b"x" * 100)
    with pytest.raises(StoreCorrupt, match="is gone"):
        async with open_database(tmp_path):
            pass
    assert not (tmp_path / FILE).exists()


@pytest.mark.requirement("store.bad")
async def test_a_full_disk_is_told_keeps_what_was_confirmed_and_passes(tmp_path):
    async with open_database(tmp_path) as database:
        async with database.writing() as connection:
            await connection.execute(_note("confirmed"))
        with pytest.raises(StoreFull, match="no room") as caught:
            await _write(database, text("PRAGMA max_page_count = 40"), _note("too much", "x" * 2_000_000))
        assert "Free some space" in caught.value.hint
        assert await _keys(database) == ["confirmed"]
    async with open_database(tmp_path) as database:
        async with database.writing() as connection:
            await connection.execute(_note("later"))
        assert await _keys(database) == ["confirmed", "later"]


@pytest.mark.requirement("store.bad")
@pytest.mark.skipif(sys.platform == "win32", reason="limits of a process are POSIX")
async def test_a_write_that_the_system_cuts_off_is_told_and_nothing_confirmed_is_lost(tmp_path):
    code = """
        import asyncio, resource, sys
        from pathlib import Path
        from sqlalchemy import insert
        from roxy.errors import StoreFull
        from roxy.store.database import open_database
        from roxy.store.tables import notebook

        async def main():
            async with open_database(Path(sys.argv[1])) as database:
                resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))
                for number in range(1000):
                    try:
                        async with database.writing() as connection:
                            row = dict(skill="test", key=f"{number:04}", value="x" * 10_000)
                            await connection.execute(insert(notebook).values(row))
                    except StoreFull as error:
                        print(number, error)
                        return

        asyncio.run(main())
    """
    async with asyncio.timeout(40):
        child = await python(code, tmp_path)
        output, errors = await child.communicate()
    assert errors == b""
    confirmed = int(output.split()[0])
    assert confirmed > 5
    assert b"no room" in output
    async with open_database(tmp_path) as database:
        assert len(await _keys(database)) == confirmed


@pytest.mark.requirement("store.bad")
@pytest.mark.parametrize("made", [True, False])
async def test_a_folder_that_may_not_be_written_is_told(made):
    code = """
        import asyncio, os, sys
        from pathlib import Path
        from roxy.errors import StoreReadOnly
        from roxy.store import database

        folder, used = Path(sys.argv[1]) / "data", Path(sys.argv[1]) / "used"

        async def main():
            async with database.open_database(used):  # loads all that is needed, while that is allowed
                pass
            if sys.argv[2] == "True":
                used.rename(folder)
                (folder / database.FILE).chmod(0o400)
            else:
                folder.mkdir()
            folder.chmod(0o500)
            if os.geteuid() == 0:  # the superuser may write anything
                for path in (folder.parent, folder, *folder.iterdir()):
                    os.chown(path, 65534, 65534)
                os.setgid(65534)
                os.setuid(65534)
            database._make_private = lambda folder: None  # an administrator's folder stays as it is
            try:
                async with database.open_database(folder) as opened, opened.writing():
                    pass
            except StoreReadOnly as error:
                print(error)

        asyncio.run(main())
    """
    with TemporaryDirectory() as place:  # not below tmp_path, which is closed to other users
        async with asyncio.timeout(40):
            child = await python(code, place, made)
            output, errors = await child.communicate()
    assert errors == b""
    assert b"may not be written" in output
    assert b"Make " in output


async def test_a_file_where_the_folder_should_be_is_told(tmp_path):
    (tmp_path / "data").write_text("")
    with pytest.raises(StoreError, match="could not be written"):
        async with open_database(tmp_path / "data"):
            pass


async def test_another_program_that_holds_the_lock_is_waited_for(tmp_path):
    async with open_database(tmp_path) as database:
        other = sqlite3.connect(tmp_path / FILE, isolation_level=None)
        try:
            other.execute("BEGIN IMMEDIATE")

            async def write():
                async with database.writing() as connection:
                    await connection.execute(_note("a"))

            task = asyncio.create_task(write())
            await asyncio.sleep(0)
            assert await _keys(database) == []  # reading goes on meanwhile
            other.execute("COMMIT")
            async with asyncio.timeout(20):
                await task
        finally:
            other.close()
        assert await _keys(database) == ["a"]


async def test_times_keep_their_moment_and_come_back_in_utc(tmp_path, store_url):
    moment = datetime.fromisoformat("2026-03-29T08:00:00+02:00")
    async with open_database(tmp_path, store_url) as database:
        async with database.writing() as connection:
            await connection.execute(insert(sessions).values(id="s", started=moment, last=moment, title=""))
        async with database.reading() as connection:
            found = (await connection.execute(select(sessions.c.started))).scalar_one()
    assert found == moment
    assert found.tzinfo is UTC


async def test_text_that_is_no_unicode_is_kept_as_well_as_it_can_be(tmp_path, store_url):
    async with open_database(tmp_path, store_url) as database:
        async with database.writing() as connection:
            await connection.execute(_note("a\ud800b\0c"))
        assert await _keys(database) == ["a?b\N{REPLACEMENT CHARACTER}c"]


async def test_a_url_opens_a_database_elsewhere(tmp_path):
    async with open_database(tmp_path / "unused", f"sqlite+aiosqlite:///{tmp_path / 'other.db'}") as database:
        assert database.path is None
        assert await _keys(database) == []
    assert not (tmp_path / "unused").exists()


def test_every_failure_of_the_store_ends_with_code_2():
    kinds = (StoreError, StoreCorrupt, StoreFull, StoreReadOnly, StoreTooNew)
    assert {kind.exit_code for kind in kinds} == {2}
    assert all(issubclass(kind, RoxyError) for kind in kinds)


async def test_a_flush_brings_quick_commits_to_the_disk_and_needs_none(database):
    await database.flush()
    async with database.writing(durable=False) as connection:
        await connection.execute(insert(notebook).values(skill="test", key="k", value="1"))
    await database.flush()
    async with database.reading() as connection:
        assert (await connection.execute(select(notebook.c.key))).scalar_one() == "k"
