"""One utterance, start to end, with real skills and a real store."""

import asyncio
import sqlite3
import threading

import pytest

from conversation.conftest import Person
from roxy.contracts.turns import NoticeKind
from roxy.errors import UsageError


@pytest.mark.requirement("dialogue.ask")
async def test_the_next_utterances_answer_the_questions_of_a_skill(person):
    first = await person.say("tester ask")
    assert (first.text, first.question, first.skill) == ("First?", True, "tester")
    second = await person.say("what time is it")
    assert (second.text, second.choices) == ("Second?", ("a", "b"))
    done = await person.say("b")
    assert (done.text, done.question, done.success) == ("what time is it and b", False, True)


async def test_what_is_said_at_another_door_of_the_session_is_no_answer(person):
    await person.say("tester ask")
    elsewhere = await person.say("tester talk", door="other")
    assert elsewhere.text == "done"
    assert (await person.say("x")).text == "Second?"


@pytest.mark.requirement("dialogue.stop")
@pytest.mark.parametrize("word", ["stop", "Never mind.", "cancel"])
async def test_stop_ends_a_question_and_what_follows_is_a_new_turn(person, word):
    await person.say("tester ask")
    assert (await person.say(word)).text == "OK, never mind."
    assert (await person.say("tester talk")).text == "done"


async def test_stop_with_nothing_going_on_says_so(person):
    assert "nothing going on" in (await person.say("stop")).text


@pytest.mark.requirement("dialogue.one_shot")
async def test_a_question_where_nobody_can_answer_ends_the_turn_with_needs_input(person):
    reply = await person.say("tester ask", one_shot=True)
    assert (reply.text, reply.success, reply.code, reply.question) == ("First?", False, "needs_input", False)


@pytest.mark.parametrize(
    ("answers", "end"),
    [(["yes please"], "sure"), (["nope"], "not sure"), (["blue", "yes"], "sure"), (["blue", "green"], "not sure")],
)
@pytest.mark.requirement("dialogue.confirm")
async def test_confirm_takes_yes_and_no_and_asks_once_more_for_anything_else(person, answers, end):
    reply = await person.say("tester confirm")
    for answer in answers:
        assert reply.question
        reply = await person.say(answer)
    assert reply.text == end


@pytest.mark.requirement("dialogue.confirm")
async def test_an_intent_with_a_side_effect_asks_first_and_always_is_remembered(person):
    asked = await person.say("tester send a letter")
    assert asked.question
    assert "a letter" in asked.text
    refused = await person.say("no")
    assert (refused.success, refused.code) == (False, "denied")
    await person.say("tester send a letter")
    assert (await person.say("always")).text == "sent a letter"
    assert (await person.say("tester send a parcel")).text == "sent a parcel"


async def test_assume_yes_answers_what_would_be_asked_for_confirmation(person):
    assert (await person.say("tester send a letter", assume_yes=True, one_shot=True)).text == "sent a letter"
    assert (await person.say("tester send a letter", one_shot=True)).code == "needs_input"


@pytest.mark.requirement("skills.isolation")
async def test_a_skill_that_raises_ends_its_turn_in_a_sentence_that_names_it_and_no_more(person):
    reply = await person.say("tester fail")
    assert (reply.success, reply.code) == (False, "skill_error")
    assert "tester" in reply.text
    assert "secret detail" not in reply.text
    assert (await person.say("tester talk")).success


async def test_what_a_skill_says_on_the_way_reaches_the_door_before_the_reply(person):
    reply = await person.say("tester talk")
    assert [(notice.kind, notice.text) for notice in person.ear.notices] == [(NoticeKind.SAY, "one moment")]
    assert reply.text == "done"


@pytest.mark.requirement("bad.not_understood")
async def test_what_nobody_understands_is_answered_with_the_three_nearest_phrases(person):
    reply = await person.say("tester asking")
    assert (reply.success, reply.code) == (False, "not_understood")
    assert "tester ask" in reply.text
    assert reply.text.count("  - ") == 3


@pytest.mark.requirement("dialogue.undo")
async def test_undo_takes_back_the_last_change_of_this_session_and_only_that(person, roxy):
    other = Person(roxy)
    await person.say("tester remember the blue door")
    await other.say("tester remember the red door")
    assert "blue door" in (await person.say("undo that")).text
    assert "nothing in this conversation" in (await person.say("undo that")).text
    known = await other.say("what do you remember")
    assert "red door" in known.text
    assert "blue door" not in known.text


@pytest.mark.requirement("skills.permissions", "skills.audit")
async def test_a_server_that_a_skill_did_not_ask_for_is_refused_and_the_refusal_is_on_the_disk(person, places):
    assert (await person.say("tester steal")).text == "False denied"
    with sqlite3.connect(places.data / "roxy.db") as database:
        kinds = database.execute("SELECT kind, name, data FROM events WHERE kind = 'audit'").fetchall()
    assert [(kind, name) for kind, name, _ in kinds] == [("audit", "skill.refused")]
    assert "echo.say" in kinds[0][2]


@pytest.mark.requirement("sessions.resume")
async def test_a_conversation_is_resumed_by_its_id_with_what_was_said(person, roxy):
    await person.say("tester talk")
    again = Person(roxy)
    again.session_id = person.session_id
    assert (await again.say("tester history")).text.startswith("user: tester talk | roxy: done")


async def test_a_session_that_was_never_kept_is_refused(person):
    with pytest.raises(UsageError, match="no session 'ses_gone'"):
        await person.say("hello", session_id="ses_gone")


async def test_a_turn_whose_door_goes_away_ends_its_skill(person):
    await person.say("tester talk")
    turn = asyncio.create_task(person.say("tester wait"))
    await person.ear.hears("waiting")
    turn.cancel()
    await asyncio.wait({turn}, timeout=20)
    assert turn.cancelled()
    assert (await person.say("tester talk")).text == "done"


@pytest.mark.requirement("chat.interrupt")
async def test_cancelling_a_session_ends_its_turn_in_flight_with_a_sentence(person, roxy):
    await person.say("tester talk")
    turn = asyncio.create_task(person.say("tester wait"))
    await person.ear.hears("waiting")
    async with asyncio.timeout(20):
        assert await roxy.cancel(person.session_id)
        reply = await turn
    assert (reply.text, reply.code) == ("OK, I stopped.", "cancelled")
    assert not await roxy.cancel(person.session_id)


async def test_a_session_that_waits_does_not_hold_up_another(person, roxy):
    waiting = asyncio.create_task(person.say("tester wait"))
    await person.ear.hears("waiting")
    async with asyncio.timeout(20):
        assert (await Person(roxy).say("tester talk")).text == "done"
    waiting.cancel()
    await asyncio.wait({waiting}, timeout=20)


async def test_one_can_go_on_from_the_utterance_before(person):
    assert "Tokyo" in (await person.say("what time is it in Tokyo")).text
    assert "Paris" in (await person.say("and in Paris?")).text
    assert "Rome" in (await person.say("what about Rome")).text


async def test_cancel_it_takes_back_what_was_just_done_and_nothing_older(person):
    await person.say("tester remember the blue door")
    assert "blue door" in (await person.say("cancel it")).text
    await person.say("tester remember the red door")
    await person.say("tester talk")
    assert "nothing going on" in (await person.say("cancel that")).text


async def test_manners_are_answered_in_kind(person):
    assert (await person.say("thank you!")).text == "You're welcome."
    assert (await person.say("Hello Roxy")).success
    assert (await person.say("yes")).text == "All right."


async def test_the_last_reply_is_said_again(person):
    said = (await person.say("tester talk")).text
    assert (await person.say("say that again")).text == said


async def test_words_that_a_skill_leaves_to_others_are_not_understood(person):
    assert "Tokyo" in (await person.say("tokyo time?")).text
    assert (await person.say("dinner time")).code == "not_understood"


class _Disk:
    """The vaults' own, which waits before it flushes until it is let, and says when it has."""

    def __init__(self, vaults):
        self._vaults, self._sealer = vaults, vaults._sealer
        self.goes_on = threading.Event()
        self.order = []
        vaults._sealer = self

    def __getattr__(self, name):
        return getattr(self._sealer, name)

    def flush(self, name):
        assert self.goes_on.wait(30)
        self._sealer.flush(name)
        self.order.append("the pseudonyms are on the disk")


@pytest.mark.requirement("privacy.stable")
async def test_a_turn_is_told_as_ended_when_the_pseudonyms_that_left_in_it_survive_a_power_cut(roxy, person):
    await person.say("tester talk")
    gateway = await roxy._rooms.gateway.get()
    for name in ("ann", "bob"):  # the second one is only appended
        await gateway.outgoing(f"mail {name}@example.com", destination="x", session_id=person.session_id)
    disk = _Disk(gateway._vaults)
    person.ear.notices.clear()
    turn = asyncio.create_task(person.say("tester talk"))
    turn.add_done_callback(lambda _: disk.order.append("the turn has ended"))
    await person.ear.hears("one moment")
    await asyncio.wait({turn}, timeout=0.5)
    assert not turn.done()
    disk.goes_on.set()
    async with asyncio.timeout(30):
        assert (await turn).text == "done"
        await gateway.flush()
    assert disk.order == ["the pseudonyms are on the disk", "the turn has ended"]
    assert not gateway._vaults.unsaved()
