"""A conversation that began with one provider goes on with any other."""

from itertools import permutations

import pytest

from fakes.talks import TALK, thinking
from roxy.contracts.models import ReasoningPart, Role, ToolResultPart
from roxy.events.translators import claude, gemini, openai

pytestmark = pytest.mark.requirement("translators.continuity")

THOUGHTS = {
    "chat": ("openai", {"roxy.field": "reasoning_content"}),
    "responses": (
        "openai.responses",
        {
            "type": "reasoning",
            "id": "rs_1",
            "summary": [{"type": "summary_text", "text": "Which tools?"}],
            "encrypted_content": "c2VjcmV0",
        },
    ),
    "claude": ("anthropic", {"type": "thinking", "thinking": "Which tools?", "signature": "c2ln"}),
    "gemini": ("gemini", {"text": "Which tools?", "thought": True, "thoughtSignature": "c2ln"}),
}
WRITERS = {
    "chat": lambda messages: (None, openai.chat_messages(messages)),
    "responses": lambda messages: (None, openai.response_input(messages)),
    "claude": claude.request,
    "gemini": gemini.contents,
}
READERS = {
    "chat": lambda _, items: openai.from_chat_messages(items),
    "responses": lambda _, items: openai.from_response_items(items),
    "claude": claude.from_request,
    "gemini": gemini.from_contents,
}
PAIRS = list(permutations(WRITERS, 2))


def outline(messages):
    """Who said what, which tools were called with what, and what they answered; no provider's own things."""
    said = []
    for message in messages:
        said.append((message.role, message.text))
        for part in message.parts:
            if hasattr(part, "arguments"):
                said.append(("call", part.id, part.name, dict(part.arguments)))
            elif isinstance(part, ToolResultPart):
                said.append(("result", part.call_id, part.name, part.content.removeprefix("Error: ")))
    return said


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_a_talk_of_one_provider_reads_the_same_in_the_format_of_another(first, second):
    begun = READERS[first](*WRITERS[first](thinking(*THOUGHTS[first])))
    moved = READERS[second](*WRITERS[second](begun))
    assert outline(moved) == outline(TALK)


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_thoughts_of_one_provider_are_not_sent_to_another(first, second):
    begun = READERS[first](*WRITERS[first](thinking(*THOUGHTS[first])))
    assert any(isinstance(part, ReasoningPart) for message in begun for part in message.parts)
    assert "Which tools?" not in repr(WRITERS[second](begun))
    assert "c2ln" not in repr(WRITERS[second](begun))


@pytest.mark.parametrize("provider", THOUGHTS)
def test_thoughts_go_back_to_the_provider_they_came_from_after_a_detour(provider):
    talk = thinking(*THOUGHTS[provider])
    assert "Which tools?" in repr(WRITERS[provider](READERS[provider](*WRITERS[provider](talk))))


@pytest.mark.parametrize("provider", WRITERS)
def test_the_model_is_told_that_a_tool_failed(provider):
    written = repr(WRITERS[provider](TALK))
    marks = {"claude": "'is_error': True", "gemini": "{'error': 'no power'}"}
    assert marks.get(provider, "Error: no power") in written


def test_results_of_parallel_calls_are_in_one_message_right_after_the_calls_for_claude_and_gemini():
    split = [
        message
        for whole in TALK
        for message in (
            [whole]
            if whole.role is not Role.TOOL
            else [type(whole)(role=Role.TOOL, parts=(part,)) for part in whole.parts]
        )
    ]
    assert len(claude.request(split)[1][2]["content"]) == 3
    assert len(gemini.contents(split)[1][2]["parts"]) == 3


def test_a_system_message_in_the_middle_stays_in_its_place():
    aside = type(TALK[0])(role=Role.SYSTEM, parts=TALK[0].parts)
    talk = [*TALK, aside]
    assert openai.chat_messages(talk)[-1]["role"] == "system"
    assert openai.response_input(talk)[-1]["role"] == "system"
    assert claude.request(talk)[1][-1]["role"] == "system"
    assert gemini.contents(talk)[1][-1]["parts"] == [{"text": "<system>\nYou are Roxy.\n</system>"}]


def test_a_changed_part_is_sent_as_it_is_now_and_not_as_it_was_kept():
    item = {"role": "user", "content": [{"type": "text", "text": "my secret", "citations": None}], "x": 1}
    (message,) = claude.from_request(None, [item])
    changed = type(message)(
        role=message.role, parts=tuple(type(p)(text="***", extra=p.extra) for p in message.parts), extra=message.extra
    )
    assert claude.request([changed])[1] == [
        {"role": "user", "content": [{"type": "text", "text": "***", "citations": None}], "x": 1}
    ]
    (chat,) = openai.from_chat_messages([{"role": "user", "content": [{"type": "text", "text": "my secret"}], "x": 1}])
    changed = type(chat)(role=chat.role, parts=tuple(type(p)(text="***") for p in chat.parts), extra=chat.extra)
    assert openai.chat_messages([changed]) == [{"role": "user", "content": "***", "x": 1}]


def test_empty_words_are_left_out_for_claude_and_gemini_unless_they_wrote_them():
    empty = [type(TALK[1])(role=Role.USER, parts=(type(TALK[1].parts[0])(text=""),))]
    assert openai.chat_messages(empty) == [{"role": "user", "content": ""}]
    assert claude.request(empty)[1] == []
    assert gemini.contents(empty)[1] == []
    own = [{"role": "model", "parts": [{"text": "", "thoughtSignature": "c2ln"}]}]
    assert gemini.contents(gemini.from_contents(None, own))[1] == own


def test_a_call_that_gemini_did_not_make_says_so_instead_of_a_signature():
    calls = [part for part in gemini.contents(TALK)[1][1]["parts"] if "functionCall" in part]
    assert {part["thoughtSignature"] for part in calls} == {"skip_thought_signature_validator"}
    signed = [{"role": "model", "parts": [{"functionCall": {"name": "lights"}, "thoughtSignature": "c2ln"}]}]
    assert gemini.contents(gemini.from_contents(None, signed))[1] == signed


@pytest.mark.parametrize(
    ("provider", "item"),
    [
        ("chat", {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:,x"}}]}),
        ("responses", {"type": "web_search_call", "id": "ws_1", "status": "completed"}),
        ("claude", {"role": "user", "content": [{"type": "document", "source": {"type": "text", "data": "x"}}]}),
        ("gemini", {"role": "user", "parts": [{"inlineData": {"mimeType": "image/png", "data": "eA=="}}]}),
    ],
)
def test_what_only_one_provider_understands_is_sent_to_no_other(provider, item):
    messages = READERS[provider](None, [item])
    assert WRITERS[provider](messages) == (None, [item])
    assert [WRITERS[other](messages)[1] for other in WRITERS if other != provider] == [[], [], []]


def test_calls_without_an_id_are_paired_with_their_results_by_name_and_order():
    called = [{"functionCall": {"name": name, "args": {"n": n}}} for name, n in (("a", 1), ("b", 2), ("a", 3))]
    answered = [
        {"functionResponse": {"name": name, "response": {"n": n}}} for name, n in (("a", 1), ("b", 2), ("a", 3))
    ]
    items = [{"role": "model", "parts": called}, {"role": "user", "parts": answered}]
    calls, results = gemini.from_contents(None, items)
    ids = {call.id: call.arguments["n"] for call in calls.parts}
    assert len(ids) == 3
    assert {result.call_id: result.content["n"] for result in results.parts} == ids
    assert gemini.from_contents(None, items) == [calls, results]


def test_arguments_that_are_no_json_go_back_as_they_were_and_are_seen_by_others():
    call = {"id": "c1", "type": "function", "function": {"name": "lights", "arguments": '{"on": tr'}}
    item = {"role": "assistant", "content": None, "tool_calls": [call]}
    messages = openai.from_chat_messages([item])
    assert openai.chat_messages(messages) == [item]
    assert claude.request(messages)[1][0]["content"][0]["input"] == {"unparsed": '{"on": tr'}
