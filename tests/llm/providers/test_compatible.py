"""Servers that are nearly compatible: what Ollama, llama.cpp, LM Studio, vLLM, OpenRouter and others do differently.

Every stream is written by hand after what such servers are known to send; none is a recording.
"""

import asyncio
import json
from typing import Any

import pytest

from fakes import models as fake
from fakes.models import Reply, model_server
from roxy.contracts.models import (
    ChatRequest,
    Finished,
    Message,
    ReasoningDelta,
    Role,
    StopReason,
    TextDelta,
    TextPart,
    ToolCallDelta,
    ToolCallPart,
    ToolSpec,
    Usage,
)
from roxy.errors import ModelError, ModelTimeout, ModelUnavailable
from roxy.llm.retrying import Patience

pytestmark = pytest.mark.requirement("models.providers")
CLOCK = ToolSpec(name="clock", description="The time.", parameters={"type": "object"})
WAITING = b": OPENROUTER PROCESSING\n\n"
STOP = fake.chat_chunk({}, "stop")
MESSAGE = {
    "type": "message",
    "id": "m1",
    "role": "assistant",
    "status": "completed",
    "content": [{"type": "output_text", "text": "Hi", "annotations": []}],
}
CALL = {"type": "function_call", "id": "f1", "call_id": "c1", "name": "clock", "arguments": '{"n":1}'}


def piece(index: int | None, id_: str | None, name: str | None, arguments: Any) -> dict[str, Any]:
    """A chunk with one piece of a tool call; None leaves a field out."""
    function = {"name": name, "arguments": arguments} if name else {"arguments": arguments}
    told = {"index": index, "id": id_, "function": function}
    return fake.chat_chunk({"tool_calls": [{key: value for key, value in told.items() if value is not None}]})


async def ask(model, **more) -> list:
    messages = [Message(role=Role.USER, parts=(TextPart(text="hello"),))]
    request = ChatRequest(messages=messages, tools=[CLOCK], **{"timeout": 10, **more})
    return [event async for event in model.stream(request)]


async def answer(make, kind: str, pieces: list[bytes], **more) -> tuple[list, Finished]:
    async with model_server(Reply(pieces, **more)) as server:
        events = await ask(make(kind, server.url, patience=Patience(attempts=1)))
    assert isinstance(events[-1], Finished)
    return events, events[-1]


def calls(end: Finished) -> list[ToolCallPart]:
    return [part for part in end.message.parts if isinstance(part, ToolCallPart)]


TWICE = [{"n": 1}, {"n": 2}]
PIECES = {
    "empty ids": [piece(0, "", "clock", '{"n":1}'), piece(1, "", "clock", '{"n":2}')],
    "empty ids, one index": [piece(0, "", "clock", '{"n":1}'), piece(0, "", "clock", '{"n":2}')],
    "no ids, no index": [piece(None, None, "clock", '{"n":1}'), piece(None, None, "clock", '{"n":2}')],
    "one id for both": [piece(0, "x", "clock", '{"n":1}'), piece(1, "x", "clock", '{"n":2}')],
    "one index, rest without id": [
        piece(0, "x", "clock", ""),
        piece(0, None, None, '{"n":1}'),
        piece(0, "y", "clock", ""),
        piece(0, None, None, '{"n":'),
        piece(0, None, None, "2}"),
    ],
    "counted from 1": [
        piece(1, "x", "clock", ""),
        piece(1, None, None, '{"n":1}'),
        piece(2, "y", "clock", ""),
        piece(2, None, None, '{"n":2}'),
    ],
    "id and name in every piece": [
        piece(0, "x", "clock", '{"n"'),
        piece(0, "x", "clock", ":1}"),
        piece(1, "y", "clock", '{"n"'),
        piece(1, "y", "clock", ":2}"),
    ],
    "arguments as objects": [piece(0, "x", "clock", {"n": 1}), piece(1, "y", "clock", {"n": 2})],
}


@pytest.mark.parametrize("chunks", PIECES.values(), ids=PIECES)
async def test_parallel_calls_are_told_apart_whatever_their_ids_and_indices_are(make, chunks):
    events, end = await answer(make, "openai", fake.sse(*chunks, STOP, done=True))
    assert [(call.name, call.arguments) for call in calls(end)] == [("clock", given) for given in TWICE]
    ids = [call.id for call in calls(end)]
    assert all(ids)
    assert len(set(ids)) == 2
    assert end.stop is StopReason.TOOL_CALLS
    shown = [event for event in events if isinstance(event, ToolCallDelta)]
    for index, call in enumerate(calls(end)):
        pieces = [event.arguments for event in shown if event.index == index and event.id == call.id]
        assert json.loads("".join(pieces)) == TWICE[index]


@pytest.mark.parametrize("usage", [[], [{**fake.chat_chunk({}), "choices": [], "usage": fake.CHAT_USAGE}]])
async def test_an_answer_without_a_finish_reason_is_whole_when_the_server_says_that_it_is_done(make, usage):
    _, end = await answer(make, "openai", fake.sse(fake.chat_chunk({"content": "Hi"}), *usage, done=True))
    assert (end.message.text, end.stop, end.raw_stop) == ("Hi", StopReason.END, "")
    assert end.usage.input_tokens == (20 if usage else 0)
    _, end = await answer(make, "openai", fake.sse(piece(0, "x", "clock", "{}"), *usage, done=True))
    assert end.stop is StopReason.TOOL_CALLS


@pytest.mark.parametrize("words", ["Hi", "data: [DONE]", "[DONE]"])
async def test_without_either_it_broke_off_also_when_its_words_look_like_an_end(make, words):
    with pytest.raises(ModelUnavailable, match="broke off"):
        await answer(make, "openai", fake.sse(fake.chat_chunk({"content": words})))


async def test_a_stream_that_is_only_done_is_no_answer(make):
    with pytest.raises(ModelUnavailable, match="broke off"):
        await answer(make, "openai", fake.sse(done=True))


@pytest.mark.parametrize(
    "chunks",
    [
        [fake.chat_chunk({"content": "Hi", "tool_calls": None}), fake.chat_chunk({"tool_calls": []}), STOP],
        [{"choices": [{"delta": {"content": "Hi"}}]}, {"choices": [{"finish_reason": "stop"}], "usage": {}}],
        [{**STOP, "choices": None}, fake.chat_chunk({"content": "Hi"}), STOP],
        [fake.chat_chunk({"content": "Hi"}), {"choices": [{"index": 0, "delta": None, "finish_reason": "stop"}]}],
        [fake.chat_chunk({"content": [{"type": "text", "text": "Hi"}, {"type": "later"}]}), STOP],
        [fake.chat_chunk({"content": "Hi"}), {**STOP, "usage": {"prompt_tokens": None, "completion_tokens": None}}],
    ],
    ids=["null calls", "nothing but words", "null choices", "null delta", "blocks", "null usage"],
)
async def test_fields_that_are_missing_or_null_do_no_harm(make, chunks):
    events, end = await answer(make, "openai", fake.sse(*chunks, done=True))
    assert [event.text for event in events if isinstance(event, TextDelta)] == ["Hi"]
    assert (end.message.text, end.stop, end.usage) == ("Hi", StopReason.END, Usage())


async def test_thoughts_in_either_field_and_empty_ones_beside_words_are_met(make):
    chunks = [
        fake.chat_chunk({"content": "", "reasoning": "", "reasoning_content": None}),
        fake.chat_chunk({"reasoning": "Hm.", "reasoning_details": [{"type": "reasoning.text", "text": "Hm."}]}),
        fake.chat_chunk({"content": "Hi", "reasoning": None}),
        STOP,
    ]
    events, end = await answer(make, "openai", fake.sse(*chunks, done=True))
    assert [event.text for event in events if isinstance(event, ReasoningDelta | TextDelta)] == ["Hm.", "Hi"]
    assert end.message.text == "Hi"


@pytest.mark.parametrize("way", ["comments", "crlf", "no space", "byte order mark", "other type"])
async def test_ways_of_writing_a_stream_are_all_read(make, way):
    pieces = fake.chat_text("H", "i")
    headers = {"content-type": "text/plain" if way == "other type" else "text/event-stream"}
    ways = {
        "comments": [WAITING, WAITING, pieces[0], WAITING, *pieces[1:], WAITING],
        "crlf": [part.replace(b"\n", b"\r\n") for part in pieces],
        "no space": [part.replace(b"data: ", b"data:") for part in pieces],
        "byte order mark": [b"\xef\xbb\xbf", *pieces],
        "other type": pieces,
    }
    _, end = await answer(make, "openai", ways[way], headers=headers)
    assert (end.message.text, end.usage.output_tokens) == ("Hi", 7)


async def test_a_stream_that_only_says_that_it_waits_ends_at_the_deadline(make):
    async with model_server(Reply(fake.chat_text("Hi")), Reply(every=(WAITING, 0.02))) as server:
        model = make("openai", server.url)
        await ask(model)  # the SDK is loaded now
        async with asyncio.timeout(20):
            with pytest.raises(ModelTimeout):
                await ask(model, timeout=0.3)
            await server.hung_up.wait()


async def test_a_chunk_of_many_megabytes_is_read(make):
    _, end = await answer(make, "openai", fake.chat_text("x" * 5_000_000))
    assert len(end.message.text) == 5_000_000


async def test_a_routers_word_that_its_own_provider_failed_is_a_failure_and_no_end(make):
    chunks = fake.sse(fake.chat_chunk({"content": "Hi"}), fake.chat_chunk({}, "error"), done=True)
    with pytest.raises(ModelError, match="broke off"):
        await answer(make, "openai", chunks)
    told = {**fake.chat_chunk({"content": ""}, "error"), "error": {"code": 502, "message": "upstream"}}
    with pytest.raises(ModelError, match="upstream"):
        await answer(make, "openai", fake.sse(fake.chat_chunk({"content": "Hi"}), told, done=True))


@pytest.mark.parametrize("shown", [[], [{"type": "response.output_text.delta", "delta": "Hi", "item_id": "m1"}]])
async def test_items_of_responses_that_come_with_the_end_alone_are_read(make, shown):
    more = [
        {"type": "response.function_call_arguments.delta", "output_index": 1, "item_id": "f1", "delta": "{"},
        {"type": "response.a_later_event"},
        {"type": "response.completed", "response": {"id": "r", "status": "completed", "output": [MESSAGE, CALL]}},
    ]
    _, end = await answer(make, "responses", fake.sse(*shown, *more, named=True))
    assert (end.message.text, end.usage) == ("Hi", Usage())
    assert [(call.id, call.arguments) for call in calls(end)] == [("c1", {"n": 1})]


async def test_blocks_of_claude_with_gaps_words_at_once_and_no_ids_are_read(make):
    def block(index: int, begun: dict[str, Any]) -> dict[str, Any]:
        return {"type": "content_block_start", "index": index, "content_block": begun}

    used = {"type": "tool_use", "id": "", "name": "clock"}
    message = {"id": "m", "type": "message", "role": "assistant", "model": "x", "content": []}
    stream = [
        {"type": "message_start", "message": message},
        block(1, {"type": "text", "text": "Hi"}),
        block(3, {**used, "input": {"n": 1}}),
        block(4, {**used, "input": {}}),
        {"type": "content_block_delta", "index": 4, "delta": {"type": "input_json_delta", "partial_json": '{"n":2}'}},
        {"type": "content_block_stop", "index": 4},
        {"type": "message_delta", "delta": {"stop_reason": "tool_use"}},
        {"type": "message_stop"},
    ]
    events, end = await answer(make, "anthropic", fake.sse(*stream, named=True))
    assert [event.text for event in events if isinstance(event, TextDelta)] == ["Hi"]
    assert (end.message.text, end.usage) == ("Hi", Usage())
    assert [call.arguments for call in calls(end)] == TWICE
    assert len({call.id for call in calls(end)} - {""}) == 2


async def test_calls_of_gemini_with_one_id_are_told_apart_and_kinds_the_sdk_drops_are_not_sent_back(make):
    called = [{"functionCall": {"id": "x", "name": "clock", "args": given}} for given in TWICE]
    bare = [{"functionCall": {"name": "clock"}}, {"functionCall": {"name": "clock", "args": None}}]
    pieces = fake.sse(fake.gemini_chunk([{"aLaterKind": {}}, *called, *bare], "STOP"))
    _, end = await answer(make, "gemini", pieces)
    assert [call.arguments for call in calls(end)] == [*TWICE, {}, {}]
    assert len({call.id for call in calls(end)}) == 4
    assert len(end.message.parts) == 4
