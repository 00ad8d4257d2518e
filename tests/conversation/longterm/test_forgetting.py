"""What is forgotten is gone: rows, what they replaced, words of the index, lines of summaries, bytes of the file."""

import pytest
from sqlalchemy import select, text

from roxy.conversation.longterm.everything import Everything, Kind
from roxy.conversation.longterm.summaries import Covered, Summaries
from roxy.conversation.longterm.unkept import Unkept
from roxy.conversation.memory import UserMemory
from roxy.conversation.sessions import Sessions
from roxy.conversation.undo import Journal, Undo
from roxy.store.tables import memory, summaries, undo

pytestmark = pytest.mark.requirement("memory.forgetting")
WORDS = ("Xylander", "Quetzalheim", "Bumfuzzle")


@pytest.fixture
async def session(database) -> str:
    kept = Sessions(database)
    session_id = kept.create()
    await kept.begin_turn(session_id, "hello", "test", "cor")
    return session_id


async def summarised(database, session, said):
    covered = Covered(first_turn="turn_1", last_turn="turn_2", through=2, turns=2)
    return await Summaries(database).extend(session, covered, said)


def found_in_files(database):
    """Which of the words stand in a file of the database; the rows themselves where that is a server's."""
    files = [path.read_bytes() for path in database.path.parent.iterdir() if path.is_file()]
    return {word for word in WORDS for content in files if word.lower().encode() in content.lower()}


async def rows(database, *tables):
    async with database.reading() as connection:
        return [str(row) for table in tables for row in (await connection.execute(select(table))).all()]


async def test_what_is_forgotten_by_hand_leaves_no_byte_behind(database, session):
    memory_ = UserMemory(database).for_turn(Journal(session, "turn_1"), kind="fact")
    first = await memory_.remember("my sister is called Xylander")
    second = await memory_.replace(first, "my sister is called Quetzalheim")
    await summarised(database, session, "- User: “Quetzalheim is here.”\n- User: “Other.”")
    assert len(await rows(database, memory, undo)) == 5
    if database.path:
        assert found_in_files(database) == {"Xylander", "Quetzalheim"}
    assert await Everything(database).forget([second, "mem_gone"]) == [second]
    assert not any(word in row for row in await rows(database, memory, undo, summaries) for word in WORDS)
    assert (await Summaries(database).of(session)).text == "- User: “Other.”"
    if database.path:
        assert found_in_files(database) == set()
    assert await Undo(database).undo_last(session) is None


async def test_what_is_forgotten_in_a_conversation_can_be_undone_and_leaves_no_search_word(database, session):
    memory_ = UserMemory(database).for_turn(Journal(session, "turn_1"))
    id_ = await memory_.remember("Bumfuzzle is the name of the boat")
    await summarised(database, session, "- User: “The boat has the name Bumfuzzle.”")
    assert await UserMemory(database).for_turn(Journal(session, "turn_2")).forget(id_)
    assert await memory_.search("Bumfuzzle") == []
    assert await Summaries(database).search("Bumfuzzle", 5) == []
    if database.path:
        async with database.reading() as connection:
            for table in ("memory", "summaries"):
                statement = f"SELECT count(*) FROM {table}_fts WHERE {table}_fts MATCH 'Bumfuzzle'"
                assert (await connection.execute(text(statement))).scalar_one() == 0
                blocks = (await connection.execute(text(f"SELECT block FROM {table}_fts_data"))).scalars()
                assert not any(b"bumfuzzl" in block for block in blocks)
    assert "again" in await Undo(database).undo_last(session)
    assert len(await memory_.search("Bumfuzzle")) == 1


async def test_a_turn_in_which_it_was_told_is_known_so_that_it_is_not_summarised_again(database, session):
    memory_ = UserMemory(database).for_turn(Journal(session, "turn_1"))
    await memory_.forget(await memory_.remember("my sister is called Xylander", confirmed_turn_id="turn_2"))
    assert await Unkept(database).turns(["turn_1", "turn_2", "turn_3"]) == {"turn_1", "turn_2"}


async def test_lines_about_something_else_stay(database, session):
    memory_ = UserMemory(database).for_turn(Journal())
    id_ = await memory_.remember("the spare key is under the blue pot")
    await summarised(database, session, "- User: “Where is the key?”\n- Roxy: “The spare key is under the pot.”")
    await memory_.forget(id_)
    assert (await Summaries(database).of(session)).text == "- User: “Where is the key?”"


async def test_summaries_are_listed_searched_corrected_and_forgotten_by_hand(database, session):
    summary = await summarised(database, session, "- User: “A holiday in Quetzalheim?”")
    everything = Everything(database)
    await UserMemory(database).for_turn(Journal()).remember("I parked on level 3")
    assert [item.kind for item in await everything.latest(5)] == ["remembered", "summary"]
    (item,) = await everything.latest(5, kind=Kind.SUMMARY)
    assert (item.about["session_id"], item.about["turns"], item.about["source"]) == (session, 2, "extract")
    assert [one.id for one in await everything.search("holidays", 5)] == [summary.id]
    assert await everything.edit(summary.id, "- A holiday in Bumfuzzle.")
    assert (await Summaries(database).of(session)).source == "user"
    if database.path:
        await database.vacuum()
        assert found_in_files(database) == {"Bumfuzzle"}
    assert await everything.forget([summary.id]) == [summary.id]
    assert await everything.latest(5, kind=Kind.SUMMARY) == []
    if database.path:
        assert found_in_files(database) == set()


async def test_what_something_took_the_place_of_is_shown_when_asked_for(database):
    memory_ = UserMemory(database).for_turn(Journal(), kind="fact")
    await memory_.replace(await memory_.remember("I live in Bern"), "I live in Porto")
    everything = Everything(database)
    assert [item.text for item in await everything.latest(5)] == ["I live in Porto"]
    old = (await everything.latest(5, replaced=True))[1]
    assert (old.text, old.ended >= old.at) == ("I live in Bern", True)
    assert await memory_.search("Bern") == []
