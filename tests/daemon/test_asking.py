import asyncio

import pytest

from fakes.assistant import FakeAssistant
from fakes.person import Person
from roxy.contracts.calls import ToolCallResult
from roxy.daemon.client import attach
from roxy.daemon.lock import own
from roxy.daemon.server import serving
from roxy.errors import RoxyError, UsageError
from roxy.mcp.questions.person import answering, present


class Asking(FakeAssistant):
    """Asks whoever is present before it answers a call."""

    async def call_tool(self, server, tool, arguments=None, *, timeout=None, session_id=None):
        person = present()
        if person is None:
            return ToolCallResult(True, text="nobody is here")
        await person.say("One moment.")
        self.started.set()
        try:
            if tool == "sure":
                return ToolCallResult(True, text=f"sure: {await person.confirm('Sure?')}")
            return ToolCallResult(True, text=f"you are {await person.ask('Who are you?', choices=('a', 'b'))}")
        finally:
            self.ended.set()


class Silent(Person):
    """Never answers."""

    def __init__(self):
        super().__init__()
        self.left = asyncio.Event()

    async def ask(self, question, *, choices=()):
        try:
            await asyncio.Event().wait()
        finally:
            self.left.set()


@pytest.fixture
async def door(tmp_path):
    assistant = Asking()
    with own(tmp_path, door="daemon") as owned:
        async with serving(assistant, owned, grace=1):
            yield assistant, await attach(tmp_path)


@pytest.mark.requirement("mcp.asks_at_terminal")
async def test_what_a_server_asks_reaches_the_person_at_the_door_of_another_process(door):
    _, attached = door
    person = Person("Kim")
    async with asyncio.timeout(20):
        with answering(person):
            assert (await attached.call_tool("echo", "who")).text == "you are Kim"
            assert (await attached.call_tool("echo", "sure")).text == "sure: True"
    assert person.asked == ["Who are you?", "Sure?"]
    assert person.told == ["One moment.", "One moment."]


async def test_where_nobody_is_present_the_owner_knows_that_nobody_is(door):
    _, attached = door
    async with asyncio.timeout(20):
        assert (await attached.call_tool("echo", "who")).text == "nobody is here"


async def test_a_door_that_leaves_while_it_is_asked_ends_its_call_and_its_question(door):
    assistant, attached = door
    person = Silent()
    async with asyncio.timeout(20):
        with answering(person):
            call = asyncio.create_task(attached.call_tool("echo", "who"))
        await assistant.started.wait()
        call.cancel()
        await asyncio.gather(call, return_exceptions=True)
        await assistant.ended.wait()


async def test_an_answer_to_a_question_that_nobody_asked_is_taken_by_nobody(door):
    _, attached = door
    async with asyncio.timeout(20):
        lines = [line async for line in attached._lines("POST", "/v1/answer", {"id": "qst_1", "answer": "yes"})]
    assert lines == [{"value": False}]


@pytest.mark.parametrize(
    ("path", "body"), [("asking/turn", {}), ("asking/metrics", {}), ("answer", {}), ("answer", [])]
)
async def test_what_is_no_call_or_no_answer_is_refused(door, path, body):
    _, attached = door
    async with asyncio.timeout(20):
        with pytest.raises(UsageError if path != "answer" else RoxyError):
            await anext(attached._lines("POST", f"/v1/{path}", body))
