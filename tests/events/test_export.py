import json
from datetime import UTC, datetime

import pytest

from roxy.contracts.events import EventKind
from roxy.events.export import event_as_json, event_from_json, json_lines
from roxy.events.log import EventLog
from roxy.events.search import EventQuery


@pytest.mark.requirement("events.export")
async def test_the_export_is_one_object_a_line_and_can_be_read_back(log, database, event):
    made = [
        event(
            str(number),
            data={"n": number, "text": "über\nzwei Zeilen"},
            session_id="s1",
            extra={"codex": {"x": [1]}},
            at=datetime(2026, 1, 1, 0, 0, number, tzinfo=UTC),
        )
        for number in range(3)
    ]
    for one in made:
        log.record(one)
    log.record(event("other", EventKind.AUDIT, session_id="s2"))
    await log.flush()
    lines = [line async for line in json_lines(database, EventQuery(session_id="s1"))]
    assert all("\n" not in line for line in lines)
    assert [event_from_json(json.loads(line)) for line in lines] == made


async def test_an_export_of_nothing_is_empty(database):
    assert [line async for line in json_lines(database, EventQuery())] == []


def test_json_says_the_kind_and_the_time_as_text(event):
    plain = event_as_json(event(at=datetime(2026, 1, 1, tzinfo=UTC)))
    assert (plain["kind"], plain["at"], plain["version"]) == ("tool_call", "2026-01-01T00:00:00+00:00", 1)


async def test_an_export_holds_the_memory_of_one_page(database, event):
    async with EventLog(database, most_waiting=5_000) as log:
        for number in range(1_500):
            log.record(event(str(number)))
    lines = json_lines(database, EventQuery())
    first = json.loads(await anext(lines))
    async with EventLog(database) as log:
        await log.append(event("written meanwhile"))
    rest = [json.loads(line)["name"] async for line in lines]
    assert first["name"] == "0"
    assert rest[-1] == "written meanwhile"
