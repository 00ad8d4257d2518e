"""Sessions that ask each other."""

import asyncio

import pytest

from conversation.conftest import Person
from fakes.privacy import KeptEvents
from roxy.contracts.turns import Reply, Utterance
from roxy.conversation.consult import asking
from roxy.conversation.consult.asking import Consultations
from roxy.errors import LoopDetected, ServerTimeout


@pytest.fixture(autouse=True)
async def _bounded():
    async with asyncio.timeout(30):
        yield


@pytest.fixture
async def named(roxy):
    """Three sessions with names."""
    sessions = (await roxy._rooms.conversation.get()).sessions
    return [await sessions.establish(name) for name in ("home", "work", "trip")]


def at(roxy, session):
    person = Person(roxy)
    person.session_id = session
    return person


@pytest.mark.requirement("sessions.ask")
@pytest.mark.usefixtures("named")
async def test_another_session_answers_and_keeps_the_turn_as_its_own(roxy):
    reply = await at(roxy, "home").say("ask session work: tester talk")
    assert (reply.text, reply.route, reply.session_id, reply.success) == ("done", "session:work", "home", True)
    assert [line.text for line in await roxy.history("work")] == ["tester talk", "done"]
    assert [line.text for line in await roxy.history("home")] == ["ask session work: tester talk", "done"]


@pytest.mark.requirement("sessions.ask")
@pytest.mark.usefixtures("named")
async def test_sessions_that_ask_in_a_circle_are_stopped_with_a_word(roxy):
    reply = await at(roxy, "home").say("ask session work: ask session trip: ask session home: tester talk")
    assert (reply.success, reply.code, reply.route) == (False, "loop_detected", "session:work")
    assert "The session home was not asked: it is itself waiting for an answer of this one (trip)." in reply.text
    assert (await at(roxy, "home").say("tester talk")).text == "done"


@pytest.mark.usefixtures("named")
async def test_two_sessions_that_ask_each_other_at_once_do_not_wait_for_ever(roxy):
    ways = (("home", "work"), ("work", "home"))
    replies = await asyncio.gather(*(at(roxy, one).say(f"ask session {other}: tester talk") for one, other in ways))
    assert sorted(reply.code for reply in replies) == ["", "loop_detected"]


@pytest.mark.usefixtures("named")
async def test_a_session_does_not_ask_itself_nor_one_that_there_is_not(roxy):
    assert (await at(roxy, "home").say("ask session home: tester talk")).code == "loop_detected"
    reply = await at(roxy, "home").say("ask session wrok: tester talk")
    assert reply.code == "usage_error"
    assert "work" in reply.text
    assert (await roxy.history("home"))[-1].text == reply.text


@pytest.mark.usefixtures("named")
async def test_a_session_that_would_ask_back_says_its_question_and_where_to_go(roxy):
    reply = await at(roxy, "home").say("ask session work: tester ask")
    assert (reply.code, reply.question) == ("needs_input", False)
    assert "First?" in reply.text
    assert "roxy chat --session work" in reply.text
    assert (await at(roxy, "work").say("tester talk")).text == "done"


@pytest.mark.usefixtures("named")
async def test_a_stop_stops_the_other_session_too(roxy):
    person = at(roxy, "home")
    turn = asyncio.create_task(person.say("ask session work: tester wait"))
    await person.ear.hears("waiting")
    conversation = await roxy._rooms.conversation.get()
    await roxy.cancel("home")
    assert (await turn).code == "cancelled"
    assert not conversation._exchanges
    assert (await at(roxy, "work").say("tester talk")).text == "done"


@pytest.mark.requirement("sessions.ask")
@pytest.mark.usefixtures("named")
async def test_events_tell_who_asked_whom_under_one_correlation_with_hops_and_parents(roxy):
    await at(roxy, "home").say("ask session work: ask session trip: tester talk")
    log = await roxy._rooms.events.get()
    events = await log.recent()
    asked = {event.session_id: event for event in events if event.data.get("phase") == "started"}
    heard = {event.session_id: event for event in events if event.name == "turn.heard"}
    assert len({event.correlation_id for event in events}) == 1
    assert [heard[name].hop for name in ("home", "work", "trip")] == [0, 1, 2]
    assert heard["home"].parent_id is None
    assert heard["work"].parent_id == asked["home"].id
    assert asked["work"].parent_id == asked["home"].id
    assert heard["trip"].parent_id == asked["work"].id
    assert asked["home"].route == "session:work"
    ended = [event for event in events if event.data.get("phase") == "ended"]
    assert {event.parent_id for event in ended} == {event.id for event in asked.values()}


class _Listed:
    """Sessions by name."""

    def __init__(self, *names):
        self.names = names

    async def others(self, session_id, *, latest, of=""):
        return [type("Info", (), {"id": name})() for name in self.names if name != session_id]


class _Caller:
    session_id = "home"

    def progress(self, text):
        pass


async def test_a_session_that_does_not_answer_in_time_is_given_up():
    async def never(utterance: Utterance, listener) -> Reply:
        return await asyncio.Event().wait()

    events = KeptEvents()
    consultations = Consultations(never, _Listed("work"), events, patience=0.01)
    with pytest.raises(ServerTimeout, match="did not answer"):
        await consultations.ask("work", "hi", _Caller())
    assert [event.data["code"] for event in events.events[1:]] == ["timeout"]
    assert not consultations._waiting


async def test_a_question_is_passed_on_only_so_often():
    depth = 0

    async def onward(utterance: Utterance, listener) -> Reply:
        nonlocal depth
        depth += 1
        caller = _Caller()
        caller.session_id = utterance.session_id
        return await consultations.ask(f"s{depth}", "on", caller)

    consultations = Consultations(onward, _Listed(*(f"s{number}" for number in range(9))), KeptEvents())
    with pytest.raises(LoopDetected, match="passed on 3 times"):
        await consultations.ask("s0", "hi", _Caller())
    assert depth == asking.MAX_HOPS
