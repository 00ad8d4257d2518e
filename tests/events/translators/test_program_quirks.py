"""What the real programs print in the less usual cases: an API that fails, a picture, a tool that is not let.

The lines are written by hand after what codex-cli 0.169.0, Gemini CLI 0.61.0 and Claude Code 2.1.197 and 2.1.329
printed against a scripted model on the loopback interface; ids, words and figures are made up.
"""

import pytest

from fakes.conversations import same
from roxy.contracts.events import EventKind
from roxy.contracts.models import Role, ToolResultPart
from roxy.events.translators import claude, codex, gemini, openai
from roxy.events.translators.transcript import conversation

pytestmark = pytest.mark.requirement("translators.programs")

SESSION = "00000000-0000-4000-8000-00000000c1a0"
CLAUDE_INIT = {"type": "system", "subtype": "init", "session_id": SESSION, "model": "claude-x"}
CLAUDE_FAILED = {
    "type": "assistant",
    "message": {
        "id": "m1",
        "model": "<synthetic>",
        "role": "assistant",
        "type": "message",
        "content": [{"type": "text", "text": "Failed to authenticate. API Error: 401 no"}],
        "stop_reason": "stop_sequence",
        "usage": {"input_tokens": 0, "output_tokens": 0},
    },
    "parent_tool_use_id": None,
    "session_id": SESSION,
    "error": "authentication_failed",
}
CLAUDE_END = {
    "type": "result",
    "subtype": "success",
    "is_error": True,
    "api_error_status": 401,
    "result": "Failed to authenticate. API Error: 401 no",
    "session_id": SESSION,
    "usage": {"input_tokens": 0, "output_tokens": 0},
}
CLAUDE_DENIED = {
    "type": "system",
    "subtype": "permission_denied",
    "tool_name": "Bash",
    "tool_use_id": "toolu_1",
    "message": "touch needs approval.",
    "session_id": SESSION,
}
PICTURE = [
    {"type": "text", "text": "look"},
    {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "eA=="}},
    {"type": "text", "text": "there"},
]
CLAUDE_PICTURE = [
    {"type": "assistant", "message": {"role": "assistant", "content": [call]}, "session_id": SESSION}
    for call in [{"type": "tool_use", "id": "toolu_1", "name": "mcp__cam__shot", "input": {}}]
] + [
    {
        "type": "user",
        "message": {
            "role": "user",
            "content": [{"type": "tool_result", "tool_use_id": "toolu_1", "content": PICTURE}],
        },
        "session_id": SESSION,
    }
]
CODEX_PICTURE = [
    {
        "type": kind,
        "item": {
            "id": "item_1",
            "type": "mcp_tool_call",
            "server": "cam",
            "tool": "shot",
            "arguments": {},
            "result": result,
            "error": None,
            "status": status,
        },
    }
    for kind, status, result in (
        ("item.started", "in_progress", None),
        (
            "item.completed",
            "completed",
            {
                "content": [
                    {"type": "text", "text": "look"},
                    {"type": "image", "data": "eA==", "mimeType": "image/png"},
                    {"type": "resource_link", "uri": "file:///x", "name": "x"},
                ],
                "structured_content": None,
            },
        ),
    )
]
GEMINI_DROPPED = [
    {"type": "init", "timestamp": "2026-11-20T10:00:00.000Z", "session_id": SESSION, "model": "gemini-x"},
    {"type": "message", "timestamp": "2026-11-20T10:00:00.100Z", "role": "user", "content": "hello"},
    {"type": "error", "timestamp": "2026-11-20T10:00:07.000Z", "severity": "error", "message": "No finish reason."},
    {"type": "result", "timestamp": "2026-11-20T10:00:07.001Z", "status": "error", "stats": {"input_tokens": 4}},
]


def read(module, lines):
    return module.to_events(lines, session_id="ses_1")


def of_kind(events, kind):
    return [event for event in events if event.kind is kind]


@pytest.mark.parametrize(
    ("module", "lines"),
    [
        (claude, [CLAUDE_INIT, CLAUDE_DENIED, CLAUDE_FAILED, CLAUDE_END]),
        (claude, CLAUDE_PICTURE),
        (codex, CODEX_PICTURE),
        (gemini, GEMINI_DROPPED),
    ],
    ids=["claude", "claude's picture", "codex's picture", "gemini"],
)
def test_the_unusual_lines_come_back_verbatim(module, lines):
    assert same(module.from_events(read(module, lines)), lines)


@pytest.mark.parametrize("reason", ["completed", "api_error"], ids=["2.1.197", "2.1.329"])
def test_what_claude_code_says_of_a_failed_api_is_an_error_and_no_word_of_the_model(reason):
    events = read(claude, [CLAUDE_INIT, CLAUDE_FAILED, {**CLAUDE_END, "terminal_reason": reason}])
    assert [event.data["code"] for event in of_kind(events, EventKind.ERROR)] == ["authentication_failed", "api_error"]
    assert {event.data["message"] for event in of_kind(events, EventKind.ERROR)} == {CLAUDE_END["result"]}
    assert of_kind(events, EventKind.RESPONSE) == []
    assert conversation(events) == []


def test_a_tool_that_claude_code_did_not_let_its_model_use_is_an_audit():
    (denied,) = of_kind(read(claude, [CLAUDE_INIT, CLAUDE_DENIED, CLAUDE_END]), EventKind.AUDIT)
    assert denied.data == {"what": "tool:Bash", "call_id": "toolu_1", "decision": "refused"}


@pytest.mark.parametrize(
    ("module", "lines", "told"),
    [
        (claude, CLAUDE_PICTURE, "look\n[image: image/png]\nthere"),
        (codex, CODEX_PICTURE, "look\n[image: image/png]\n[resource_link: file:///x]"),
    ],
    ids=["claude", "codex"],
)
def test_the_next_model_is_told_of_a_picture_that_it_cannot_see(module, lines, told):
    events = read(module, lines)
    (result,) = (part for message in conversation(events) for part in message.parts if isinstance(part, ToolResultPart))
    assert result.content == told
    (item,) = (item for item in openai.from_events(events) if item["role"] == "tool")
    assert item["content"] == told


def test_an_end_of_gemini_without_a_reason_has_that_of_the_error_before_it():
    events = read(gemini, GEMINI_DROPPED)
    assert [event.data["message"] for event in of_kind(events, EventKind.ERROR)] == ["No finish reason."] * 2
    alone = read(gemini, [GEMINI_DROPPED[0], GEMINI_DROPPED[3]])
    assert [event.data["message"] for event in of_kind(alone, EventKind.ERROR)] == [
        "Gemini ended with an error, without saying which."
    ]


def test_pieces_of_thoughts_and_arguments_are_chunks_so_that_they_are_sampled_like_words():
    deltas = [
        {"type": "thinking_delta", "thinking": "Hm."},
        {"type": "input_json_delta", "partial_json": '{"a"'},
        {"type": "text_delta", "text": "Yes"},
        {"type": "signature_delta", "signature": "c2ln"},
    ]
    lines = [
        {"type": "stream_event", "session_id": SESSION, "event": {"type": "content_block_delta", "delta": delta}}
        for delta in deltas
    ]
    events = read(claude, lines)
    assert [event.data for event in of_kind(events, EventKind.CHUNK)] == [
        {"reasoning": "Hm."},
        {"arguments": '{"a"'},
        {"text": "Yes"},
    ]
    assert same(claude.from_events(events), lines)
    stream = [
        {"type": "response.reasoning_summary_text.delta", "delta": "Hm."},
        {"type": "response.function_call_arguments.delta", "delta": '{"a"'},
        {"choices": [{"index": 0, "delta": {"reasoning": "Hm.", "reasoning_content": "Hm.", "content": "Yes"}}]},
        {"choices": [{"index": 0, "delta": {"tool_calls": [{"index": 0, "function": {"arguments": '{"a"'}}]}}]},
        {"choices": [{"index": 0, "delta": {"role": "assistant"}}]},
    ]
    events = read(openai, stream)
    assert [event.data for event in of_kind(events, EventKind.CHUNK)] == [
        {"reasoning": "Hm."},
        {"arguments": '{"a"'},
        {"text": "Yes", "reasoning": "Hm."},
        {"arguments": '{"a"'},
    ]
    assert same(openai.stream_from_events(events), stream)
    assert Role.ASSISTANT in {message.role for message in conversation(events)}
