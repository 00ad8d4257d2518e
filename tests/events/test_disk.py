"""What is on the disk when the log says so, and what the log does when there is no room left."""

import asyncio
import os
import re
import shutil
import sys
from asyncio.subprocess import PIPE, create_subprocess_exec

import pytest

from fakes.children import SOURCE, python
from roxy.contracts.events import Event, EventKind
from roxy.errors import StoreError, StoreFull
from roxy.events.log import EventLog
from roxy.events.search import EventQuery, find
from roxy.store.database import FILE, open_database

WRITER = """
import asyncio, sys
from pathlib import Path
from roxy.contracts.events import Event, EventKind
from roxy.errors import StoreFull
from roxy.events.log import EventLog
from roxy.store.database import open_database
"""

AUDITS = (
    WRITER
    + """
async def main():
    async with open_database(Path(sys.argv[1])) as database, EventLog(database, search=False) as log:
        for number in range(20):
            for append in (log.append, log.audit):
                await append(Event(kind=EventKind.AUDIT, name=append.__name__, data={"text": "x" * 3000}))
                print(f"acknowledged {append.__name__}", flush=True)

asyncio.run(main())
"""
)


@pytest.mark.requirement("events.durable")
@pytest.mark.skipif(shutil.which("strace") is None, reason="strace shows what is asked of the disk")
async def test_an_audit_is_acknowledged_after_the_disk_has_it(tmp_path):
    trace = tmp_path / "trace"
    calls = "trace=fsync,fdatasync,pwrite64,write"
    strace = ("strace", "-f", "-y", "-qq", "-s", "40", "-e", calls, "-o", trace)
    child = await create_subprocess_exec(
        *strace,
        sys.executable,
        "-c",
        AUDITS,
        tmp_path / "data",
        stdout=PIPE,
        env=os.environ | {"PYTHONPATH": str(SOURCE)},
    )
    async with asyncio.timeout(60):
        await child.communicate()
    assert child.returncode == 0
    dirty, flushes, acknowledged = False, 0, {"append": 0, "audit": 0}
    for line in (await asyncio.to_thread(trace.read_text)).splitlines():
        if f"/{FILE}-wal>" in line:
            dirty = "pwrite64(" in line or (dirty and "sync(" not in line)
            flushes += "sync(" in line
        elif told := re.search(r'write\(1<.*"acknowledged (\w+)', line):
            assert not (dirty and told[1] == "audit"), "an audit was acknowledged before it was flushed"
            acknowledged[told[1]] += 1
    assert acknowledged == {"append": 20, "audit": 20}
    assert 20 <= flushes < 40  # not each append waits for the disk


@pytest.mark.requirement("events.durable")
async def test_an_audit_is_flushed_by_a_server_that_answers_before_it_flushes(postgres_server, tmp_path):
    name = postgres_server.created("current")
    postgres_server.sql(f"ALTER DATABASE {name} SET synchronous_commit = off")
    postgres_server.sql("ALTER SYSTEM SET wal_writer_delay = '10s'; SELECT pg_reload_conf()")
    unflushed = "SELECT pg_current_wal_insert_lsn() - pg_current_wal_flush_lsn()"
    try:
        url, left = postgres_server.url(name), {"append": [], "audit": []}
        async with open_database(tmp_path, url) as database, EventLog(database, search=False) as log:
            for _ in range(20):
                for append in (log.append, log.audit):
                    await append(Event(kind=EventKind.AUDIT, name="granted", data={"text": os.urandom(3_000).hex()}))
                    async with database.reading() as connection:
                        bytes_left = (await connection.exec_driver_sql(unflushed)).scalar_one()
                    left[append.__name__].append(int(bytes_left))
        # A few bytes may be other processes' own; an event of 3 kB is not among them.
        assert max(left["audit"]) < 3_000 < max(left["append"])
    finally:
        postgres_server.sql("ALTER SYSTEM RESET wal_writer_delay; SELECT pg_reload_conf()")
        postgres_server.dropped(name)


async def test_a_full_disk_loses_nothing_acknowledged_and_the_log_goes_on_when_there_is_room(tmp_path):
    code = (
        WRITER
        + """
import resource, signal

async def main():
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    async with open_database(Path(sys.argv[1])) as database, EventLog(database) as log:
        async def append(count):
            for number in range(count):
                event = Event(kind=EventKind.REQUEST, name="said", data={"text": "word " * 500})
                await log.append(event)
                print("kept", event.id, flush=True)

        hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
        await append(5)
        resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, hard))
        try:
            await append(1_000)
        except StoreFull as error:
            print("full", error, flush=True)
        log.record(Event(kind=EventKind.REQUEST, name="recorded", data={"text": "other " * 5_000}))
        await log.flush()
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
        await append(5)

asyncio.run(main())
"""
    )
    child = await python(code, tmp_path)
    async with asyncio.timeout(60):
        output, errors = await child.communicate()
    lines = output.decode().splitlines()
    (full,) = [line for line in lines if line.startswith("full")]
    assert "no room left" in full
    assert "Traceback" not in errors.decode()
    assert lines[-1].startswith("kept")
    acknowledged = [line.split()[1] for line in lines if line.startswith("kept")]
    async with open_database(tmp_path) as database:
        found = await find(database, EventQuery(), limit=10_000)
        assert {event.id for event in found} >= set(acknowledged)
        assert [dict(event.data) for event in found if event.name == "events.dropped"] == [{"count": 1}]
        assert len(await find(database, EventQuery(search="word"), limit=10_000)) == len(acknowledged)


async def test_a_server_without_room_is_told_and_what_was_recorded_meanwhile_is_counted(postgres_server, tmp_path):
    name = postgres_server.created("current")
    full = "BEGIN RAISE EXCEPTION 'no space left' USING ERRCODE = 'disk_full'; END"
    postgres_server.sql(
        f"CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ {full} $$;"
        "CREATE TRIGGER full_disk BEFORE INSERT ON events EXECUTE FUNCTION full_disk();"
        "ALTER TABLE events DISABLE TRIGGER full_disk",
        name,
    )
    async with open_database(tmp_path, postgres_server.url(name)) as database, EventLog(database) as log:
        await log.append(Event(kind=EventKind.REQUEST, name="before"))
        postgres_server.sql("ALTER TABLE events ENABLE TRIGGER full_disk", name)
        log.record(Event(kind=EventKind.REQUEST, name="recorded"))
        with pytest.raises(StoreFull, match="no room left"):
            await log.append(Event(kind=EventKind.REQUEST, name="refused"))
        postgres_server.sql("ALTER TABLE events DISABLE TRIGGER full_disk", name)
        await log.append(Event(kind=EventKind.REQUEST, name="after"))
        kept = [(event.name, dict(event.data)) for event in await log.recent()]
    assert kept == [("events.dropped", {"count": 1}), ("after", {}), ("before", {})]
    postgres_server.dropped(name)


async def test_a_server_that_goes_away_fails_who_waits_and_the_log_goes_on_when_it_is_back(postgres_server, tmp_path):
    name = postgres_server.created("current")
    async with open_database(tmp_path, postgres_server.url(name)) as database, EventLog(database) as log:
        await log.append(Event(kind=EventKind.REQUEST, name="before"))
        postgres_server.sql(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        postgres_server.sql(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
        with pytest.raises(StoreError):
            await log.append(Event(kind=EventKind.REQUEST, name="refused"))
        postgres_server.sql(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
        await log.append(Event(kind=EventKind.REQUEST, name="after"))
        assert [event.name for event in await log.recent()] == ["after", "before"]
    postgres_server.dropped(name)
