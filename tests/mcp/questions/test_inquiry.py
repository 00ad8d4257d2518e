"""Servers that ask back in the middle of a call, in both eras, on stdio and over HTTP."""

import asyncio
import json

import pytest

from fakes.offering import WAYS, offering
from fakes.privacy import NAME, PSEUDONYM, KeptEvents, OneNameGuard
from fakes.servers import echo
from roxy.contracts.events import EventKind
from roxy.contracts.sampling import Sample
from roxy.mcp.questions.inquiry import MAX_QUESTIONS
from roxy.mcp.questions.person import answering
from roxy.mcp.servers import MCPServerManager
from roxy.testing.doubles import DialogueDouble


@pytest.fixture(autouse=True)
async def _bounded():
    async with asyncio.timeout(60):
        yield


@pytest.fixture
def events() -> KeptEvents:
    return KeptEvents()


class Writer:
    """A model that writes one line."""

    def __init__(self) -> None:
        self.asked = []

    async def sample(self, asked):
        self.asked.append(asked)
        return Sample(text=f"Roses for {NAME}.", model="m1")


def manager(config, guard=None, events=None, sampler=None) -> MCPServerManager:
    return MCPServerManager({config.name: config}, privacy=guard, events=events, sampler=sampler)


async def call(servers, tool, person=None, **options):
    with answering(person):
        return await servers.call_tool("offering", tool, **options)


@pytest.mark.requirement("mcp.elicitation")
@pytest.mark.parametrize("way", WAYS)
async def test_a_servers_question_reaches_the_person_and_the_answer_the_server(way, events):
    person = DialogueDouble(answers=["Ada", "3", "lunch", "no", "yes"])
    with offering(way) as config:
        async with manager(config, events=events) as servers:
            assert (await call(servers, "who", person)).text == "hello Ada"
            assert person.questions == [
                "The server offering asks: Who is there?\nYour name (as it stands on the door)?"
            ]
            booked = await call(servers, "book", person)
            assert json.loads(booked.text) == {"guests": 3, "meal": "lunch", "terrace": False}
            # What a password is asked for is declined, and the server's own way to take that is the result.
            refused = await call(servers, "login", person)
            assert not refused.success
            assert "password" in person.said[0]
    noted = [event.data for event in events.of(EventKind.AUDIT)]
    assert [one["outcome"] for one in noted] == ["accept", "accept", "decline"]
    assert noted[1]["fields"] == ["guests", "meal", "terrace"]
    assert "Ada" not in json.dumps(noted)


@pytest.mark.requirement("mcp.elicitation_nobody")
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("person", [None, "one shot"])
async def test_a_caller_whom_nobody_can_answer_for_gets_needs_input_with_what_was_asked(way, person):
    with offering(way) as config:
        async with manager(config) as servers:
            result = await call(servers, "who", DialogueDouble() if person else None)
            assert (result.success, result.code) == (False, "needs_input")
            assert "offering asks: Who is there?" in result.error
            assert "Your name" in result.error
            # The connection is as good as before.
            assert (await servers.read_resource("offering", "note://today")).success


@pytest.mark.requirement("mcp.elicitation_privacy")
@pytest.mark.parametrize("protocol", ["legacy", "modern"])
async def test_an_answer_passes_the_gateway_like_everything_that_goes_to_that_server(protocol, events):
    guard = OneNameGuard()
    person = DialogueDouble(answers=[NAME])
    with offering(f"stdio {protocol}", external=True) as config:
        async with manager(config, guard, events) as servers:
            result = await call(servers, "who", person, session_id="s1")
    assert result.text == f"hello {NAME}"  # the server said it back under the pseudonym
    decided = [event.data for event in events.of(EventKind.DECISION) if event.data["tool"] == "elicitation/create"]
    assert [(one["outcome"], one["counts"]) for one in decided] == [("redacted", {"PERSON": 1})]
    asked = [one for one in guard.asked if one["tool"] == "elicitation/create"]
    assert [(one["destination"], one["session_id"]) for one in asked] == [("offering", "s1")]
    assert asked[0]["schema"]["properties"]["name"]["title"] == "Your name"
    assert person.said == ["Personal data in it was replaced before it went to offering: PERSON."]


@pytest.mark.requirement("mcp.elicitation_privacy")
async def test_an_answer_that_may_not_leave_is_declined_and_the_person_told(events):
    class BlocksAnswers(OneNameGuard):
        async def outgoing(self, payload, *, tool=None, **options):
            self.blocks = "too private" if tool == "elicitation/create" else ""
            return await super().outgoing(payload, tool=tool, **options)

    person = DialogueDouble(answers=["Ada"])
    with offering("stdio modern", external=True) as config:
        async with manager(config, BlocksAnswers(), events) as servers:
            assert not (await call(servers, "who", person)).success
    assert "too private" in person.said[0]


class Slow(DialogueDouble):
    """Somebody who takes longer than a call of a second may."""

    async def ask(self, question, *, choices=()):
        passed = asyncio.Event()
        asyncio.get_running_loop().call_later(1.1, passed.set)
        await passed.wait()
        return await super().ask(question, choices=choices)


@pytest.mark.requirement("mcp.deadline")
@pytest.mark.parametrize("protocol", ["legacy", "modern"])
async def test_the_deadline_of_a_call_rests_while_the_person_is_asked(protocol):
    with offering(f"stdio {protocol}") as config:
        async with manager(config) as servers:
            await servers.start_server("offering")
            result = await call(servers, "who", Slow(answers=["Ada"]), timeout=1)
            assert result.text == "hello Ada"


async def test_a_server_that_asks_without_end_is_no_longer_answered_and_the_person_left_alone():
    person = DialogueDouble(answers=["x"] * 50)
    async with manager(echo(protocol="legacy")) as servers:
        with answering(person):
            result = await servers.call_tool("echo", "nag", {"times": 20})
    assert json.loads(result.text) == ["accept"] * MAX_QUESTIONS + ["cancel"] * (20 - MAX_QUESTIONS)
    assert len(person.questions) == MAX_QUESTIONS


async def asked_beside(servers, seconds, timeout):
    """Somebody's call takes so long, with this deadline; another's is asked something. Both results, and the latter."""
    other = DialogueDouble(answers=["x"])
    with answering(other):
        terms = {"session_id": "a", "timeout": timeout}
        long = asyncio.create_task(servers.call_tool("echo", "sleep", {"seconds": seconds}, **terms))
    await asyncio.sleep(0)
    person = DialogueDouble(answers=["y"])
    with answering(person):
        asked = await servers.call_tool("echo", "ask", session_id="b")
    assert other.questions == []
    return await long, asked, person


@pytest.mark.requirement("mcp.elicitation")
async def test_a_question_of_a_legacy_server_goes_to_who_is_left_when_the_others_have_their_answers():
    async with manager(echo(protocol="legacy")) as servers:
        await servers.start_server("echo")
        long, asked, person = await asked_beside(servers, seconds=1, timeout=30)
    assert long.success
    assert json.loads(asked.text) == {"action": "accept", "content": {"name": "y"}}
    assert len(person.questions) == 1


async def test_a_question_of_a_legacy_server_that_may_be_that_of_a_call_that_gave_up_goes_to_nobody():
    async with manager(echo(protocol="legacy")) as servers:
        await servers.start_server("echo")
        long, asked, person = await asked_beside(servers, seconds=8, timeout=1)
    assert long.code == "timeout"
    assert json.loads(asked.text)["action"] == "cancel"
    assert person.questions == []


@pytest.mark.requirement("mcp.sampling")
@pytest.mark.parametrize("way", WAYS)
async def test_a_server_that_may_ask_for_a_model_gets_an_answer_once_the_person_says_yes(way, events):
    writer, guard = Writer(), OneNameGuard()
    with offering(way, external=True, sampling="ask") as config:
        async with manager(config, guard, events, writer) as servers:
            person = DialogueDouble(answers=["yes"])
            result = await call(servers, "draft", person)
            # What went to the server was veiled; what it says back is told with the real name.
            assert result.text == f"m1: Roses for {NAME}."
            assert "at most 1024 tokens" in person.questions[0]
            assert "Write a line about" in person.questions[0]
            [asked] = writer.asked
            assert (asked.max_tokens, asked.messages) == (1024, [("user", "Write a line about Mabel Quill.")])
            refused = await call(servers, "draft", DialogueDouble(answers=["no"]))
            assert not refused.success
            nobody = await call(servers, "draft")
            assert nobody.code == "needs_input"
            assert len(writer.asked) == 1
    assert any(one["tool"] == "sampling/createMessage" for one in guard.asked)
    assert PSEUDONYM not in result.text


@pytest.mark.requirement("mcp.sampling")
@pytest.mark.parametrize("way", ["stdio legacy", "http modern"])
async def test_models_and_folders_are_not_offered_to_servers_unless_declared(way):
    writer = Writer()
    with offering(way) as config:
        async with manager(config, sampler=writer) as servers:
            for tool in ("draft", "folders"):
                assert not (await call(servers, tool, DialogueDouble(answers=["yes"]))).success
    assert writer.asked == []


@pytest.mark.requirement("mcp.roots")
@pytest.mark.parametrize("way", ["stdio legacy", "stdio modern"])
async def test_declared_folders_are_told_and_one_that_is_personal_is_withheld(way, tmp_path, events):
    own = tmp_path / NAME.split()[0]
    with offering(way, roots=[str(tmp_path), str(own)]) as config:
        async with manager(config) as servers:
            found = (await call(servers, "folders")).text.split()
            assert found == [tmp_path.as_uri(), own.as_uri()]

    class Veils(OneNameGuard):
        async def outgoing(self, payload, **options):
            out = await super().outgoing(payload, **options)
            return type(out)(json.loads(json.dumps(out.payload).replace("Mabel", "Person_1")), out.decision)

    with offering(way, external=True, roots=[str(tmp_path), str(own)]) as config:
        async with manager(config, Veils(), events) as servers:
            assert (await call(servers, "folders")).text.split() == [tmp_path.as_uri()]


async def test_folders_are_told_at_most_once_a_second(tmp_path):
    with offering("stdio modern", roots=[str(tmp_path)]) as config:
        async with manager(config) as servers:
            await servers.start_server("offering")
            clock = asyncio.get_running_loop().time
            began = clock()
            for _ in range(2):
                assert (await call(servers, "folders")).success
            assert clock() - began >= 1
