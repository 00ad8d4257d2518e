import json
from datetime import UTC, datetime

import pytest

from roxy.config.connectors import Declarations
from roxy.config.places import Places
from roxy.contracts.connectors import Binding, Connector
from roxy.contracts.events import Event, EventKind
from roxy.contracts.models import Role
from roxy.contracts.turns import Reply
from roxy.conversation.connectors.kept import Connectors
from roxy.conversation.keepsakes import Kind, delete_conversation, delete_kept, export, export_conversation
from roxy.conversation.longterm.summaries import Covered, Summaries
from roxy.conversation.longterm.unkept import Unkept
from roxy.conversation.memory import UserMemory
from roxy.conversation.model.transcript import Transcript, said
from roxy.conversation.notebook import Notebook
from roxy.conversation.notices import NoticeBoard
from roxy.conversation.schedule import Schedule
from roxy.conversation.sessions import Sessions
from roxy.conversation.undo import Journal, Undo
from roxy.errors import UsageError
from roxy.events.log import EventLog
from roxy.store.database import open_database
from roxy.store.tables import metadata


@pytest.fixture
async def database(tmp_path, store_url):
    """One of everything."""
    async with open_database(tmp_path, store_url) as opened:
        sessions = Sessions(opened)
        session = sessions.create()
        turn = await sessions.begin_turn(session, "remember xylophone", "cli", "cor")
        journal = Journal(session, turn)
        await UserMemory(opened).for_turn(journal).remember("xylophone quartz", subject="x")
        await Notebook(opened).for_skill("lists", journal).put("list/shopping", ["milk", None])
        due = datetime(2030, 1, 1, tzinfo=UTC)
        await Schedule(opened, NoticeBoard()).for_turn(session, journal).add("call mum", due)
        await Transcript(opened).keep(session, turn, [said(Role.USER, "remember xylophone")])
        covered = Covered(first_turn=turn, last_turn=turn, through=1, turns=1)
        await Summaries(opened).extend(session, covered, "- User: “remember xylophone”")
        await Unkept(opened).decline("call mum on quartz")
        await sessions.end_turn(turn, Reply(text="I will.", session_id=session))
        kept = Connectors(opened, Declarations(Places.from_environment({"ROXY_HOME": str(tmp_path)}, tmp_path), {}))
        await kept.add(Connector(name="tracker", command="tracker"))
        await kept.bind(Binding(session_id=session, connector="tracker", args=("mine",)))
        async with EventLog(opened) as log:
            log.record(Event(kind=EventKind.REQUEST, name="turn.began"))
        yield opened


@pytest.mark.requirement("data.export_delete")
async def test_the_export_holds_all_of_it_as_json(database):
    document = json.loads(json.dumps(await export(database)))
    assert set(document) == {"format", "exported", "undo", "declined", *Kind}
    (conversation,) = document["conversations"]
    assert (conversation["title"], len(conversation["turns"])) == ("remember xylophone", 1)
    assert (conversation["turns"][0]["heard"], conversation["turns"][0]["reply"]) == ("remember xylophone", "I will.")
    assert conversation["messages"][0]["message"]["parts"][0]["text"] == "remember xylophone"
    assert conversation["summary"]["text"] == "- User: “remember xylophone”"
    assert [(len(one["digest"]), one["turn_id"]) for one in document["declined"]] == [(81, None)]
    assert [item["text"] for item in document["memory"]] == ["xylophone quartz"]
    assert document["notes"] == {"lists": {"list/shopping": ["milk", None]}}
    assert [item["due"] for item in document["reminders"]] == ["2030-01-01T00:00:00+00:00"]
    assert [event["name"] for event in document["events"]] == ["turn.began"]
    (connector,) = document["connectors"]
    assert (connector["command"], [one["args"] for one in connector["bindings"]]) == ("tracker", [["mine"]])
    assert len(document["undo"]) == 3


async def test_every_table_is_part_of_the_export_and_of_the_deletion(database):
    async with database.reading() as connection:
        for table in metadata.sorted_tables:
            assert (await connection.execute(table.select())).first(), f"the fixture lacks {table.name}"
    await delete_kept(database, list(Kind))
    async with database.reading() as connection:
        left = [table.name for table in metadata.sorted_tables if (await connection.execute(table.select())).first()]
    assert left == []


@pytest.mark.requirement("data.export_delete")
async def test_deleting_counts_and_leaves_no_trace_in_the_files(database):
    assert await delete_kept(database, list(Kind)) == dict.fromkeys(Kind, 1)
    for entry in database.path.parent.iterdir() if database.path else ():  # a server's files are its own
        content = entry.read_bytes()
        for word in (b"xylophon", b"quartz", b"milk", b"call mum"):
            assert word not in content, (entry.name, word)


async def test_one_kind_is_deleted_and_the_others_stay(database):
    await delete_kept(database, [Kind.MEMORY])
    document = await export(database)
    assert document["memory"] == []
    assert document["undo"] == []
    assert all(document[kind] for kind in Kind if kind is not Kind.MEMORY)
    (session,) = document["conversations"]
    assert await Undo(database).undo_last(session["id"]) is None


async def test_memory_works_on_after_it_was_deleted(database):
    await delete_kept(database, [Kind.MEMORY])
    memory = UserMemory(database).for_turn(Journal())
    assert await memory.search("xylophone") == []
    await memory.remember("I parked on level 3")
    assert len(await memory.search("where did I park")) == 1


@pytest.mark.requirement("sessions.export_delete")
async def test_one_conversation_is_exported_as_it_stands_in_the_export_of_all(database):
    (expected,) = (await export(database))["conversations"]
    alone = json.loads(json.dumps(await export_conversation(database, expected["id"])))
    assert {name: alone[name] for name in expected} == expected
    assert set(alone) - set(expected) == {"format", "exported"}


@pytest.mark.requirement("sessions.export_delete")
async def test_deleting_one_conversation_leaves_the_others_and_what_was_to_be_remembered(database):
    sessions = Sessions(database)
    other = sessions.create()
    await sessions.begin_turn(other, "an otter", "cli", "cor2")
    gone = next(one.id for one in await sessions.list() if one.id != other)
    async with EventLog(database) as log:
        for kind in (EventKind.REQUEST, EventKind.AUDIT):
            await log.append(Event(kind=kind, name=f"of.{kind}", session_id=gone))
        log.record(Event(kind=EventKind.REQUEST, name="of.other", session_id=other))
    assert await delete_conversation(database, gone) == {"turns": 1, "events": 1}
    left = await export(database)
    assert [one["id"] for one in left["conversations"]] == [other]
    assert [event["name"] for event in left["events"]] == ["turn.began", "of.audit", "of.other"]
    assert ([item["text"] for item in left["memory"]], left["undo"]) == (["xylophone quartz"], [])
    assert left["connectors"][0]["bindings"] == []
    for entry in database.path.parent.iterdir() if database.path else ():  # a server's files are its own
        assert b"remember xylophone" not in entry.read_bytes(), entry.name


async def test_a_conversation_that_is_not_kept_is_neither_exported_nor_deleted(database):
    for act in (export_conversation, delete_conversation):
        with pytest.raises(UsageError, match="no session 'nobody'"):
            await act(database, "nobody")
    assert len((await export(database))["conversations"]) == 1
