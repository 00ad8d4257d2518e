import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, update

from roxy.conversation import undo as room
from roxy.conversation.memory import UserMemory
from roxy.conversation.notebook import Notebook
from roxy.conversation.undo import Journal, Undo, quoted
from roxy.store.database import open_database
from roxy.store.tables import memory, undo


def _memory(database, turn, session="s1"):
    return UserMemory(database).for_turn(Journal(session, turn))


def _lists(database, turn, session="s1"):
    return Notebook(database).for_skill("lists", Journal(session, turn))


async def test_a_session_that_changed_nothing_has_nothing_to_undo(database):
    await _memory(database, "t1").remember("the other one's", subject="x")
    assert await Undo(database).undo_last("s2") is None


@pytest.mark.requirement("dialogue.undo")
async def test_what_was_remembered_is_taken_back_with_what_it_was(database):
    await _memory(database, "t1").remember("I parked on level 3")
    assert await Undo(database).undo_last("s1") == "I no longer remember “I parked on level 3”."
    assert await _memory(database, "t2").search("parked") == []
    assert await Undo(database).undo_last("s1") is None


async def test_what_was_forgotten_comes_back_as_it_was_and_is_found_again(database):
    before = _memory(database, "t1", "another session")
    id_ = await before.remember("I parked on level 3", subject="car")
    (kept,) = await before.latest()
    assert await _memory(database, "t2").forget(id_)
    assert await Undo(database).undo_last("s1") == "I remember “I parked on level 3” again."
    assert await before.search("parked") == [kept]


async def test_a_turn_is_undone_as_a_whole_and_only_the_last_one(database):
    await _lists(database, "t1").put("list/shopping", ["milk"])
    second = _lists(database, "t2")
    await second.put("list/shopping", ["milk", "eggs"])
    await second.put("list/shopping", ["milk", "eggs", "bread"])
    await second.put("list/other", ["x"])
    await second.delete("list/other")
    await _memory(database, "t2").remember("both rooms")
    words = await Undo(database).undo_last("s1")
    assert words.startswith("I no longer remember “both rooms”. ")
    assert words.count("The list “shopping”") == 1
    assert await second.items() == {"list/shopping": ["milk"]}
    await Undo(database).undo_last("s1")
    assert await second.items() == {}


@pytest.mark.requirement("dialogue.undo")
async def test_undo_works_after_a_restart(tmp_path):
    async with open_database(tmp_path) as database:
        await _memory(database, "t1").remember("I parked on level 3")
    async with open_database(tmp_path) as database:
        assert "level 3" in await Undo(database).undo_last("s1")
        assert await _memory(database, "t2").latest() == []


async def test_what_changed_since_is_left_alone_and_said(database):
    await _lists(database, "t1").put("list/shopping", ["milk"])
    await _memory(database, "t1").remember("I parked on level 3")
    await _lists(database, "t9", "another session").put("list/shopping", ["milk", "eggs"])
    words = await Undo(database).undo_last("s1")
    assert words == (
        "I no longer remember “I parked on level 3”. Something has changed since then, so I left that as it is."
    )
    assert await _lists(database, "t2").get("list/shopping") == ["milk", "eggs"]


async def test_a_change_that_changes_nothing_is_not_the_last_change(database):
    await _lists(database, "t1").put("list/shopping", ["milk"])
    await _lists(database, "t2").put("list/shopping", ["milk"])
    await _lists(database, "t3").delete("missing")
    await Undo(database).undo_last("s1")
    assert await _lists(database, "t4").get("list/shopping") is None


async def test_a_change_that_fails_leaves_nothing_to_undo(database):
    with pytest.raises(ZeroDivisionError):
        async with database.writing() as connection, Journal("s1", "t1").change(connection, memory, {"id": "x"}, ""):
            1 / 0  # noqa: B018 - the failure is the point
    assert await Undo(database).undo_last("s1") is None


async def test_without_a_session_nothing_is_kept_for_undo(database):
    await UserMemory(database).for_turn(Journal()).remember("a fact")
    async with database.reading() as connection:
        assert (await connection.execute(select(func.count()).select_from(undo))).scalar_one() == 0


async def test_what_could_be_undone_is_dropped_after_its_time(database):
    await _memory(database, "t1").remember("old secret")
    async with database.writing() as connection:
        await connection.execute(update(undo).values(at=undo.c.at))
        old = (await connection.execute(select(undo.c.at))).scalar_one() - room.KEPT * 2
        await connection.execute(update(undo).values(at=old))
    await _memory(database, "t2", "s2").remember("new")
    assert await Undo(database).undo_last("s1") is None


_change = st.tuples(st.sampled_from(("list/a", "list/b", "list/c")), st.one_of(st.none(), st.integers(0, 2)))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(turns=st.lists(st.lists(_change, min_size=1, max_size=4), max_size=5), run=st.uuids())
async def test_undoing_turn_by_turn_goes_back_through_every_state(database, turns, run):
    session, states = str(run), []
    for number, changes in enumerate(turns):
        store = Notebook(database).for_skill(session, Journal(session, f"t{number}"))
        before, changed = await store.items(), False
        for key, value in changes:
            old = await store.get(key)
            await (store.delete(key) if value is None else store.put(key, value))
            changed = changed or old != value
        if changed:
            states.append(before)
    while states:
        assert await Undo(database).undo_last(session)
        assert await store.items() == states.pop()
    assert await Undo(database).undo_last(session) is None


def test_a_long_text_is_named_by_its_beginning():
    assert quoted("word " * 50).endswith("word…”")
    assert quoted("x" * 200) == f"“{'x' * 80}”" or len(quoted("x" * 200)) <= 82
    assert quoted("two\nlines") == "“two lines”"


async def test_what_a_skill_notes_for_itself_is_not_what_undo_means(database):
    await _lists(database, "t1").put("list/shopping", ["milk"])
    await _lists(database, "t2").put("last", "42")
    await Undo(database).undo_last("s1")
    assert await _lists(database, "t3").get("list/shopping") is None
    assert await _lists(database, "t3").get("last") == "42"
