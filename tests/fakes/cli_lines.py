"""Lines as the coding agents' command-line programs print them: written by hand, after what the real ones print.

The words, ids and figures are made up; the fields and their order of events are those of codex-cli 0.169,
Gemini CLI 0.61 and Claude Code 2.1.
"""

CODEX_THREAD = "01900000-0000-7000-8000-00000000c0de"
CODEX = [
    {"type": "thread.started", "thread_id": CODEX_THREAD},
    {"type": "item.completed", "item": {"id": "item_0", "type": "error", "message": "No metadata for this model."}},
    {"type": "turn.started"},
    {"type": "item.completed", "item": {"id": "item_1", "type": "reasoning", "text": "First the folder."}},
    {"type": "item.completed", "item": {"id": "item_2", "type": "agent_message", "text": "I look."}},
    {
        "type": "item.started",
        "item": {
            "id": "item_3",
            "type": "command_execution",
            "command": "/bin/sh -c ls",
            "aggregated_output": "",
            "exit_code": None,
            "status": "in_progress",
        },
    },
    {
        "type": "item.started",
        "item": {
            "id": "item_4",
            "type": "mcp_tool_call",
            "server": "weather",
            "tool": "today",
            "arguments": {"place": "Bern"},
            "result": None,
            "error": None,
            "status": "in_progress",
        },
    },
    {
        "type": "item.completed",
        "item": {
            "id": "item_4",
            "type": "mcp_tool_call",
            "server": "weather",
            "tool": "today",
            "arguments": {"place": "Bern"},
            "result": {"content": [{"type": "text", "text": "rain"}], "structured_content": None},
            "error": None,
            "status": "completed",
        },
    },
    {
        "type": "item.completed",
        "item": {
            "id": "item_3",
            "type": "command_execution",
            "command": "/bin/sh -c ls",
            "aggregated_output": "no such folder\n",
            "exit_code": 2,
            "status": "failed",
        },
    },
    {
        "type": "item.completed",
        "item": {
            "id": "item_5",
            "type": "file_change",
            "changes": [{"path": "/srv/a.txt", "kind": "add"}],
            "status": "completed",
        },
    },
    {
        "type": "item.updated",
        "item": {"id": "item_6", "type": "todo_list", "items": [{"text": "b", "completed": False}]},
    },
    {"type": "item.completed", "item": {"id": "item_7", "type": "agent_message", "text": "It rains."}},
    {
        "type": "turn.completed",
        "usage": {
            "input_tokens": 100,
            "cached_input_tokens": 10,
            "cache_write_input_tokens": 0,
            "output_tokens": 20,
            "reasoning_output_tokens": 5,
        },
    },
]
CODEX_RESUMED = [
    {"type": "thread.started", "thread_id": CODEX_THREAD},
    {"type": "turn.started"},
    {"type": "item.completed", "item": {"id": "item_0", "type": "agent_message", "text": "Again."}},
    {
        "type": "turn.completed",
        "usage": {
            "input_tokens": 160,
            "cached_input_tokens": 15,
            "cache_write_input_tokens": 0,
            "output_tokens": 31,
            "reasoning_output_tokens": 5,
        },
    },
]
CODEX_REFUSED = [
    {"type": "thread.started", "thread_id": CODEX_THREAD},
    {"type": "turn.started"},
    {"type": "error", "message": "Reconnecting... 1/1 (unexpected status 401 Unauthorized)"},
    {"type": "error", "message": "unexpected status 401 Unauthorized"},
    {"type": "turn.failed", "error": {"message": "unexpected status 401 Unauthorized"}},
]


def _gemini(second, **fields):
    return {"type": fields.pop("type"), "timestamp": f"2026-11-20T10:00:{second:02}.250Z", **fields}


GEMINI_SESSION = "00000000-0000-4000-8000-00000000feed"
GEMINI = [
    _gemini(0, type="init", session_id=GEMINI_SESSION, model="gemini-x"),
    _gemini(1, type="message", role="user", content="Weather in Bern? And list the folder."),
    _gemini(2, type="message", role="assistant", content="I lo", delta=True),
    _gemini(2, type="message", role="assistant", content="ok.", delta=True),
    _gemini(3, type="tool_use", tool_name="mcp_weather_today", tool_id="t1", parameters={"place": "Bern"}),
    _gemini(3, type="tool_use", tool_name="list_directory", tool_id="t2", parameters={"path": "/none"}),
    _gemini(4, type="tool_result", tool_id="t1", status="success", output="rain"),
    _gemini(
        4,
        type="tool_result",
        tool_id="t2",
        status="error",
        output="no such folder",
        error={"type": "tool_error", "message": "list_directory: no such folder"},
    ),
    _gemini(5, type="later_kind", value=1),
    _gemini(6, type="message", role="assistant", content="It rains.", delta=True),
    _gemini(
        7,
        type="result",
        status="success",
        stats={
            "total_tokens": 120,
            "input_tokens": 100,
            "output_tokens": 20,
            "cached": 10,
            "input": 90,
            "duration_ms": 700,
            "tool_calls": 2,
            "models": {"gemini-x": {"total_tokens": 120}},
        },
    ),
]

CLAUDE_SESSION = "00000000-0000-4000-8000-0000000cafe0"


def _claude(kind, content, number, **more):
    message = {"role": kind, "content": content}
    if kind == "assistant":
        message |= {
            "id": "msg_1" if number < 4 else "msg_2",
            "type": "message",
            "model": "claude-x",
            "stop_reason": None,
            "usage": {"input_tokens": 90, "cache_read_input_tokens": 10, "output_tokens": 1},
        }
    return {
        "type": kind,
        "message": message,
        "parent_tool_use_id": None,
        "session_id": CLAUDE_SESSION,
        "uuid": f"00000000-0000-4000-8000-{number:012}",
        "timestamp": f"2026-11-20T10:00:0{number}.100Z",
        **more,
    }


def _tool_result(call_id, content, **more):
    return {"tool_use_id": call_id, "type": "tool_result", "content": content, **more}


CLAUDE_RESULT = {
    "type": "result",
    "subtype": "success",
    "is_error": False,
    "duration_ms": 900,
    "num_turns": 2,
    "result": "It rains.",
    "session_id": CLAUDE_SESSION,
    "total_cost_usd": 0.002,
    "usage": {
        "input_tokens": 180,
        "cache_creation_input_tokens": 7,
        "cache_read_input_tokens": 20,
        "output_tokens": 40,
        "output_tokens_details": {"thinking_tokens": 3},
    },
    "permission_denials": [],
    "terminal_reason": "completed",
}
CLAUDE = [
    {
        "type": "system",
        "subtype": "init",
        "session_id": CLAUDE_SESSION,
        "tools": ["Bash", "mcp__weather__today"],
        "mcp_servers": [{"name": "weather", "status": "connected"}],
        "model": "claude-x",
    },
    {"type": "system", "subtype": "api_retry", "attempt": 1, "error_status": 529, "error": "overloaded"},
    {
        "type": "stream_event",
        "session_id": CLAUDE_SESSION,
        "event": {"type": "content_block_delta", "index": 1, "delta": {"type": "text_delta", "text": "I lo"}},
    },
    _claude("assistant", [{"type": "thinking", "thinking": "First the folder.", "signature": "c2ln"}], 1),
    _claude("assistant", [{"type": "text", "text": "I look."}], 2),
    _claude(
        "assistant",
        [
            {"type": "tool_use", "id": "toolu_1", "name": "mcp__weather__today", "input": {"place": "Bern"}},
            {"type": "tool_use", "id": "toolu_2", "name": "Bash", "input": {"command": "ls"}},
        ],
        3,
    ),
    _claude(
        "user",
        [_tool_result("toolu_1", "rain"), _tool_result("toolu_2", "no such folder", is_error=True)],
        4,
        tool_use_result={"stdout": ""},
    ),
    _claude("user", [{"type": "text", "text": "go on"}], 5, parent_tool_use_id="toolu_2"),
    _claude("assistant", [{"type": "text", "text": "It rains."}], 6),
    CLAUDE_RESULT,
]

CHAT_STREAM = [
    {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "gpt-x",
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
    }
    for delta, finish in (
        ({"role": "assistant", "content": ""}, None),
        ({"content": "I lo"}, None),
        ({"content": "ok."}, None),
        ({"tool_calls": [{"index": 0, "id": "c1", "type": "function", "function": {"name": "weather__today"}}]}, None),
        ({"tool_calls": [{"index": 1, "id": "c2", "type": "function", "function": {"name": "lights"}}]}, None),
        ({"tool_calls": [{"index": 0, "function": {"arguments": '{"place": '}}]}, None),
        ({"tool_calls": [{"index": 1, "function": {"arguments": "{}"}}]}, None),
        ({"tool_calls": [{"index": 0, "function": {"arguments": '"Bern"}'}}]}, None),
        ({}, "tool_calls"),
    )
] + [
    {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "gpt-x",
        "choices": [],
        "usage": {
            "prompt_tokens": 50,
            "completion_tokens": 9,
            "total_tokens": 59,
            "prompt_tokens_details": {"cached_tokens": 8},
            "completion_tokens_details": {"reasoning_tokens": 2},
        },
    }
]

_SPOKEN = {
    "type": "message",
    "id": "msg_1",
    "role": "assistant",
    "status": "completed",
    "content": [{"type": "output_text", "text": "I look.", "annotations": [], "logprobs": []}],
}
_CALL = {
    "type": "function_call",
    "id": "fc_1",
    "call_id": "c1",
    "name": "weather__today",
    "arguments": '{"place":"Bern"}',
    "status": "completed",
}
RESPONSE = {
    "id": "resp_1",
    "object": "response",
    "created_at": 1,
    "model": "gpt-x",
    "status": "completed",
    "output": [_SPOKEN, _CALL],
    "parallel_tool_calls": True,
    "tool_choice": "auto",
    "tools": [],
    "usage": {
        "input_tokens": 50,
        "input_tokens_details": {"cached_tokens": 8, "cache_write_tokens": 0},
        "output_tokens": 9,
        "output_tokens_details": {"reasoning_tokens": 2},
        "total_tokens": 59,
    },
}
RESPONSE_STREAM = [
    {"type": "response.created", "sequence_number": 0, "response": {**RESPONSE, "status": "in_progress", "output": []}},
    *(
        {
            "type": "response.output_text.delta",
            "sequence_number": number,
            "item_id": "msg_1",
            "output_index": 0,
            "content_index": 0,
            "delta": delta,
            "logprobs": [],
        }
        for number, delta in ((1, "I lo"), (2, "ok."))
    ),
    {"type": "response.output_item.done", "sequence_number": 3, "output_index": 0, "item": _SPOKEN},
    {"type": "response.output_item.done", "sequence_number": 4, "output_index": 1, "item": _CALL},
    {"type": "response.completed", "sequence_number": 5, "response": RESPONSE},
]
