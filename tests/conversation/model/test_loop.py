"""A turn of a model with tools, through the whole conversation, with real skills, servers, store and gateway."""

import asyncio

import pytest

from conversation.conftest import Ear, Person
from fakes.scripted_model import calls, words
from roxy.contracts.models import TextDelta
from roxy.contracts.turns import NoticeKind, Utterance
from roxy.daemon.client import attach
from roxy.daemon.lock import own
from roxy.daemon.server import serving
from roxy.errors import ModelUnavailable
from roxy.llm.router import Policy

pytestmark = pytest.mark.requirement("models.tools")
HARD = "think hard about all that the tester and the post may do"
DOWN = ModelUnavailable("The model home cannot be reached.", hint="Start it.")


def deltas(person):
    return [notice.text for notice in person.ear.notices if notice.kind is NoticeKind.DELTA]


async def test_what_no_sentence_is_sure_of_is_answered_by_a_model_piece_by_piece(person, bench):
    home = bench.script("home", words("Forty", "-two", "."))
    reply = await person.say(HARD)
    assert (reply.text, reply.route, reply.success, reply.skill) == ("Forty-two.", "openai", True, None)
    assert deltas(person) == ["Forty", "-two", "."]
    assert home.said()[0][0] == "system"
    assert home.said()[1:] == [("user", HARD)]


async def test_a_sure_sentence_asks_no_model(person, bench):
    reply = await person.say("tester talk")
    assert reply.route == "skill:tester"
    assert bench.models["home"].asked == []


async def test_the_turns_of_skills_are_known_to_the_next_model(person, bench):
    await person.say("tester talk")
    home = bench.script("home", words("Yes."))
    await person.say(HARD)
    assert home.said()[1:] == [("user", "tester talk"), ("assistant", "done"), ("user", HARD)]


async def test_a_model_runs_a_skill_and_its_result_goes_back_to_it(person, bench):
    home = bench.script("home", calls(("tester.remember", {"what": "the blue door"})), words("Noted."))
    assert (await person.say(HARD)).text == "Shall I remember this: “the blue door”?"
    reply = await person.say("yes")
    assert (reply.text, list(reply.tools)) == ("Noted.", ["tester.remember"])
    assert home.said()[-2:] == [
        ("assistant", ("call", "tester.remember", {"what": "the blue door"})),
        ("tool", ("result", "tester.remember", "remembered", False)),
    ]
    assert "blue door" in (await person.say("undo that")).text


@pytest.mark.usefixtures("servers")
async def test_the_calls_of_one_answer_run_at_the_same_time_and_come_back_in_order(person, bench):
    both = calls(("echo.say", {"text": "one"}), ("tester.talk", {}), ("echo.say", {"text": "two"}), say="Let me see.")
    home = bench.script("home", both, words("Both."))
    reply = await person.say(HARD)
    assert reply.text == "Let me see.\n\nBoth."
    assert sorted(reply.tools) == ["echo.say", "echo.say", "tester.talk"]
    results = [part for role, part in home.said() if role == "tool"]
    assert [(name, content) for _, name, content, _ in results] == [
        ("echo.say", "one"),
        ("tester.talk", "done"),
        ("echo.say", "two"),
    ]


@pytest.mark.usefixtures("servers")
async def test_a_tool_that_changes_something_asks_first_and_always_is_remembered(person, bench):
    send = ("post.send", {"to": "team", "text": "hi"})
    bench.script("home", calls(send), words("Sent."), calls(send), words("Sent again."))
    asked = await person.say(HARD)
    assert asked.question
    assert asked.choices == ("yes", "no", "always")
    assert 'to: "team"' in asked.text
    assert not bench.posted.exists()
    assert (await person.say("always")).text == "Sent."
    assert bench.posted.read_text(encoding="utf-8") == "team\thi\n"
    assert (await person.say(HARD)).text == "Sent again."


@pytest.mark.usefixtures("servers")
async def test_a_no_is_an_error_result_and_an_audit_record(person, bench, roxy):
    home = bench.script("home", calls(("post.send", {"to": "Bob", "text": "hi"})), words("As you wish."))
    await person.say(HARD)
    assert (await person.say("no")).text == "As you wish."
    assert not bench.posted.exists()
    [(_, (_, _, content, failed))] = [line for line in home.said() if line[0] == "tool"]
    assert failed
    assert "said no" in content


@pytest.mark.usefixtures("servers")
async def test_two_questions_of_one_answer_are_asked_one_after_the_other(person, bench):
    sends = [("post.send", {"to": name, "text": "hi"}) for name in ("team", "staff")]
    bench.script("home", calls(*sends), words("Done."))
    first = await person.say(HARD)
    second = await person.say("yes")
    assert {first.question, second.question} == {True}
    assert (await person.say("no")).text == "Done."
    assert len(bench.posted.read_text(encoding="utf-8").splitlines()) == 1


@pytest.mark.usefixtures("servers")
async def test_where_nobody_can_answer_an_approval_ends_the_turn_with_needs_input(person, bench):
    bench.script("home", calls(("post.send", {"to": "Bob", "text": "hi"})))
    reply = await person.say(HARD, one_shot=True)
    assert (reply.code, reply.success) == ("needs_input", False)
    assert not bench.posted.exists()


async def test_tools_that_are_none_and_arguments_that_do_not_fit_are_errors_for_the_model(person, bench):
    wrong = calls(("tester.rember", {}), ("tester.remember", {"who": "me"}), ("tester.fail", {}))
    home = bench.script("home", wrong, words("Sorry."))
    assert (await person.say(HARD)).text == "Sorry."
    results = [part for role, part in home.said() if role == "tool"]
    assert [failed for *_, failed in results] == [True, True, True]
    assert "tester.remember" in results[0][2]
    assert "what" in results[1][2]
    assert "secret detail" not in str(results)


async def test_a_model_that_does_not_answer_is_followed_by_the_next_one(person, bench):
    bench.script("home", DOWN)
    bench.script("cloud", words("Here."))
    reply = await person.say(HARD)
    assert (reply.text, reply.route) == ("Here.", "anthropic")


async def test_a_model_that_fails_after_its_tools_is_followed_by_one_that_sees_their_results(person, bench):
    bench.script("home", calls(("tester.talk", {})), DOWN)
    cloud = bench.script("cloud", words("Here."))
    assert (await person.say(HARD)).text == "Here."
    assert cloud.said()[-1] == ("tool", ("result", "tester.talk", "done", False))


async def test_after_words_were_shown_no_other_model_is_asked(person, bench):
    bench.script("home", [TextDelta(text="It is"), DOWN])
    reply = await person.say(HARD)
    assert (reply.success, reply.code, reply.route) == (False, "model_unavailable", "openai")
    assert reply.text.startswith("It is\n\nThe model home cannot be reached.")
    assert bench.models["cloud"].asked == []


async def test_without_any_model_that_answers_what_failed_and_what_can_be_done_is_said(person, bench):
    for name in bench.models:
        bench.script(name, ModelUnavailable(f"The model {name} cannot be reached.", hint="Start it."))
    reply = await person.say("tester asking")
    assert (reply.success, reply.code, reply.route) == (False, "model_unavailable", "roxy")
    for words_ in ("home cannot", "cloud cannot", "Start it.", "tester ask"):
        assert words_ in reply.text


async def test_whoever_chose_a_model_of_their_own_is_not_moved_to_an_external_one(person, bench):
    bench.script("home", DOWN)
    reply = await person.say(HARD, model="home")
    assert reply.code == "model_unavailable"
    assert bench.models["cloud"].asked == []


async def test_a_session_keeps_the_model_it_chose_and_the_next_one_sees_what_was_done(person, bench, roxy):
    person.session_id = await roxy.choose_model("cloud")
    bench.script("cloud", calls(("tester.talk", {})), words("Done."))
    await person.say(HARD)
    assert await roxy.choose_model("other", person.session_id) == person.session_id
    other = bench.script("other", words("I see."))
    assert (await person.say("what did you do")).route == "gemini"
    assert other.said()[1:] == [
        ("user", HARD),
        ("assistant", ("call", "tester.talk", {})),
        ("tool", ("result", "tester.talk", "done", False)),
        ("assistant", "Done."),
        ("user", "what did you do"),
    ]
    await roxy.choose_model("none", person.session_id)
    assert (await person.say(HARD)).code == "not_understood"


async def test_a_stop_in_the_middle_of_a_stream_closes_it_and_what_was_said_is_known_later(person, bench, roxy):
    await person.say("tester talk")
    gate = asyncio.Event()
    home = bench.script("home", [TextDelta(text="It is "), gate, TextDelta(text="late")])
    turn = asyncio.create_task(person.say(HARD))
    await person.ear.hears("It is ")
    async with asyncio.timeout(20):
        assert await roxy.cancel(person.session_id)
        reply = await turn
        await home.left.wait()
    assert (reply.code, reply.text) == ("cancelled", "OK, I stopped.")
    bench.script("home", words("Yes."))
    await person.say(HARD)
    assert ("assistant", "It is ") in home.said()


@pytest.mark.usefixtures("servers")
async def test_a_stop_at_a_question_leaves_no_call_without_a_result(person, bench):
    home = bench.script("home", calls(("post.send", {"to": "Bob", "text": "hi"})), words("Never mind then."))
    assert (await person.say(HARD)).question
    await person.say("stop")
    await person.say(HARD)
    [(_, (_, _, content, failed))] = [line for line in home.said() if line[0] == "tool"]
    assert failed
    assert "broken off" in content


class TestBudgets:
    @pytest.fixture
    def router(self, bench):
        return bench.router(max_rounds=2, budget_tokens=40, policy=Policy.LOCAL_FIRST)

    async def test_the_budget_of_a_session_is_told_and_another_session_has_its_own(self, person, bench, roxy):
        bench.script("home", *(words("Yes.") for _ in range(4)))
        for _ in range(3):
            assert (await person.say(HARD)).success
        reply = await person.say(HARD)
        assert (reply.code, reply.success) == ("budget_exceeded", False)
        assert "45 tokens" in reply.text
        assert "router.budget_tokens" in reply.text
        assert (await Person(roxy).say(HARD)).success

    async def test_rounds_are_bounded(self, person, bench):
        bench.script("home", *(calls(("tester.talk", {})) for _ in range(3)))
        reply = await person.say(HARD)
        assert reply.code == "budget_exceeded"
        assert "2 rounds" in reply.text


class TestModelFirst:
    @pytest.fixture
    def router(self, bench):
        return bench.router(policy=Policy.MODEL_FIRST)

    async def test_a_model_answers_before_sentences_and_they_when_it_does_not(self, person, bench):
        bench.script("home", words("Mine."), DOWN)
        bench.script("cloud", DOWN)
        bench.script("other", DOWN)
        assert (await person.say("tester talk")).text == "Mine."
        reply = await person.say("tester talk")
        assert (reply.text, reply.route) == ("done", "skill:tester")


class TestToolsOnly:
    @pytest.fixture
    def router(self, bench):
        return bench.router(policy=Policy.MCP_ONLY)

    async def test_no_model_is_asked(self, person):
        assert (await person.say(HARD)).code == "not_understood"


async def test_a_yes_after_a_models_words_goes_to_the_model(person, bench):
    home = bench.script("home", words("Shall I go on?"), words("Going on."))
    await person.say(HARD)
    assert (await person.say("yes")).text == "Going on."
    assert home.said()[-1] == ("user", "yes")
    await person.say("tester talk")
    assert (await person.say("yes")).route == "roxy"


class TestDirect:
    """The direct way to a model, with no server declared and with two."""

    @pytest.fixture(params=[False, True])
    def declared(self, request):
        if request.param:
            request.getfixturevalue("servers")
        return request.param

    @pytest.fixture
    async def roxy(self, declared, roxy):
        return roxy

    async def test_a_plain_answer_is_the_same_whether_servers_are_declared_or_not(self, declared, person, bench):
        home = bench.script("home", calls(("tester.talk", {})), words("Do", "ne."))
        reply = await person.say(HARD)
        assert (reply.text, reply.route, list(reply.tools), reply.code) == ("Done.", "openai", ["tester.talk"], "")
        assert deltas(person) == ["Do", "ne."]
        assert [part for role, part in home.said() if role != "system"] == [
            HARD,
            ("call", "tester.talk", {}),
            ("result", "tester.talk", "done", False),
        ]
        assert any(tool.name == "echo.say" for tool in home.asked[0].tools) is declared


@pytest.mark.requirement("models.streaming")
async def test_the_words_reach_a_door_through_the_owners_socket(roxy, bench, places):
    bench.script("home", words("Forty", "-two."))
    ear = Ear()
    with own(places.data, door="test") as owned:
        async with asyncio.timeout(20), serving(roxy, owned):
            attached = await attach(places.data)
            reply = await attached.turn(Utterance(text=HARD, model="home"), ear)
            listed = await attached.models(reply.session_id)
            assert await attached.choose_model("none", reply.session_id) == reply.session_id
    assert [notice.text for notice in ear.notices if notice.kind is NoticeKind.DELTA] == ["Forty", "-two."]
    assert (reply.text, reply.route) == ("Forty-two.", "openai")
    assert [model.name for model in listed][:3] == ["home", "cloud", "other"]
