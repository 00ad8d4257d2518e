"""Facts are asked before they are kept, through the whole conversation."""

import pytest
from sqlalchemy import select

from conversation.conftest import Person
from roxy.store.tables import memory, turns, unkept

pytestmark = pytest.mark.requirement("memory.facts")


async def kept(roxy, *columns):
    """The rows of the memory, oldest first."""
    async with (await roxy._rooms.database.get()).reading() as connection:
        rows = await connection.execute(select(*(columns or (memory.c.text,))).order_by(memory.c.seq))
        return [tuple(row) if len(row) > 1 else row[0] for row in rows.all()]


async def test_a_fact_is_asked_and_kept_after_a_yes_with_where_and_when_it_was_told(roxy, person):
    asked = await person.say("my sister is called Ida")
    assert asked.text == "Shall I remember that your sister is called Ida?"
    assert (asked.question, list(asked.choices), asked.success, asked.code) == (True, ["yes", "no"], True, "")
    assert await kept(roxy) == []
    assert (await person.say("yes please")).text == "OK, I will remember that your sister is called Ida."
    ((text, kind, slot, about, ended),) = await kept(
        roxy, memory.c.text, memory.c.kind, memory.c.slot, memory.c.about, memory.c.ended
    )
    assert (text, kind, slot, ended) == ("my sister is called Ida", "fact", "sister.name", None)
    async with (await roxy._rooms.database.get()).reading() as connection:
        told, confirmed = (await connection.execute(select(turns.c.id).order_by(turns.c.seq))).scalars()
    assert about == {"session_id": person.session_id, "turn_id": told, "confirmed_turn_id": confirmed}


async def test_what_was_understood_is_answered_before_the_question(person):
    reply = await person.say("tester talk")
    assert not reply.question
    reply = await person.say("tester send my love. I live in Bern")
    assert reply.question
    assert "Shall I remember" not in reply.text  # the skill's own question comes first
    await person.say("no")
    reply = await person.say("hello! I live in Bern")
    assert reply.text.endswith("Shall I remember that you live in Bern?")


async def test_after_a_no_it_is_never_asked_again_and_no_word_of_it_is_kept(roxy, person):
    await person.say("my sister is called Ida")
    assert "not ask again" in (await person.say("no")).text
    for again in ("my sister's name is Ida", "My sister is called IDA!"):
        assert not (await person.say(again)).question
    other = Person(roxy)
    assert not (await other.say("my sister is called Ida")).question
    assert (await other.say("my sister is called Eva")).question
    assert await kept(roxy) == []
    async with (await roxy._rooms.database.get()).reading() as connection:
        (digest,) = (await connection.execute(select(unkept.c.digest))).scalars()
    assert set(digest) <= set("0123456789abcdef:")


async def test_what_is_no_answer_is_taken_as_what_it_is_and_the_question_is_gone(roxy, person):
    await person.say("my sister is called Ida")
    assert (await person.say("tester talk")).text == "done"
    assert (await person.say("yes")).route == "roxy"
    assert await kept(roxy) == []
    assert (await person.say("my sister is called Ida")).question  # nothing was said about it, so it may be asked


async def test_a_contradiction_is_offered_as_a_replacement_and_the_old_fact_is_kept_with_its_end(roxy, person):
    for said in ("I live in Bern", "yes"):
        await person.say(said)
    asked = await person.say("I live in Porto now")
    assert "I remember that you live in Bern (since " in asked.text
    assert "Shall I remember that you live in Porto instead?" in asked.text
    await person.say("yes")
    rows = await kept(roxy, memory.c.text, memory.c.ended)
    assert [(text, ended is None) for text, ended in rows] == [("I live in Bern", False), ("I live in Porto", True)]
    assert "Bern" not in (await person.say("what do you remember")).text
    await person.say("undo that")
    rows = await kept(roxy, memory.c.text, memory.c.ended)
    assert rows == [("I live in Bern", None)]


async def test_both_keeps_both(roxy, person):
    for said in ("my sister is called Ida", "yes", "my sister is called Eva", "both"):
        await person.say(said)
    assert await kept(roxy, memory.c.text, memory.c.ended) == [
        ("my sister is called Ida", None),
        ("my sister is called Eva", None),
    ]
    for again in ("my sister is called Ida", "my sister is called Eva"):
        assert not (await person.say(again)).question


async def test_several_facts_are_asked_one_after_the_other(roxy, person):
    assert "Bern" in (await person.say("I live in Bern. I'm allergic to nuts.")).text
    reply = await person.say("no")
    assert reply.question
    assert reply.text.endswith("Shall I remember that you are allergic to nuts?")
    assert not (await person.say("yes")).question
    assert await kept(roxy) == ["I am allergic to nuts"]


async def test_what_the_user_asked_to_remember_is_not_asked(roxy, person):
    await person.say("remember that my sister is called Ida")
    assert not (await person.say("my sister is called Ida")).question
    assert (await person.say("my sister is called Eva")).text.startswith("I remember that your sister is called Ida")


async def test_nobody_is_asked_where_nobody_can_answer(roxy, person):
    assert not (await person.say("my sister is called Ida", one_shot=True)).question
    assert await kept(roxy) == []


async def test_another_door_of_the_session_does_not_answer(roxy, person):
    await person.say("my sister is called Ida")
    await person.say("yes", door="other")
    assert await kept(roxy) == []
    await person.say("yes")
    assert await kept(roxy) == ["my sister is called Ida"]
