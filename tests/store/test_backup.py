import sqlite3
import stat
from contextlib import closing

import pytest
from sqlalchemy import insert, select, text

from fakes.children import python
from roxy.errors import StoreCorrupt, StoreError, StoreTooNew, UsageError
from roxy.store.backup import backup, restore
from roxy.store.beside import put_back
from roxy.store.database import FILE, open_database
from roxy.store.tables import notebook


async def _put(folder, key):
    async with open_database(folder) as database, database.writing() as connection:
        await connection.execute(insert(notebook).values(skill="test", key=key, value="1"))


async def _keys(folder):
    async with open_database(folder) as database, database.reading() as connection:
        return (await connection.execute(select(notebook.c.key).order_by(notebook.c.key))).scalars().all()


async def test_a_backup_holds_what_was_there_at_its_time_and_comes_back(tmp_path):
    data, copy = tmp_path / "data", tmp_path / "copy.db"
    await _put(data, "before")
    async with open_database(data):  # somebody has it open
        backup(data / FILE, copy)
    await _put(data, "after")
    kept = restore(data, copy, name=FILE)
    assert await _keys(data) == ["before"]
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert stat.S_IMODE((data / FILE).stat().st_mode) == 0o600
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / FILE).write_bytes(kept.read_bytes())
    assert await _keys(tmp_path / "old") == ["after", "before"]
    assert sorted(entry.name for entry in data.iterdir()) == [FILE, kept.name]


async def test_a_backup_never_overwrites_and_needs_something_to_back_up(tmp_path):
    await _put(tmp_path / "data", "a")
    (tmp_path / "there").write_text("mine")
    with pytest.raises(UsageError, match="is there already"):
        backup(tmp_path / "data" / FILE, tmp_path / "there")
    with pytest.raises(UsageError, match="nothing to back up"):
        backup(tmp_path / "none" / FILE, tmp_path / "copy.db")
    with pytest.raises(StoreError, match="No such file"):
        backup(tmp_path / "data" / FILE, tmp_path / "none" / "copy.db")
    assert (tmp_path / "there").read_text() == "mine"


@pytest.mark.requirement("store.bad")
async def test_a_damaged_database_is_replaced_by_a_backup_and_kept(tmp_path):
    data, copy = tmp_path / "data", tmp_path / "copy.db"
    await _put(data, "a")
    backup(data / FILE, copy)
    (data / FILE).write_bytes(b"damaged" * 1000)
    (data / f"{FILE}-wal").write_bytes(b"damaged too")
    with pytest.raises(StoreCorrupt):
        await _keys(data)
    kept = restore(data, copy, name=FILE)
    assert await _keys(data) == ["a"]
    assert kept.read_bytes() == b"damaged" * 1000


async def test_a_backup_is_restored_where_nothing_is_left(tmp_path):
    data, copy = tmp_path / "data", tmp_path / "copy.db"
    await _put(data, "a")
    backup(data / FILE, copy)
    (data / FILE).unlink()
    (data / f"{FILE}-wal").write_bytes(b"left over")
    assert restore(data, copy, name=FILE) is None
    assert await _keys(data) == ["a"]


async def test_what_is_no_whole_backup_changes_nothing(tmp_path):
    data, copy = tmp_path / "data", tmp_path / "copy.db"
    await _put(data, "a")
    backup(data / FILE, copy)
    whole = copy.read_bytes()
    for content in (b"", b"a letter to mum", whole[:5000], whole[:8192] + b"x" * 4096 + whole[12288:]):
        copy.write_bytes(content)
        with pytest.raises(UsageError, match="not a whole backup"):
            restore(data, copy, name=FILE)
    with pytest.raises(UsageError, match="no file"):
        restore(data, tmp_path / "missing", name=FILE)
    other = sqlite3.connect(tmp_path / "other.db")
    other.execute("CREATE TABLE letters (text)")
    other.close()
    with pytest.raises(UsageError, match="not a whole backup"):
        restore(data, tmp_path / "other.db", name=FILE)
    assert await _keys(data) == ["a"]
    assert [entry.name for entry in data.iterdir()] == [FILE]


async def test_a_backup_of_a_newer_roxy_changes_nothing(tmp_path):
    async with open_database(tmp_path / "new") as database, database.writing() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    await _put(tmp_path / "data", "a")
    with pytest.raises(StoreTooNew, match="newer Roxy"):
        restore(tmp_path / "data", tmp_path / "new" / FILE, name=FILE)
    assert await _keys(tmp_path / "data") == ["a"]


async def test_a_database_that_is_in_use_is_not_replaced(tmp_path):
    data, copy = tmp_path / "data", tmp_path / "copy.db"
    await _put(data, "a")
    backup(data / FILE, copy)
    async with open_database(data) as database, database.reading() as connection:
        await connection.execute(select(notebook.c.key))
        with pytest.raises(StoreError, match="open in another program"):
            restore(data, copy, name=FILE)
    assert await _keys(data) == ["a"]


async def test_a_full_disk_leaves_the_old_database_and_no_remains(tmp_path):
    data, copy = tmp_path / "data", tmp_path / "copy.db"
    await _put(data, "a")
    backup(data / FILE, copy)
    await _put(data, "b")
    code = """
        import resource, sys
        from pathlib import Path
        from roxy.errors import StoreFull
        from roxy.store.backup import backup, restore

        data, copy = Path(sys.argv[1]), Path(sys.argv[2])
        resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
        for work in (lambda: restore(data, copy, name="roxy.db"), lambda: backup(data / "roxy.db", data / "new.db")):
            try:
                work()
            except StoreFull as error:
                print(error)
    """
    child = await python(code, data, copy)
    output, errors = await child.communicate()
    assert errors == b""
    assert output.count(b"no room left") == 2
    assert [entry.name for entry in data.iterdir()] == [FILE]
    assert await _keys(data) == ["a", "b"]


async def test_a_kill_during_restores_leaves_one_whole_database(tmp_path):
    data, copy = tmp_path / "data", tmp_path / "copy.db"
    await _put(data, "a")
    backup(data / FILE, copy)
    code = """
        import sys
        from pathlib import Path
        from roxy.store.backup import restore

        for _ in range(10_000):
            restore(Path(sys.argv[1]), Path(sys.argv[2]), name="roxy.db")
            print(flush=True)
    """
    for rounds in (1, 3, 8):
        child = await python(code, data, copy)
        for _ in range(rounds):
            await child.stdout.readline()
        child.kill()
        await child.communicate()
        assert await _keys(data) == ["a"]


async def test_wiping_leaves_nothing_of_what_was_deleted(tmp_path):
    await _put(tmp_path, "xylophone-quartz")
    async with open_database(tmp_path) as database, database.writing() as connection:
        await connection.execute(notebook.delete())
    async with open_database(tmp_path) as database:
        await database.vacuum()
    for entry in tmp_path.iterdir():
        assert b"xylophone-quartz" not in entry.read_bytes()


async def test_the_files_beside_the_database_come_back_as_they_were_and_those_there_are_kept(tmp_path):
    data, copy = tmp_path / "data", tmp_path / "copy.db"
    await _put(data, "before")
    (data / "vaults").mkdir()
    (data / "vaults" / "a.vault").write_bytes(b"sealed\0")
    (data / "vaults" / ".a.vault.new").write_bytes(b"half")
    backup(data / FILE, copy, beside=data / "vaults")
    (data / "vaults" / "a.vault").write_bytes(b"changed")
    (data / "vaults" / "b.vault").write_bytes(b"later")
    restore(data, copy, name=FILE, beside="vaults")
    assert {path.name: path.read_bytes() for path in (data / "vaults").iterdir()} == {"a.vault": b"sealed\0"}
    assert stat.S_IMODE((data / "vaults").stat().st_mode) == 0o700
    assert stat.S_IMODE((data / "vaults" / "a.vault").stat().st_mode) == 0o600
    [kept] = data.glob("vaults.before-restore-*")
    assert (kept / "a.vault").read_bytes() == b"changed"
    with closing(sqlite3.connect(data / FILE)) as connection:
        assert connection.execute("SELECT * FROM sqlite_master WHERE name = 'backup_files'").fetchall() == []
    assert b"sealed" not in (data / FILE).read_bytes()


async def test_a_backup_without_files_leaves_those_that_are_there(tmp_path):
    data, copy = tmp_path / "data", tmp_path / "copy.db"
    await _put(data, "before")
    backup(data / FILE, copy)
    (data / "vaults").mkdir()
    (data / "vaults" / "a.vault").write_bytes(b"mine")
    restore(data, copy, name=FILE, beside="vaults")
    assert (data / "vaults" / "a.vault").read_bytes() == b"mine"


@pytest.mark.parametrize("name", ["../evil", "/tmp/evil", "", ".."])
def test_a_backup_cannot_put_files_elsewhere(tmp_path, name):
    with pytest.raises(ValueError, match="path"):
        put_back(tmp_path / "vaults", {"a.vault": b"", name: b"x"})
    assert list(tmp_path.iterdir()) == []
