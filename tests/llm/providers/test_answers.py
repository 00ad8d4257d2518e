"""What the official SDKs receive from scripted servers, over real sockets, as canonical events."""

import json
from dataclasses import dataclass
from typing import Any

import pytest

from fakes import models as fake
from fakes.models import Reply, model_server
from roxy.contracts.models import (
    ChatModel,
    ChatRequest,
    Finished,
    Message,
    ReasoningDelta,
    ReasoningPart,
    Role,
    Started,
    StopReason,
    TextDelta,
    TextPart,
    ToolCallDelta,
    ToolCallPart,
    ToolResultPart,
    ToolSpec,
    Usage,
)

pytestmark = pytest.mark.requirement("models.providers")
KINDS = ("openai", "responses", "anthropic", "gemini")
WEATHER = ToolSpec(
    name="sky.weather",
    description="The weather of a city.",
    parameters={"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
)
TIME = ToolSpec(name="clock", description="The time.", parameters={"type": "object", "properties": {}})


def said(text: str, role: Role = Role.USER) -> Message:
    return Message(role=role, parts=(TextPart(text=text),))


async def ask(model: ChatModel, *messages: Message, tools=(), **more: Any) -> list:
    request = ChatRequest(messages=messages or (said("hello"),), tools=tools, **{"timeout": 10, **more})
    return [event async for event in model.stream(request)]


def item(kind: str, **fields: Any) -> dict[str, Any]:
    return {"type": kind, "id": f"{kind}_1", "status": "completed", **fields}


def message_item(text: str) -> dict[str, Any]:
    content = [{"type": "output_text", "text": text, "annotations": [], "logprobs": []}]
    return item("message", role="assistant", content=content)


TEXTS = {
    "openai": fake.chat_text("Gr", "üß ", "Gött, ", "👩‍👩‍👧 ok"),
    "responses": fake.response_stream([message_item("Grüß Gött, 👩‍👩‍👧 ok")]),
    "anthropic": fake.anthropic_text("Gr", "üß ", "Gött, ", "👩‍👩‍👧 ok"),
    "gemini": fake.gemini_text("Gr", "üß ", "Gött, ", "👩‍👩‍👧 ok"),
}
CALLS = {
    "openai": fake.chat_calls(("c1", "sky__weather", ['{"ci', 'ty":"Os', 'lo"}']), ("c2", "clock", ["{", "}"])),
    "responses": fake.response_stream(
        [
            item("function_call", id="fc_1", call_id="c1", name="sky__weather", arguments='{"city":"Oslo"}'),
            item("function_call", id="fc_2", call_id="c2", name="clock", arguments="{}"),
        ]
    ),
    "anthropic": fake.anthropic_calls(("c1", "sky__weather", ["", '{"ci', 'ty":"Os', 'lo"}']), ("c2", "clock", [])),
    "gemini": fake.gemini_calls(("sky__weather", {"city": "Oslo"}), ("clock", {})),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", [0, 1, 7])
async def test_words_arrive_whole_however_the_bytes_are_cut(make, kind, size):
    pieces = fake.in_bytes(TEXTS[kind], size) if size else TEXTS[kind]
    async with model_server(Reply(pieces)) as server:
        events = await ask(make(kind, server.url))
    assert isinstance(events[0], Started)
    assert events[0].model == "m1-2026"
    assert events[0].id
    deltas = [event.text for event in events if isinstance(event, TextDelta)]
    assert len(deltas) >= 2
    assert "".join(deltas) == "Grüß Gött, 👩‍👩‍👧 ok"
    assert isinstance(events[-1], Finished)
    assert events[-1].message.role is Role.ASSISTANT
    assert events[-1].message.text == "Grüß Gött, 👩‍👩‍👧 ok"
    assert events[-1].stop is StopReason.END
    assert events[-1].usage == Usage(input_tokens=20, output_tokens=7, cached_input_tokens=5, reasoning_tokens=3)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", [0, 11])
async def test_parallel_tool_calls_arrive_apart_with_their_own_names(make, kind, size):
    pieces = fake.in_bytes(CALLS[kind], size) if size else CALLS[kind]
    async with model_server(Reply(pieces)) as server:
        events = await ask(make(kind, server.url), tools=[WEATHER, TIME])
    deltas = [event for event in events if isinstance(event, ToolCallDelta)]
    joined = {(d.index, d.id, d.name): "".join(e.arguments for e in deltas if e.index == d.index) for d in deltas}
    (first, second) = joined
    assert (first[0], first[2], second[0], second[2]) == (0, "sky.weather", 1, "clock")
    assert json.loads(joined[first]) == {"city": "Oslo"}
    assert json.loads(joined[second] or "{}") == {}
    calls = [part for part in events[-1].message.parts if isinstance(part, ToolCallPart)]
    assert [(call.id, call.name, call.arguments) for call in calls] == [
        (first[1], "sky.weather", {"city": "Oslo"}),
        (second[1], "clock", {}),
    ]
    assert events[-1].stop is StopReason.TOOL_CALLS


@dataclass
class Sent:
    """Where each provider's request has what."""

    path: str
    tool: Any
    result: Any


SENT = {
    "openai": Sent(
        "/v1/chat/completions",
        lambda body: body["tools"][0]["function"]["name"],
        lambda body: (body["messages"][-1]["role"], body["messages"][-1]["content"]),
    ),
    "responses": Sent(
        "/v1/responses",
        lambda body: body["tools"][0]["name"],
        lambda body: (body["input"][-1]["type"], body["input"][-1]["output"]),
    ),
    "anthropic": Sent(
        "/v1/messages",
        lambda body: body["tools"][0]["name"],
        lambda body: (body["messages"][-1]["content"][0]["type"], body["messages"][-1]["content"][0]["content"]),
    ),
    "gemini": Sent(
        "/v1beta/models/m1:streamGenerateContent?alt=sse",
        lambda body: body["tools"][0]["functionDeclarations"][0]["name"],
        lambda body: (
            body["contents"][-1]["role"],
            next(iter(body["contents"][-1]["parts"][0]["functionResponse"]["response"].values())),
        ),
    ),
}
RESULTS = {
    "openai": ("tool", "rain"),
    "responses": ("function_call_output", "rain"),
    "anthropic": ("tool_result", "rain"),
    "gemini": ("user", "rain"),
}


@pytest.mark.parametrize("kind", KINDS)
async def test_the_conversation_its_tools_and_results_reach_the_provider_in_its_own_form(make, kind):
    async with model_server(Reply(CALLS[kind]), Reply(TEXTS[kind])) as server:
        model = make(kind, server.url)
        question = [said("Be short.", Role.SYSTEM), said("Rain in Oslo?")]
        answer = (await ask(model, *question, tools=[WEATHER, TIME]))[-1].message
        calls = [part for part in answer.parts if isinstance(part, ToolCallPart)]
        results = tuple(ToolResultPart(call_id=call.id, name=call.name, content="rain") for call in calls)
        history = [*question, answer, Message(role=Role.TOOL, parts=results)]
        await ask(model, *history, tools=[WEATHER, TIME], temperature=0.5, max_output_tokens=99)
    first, second = server.asked
    assert first.path == SENT[kind].path
    assert SENT[kind].tool(first.body) == "sky__weather"
    assert SENT[kind].result(second.body) == RESULTS[kind]
    flat = json.dumps(second.body)
    assert "Be short." in flat
    assert "Rain in Oslo?" in flat
    assert "99" in flat
    # Anthropic's API refuses a temperature from its version of 2026-10-21 on.
    assert ("0.5" in flat) is (kind != "anthropic")


async def test_what_a_claude_model_thought_goes_back_with_its_signature(make):
    blocks = [
        (
            {"type": "thinking", "thinking": "", "signature": ""},
            [
                {"type": "thinking_delta", "thinking": "Let me "},
                {"type": "thinking_delta", "thinking": "see."},
                {"type": "signature_delta", "signature": "signed"},
            ],
        ),
        ({"type": "text", "text": ""}, [{"type": "text_delta", "text": "Yes."}]),
    ]
    async with model_server(Reply(fake.anthropic_stream(blocks))) as server:
        model = make("anthropic", server.url)
        events = await ask(model)
        assert [event.text for event in events if isinstance(event, ReasoningDelta)] == ["Let me ", "see."]
        answer = events[-1].message
        assert answer.text == "Yes."
        await ask(model, said("hello"), answer, said("Sure?"))
    assert server.asked[1].body["messages"][1]["content"][0] == {
        "type": "thinking",
        "thinking": "Let me see.",
        "signature": "signed",
    }


async def test_what_a_gemini_model_thought_goes_back_with_its_signature(make):
    thought = {"text": "Let me see.", "thought": True}
    call = {"functionCall": {"name": "clock", "args": {}}, "thoughtSignature": "c2lnbmVk"}
    pieces = fake.sse(fake.gemini_chunk([thought]), fake.gemini_chunk([call], "STOP"))
    async with model_server(Reply(pieces), Reply(TEXTS["gemini"])) as server:
        model = make("gemini", server.url)
        events = await ask(model, tools=[TIME])
        assert [event.text for event in events if isinstance(event, ReasoningDelta)] == ["Let me see."]
        (asked,) = [part for part in events[-1].message.parts if isinstance(part, ToolCallPart)]
        result = ToolResultPart(call_id=asked.id, name="clock", content="noon")
        await ask(model, said("hello"), events[-1].message, Message(role=Role.TOOL, parts=(result,)), tools=[TIME])
    parts = server.asked[1].body["contents"][1]["parts"]
    assert next(part for part in parts if "functionCall" in part)["thoughtSignature"] == "c2lnbmVk"


async def test_thoughts_of_the_responses_api_go_back_encrypted_and_nothing_is_stored(make):
    reasoning = item("reasoning", summary=[{"type": "summary_text", "text": "Let me see."}], encrypted_content="sealed")
    async with model_server(Reply(fake.response_stream([reasoning, message_item("Yes.")]))) as server:
        model = make("responses", server.url)
        events = await ask(model)
        assert "".join(event.text for event in events if isinstance(event, ReasoningDelta)) == "Let me see."
        assert events[-1].message.text == "Yes."
        await ask(model, said("hello"), events[-1].message, said("Sure?"))
    assert server.asked[0].body["store"] is False
    (sent,) = [each for each in server.asked[1].body["input"] if each.get("type") == "reasoning"]
    assert sent["encrypted_content"] == "sealed"


async def test_a_model_that_cannot_encrypt_its_thoughts_is_asked_without(make):
    refusal = fake.failing(400, {"error": {"message": "Encrypted content is not supported with this model."}})
    async with model_server(refusal, Reply(TEXTS["responses"])) as server:
        model = make("responses", server.url)
        assert (await ask(model))[-1].message.text == "Grüß Gött, 👩‍👩‍👧 ok"
        await ask(model)
    assert ["include" in asked.body for asked in server.asked] == [True, False, False]


async def test_a_reasoning_models_words_on_a_compatible_server_are_thoughts(make):
    chunks = [
        fake.chat_chunk({"role": "assistant", "reasoning_content": "Let me see."}),
        fake.chat_chunk({"content": "Yes."}),
        fake.chat_chunk({}, "stop"),
    ]
    async with model_server(Reply(fake.sse(*chunks, done=True))) as server:
        events = await ask(make("openai", server.url))
    assert [event.text for event in events if isinstance(event, ReasoningDelta)] == ["Let me see."]
    (thought,) = [part for part in events[-1].message.parts if isinstance(part, ReasoningPart)]
    assert thought.text == "Let me see."
    assert events[-1].usage == Usage()


async def test_calls_that_all_have_the_index_0_are_told_apart_by_their_ids(make):
    def call(id_: str, city: str) -> dict[str, Any]:
        function = {"name": "sky__weather", "arguments": json.dumps({"city": city})}
        return fake.chat_chunk({"tool_calls": [{"index": 0, "id": id_, "type": "function", "function": function}]})

    pieces = fake.sse(call("a", "Oslo"), call("b", "Rome"), fake.chat_chunk({}, "stop"), done=True)
    async with model_server(Reply(pieces)) as server:
        events = await ask(make("openai", server.url), tools=[WEATHER])
    calls = [part for part in events[-1].message.parts if isinstance(part, ToolCallPart)]
    assert [(part.id, part.arguments["city"]) for part in calls] == [("a", "Oslo"), ("b", "Rome")]
    assert (events[-1].stop, events[-1].raw_stop) == (StopReason.TOOL_CALLS, "stop")


async def test_arguments_that_are_no_json_reach_the_loop_as_they_were_written(make):
    async with model_server(Reply(fake.chat_calls(("c1", "clock", ['{"a": ', "oops"])))) as server:
        events = await ask(make("openai", server.url), tools=[TIME])
    (call,) = [part for part in events[-1].message.parts if isinstance(part, ToolCallPart)]
    assert call.arguments == {"unparsed": '{"a": oops'}


@pytest.mark.parametrize(
    ("kind", "pieces", "stop"),
    [
        ("openai", fake.sse(fake.chat_chunk({"content": "a"}), fake.chat_chunk({}, "length")), StopReason.LENGTH),
        ("openai", fake.sse(fake.chat_chunk({"refusal": "No."}), fake.chat_chunk({}, "stop")), StopReason.REFUSED),
        ("openai", fake.sse(fake.chat_chunk({}, "content_filter")), StopReason.REFUSED),
        ("openai", fake.sse(fake.chat_chunk({}, "a_new_word")), StopReason.OTHER),
        ("anthropic", fake.anthropic_stream([], "max_tokens"), StopReason.LENGTH),
        ("anthropic", fake.anthropic_stream([], "refusal"), StopReason.REFUSED),
        ("anthropic", fake.anthropic_stream([], "a_new_word"), StopReason.OTHER),
        ("gemini", fake.sse(fake.gemini_chunk([{"text": "a"}], "MAX_TOKENS")), StopReason.LENGTH),
        ("gemini", fake.sse(fake.gemini_chunk([], "SAFETY")), StopReason.REFUSED),
        ("gemini", fake.sse(fake.gemini_chunk([], "A_NEW_WORD")), StopReason.OTHER),
        ("gemini", fake.sse({"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}}), StopReason.REFUSED),
        (
            "responses",
            fake.response_stream(
                [message_item("ab")], "incomplete", incomplete_details={"reason": "max_output_tokens"}
            ),
            StopReason.LENGTH,
        ),
    ],
)
async def test_every_reason_to_stop_has_its_canonical_word(make, kind, pieces, stop):
    async with model_server(Reply(pieces)) as server:
        assert (await ask(make(kind, server.url)))[-1].stop is stop


@pytest.mark.parametrize("kind", KINDS)
async def test_the_key_goes_to_the_provider_alone_and_without_one_none_goes(make, kind):
    async with model_server(Reply(TEXTS[kind])) as server:
        await ask(make(kind, server.url))
        await ask(make(kind, server.url, api_key="", environ={"OPENAI_API_KEY": "theirs", "GEMINI_API_KEY": "theirs"}))
    given, none = ("\n".join(asked.headers.values()) for asked in server.asked)
    assert fake.KEY in given
    assert fake.KEY not in none
    assert "theirs" not in none
