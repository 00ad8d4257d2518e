"""A whole house is backed up and comes back in an empty place: every row, what is searched, and the pseudonyms."""

import json
import os
import stat
from datetime import UTC, datetime

import pytest
from sqlalchemy import insert, select

from fakes.postgres import binaries
from fakes.program import places_of, roxy
from roxy.cli.running import run
from roxy.contracts.events import Event, EventKind
from roxy.events.log import EventLog
from roxy.privacy.memory.vaults import Vaults
from roxy.store.database import open_database
from roxy.store.tables import (
    events,
    mcp_connectors,
    mcp_session_bindings,
    memory,
    metadata,
    model_messages,
    notebook,
    reminders,
    sessions,
    summaries,
    turns,
    undo,
    unkept,
)

NOW = datetime(2026, 5, 1, tzinfo=UTC)
SAMPLES = {
    sessions: {"id": "s1", "started": NOW, "last": NOW, "title": "Zürich"},
    turns: {"id": "t1", "session_id": "s1", "correlation_id": "c1", "door": "chat", "heard": "hi", "started": NOW},
    model_messages: {
        "session_id": "s1",
        "turn_id": "t1",
        "at": NOW,
        "provider": "openai",
        "external": True,
        "tokens": 3,
        "message": "{}",
    },
    summaries: {
        "id": "u1",
        "session_id": "s1",
        "at": NOW,
        "first_turn": "t1",
        "last_turn": "t1",
        "through": 1,
        "turns": 1,
        "source": "extract",
        "tokens": 3,
        "revision": 1,
        "text": "- Zürich",
    },
    unkept: {"at": NOW, "digest": "d1"},
    memory: {"id": "m1", "text": "the flat in Zürich", "about": {"a": [1]}, "at": NOW},
    notebook: {"skill": "notes", "key": "list", "value": '"milk"'},
    reminders: {
        "id": "r1",
        "text": "tea",
        "kind": "once",
        "rule": "",
        "start": NOW,
        "zone": "Europe/Zurich",
        "created": NOW,
    },
    undo: {"session_id": "s1", "turn_id": "t1", "at": NOW, "target": "memory", "key": {"id": "m1"}, "words": "x"},
    mcp_connectors: {
        "name": "weather",
        "kind": "client",
        "options": {},
        "strict": False,
        "enabled": True,
        "revision": 1,
        "created": NOW,
        "updated": NOW,
    },
    mcp_session_bindings: {
        "session_id": "s1",
        "connector_seq": 1,
        "label": "w",
        "options": {},
        "priority": 1,
        "revision": 1,
        "created": NOW,
        "updated": NOW,
    },
}


async def _filled(folder, url):
    async with open_database(folder, url) as database:
        async with database.writing() as connection:
            for table, row in SAMPLES.items():
                await connection.execute(insert(table).values(**row))
        async with EventLog(database) as log:
            for number in range(50):
                data = {"text": f"brave words n{number}"}
                log.record(Event(kind=EventKind.TOOL_CALL, name="tool.called", session_id="s1", data=data))


async def _rows(folder, url):
    async with open_database(folder, url) as database, database.reading() as connection:
        return {
            table.name: [tuple(row) for row in await connection.execute(select(table).order_by(*table.primary_key))]
            for table in metadata.sorted_tables
        }


def _pseudonym(folder):
    vaults = Vaults(folder)
    pseudonym = vaults.open("s1").issue("ada@example.org", "EMAIL")
    vaults.save("s1")
    return pseudonym


@pytest.mark.requirement("store.backup")
def test_a_backup_brings_every_row_back_into_an_empty_place_and_events_are_found(home, tmp_path, request, store_url):
    places = places_of(home)
    home = home | ({"ROXY_STORE__URL": store_url} if store_url else {})
    run(_filled(places.data, store_url))
    pseudonym = _pseudonym(places.data / "vaults")
    before = run(_rows(places.data, store_url))
    assert set(before) == {table.name for table in (*SAMPLES, events)}
    assert all(before.values()), "a table without a row proves nothing; give it one in SAMPLES"

    other = home | {"ROXY_HOME": str(tmp_path / "other")}
    there = places_of(other)
    if store_url:
        server = request.getfixturevalue("postgres_server")
        programs = {"PATH": f"{binaries()}{os.pathsep}{home['PATH']}"}
        home, other = home | programs, other | programs | {"ROXY_STORE__URL": server.url(server.created())}
    for words in (home, "backup"), (other, "restore", "--yes"):
        told = roxy(words[0], "data", words[1], str(tmp_path / "copy"), *words[2:])
        assert told.returncode == 0, told.stderr
    assert stat.S_IMODE((tmp_path / "copy").stat().st_mode) == 0o600
    assert stat.S_IMODE((there.data / "vaults").stat().st_mode) == 0o700
    again = roxy(other, "data", "restore", str(tmp_path / "copy"), "--yes")
    assert "kept as" in again.stdout, again.stderr
    refused = roxy(other, "data", "restore", __file__, "--yes")
    assert (refused.returncode, "Nothing was changed" in refused.stderr) == (2, True)

    assert run(_rows(there.data, other.get("ROXY_STORE__URL", ""))) == before
    found = roxy(other, "events", "list", "--search", "brave n7", "--json")
    assert [event["data"]["text"] for event in json.loads(found.stdout)] == ["brave words n7"]
    assert Vaults(there.data / "vaults").open("s1").value_of(pseudonym) == "ada@example.org"
