"""What is sent is what the official SDKs' types allow; what their types give is read."""

import anthropic.types
import openai.types.chat
import openai.types.responses
import pytest
from google.genai import types as google
from hypothesis import given, settings
from pydantic import TypeAdapter

from fakes.conversations import conversations, json_values, patiently, same
from fakes.talks import SPECS, TALK, thinking
from roxy.contracts.models import ReasoningPart, Role, TextPart, ToolCallPart
from roxy.events.translators import claude, gemini
from roxy.events.translators import openai as ours

pytestmark = pytest.mark.requirement("translators.sdk_types")

CHAT = TypeAdapter(list[openai.types.chat.ChatCompletionMessageParam])
CHAT_TOOLS = TypeAdapter(list[openai.types.chat.ChatCompletionToolUnionParam])
RESPONSES = TypeAdapter(list[openai.types.responses.ResponseInputItemParam])
RESPONSE_TOOLS = TypeAdapter(list[openai.types.responses.ToolParam])
CLAUDE = TypeAdapter(list[anthropic.types.MessageParam])
CLAUDE_TOOLS = TypeAdapter(list[anthropic.types.ToolParam])
THINKING = thinking("anthropic", {"type": "thinking", "thinking": "Which tools?", "signature": "c2ln"})


@given(conversations(contents=json_values, errors=True))
@settings(patiently, max_examples=50)
def test_every_request_is_what_the_sdks_types_allow(messages):
    CHAT.validate_python(ours.chat_messages(messages), strict=True)
    RESPONSES.validate_python(ours.response_input(messages))
    CLAUDE.validate_python(claude.request(messages)[1])
    system, contents = gemini.contents(messages)
    for content in [*contents, *([system] if system else [])]:
        google.Content.model_validate(content)


@pytest.mark.parametrize("talk", [TALK, THINKING], ids=["plain", "thinking"])
def test_a_talk_with_everything_in_it_is_what_the_sdks_types_allow(talk):
    CHAT.validate_python(ours.chat_messages(talk))
    RESPONSES.validate_python(ours.response_input(talk))
    CLAUDE.validate_python(claude.request(talk)[1])
    for content in gemini.contents(talk)[1]:
        google.Content.model_validate(content)


def test_tools_are_what_the_sdks_types_allow():
    CHAT_TOOLS.validate_python(ours.chat_tools(SPECS))
    RESPONSE_TOOLS.validate_python(ours.response_tools(SPECS))
    CLAUDE_TOOLS.validate_python(claude.tools(SPECS))
    for tool in gemini.tools(SPECS):
        google.Tool.model_validate(tool)


def test_an_answer_of_chat_completions_is_read():
    answer = openai.types.chat.ChatCompletionMessage.model_validate(
        {
            "role": "assistant",
            "content": None,
            "refusal": None,
            "tool_calls": [
                {
                    "id": "c1",
                    "type": "function",
                    "function": {"name": "weather__today", "arguments": '{"place": "Bern"}'},
                }
            ],
        }
    ).to_dict()
    (message,) = ours.from_chat_messages([answer])
    (call,) = message.parts
    assert isinstance(call, ToolCallPart)
    assert (call.id, call.name, call.arguments) == ("c1", "weather.today", {"place": "Bern"})
    assert same(ours.chat_messages([message]), [answer])


def test_an_answer_of_responses_is_read():
    adapter = TypeAdapter(list[openai.types.responses.ResponseOutputItem])
    items = [
        item.to_dict()
        for item in adapter.validate_python(
            [
                {
                    "type": "reasoning",
                    "id": "rs_1",
                    "summary": [{"type": "summary_text", "text": "Bern"}],
                    "encrypted_content": "c2VjcmV0",
                },
                {
                    "type": "message",
                    "id": "msg_1",
                    "role": "assistant",
                    "status": "completed",
                    "phase": "commentary",
                    "content": [
                        {"type": "output_text", "text": "One ", "annotations": []},
                        {"type": "output_text", "text": "moment.", "annotations": []},
                    ],
                },
                {
                    "type": "function_call",
                    "id": "fc_1",
                    "call_id": "c1",
                    "name": "weather__today",
                    "arguments": '{"place":"Bern"}',
                    "status": "completed",
                },
            ]
        )
    ]
    (message,) = ours.from_response_items(items)
    assert message.role is Role.ASSISTANT
    assert message.text == "One moment."
    assert [type(part) for part in message.parts] == [ReasoningPart, TextPart, TextPart, ToolCallPart]
    assert same(ours.response_input([message]), items)


def test_an_answer_of_claude_is_read():
    blocks = [
        {"type": "thinking", "thinking": "Bern?", "signature": "c2ln"},
        {"type": "text", "text": "One moment."},
        {"type": "tool_use", "id": "toolu_1", "name": "weather__today", "input": {"place": "Bern"}},
        {"type": "server_tool_use", "id": "srv_1", "name": "web_search", "input": {"query": "Bern"}},
    ]
    adapter = TypeAdapter(list[anthropic.types.ContentBlock])
    item = {"role": "assistant", "content": [block.to_dict() for block in adapter.validate_python(blocks)]}
    (message,) = claude.from_request(None, [item])
    assert message.text == "One moment."
    assert [part.name for part in message.parts if isinstance(part, ToolCallPart)] == ["weather.today"]
    assert same(claude.request([message])[1], [item])


def test_an_answer_of_gemini_is_read():
    answer = google.Content.model_validate(
        {
            "role": "model",
            "parts": [
                {"text": "Bern?", "thought": True},
                {"functionCall": {"name": "weather__today", "args": {"place": "Bern"}}, "thoughtSignature": b"sig"},
                {"functionCall": {"name": "lights", "args": {}}},
                {"inlineData": {"mimeType": "image/png", "data": b"png"}},
            ],
        }
    ).model_dump(mode="json", by_alias=True, exclude_none=True)
    (message,) = gemini.from_contents(None, [answer], prefix="r7")
    assert [part.id for part in message.parts if isinstance(part, ToolCallPart)] == ["r7-0", "r7-1"]
    assert same(gemini.contents([message])[1], [answer])
