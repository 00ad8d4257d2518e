"""What is PostgreSQL's own: servers that are not there, users that may not, and many processes at once."""

import asyncio
import json
import re

import pytest
from sqlalchemy import insert, select

from fakes.children import python
from roxy.errors import ConfigError, StoreError, StoreReadOnly
from roxy.store.database import open_database
from roxy.store.documents import as_clean_json, as_json
from roxy.store.tables import notebook

SECRET = "open-sesame"


@pytest.fixture
def url(postgres_server):
    """A database with Roxy's tables."""
    name = postgres_server.created("current")
    yield postgres_server.url(name)
    postgres_server.dropped(name)


def _note(key):
    return insert(notebook).values(skill="test", key=key, value="1")


async def _opened(folder, url):
    async with open_database(folder, url):
        pass


@pytest.mark.requirement("store.dialects")
async def test_an_empty_database_gets_the_tables_once_by_however_many_processes(postgres_server, tmp_path):
    name = postgres_server.created()
    async with asyncio.timeout(40):
        await asyncio.gather(*(_opened(tmp_path, postgres_server.url(name)) for _ in range(4)))
    assert postgres_server.sql("SELECT count(*) FROM alembic_version", name) == "1"
    postgres_server.dropped(name)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("/current", "/nowhere"), "no such database"),
        (("//roxy@", "//stranger@"), "user or password"),
        ((r"host=.*", "host=/nowhere"), "cannot be used"),
        ((r"@/.*", "@127.0.0.1:1/current"), "cannot be used"),
    ],
)
async def test_a_server_that_cannot_be_used_is_told_without_its_password(postgres_server, tmp_path, change, told):
    url = re.sub(*change, postgres_server.url("current")).replace("@", f":{SECRET}@", 1)
    with pytest.raises(StoreError, match=told) as caught:
        await _opened(tmp_path, url)
    assert SECRET not in str(caught.value)
    assert "store.url" in caught.value.hint or "createdb" in caught.value.hint


@pytest.mark.parametrize(
    ("url", "told"),
    [
        (f"no url {SECRET}", "not the URL"),
        (f"mysql://u:{SECRET}@h/d", "'mysql'"),
        (f"postgresql+psycopg://u:{SECRET}@h/d", "psycopg"),
    ],
)
async def test_a_url_that_is_none_is_a_wrong_setting(tmp_path, url, told):
    with pytest.raises(ConfigError, match=told) as caught:
        await _opened(tmp_path, url)
    assert SECRET not in str(caught.value)


async def test_the_url_may_leave_the_driver_out(url, tmp_path):
    await _opened(tmp_path, url.replace("postgresql+asyncpg", "postgresql"))


async def test_a_database_that_takes_no_changes_is_told(postgres_server, url, tmp_path):
    async with open_database(tmp_path, url) as database:
        name = re.search(r"/(test\d+)\?", url)[1]
        postgres_server.sql(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    async with open_database(tmp_path, url) as database:
        with pytest.raises(StoreReadOnly):
            async with database.writing() as connection:
                await connection.execute(_note("a"))


async def test_a_writing_of_another_process_is_waited_for(url, tmp_path):
    """Two objects of one process have no lock in common but the database's."""
    async with open_database(tmp_path, url) as database, open_database(tmp_path, url) as other:
        order = []

        async def second():
            async with other.writing() as connection:
                found = (await connection.execute(select(notebook.c.key))).scalars().all()
                order.append(found)

        async with database.writing() as connection, asyncio.timeout(10):
            task = asyncio.create_task(second())
            await connection.execute(_note("a"))
            async with other.reading() as reader:  # who reads does not wait
                assert (await reader.execute(select(notebook.c.key))).all() == []
            order.append("first")
        await task
    assert order == ["first", ["a"]]


async def test_connections_that_the_server_ended_are_made_anew(postgres_server, url, tmp_path):
    async with open_database(tmp_path, url) as database:
        async with database.writing() as connection:
            await connection.execute(_note("a"))
        name = re.search(r"/(test\d+)\?", url)[1]
        postgres_server.sql(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
        async with database.reading() as connection:
            assert (await connection.execute(select(notebook.c.key))).scalars().all() == ["a"]


async def test_a_connection_that_ends_in_a_writing_is_told_and_nothing_is_half_done(postgres_server, url, tmp_path):
    name = re.search(r"/(test\d+)\?", url)[1]
    async with open_database(tmp_path, url) as database:

        async def broken_off():
            async with database.writing() as connection:
                await connection.execute(_note("a"))
                postgres_server.sql(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
                await connection.execute(_note("b"))

        with pytest.raises(StoreError):
            await broken_off()
        async with database.writing() as connection:
            await connection.execute(_note("c"))
            assert (await connection.execute(select(notebook.c.key))).scalars().all() == ["c"]


async def test_a_kill_in_a_writing_leaves_nothing_of_it_and_gives_the_lock_back(url, tmp_path):
    code = """
        import asyncio, sys
        from pathlib import Path
        from sqlalchemy import insert
        from roxy.store.database import open_database
        from roxy.store.tables import notebook

        async def main():
            async with open_database(Path(sys.argv[1]), sys.argv[2]) as database, database.writing() as connection:
                await connection.execute(insert(notebook).values(skill="test", key="half", value="1"))
                print("writing", flush=True)
                await asyncio.Event().wait()

        asyncio.run(main())
    """
    child = await python(code, tmp_path, url)
    async with asyncio.timeout(30):
        assert await child.stdout.readline() == b"writing\n"
        child.kill()
        await child.communicate()
        async with open_database(tmp_path, url) as database, database.writing() as connection:
            assert (await connection.execute(select(notebook.c.key))).scalars().all() == []


async def test_a_dump_can_be_restored_with_its_functions_and_indexes(postgres_server, url, tmp_path):
    async with open_database(tmp_path, url) as database, database.writing() as connection:
        await connection.exec_driver_sql(
            "INSERT INTO memory (id, text, about, at) VALUES ('m', 'my Zürich flat', '{}', now())"
        )
    name = re.search(r"/(test\d+)\?", url)[1]
    dumped = postgres_server.dump(name)
    other = postgres_server.created()
    postgres_server.sql(dumped, other)
    found = postgres_server.sql(
        "SELECT text FROM memory WHERE public.roxy_memory_words(text) @@ to_tsquery('public.roxy_stems', 'zurich')",
        other,
    )
    assert found == "my Zürich flat"
    postgres_server.dropped(other)


def test_json_for_postgresql_has_nothing_that_it_refuses():
    for value in ({"a\0": "b\0", "c": ["\ud800", "\\u0000", "😀"]}, {"text": "über"}):
        text = as_clean_json(value)
        assert "\\u0000" not in text.replace("\\\\u0000", "")
        assert text.encode()
        assert set(map(type, json.loads(text).values())) == set(map(type, json.loads(as_json(value)).values()))
    assert json.loads(as_clean_json({"c": "\\u0000"})) == {"c": "\\u0000"}
