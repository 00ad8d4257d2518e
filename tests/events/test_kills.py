"""What was acknowledged is there, whenever the writer was killed."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, create_subprocess_exec

import pytest
from sqlalchemy import select, text

from fakes import killed_writers
from fakes.children import SOURCE
from roxy.events.index import catch_up
from roxy.events.search import EventQuery, find
from roxy.store.database import open_database
from roxy.store.tables import events


@pytest.mark.requirement("events.durable")
@pytest.mark.timeout(600)
@pytest.mark.parametrize("kills", [12, pytest.param(200, marks=pytest.mark.slow)])
async def test_kills_at_random_moments_lose_nothing_that_was_acknowledged(tmp_path, store_url, kills, index_is_whole):
    async with open_database(tmp_path, store_url):
        pass
    program = (sys.executable, killed_writers.__file__, tmp_path, store_url, str(kills), str(kills))
    child = await create_subprocess_exec(
        *program, stdout=PIPE, stderr=PIPE, env=os.environ | {"PYTHONPATH": str(SOURCE)}
    )
    async with asyncio.timeout(580):
        output, errors = await child.communicate()
    assert (child.returncode, output, errors) == (0, b"", b"")
    text_of_all = await asyncio.to_thread((tmp_path / "acknowledged").read_text)
    acknowledged = text_of_all.splitlines()
    assert len(acknowledged) > kills
    async with open_database(tmp_path, store_url) as database:
        async with database.reading() as connection:
            kept = set((await connection.execute(select(events.c.id))).scalars())
            if database.dialect == "sqlite":
                assert (await connection.execute(text("PRAGMA integrity_check"))).scalar_one() == "ok"
        assert set(acknowledged) - kept == set()
        # The index follows, however often it was interrupted.
        await catch_up(database)
        await index_is_whole(database)
        assert len(await find(database, EventQuery(search="granted"), limit=10_000_000)) >= kills / 4
