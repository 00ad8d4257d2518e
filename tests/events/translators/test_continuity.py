"""A conversation that began with one provider goes on with any other."""

from itertools import permutations

import pytest

from fakes.talks import TALK, thinking
from roxy.contracts.models import ReasoningPart, Role, ToolResultPart
from roxy.events.translators import claude, gemini, openai

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
