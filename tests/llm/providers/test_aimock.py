"""The providers against a model server that nobody here wrote (AIMock, from npm), with the official SDKs."""

import asyncio
import json
import os
import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from roxy.contracts.models import (
    ChatRequest,
    Finished,
    Message,
    Role,
    StopReason,
    TextDelta,
    TextPart,
    ToolCallPart,
    ToolResultPart,
    ToolSpec,
)

PEERS = Path(__file__).parents[2] / "peers"
MOCK = PEERS / "node_modules" / ".bin" / "llmock"
pytestmark = [
    pytest.mark.npm,
    pytest.mark.requirement("models.providers"),
    pytest.mark.skipif(
        not MOCK.exists() or shutil.which("node") is None,
        reason="needs Node, and the servers of tests/peers (cd tests/peers && npm ci)",
    ),
]
KINDS = ("openai", "responses", "anthropic", "gemini")
WEATHER = ToolSpec(
    name="sky.weather",
    description="The weather of a city.",
    parameters={"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
)
CALLS = [{"name": "sky__weather", "arguments": json.dumps({"city": city})} for city in ("Oslo", "Rome")]
FIXTURES = {
    "fixtures": [
        {"match": {"userMessage": "hello"}, "response": {"content": "Well, hello. 👋 How are you today?"}},
        {"match": {"userMessage": "weather", "hasToolResult": True}, "response": {"content": "Rain in both."}},
        {"match": {"userMessage": "weather"}, "response": {"toolCalls": CALLS}},
    ]
}


@pytest.fixture
async def mock(tmp_path) -> AsyncIterator[str]:
    """AIMock on a free port; its address."""
    fixtures = tmp_path / "fixtures.json"
    fixtures.write_text(json.dumps(FIXTURES))
    process = await asyncio.create_subprocess_exec(
        *("node", str(MOCK.resolve()), "--port", "0", "--fixtures", str(fixtures), "--strict", "--chunk-size", "5"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={"PATH": os.environ["PATH"]},
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(60):
            while not (found := re.search(rb"http://127\.0\.0\.1:[1-9]\d*", line := await process.stdout.readline())):
                assert line, "it ended"
        yield found[0].decode()
    finally:
        process.kill()
        await process.communicate()


def said(text: str) -> Message:
    return Message(role=Role.USER, parts=(TextPart(text=text),))


async def finished(model, *messages: Message) -> tuple[int, Finished]:
    """How many pieces of words came, and the end."""
    events = [e async for e in model.stream(ChatRequest(messages=messages, tools=[WEATHER], timeout=50))]
    assert isinstance(events[-1], Finished)
    return sum(isinstance(event, TextDelta) for event in events), events[-1]


@pytest.mark.parametrize("kind", KINDS)
async def test_words_are_streamed(make, mock, kind):
    pieces, end = await finished(make(kind, mock), said("hello"))
    assert end.message.text == "Well, hello. 👋 How are you today?"
    assert pieces > 3
    assert end.stop is StopReason.END


@pytest.mark.requirement("models.continuity")
@pytest.mark.parametrize("first", KINDS)
async def test_a_conversation_with_tools_goes_on_with_every_other_provider(make, mock, first):
    question = said("the weather in Oslo and Rome?")
    _, end = await finished(make(first, mock), question)
    calls = [part for part in end.message.parts if isinstance(part, ToolCallPart)]
    assert [(call.name, call.arguments) for call in calls] == [
        ("sky.weather", {"city": "Oslo"}),
        ("sky.weather", {"city": "Rome"}),
    ]
    assert end.stop is StopReason.TOOL_CALLS
    results = tuple(ToolResultPart(call_id=call.id, name=call.name, content="rain") for call in calls)
    history = [question, end.message, Message(role=Role.TOOL, parts=results)]
    for kind in KINDS:
        _, end = await finished(make(kind, mock), *history)
        assert end.message.text == "Rain in both."
