import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from roxy.contracts.events import Event, EventKind
from roxy.events import retention
from roxy.events.log import EventLog
from roxy.events.retention import Keeping, prune, pruning
from roxy.events.search import EventQuery, find

NOW = datetime(2026, 6, 1, tzinfo=UTC)


async def _filled(database, count=30):
    """One event a day, the last one a day ago; every tenth is an audit."""
    async with EventLog(database) as log:
        for age in range(count, 0, -1):
            kind = EventKind.AUDIT if age % 10 == 0 else EventKind.REQUEST
            log.record(Event(kind=kind, name=f"d{age}", data={"text": f"word{age}"}, at=NOW - timedelta(days=age)))


async def _names(database, **query):
    return [event.name for event in await find(database, EventQuery(**query), limit=1_000)]


@pytest.mark.requirement("events.retention")
async def test_events_go_when_they_are_too_old(database):
    await _filled(database)
    assert await prune(database, Keeping(days=7), now=NOW) == 23
    assert await _names(database) == [f"d{age}" for age in range(1, 8)]
    assert await _names(database, search="word20") == []
    assert await _names(database, search="word3") == ["d3"]


@pytest.mark.requirement("events.retention")
async def test_beyond_so_many_rows_the_oldest_go_but_audits_stay(database):
    await _filled(database)
    assert await prune(database, Keeping(rows=5), now=NOW) == 22
    assert await _names(database) == ["d1", "d2", "d3", "d4", "d5", "d10", "d20", "d30"]


async def test_without_limits_all_is_kept(database):
    await _filled(database)
    assert await prune(database, Keeping(), now=NOW) == 0
    assert await prune(database, Keeping(days=100, rows=100), now=NOW) == 0
    assert len(await _names(database)) == 30


async def test_more_than_one_slice_is_deleted_while_others_write(database):
    async with EventLog(database, most_waiting=5_000) as log:
        for _ in range(2_500):
            log.record(Event(kind=EventKind.REQUEST, name="old", at=NOW - timedelta(days=9)))
        await log.flush()
        deleting = asyncio.create_task(prune(database, Keeping(days=7), now=NOW))
        await log.append(Event(kind=EventKind.REQUEST, name="new", at=NOW))
        assert await deleting == 2_500
    assert await _names(database) == ["new"]


async def test_the_owner_prunes_by_itself(database, monkeypatch):
    await _filled(database, 3)
    monkeypatch.setattr(retention, "_FIRST", timedelta(0))
    async with asyncio.timeout(10), pruning(database, Keeping(days=1)):
        while await _names(database):  # it was there before, and nobody else deletes
            pass


async def test_the_owner_gives_back_the_room_of_what_it_let_go_where_nobody_else_does(database, monkeypatch):
    await _filled(database, 3)
    pruned, kept = asyncio.Event(), asyncio.Event()
    mostly_free = retention._mostly_free

    async def asked(of):
        free = await mostly_free(of)
        kept.set()
        return free

    async def vacuum():
        pruned.set()

    monkeypatch.setattr(retention, "_FIRST", timedelta(0))
    monkeypatch.setattr(retention, "_WORTH_A_VACUUM", -1.0)
    monkeypatch.setattr(retention, "_mostly_free", asked)
    monkeypatch.setattr(database, "vacuum", vacuum)
    async with asyncio.timeout(10), pruning(database, Keeping(days=1)):
        await kept.wait()
        if database.dialect == "sqlite":
            await pruned.wait()
    assert pruned.is_set() == (database.dialect == "sqlite")  # PostgreSQL's autovacuum does it there
