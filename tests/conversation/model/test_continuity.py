"""One conversation through all three official SDKs, over real sockets, with the model changed in the middle.

The endpoints are scripted by hand; none of their answers is a recording of a real service.
"""

import asyncio
import json
import re
from contextlib import AsyncExitStack

import pytest

from fakes import models as fake
from fakes.models import Reply, model_server
from roxy.config.settings import ModelSettings, ModelsSettings
from roxy.contracts.turns import NoticeKind
from roxy.events.translators.names import wire_name
from roxy.llm.model import make_model, model_settings
from roxy.llm.router import Router

MAIL = "anna.schmidt@example.com"
ASK = f"let the tester and echo do something with {MAIL}"
KEY = {"TEST_KEY": "no-real-key"}
SAY, TALK = wire_name("echo.say"), wire_name("tester.talk")

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
    blocks = [block for message in told["messages"] for block in _blocks(message)]
    used = {block["id"]: (block["name"], block["input"]) for block in blocks if block["type"] == "tool_use"}
    assert sorted(used.values(), key=str) == [(SAY, {"text": MAIL}), (TALK, {})]
    returned = {
        block["tool_use_id"]: json.dumps(block["content"]) for block in blocks if block["type"] == "tool_result"
    }
    assert set(returned) == set(used)
    assert MAIL in str(returned)
    assert "First done." in str(blocks)

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
    async with asyncio.timeout(5):
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
        [name] = set(re.findall(r"EMAIL-rx[0-9a-z]{14}", str(openai.asked[0].body)))
        pieces = [f"I wrote to {name[:9]}", name[9:], "."]
        call = fake.anthropic_calls(("toolu_1", SAY, [f'{{"text": "{name}"}}']))
        answers(anthropic, call, fake.anthropic_text(*pieces))
        await roxy.choose_model("anthropic", person.session_id)
        reply = await person.say("once more for the tester and echo, thoroughly")
        assert reply.text == f"I wrote to {MAIL}."
        shown = [notice.text for notice in person.ear.notices if notice.kind is NoticeKind.DELTA]
        assert not any("rx" in piece for piece in shown)
        assert MAIL not in str([asked.body for server in endpoints.values() for asked in server.asked])
