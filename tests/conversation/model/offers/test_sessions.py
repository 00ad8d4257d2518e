"""A model asks another session."""

import re

import pytest

from conversation.conftest import Person
from conversation.model.conftest import Bench
from fakes.scripted_model import calls, words
from roxy.conversation.model.offers.offered import ASK_SESSION

ASK = "what did we plan in the other session, Roxy, tell me all of it"
MAIL = "mabel.quill@example.org"
PASSPORT, OTHER = "C01X00T47", "C02X00T48"
PSEUDONYM = re.compile(r"PASSPORT-rx\w{14}")


@pytest.fixture
async def home(roxy) -> Person:
    """Somebody at the session `home`; there is a session `work` too."""
    sessions = (await roxy._rooms.conversation.get()).sessions
    for name in ("home", "work"):
        await sessions.establish(name, about="the house" if name == "home" else "the tracker")
    person = Person(roxy)
    person.session_id = "home"
    return person


def asking(question, session="work"):
    return calls((ASK_SESSION, {"session": session, "question": question}))


def offered(request):
    return [tool for tool in request.tools if tool.name == ASK_SESSION]


def results(model):
    return [part for role, part in model.said() if role == "tool"]


@pytest.mark.requirement("sessions.ask")
async def test_the_user_is_asked_and_then_the_other_session_answers(home, bench):
    model = bench.script("home", asking("tester talk"), words("They say done."))
    question = await home.say(ASK, model="home")
    assert question.choices == ("yes", "no", "always")
    assert "ask the session work" in question.text
    assert "tester talk" in question.text
    reply = await home.say("yes")
    assert (reply.text, list(reply.tools)) == ("They say done.", [ASK_SESSION])
    [(_, _, content, failed)] = results(model)
    assert not failed
    assert content == {"session": "work", "route": "session:work", "answered_by": "skill:tester", "said": "done"}
    [tool] = offered(model.asked[0])
    assert "work (the tracker)" in tool.description
    assert tool.parameters["required"] == ["session", "question"]


async def test_a_no_leaves_the_other_session_alone_and_always_holds_for_that_session_only(home, bench, roxy):
    model = bench.script("home", asking("tester talk"), words("Pity."))
    await home.say(ASK, model="home")
    assert (await home.say("no")).text == "Pity."
    assert "said no" in results(model)[0][2]
    assert await roxy.history("work") == []
    bench.script("home", asking("tester talk"), asking("tester talk"), words("Twice."))
    await home.say(ASK, model="home")
    assert (await home.say("always")).text == "Twice."
    await (await roxy._rooms.conversation.get()).sessions.establish("trip")
    bench.script("home", asking("tester talk", "trip"), words("Once."))
    assert "the session trip" in (await home.say(ASK, model="home")).text


@pytest.mark.requirement("sessions.ask")
async def test_each_session_sees_the_others_words_in_its_own_pseudonyms_and_the_user_real_values(home, bench, roxy):
    model = bench.script("home", asking(f"tester remember {MAIL}"), words("ok"))
    await Person.say(_at(roxy, "work"), f"tester send {MAIL}", assume_yes=True)
    await home.say(ASK, model="home", assume_yes=True)
    heard = (await roxy.history("work"))[-2].text
    assert heard.startswith("tester remember ")
    assert MAIL not in heard
    bench.script("home", asking("tester history"), lambda request: words(_said(request)))
    reply = await home.say(ASK, model="home", assume_yes=True)
    assert MAIL not in str(results(model)[-1])
    assert f"sent {MAIL}" in reply.text


@pytest.mark.requirement("privacy.hostile")
async def test_what_only_one_session_knows_to_be_personal_is_so_to_the_other_one_too(home, bench, roxy):
    told = f"my passport number is {PASSPORT}, let the tester think about it"
    bench.script("cloud", lambda request: asking(f"tester remember {PSEUDONYM.search(str(request))[0]}"), words("ok"))
    await home.say(told, model="cloud", assume_yes=True)
    heard = (await roxy.history("work"))[-2].text
    assert PSEUDONYM.fullmatch(heard.removeprefix("tester remember "))

    bench.script("cloud", words("I see."))
    await Person.say(_at(roxy, "work"), told.replace(PASSPORT, OTHER), model="cloud")
    bench.script("cloud", asking("tester history"), words("ok"))
    await home.say(ASK, model="cloud", assume_yes=True)
    answer = str(results(bench.models["cloud"])[-1])
    assert "passport" in answer
    assert PASSPORT not in answer
    assert OTHER not in str(bench.models["cloud"].asked)


def _at(roxy, session):
    person = Person(roxy)
    person.session_id = session
    return person


def _said(request):
    return request.messages[-1].parts[0].content["said"]


class TestBudgets:
    @pytest.fixture
    def router(self, bench: Bench):
        return bench.router(budget_tokens=45)

    @pytest.mark.requirement("sessions.ask")
    async def test_what_another_session_uses_is_paid_by_the_one_that_asked(self, home, bench, roxy):
        bench.script("home", asking("think hard about work"), words("Forty."), words("All done."))
        reply = await home.say(ASK, model="home", assume_yes=True)
        assert reply.text == "All done."
        transcript = (await roxy._rooms.loop.get())._transcript
        assert [(await transcript.before(session, ""))[1] for session in ("home", "work")] == [45, 0]
        assert (await home.say(ASK, model="home")).code == "budget_exceeded"
        bench.script("home", words("Mine."))
        assert (await _at(roxy, "work").say("think hard about work", model="home")).text == "Mine."

    async def test_another_session_stops_when_the_budget_of_the_asking_one_is_used_up(self, home, bench):
        model = bench.script("home", asking("think hard"), calls(("tester.talk", {})), calls(("tester.talk", {})))
        reply = await home.say(ASK, model="home", assume_yes=True)
        assert reply.code == "budget_exceeded"
        assert len(model.asked) == 3


async def test_sessions_without_a_name_are_listed_when_the_words_speak_of_sessions(roxy, bench):
    other = Person(roxy)
    await other.say("tester talk")
    model = bench.script("home", words("a"), words("b"))
    person = Person(roxy)
    await person.say("think hard about all that", model="home")
    await person.say(ASK, model="home")
    assert offered(model.asked[0]) == []
    assert f"{other.session_id} (tester talk)" in offered(model.asked[1])[0].description
