"""One conversation through all three official SDKs, over real sockets, with the model changed in the middle.

The endpoints are scripted by hand; none of their answers is a recording of a real service.
"""

import asyncio
import json
import os
import re
import sqlite3
from contextlib import AsyncExitStack, asynccontextmanager, closing

import pytest

from conversation.conftest import Person
from fakes import models as fake
from fakes.models import Reply, model_server
from roxy.config.settings import ModelSettings, ModelsSettings, load_settings
from roxy.contracts.turns import NoticeKind
from roxy.events.translators.names import wire_name
from roxy.llm.model import make_model, model_settings
from roxy.llm.router import Router
from roxy.orchestrator.opening import opened

MAIL = "anna.schmidt@example.com"
ASK = f"let the tester and echo do something with {MAIL}"
KEY = {"TEST_KEY": "no-real-key"}
SAY, TALK, WAIT = wire_name("echo.say"), wire_name("tester.talk"), wire_name("tester.wait")
PSEUDONYM = re.compile(r"EMAIL-rx[0-9a-z]{14}")

pytestmark = [pytest.mark.usefixtures("servers"), pytest.mark.requirement("models.continuity")]


@pytest.fixture
async def endpoints():
    async with AsyncExitStack() as stack:
        yield {name: await stack.enter_async_context(model_server()) for name in ("openai", "anthropic", "gemini")}


@pytest.fixture
def external() -> bool:
    return False


@pytest.fixture
def router(endpoints, external) -> Router:
    known = {
        name: ModelSettings(
            provider=name,
            model="m1",
            base_url=server.url + ("/v1" if name == "openai" else ""),
            api_key="TEST_KEY",
            external=external,
        )
        for name, server in endpoints.items()
    }
    settings = ModelsSettings(default="openai", known=known)
    return Router(
        settings,
        find=lambda name: model_settings(name, settings),
        make=lambda name: make_model(name, settings, KEY),
    )


@pytest.fixture
def life(places, tester, router):
    """Roxy from a start to its end, with somebody in a session; what it keeps outlives it."""

    @asynccontextmanager
    async def begun(session_id=None):
        async with opened(load_settings(places, os.environ), places, os.environ, long_lived=False) as assistant:
            assistant._rooms.router = router
            person = Person(assistant)
            person.session_id = session_id
            yield person

    return begun


def answers(server, *streams):
    server.script = [Reply(pieces=stream) for stream in streams]


def both_calls():
    return fake.chat_calls(("call_a", SAY, ['{"text": ', f'"{MAIL}"}}']), ("call_b", TALK, ["{}"]))


async def test_each_next_provider_gets_all_earlier_calls_and_results_in_its_own_format(person, roxy, endpoints):
    openai, anthropic, gemini = endpoints.values()
    answers(openai, both_calls(), fake.chat_text("First ", "done."))
    first = await person.say(ASK)
    assert (first.text, first.route, sorted(first.tools)) == ("First done.", "openai", ["echo.say", "tester.talk"])
    results = [item for item in openai.asked[1].body["messages"] if item["role"] == "tool"]
    assert [(item["tool_call_id"], item["content"]) for item in results] == [("call_a", MAIL), ("call_b", "done")]

    await roxy.choose_model("anthropic", person.session_id)
    answers(anthropic, fake.anthropic_calls(("toolu_1", TALK, ["{}"])), fake.anthropic_text("Second ", "done."))
    second = await person.say("and now the tester again, thoroughly")
    assert (second.text, second.route) == ("Second done.", "anthropic")
    told = anthropic.asked[0].body
    assert told["system"]
    used, returned = _tools(told)
    assert sorted(used.values(), key=str) == [(SAY, {"text": MAIL}), (TALK, {})]
    assert set(returned) == set(used)
    assert MAIL in str(returned)
    assert "First done." in str(told["messages"])

    await roxy.choose_model("gemini", person.session_id)
    answers(gemini, fake.gemini_text("Third ", "done."))
    third = await person.say("what did the tester and the others do, in short")
    assert (third.text, third.route) == ("Third done.", "gemini")
    parts = [part for content in gemini.asked[0].body["contents"] for part in content["parts"]]
    called = [part["functionCall"] for part in parts if "functionCall" in part]
    assert [call["name"] for call in called] == [SAY, TALK, TALK]
    assert called[0]["args"] == {"text": MAIL}
    assert len([part for part in parts if "functionResponse" in part]) == 3
    texts = [part["text"] for part in parts if "text" in part]
    assert texts == [
        ASK,
        "First done.",
        "and now the tester again, thoroughly",
        "Second done.",
        "what did the tester and the others do, in short",
    ]


def _blocks(message):
    content = message["content"]
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


async def test_words_are_shown_as_they_come_and_a_stop_hangs_up(person, roxy, endpoints):
    await person.say("tester talk")
    openai = endpoints["openai"]
    answers(openai, [*fake.chat_text("One ", "two.")[:2], fake.Stall()])
    turn = asyncio.create_task(person.say(ASK))
    await person.ear.hears("One ")
    async with asyncio.timeout(20):
        assert await roxy.cancel(person.session_id)
        assert (await turn).code == "cancelled"
        await openai.hung_up.wait()


class TestExternal:
    @pytest.fixture
    def external(self) -> bool:
        return True

    async def test_no_endpoint_of_somebody_else_ever_sees_a_real_value(self, person, roxy, endpoints):
        openai, anthropic, _ = endpoints.values()
        answers(openai, fake.chat_text("Fine."))
        await person.say(ASK)
        [name] = set(PSEUDONYM.findall(str(openai.asked[0].body)))
        pieces = [f"I wrote to {name[:9]}", name[9:], "."]
        call = fake.anthropic_calls(("toolu_1", SAY, [f'{{"text": "{name}"}}']))
        answers(anthropic, call, fake.anthropic_text(*pieces))
        await roxy.choose_model("anthropic", person.session_id)
        reply = await person.say("once more for the tester and echo, thoroughly")
        assert reply.text == f"I wrote to {MAIL}."
        shown = [notice.text for notice in person.ear.notices if notice.kind is NoticeKind.DELTA]
        assert not any("rx" in piece for piece in shown)
        assert MAIL not in str([asked.body for server in endpoints.values() for asked in server.asked])

    async def test_after_a_stop_and_two_restarts_each_next_provider_knows_the_same_calls_by_the_same_pseudonym(
        self, life, endpoints, places
    ):
        openai, anthropic, gemini = endpoints.values()
        answers(openai, fake.chat_text("Well."))
        async with life() as person:
            await person.say(ASK)
            [name] = set(PSEUDONYM.findall(str(openai.asked[0].body)))
            said = ("call_a", SAY, ['{"text": ', f'"{name}"}}'])
            answers(openai, fake.chat_calls(said, ("call_b", WAIT, ["{}"])))
            turn = asyncio.create_task(person.say("let the tester and echo do it at once"))
            await person.ear.hears("waiting")
            async with asyncio.timeout(20):
                await _ended(places, "call_a")
                assert await person.roxy.cancel(person.session_id)
                assert (await turn).code == "cancelled"
            session = person.session_id

        async with life(session) as person:
            await person.roxy.choose_model("anthropic", session)
            call = fake.anthropic_calls(("toolu_1", SAY, [f'{{"text": "{name}"}}']), ("toolu_2", TALK, ["{}"]))
            answers(anthropic, call, fake.anthropic_text("Second ", "done."))
            assert (await person.say("and now the two again, thoroughly")).text == "Second done."
        used, returned = _tools(anthropic.asked[0].body)
        assert sorted(used.values(), key=str) == [(SAY, {"text": name}), (WAIT, {})]
        assert set(returned) == set(used)
        (stopped,) = (id_ for id_, (tool, _) in used.items() if tool == WAIT)
        assert returned[stopped]["is_error"] is True
        (done,) = (id_ for id_ in used if id_ != stopped)
        assert "is_error" not in returned[done]  # it was done before the stop, and nobody may think that it was not
        assert name in str(returned[done])
        assert set(PSEUDONYM.findall(str(anthropic.asked[1].body))) == {name}

        async with life(session) as person:
            await person.roxy.choose_model("gemini", session)
            answers(gemini, fake.gemini_text("Third ", "done."))
            assert (await person.say("what did they all do, in short")).text == "Third done."
        parts = [part for content in gemini.asked[0].body["contents"] for part in content["parts"]]
        called = [part["functionCall"] for part in parts if "functionCall" in part]
        assert [(one["name"], one.get("args", {})) for one in called] == [
            (SAY, {"text": name}),
            (WAIT, {}),
            (SAY, {"text": name}),
            (TALK, {}),
        ]
        answered = [part["functionResponse"] for part in parts if "functionResponse" in part]
        assert [one["id"] for one in answered] == [one["id"] for one in called]
        assert ["error" in one["response"] for one in answered] == [False, True, False, False]
        assert set(PSEUDONYM.findall(str(gemini.asked[0].body))) == {name}
        assert MAIL not in str([asked.body for server in endpoints.values() for asked in server.asked])


async def _ended(places, call_id):
    """Wait until the event of a call's end is written, which nothing tells."""

    def written() -> bool:
        with closing(sqlite3.connect(places.data / "roxy.db")) as database:
            rows = database.execute("SELECT data FROM events WHERE name = 'model.tool'").fetchall()
        told = [json.loads(data) for (data,) in rows]
        return any(one["call_id"] == call_id and one["phase"] == "ended" for one in told)

    while not await asyncio.to_thread(written):
        pass


def _tools(body):
    """What was called (name and arguments) and what came back, both by the call's id, in a request to Anthropic."""
    blocks = [block for message in body["messages"] for block in _blocks(message)]
    used = {block["id"]: (block["name"], block["input"]) for block in blocks if block["type"] == "tool_use"}
    return used, {block["tool_use_id"]: block for block in blocks if block["type"] == "tool_result"}
