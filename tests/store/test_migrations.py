"""Data of an earlier Roxy is there after the upgrade, on both databases."""

import json
from datetime import UTC, datetime

import pytest
from alembic import command
from sqlalchemy import text

from roxy.contracts.events import Event, EventKind
from roxy.conversation.memory import UserMemory
from roxy.conversation.undo import Journal, Undo
from roxy.events.log import EventLog
from roxy.events.search import EventQuery, find
from roxy.store import database as databases
from roxy.store.database import open_database
from roxy.store.migrate import _config


def _to(revision):
    """What takes an empty database to `revision` and no further."""

    def upgrade(connection, _stored):
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, revision)

    return upgrade


@pytest.fixture
def empty_url(request, store_url):
    """As `store_url`, but nothing is in the database yet."""
    if not store_url:
        yield ""
        return
    server = request.getfixturevalue("postgres_server")
    name = server.created()
    yield server.url(name)
    server.dropped(name)


@pytest.mark.requirement("store.dialects")
async def test_events_of_the_first_schema_are_kept_and_found_by_their_words(tmp_path, empty_url, monkeypatch):
    with monkeypatch.context() as earlier:
        earlier.setattr("roxy.store.migrate.upgrade", _to("0001"))
        earlier.setattr(databases, "HEAD", "0001")
        async with open_database(tmp_path, empty_url) as database, database.writing() as connection:
            at = "TIMESTAMPTZ '2026-01-02 03:04:05Z'" if empty_url else "'2026-01-02 03:04:05.000000'"
            for number in range(2):
                await connection.execute(
                    text(
                        "INSERT INTO events (id, at, kind, name, session_id, hop, route, data) VALUES "
                        f"(:id, {at}, 'audit', 'skill.granted', 's1', 1, 'skill:clock', :data)"
                    ),
                    {"id": f"e{number}", "data": '{"text": "an old word"}'},
                )
    async with open_database(tmp_path, empty_url) as database:
        old = Event(
            kind=EventKind.AUDIT,
            name="skill.granted",
            data={"text": "an old word"},
            session_id="s1",
            hop=1,
            route="skill:clock",
            at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
            id="e0",
        )
        assert (await find(database, EventQuery()))[-1] == old
        assert len(await find(database, EventQuery(search="old word"))) == 2
        async with EventLog(database) as log:
            await log.append(Event(kind=EventKind.REQUEST, name="gone"))
            async with database.writing() as connection:
                await connection.execute(text("DELETE FROM events WHERE name = 'gone'"))
            await log.append(Event(kind=EventKind.REQUEST, name="new"))
        async with database.reading() as connection:
            newest = (await connection.execute(text("SELECT max(seq) FROM events"))).scalar_one()
        assert newest == 4  # a number that was used is not used again


@pytest.mark.requirement("store.dialects")
async def test_what_an_earlier_roxy_remembered_is_kept_found_and_can_still_be_undone(tmp_path, empty_url, monkeypatch):
    row = {"seq": 1, "id": "mem_1", "text": "I parked on level 3", "about": {}, "at": "2026-01-02T03:04:05+00:00"}
    with monkeypatch.context() as earlier:
        earlier.setattr("roxy.store.migrate.upgrade", _to("0007"))
        earlier.setattr(databases, "HEAD", "0007")
        async with open_database(tmp_path, empty_url) as database, database.writing() as connection:
            at = "TIMESTAMPTZ '2026-01-02 03:04:05Z'" if empty_url else "'2026-01-02 03:04:05.000000'"
            insert = f"INSERT INTO memory (id, text, about, at) VALUES ('mem_1', 'I parked on level 3', '{{}}', {at})"
            await connection.execute(text(insert))
            noted = (
                "INSERT INTO undo (session_id, turn_id, at, target, key, after, words) VALUES "
                f"('s1', 't1', {at}, 'memory', :key, :after, 'Undone.')"
            )
            await connection.execute(text(noted), {"key": '{"id": "mem_1"}', "after": json.dumps(row)})
    async with open_database(tmp_path, empty_url) as database:
        memory = UserMemory(database).for_turn(Journal())
        (item,) = await memory.search("where did I park")
        assert (item.id, item.kind, item.ended) == ("mem_1", "remembered", None)
        assert await Undo(database).undo_last("s1") == "Undone."
        assert await memory.latest() == []
