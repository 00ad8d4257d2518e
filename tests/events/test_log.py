import asyncio
import logging
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from fakes.children import python
from roxy.contracts.events import Event, EventKind, EventSink
from roxy.errors import StoreError
from roxy.events.log import EventLog
from roxy.events.search import EventQuery, find
from roxy.store.database import open_database


def _event(name="tool.called", kind=EventKind.TOOL_CALL, **more):
    return Event(kind=kind, name=name, **more)


async def test_what_is_recorded_is_found_newest_first(database):
    async with EventLog(database) as log:
        sink: EventSink = log
        for number in range(3):
            sink.record(_event(f"e{number}", data={"number": number}, session_id="s1", hop=number))
        found = await log.recent()
    assert [event.name for event in found] == ["e2", "e1", "e0"]
    assert (found[0].data, found[0].session_id, found[0].hop) == ({"number": 2}, "s1", 2)
    assert found[0].at.tzinfo is UTC


async def test_an_event_comes_back_as_it_was(database):
    event = _event(data={"a": [1, None]}, correlation_id="cor", route="mcp:stdio", at=datetime(2026, 1, 2, tzinfo=UTC))
    async with EventLog(database) as log:
        await log.audit(event)
        assert await log.recent() == [event]


async def test_recent_events_can_be_asked_by_session_and_kind(database):
    async with EventLog(database) as log:
        log.record(_event("a", session_id="s1"))
        log.record(_event("b", session_id="s2"))
        log.record(_event("c", EventKind.AUDIT, session_id="s1"))
        assert [event.name for event in await log.recent(session_id="s1")] == ["c", "a"]
        assert [event.name for event in await log.recent(kind=EventKind.AUDIT)] == ["c"]
        assert [event.name for event in await log.recent(limit=1)] == ["c"]


async def test_leaving_writes_what_still_waits(database):
    async with EventLog(database) as log:
        for _ in range(500):
            log.record(_event())
    async with EventLog(database) as log:
        assert len(await log.recent(limit=1000)) == 500


async def test_many_events_share_few_commits(database):
    commits = []
    async with EventLog(database) as log:
        insert = log._insert

        async def counted(rows, **how):
            commits.append(len(rows))
            await insert(rows, **how)

        log._insert = counted
        for _ in range(640):
            log.record(_event())
            await asyncio.sleep(0)
        await log.flush()
    assert sum(commits) == 640
    assert len(commits) < 64


async def test_a_full_queue_drops_counts_and_tells_once(database, caplog):
    with caplog.at_level(logging.WARNING):
        async with EventLog(database, most_waiting=5) as log:
            for _ in range(9):
                log.record(_event())
            found = await log.recent()
    assert [(event.name, event.data) for event in found[:1]] == [("events.dropped", {"count": 4})]
    assert len(found) == 6
    assert len(caplog.records) == 1


async def test_a_store_that_fails_raises_for_an_audit_and_the_log_recovers(database, caplog):
    async with EventLog(database) as log:
        insert = log._insert

        async def failing(rows, **how):
            raise StoreError("no room")

        log._insert = failing
        log.record(_event("lost"))
        with pytest.raises(StoreError, match="no room"):
            await log.audit(_event(kind=EventKind.AUDIT))
        log._insert = insert
        await log.audit(_event("again"))
        assert [event.name for event in await log.recent()] == ["events.dropped", "again"]


async def test_one_event_that_cannot_be_kept_does_not_take_the_others_with_it(database):
    async with EventLog(database) as log:
        endless: dict = {}
        endless["self"] = endless
        event = _event("first")
        log.record(event)
        log.record(_event("circle", data=endless))
        log.record(event)
        log.record(_event("last"))
        found = [(event.name, dict(event.data)) for event in await log.recent()]
    assert ("first", {}) in found
    assert ("last", {}) in found
    assert len(found) <= 4


async def test_an_audit_after_the_end_is_refused(database):
    async with EventLog(database) as log:
        pass
    log.record(_event())
    with pytest.raises(StoreError, match="closed"):
        await log.audit(_event())


async def test_an_audit_that_nobody_waits_for_any_more_is_still_written(database):
    async with EventLog(database) as log:
        task = asyncio.create_task(log.audit(_event("granted", EventKind.AUDIT)))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert [event.name for event in await log.recent()] == ["granted"]


async def test_a_kill_loses_no_audit_that_was_confirmed(tmp_path):
    code = """
        import asyncio, sys
        from pathlib import Path
        from roxy.contracts.events import Event, EventKind
        from roxy.events.log import EventLog
        from roxy.store.database import open_database

        async def main():
            async with open_database(Path(sys.argv[1])) as database, EventLog(database) as log:
                for number in range(100_000):
                    log.record(Event(kind=EventKind.REQUEST, name="noise"))
                    await log.audit(Event(kind=EventKind.AUDIT, name=f"audit{number}"))
                    print(number, flush=True)

        asyncio.run(main())
    """
    child = await python(code, tmp_path)
    for _ in range(40):
        await child.stdout.readline()
    child.kill()
    rest, _ = await child.communicate()
    confirmed = 40 + sum(1 for line in rest.splitlines(keepends=True) if line.endswith(b"\n"))
    async with open_database(tmp_path) as database, EventLog(database) as log:
        kept = {event.name for event in await log.recent(kind=EventKind.AUDIT, limit=1_000_000)}
    assert {f"audit{number}" for number in range(confirmed)} <= kept


@pytest.mark.requirement("events.redacted")
async def test_what_is_not_redacted_is_redacted_before_it_is_written(database):
    async def redact(event):
        return replace(event, data={"text": "hello PERSON_1"}, redacted=True)

    async with EventLog(database, redact=redact) as log:
        log.record(_event("seen", data={"text": "hello Anna"}))
        await log.append(_event("unseen", data={"text": "hello Anna"}, redacted=False))
        kept = {event.name: event.data["text"] for event in await log.recent()}
        assert kept == {"seen": "hello Anna", "unseen": "hello PERSON_1"}
        assert [event.name for event in await find(database, EventQuery(search="anna"))] == ["seen"]


@pytest.mark.requirement("events.redacted")
async def test_what_cannot_be_redacted_is_not_written_and_the_rest_is(database):
    async def broken(event):
        raise ValueError("hello Anna")

    for redact, told in ((None, "nobody is there"), (broken, "ValueError")):
        async with EventLog(database, redact=redact) as log:
            log.record(_event("fine"))
            with pytest.raises(StoreError, match=told) as caught:
                await log.append(_event("unseen", data={"text": "hello Anna"}, redacted=False))
            assert "Anna" not in str(caught.value)
    assert {event.name for event in await find(database, EventQuery())} == {"fine"}


async def test_redacted_or_not_events_keep_their_order(database):
    async def slowly(event):
        for _ in range(int(event.name) % 5):
            await asyncio.sleep(0)
        return replace(event, redacted=True)

    async with EventLog(database, redact=slowly) as log:
        for number in range(40):
            log.record(_event(str(number), redacted=number % 3 == 0))
        names = [event.name for event in await log.recent()]
    assert names == [str(number) for number in range(39, -1, -1)]


async def test_many_waiting_at_once_share_commits_and_all_are_kept(database):
    async with EventLog(database) as log, asyncio.timeout(20):
        await asyncio.gather(*(log.append(_event(str(number))) for number in range(300)))
        assert {event.name for event in await log.recent(limit=1000)} == {str(number) for number in range(300)}


async def test_an_id_that_is_there_already_fails_for_its_caller_alone(database):
    first = _event("first")
    async with EventLog(database) as log:
        await log.append(first)
        results = await asyncio.gather(
            *(log.append(event) for event in [*(_event(str(n)) for n in range(20)), first]), return_exceptions=True
        )
        assert [type(result) for result in results] == [type(None)] * 20 + [StoreError]
        assert len(await log.recent()) == 21


async def test_text_that_is_no_unicode_is_kept_as_well_as_the_database_can(database):
    event = _event("n\0ul", data={"a\0": "b\0c", "half": "\ud800"}, session_id="s\ud800")
    async with EventLog(database) as log:
        await log.append(event)
        (kept,) = await log.recent()
    assert (kept.name, kept.session_id) == ("n\N{REPLACEMENT CHARACTER}ul", "s?")
    assert len(kept.data) == 2


async def test_an_audit_waits_for_the_disk_and_an_append_does_not(database):
    async with EventLog(database) as log:
        asked = []
        insert = log._insert

        async def watched(rows, *, durable):
            asked.append(durable)
            await insert(rows, durable=durable)

        log._insert = watched
        await log.append(_event())
        await log.audit(_event(kind=EventKind.AUDIT))
        await log.append(_event())
    assert asked == [False, True, False]
