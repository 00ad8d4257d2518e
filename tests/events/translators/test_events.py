"""What the providers' programs and streams say, as events, and back."""

import json
import tracemalloc
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai.types.chat import ChatCompletionChunk
from openai.types.responses import ResponseStreamEvent
from pydantic import TypeAdapter

from fakes import cli_lines
from fakes.conversations import mangled, patiently, same
from roxy.contracts.events import Event, EventKind
from roxy.contracts.models import Message, ReasoningPart, Role, TextPart, ToolCallPart, ToolResultPart, Usage
from roxy.events.messages import message_from_json
from roxy.events.translators import claude, codex, gemini, openai, transcript
from roxy.events.translators.transcript import conversation, read_lines, usage_of

pytestmark = pytest.mark.requirement("translators.programs")

PROGRAMS = {
    "codex": (codex, cli_lines.CODEX + cli_lines.CODEX_RESUMED + cli_lines.CODEX_REFUSED),
    "gemini": (gemini, cli_lines.GEMINI),
    "claude": (claude, cli_lines.CLAUDE),
}


def read(module, lines, **more):
    return module.to_events(lines, session_id="ses_1", correlation_id="cor_1", **more)


def of_kind(events, kind):
    return [event for event in events if event.kind is kind]


def said(events):
    return [message_from_json(event.data["message"]).text for event in of_kind(events, EventKind.RESPONSE)]


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_lines_of_a_program_come_back_verbatim(program):
    module, lines = PROGRAMS[program]
    assert same(module.from_events(read(module, lines)), lines)


@pytest.mark.parametrize("program", PROGRAMS)
@patiently
@given(data=st.data())
def test_lines_that_are_strange_come_back_verbatim(program, data):
    module, lines = PROGRAMS[program]
    strange = data.draw(st.lists(mangled(st.sampled_from(lines)) | st.sampled_from(lines), max_size=6))
    assert same(module.from_events(read(module, strange)), strange)


@patiently
@given(st.lists(mangled(st.sampled_from(cli_lines.CHAT_STREAM + cli_lines.RESPONSE_STREAM)), max_size=6))
def test_pieces_of_a_stream_that_are_strange_come_back_verbatim(strange):
    assert same(openai.stream_from_events(read(openai, strange)), strange)


@pytest.mark.parametrize("program", PROGRAMS)
def test_every_event_knows_whose_it_is(program):
    module, lines = PROGRAMS[program]
    thread = {"codex": cli_lines.CODEX_THREAD, "gemini": cli_lines.GEMINI_SESSION, "claude": cli_lines.CLAUDE_SESSION}
    events = read(module, lines)
    assert {event.session_id for event in events} == {"ses_1"}
    assert {event.correlation_id for event in events} == {"cor_1"}
    assert {event.thread_id for event in events} == {thread[program]}


def test_a_broken_line_is_skipped_with_its_number_and_the_rest_goes_on():
    lines = ['{"type":"turn.started"}\n', '{"type":"item.comp', "\n", "[1]", b'{"type":"x"}', b"\xff{", "[" * 100_000]
    found = list(read_lines(lines))
    assert found == [(1, {"type": "turn.started"}), (2, None), (4, None), (5, {"type": "x"}), (6, None), (7, None)]


def test_the_calls_and_results_of_codex_are_tool_calls():
    calls = of_kind(read(codex, cli_lines.CODEX), EventKind.TOOL_CALL)
    assert [(call.data["phase"], call.data["name"]) for call in calls] == [
        ("started", "codex.command_execution"),
        ("started", "weather.today"),
        ("ended", "weather.today"),
        ("ended", "codex.command_execution"),
        ("ended", "codex.file_change"),
    ]
    assert calls[0].data["arguments"] == {"command": "/bin/sh -c ls"}
    assert calls[1].data["server"] == "weather"
    assert calls[2].data["content"] == "rain"
    assert calls[3].data["is_error"] is True
    assert calls[0].data["call_id"] == calls[3].data["call_id"]


def test_the_cost_of_a_resumed_codex_thread_is_what_was_added():
    first = read(codex, cli_lines.CODEX)
    again = read(codex, cli_lines.CODEX_RESUMED, earlier=first)
    costs = [usage_of(event) for event in of_kind([*first, *again], EventKind.USAGE)]
    added = Usage(input_tokens=60, output_tokens=11, cached_input_tokens=5)
    assert costs == [Usage(input_tokens=100, output_tokens=20, cached_input_tokens=10, reasoning_tokens=5), added]
    assert same(codex.from_events(again), cli_lines.CODEX_RESUMED)


def test_a_codex_thread_whose_count_began_anew_costs_what_it_says():
    first = read(codex, cli_lines.CODEX_RESUMED)
    again = read(codex, cli_lines.CODEX, earlier=first)
    assert usage_of(of_kind(again, EventKind.USAGE)[0]).input_tokens == 100


def test_errors_of_codex_say_whether_they_are_the_end():
    errors = of_kind(read(codex, cli_lines.CODEX[:2] + cli_lines.CODEX_REFUSED[1:]), EventKind.ERROR)
    assert [error.data["code"] for error in errors] == ["warning", "retrying", "error", "turn_failed"]


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_run_that_stops_in_the_middle_is_an_error_at_its_end_and_not_before(program):
    module, lines = PROGRAMS[program]
    cut = lines[:4]
    last = read(module, cut)[-1]
    assert (last.kind, last.data["code"]) == (EventKind.ERROR, "interrupted")
    assert "interrupted" not in [event.data.get("code") for event in read(module, cut, ended=False)]
    assert same(module.from_events(read(module, cut)), cut)


def test_pieces_of_geminis_text_become_one_response_before_the_calls():
    events = read(gemini, cli_lines.GEMINI)
    assert [event.data["text"] for event in of_kind(events, EventKind.CHUNK)] == ["I lo", "ok.", "It rains."]
    assert said(events) == ["I look.", "It rains."]
    kinds = [event.kind for event in events]
    assert kinds.index(EventKind.RESPONSE) < kinds.index(EventKind.TOOL_CALL)


def test_an_event_happened_when_its_line_says():
    (first, *_) = read(gemini, cli_lines.GEMINI)
    assert first.at == datetime(2026, 11, 20, 10, 0, 0, 250_000, tzinfo=UTC)


def test_gemini_has_succeeded_only_with_a_result():
    failed = {
        "type": "result",
        "status": "error",
        "error": {"type": "unknown", "message": "terminated"},
        "stats": {"input_tokens": 3, "output_tokens": 1},
    }
    good, bad = read(gemini, cli_lines.GEMINI), read(gemini, [*cli_lines.GEMINI[:3], failed])
    assert not of_kind(good, EventKind.ERROR)
    assert [event.data for event in of_kind(bad, EventKind.ERROR)] == [{"code": "unknown", "message": "terminated"}]
    assert usage_of(of_kind(bad, EventKind.USAGE)[0]).input_tokens == 3


def test_lines_of_claude_with_one_message_id_are_one_cost_which_counts_cached_tokens():
    events = read(claude, cli_lines.CLAUDE)
    cost = Usage(input_tokens=207, output_tokens=40, cached_input_tokens=20, reasoning_tokens=3)
    assert [usage_of(event) for event in of_kind(events, EventKind.USAGE)] == [cost]


def test_parallel_calls_and_results_of_claude_are_events_of_their_own_with_lineage():
    events = read(claude, cli_lines.CLAUDE)
    calls = of_kind(events, EventKind.TOOL_CALL)
    assert [(call.data["phase"], call.data["name"], call.data["server"]) for call in calls] == [
        ("started", "weather.today", "weather"),
        ("started", "Bash", ""),
        ("ended", "weather.today", "weather"),
        ("ended", "Bash", ""),
    ]
    (asked,) = (event for event in events if event.id == calls[0].parent_id)
    assert asked.kind is EventKind.RESPONSE
    (inner,) = of_kind(events, EventKind.REQUEST)
    assert inner.parent_id == calls[1].id


def test_a_claude_run_that_ends_with_an_error_says_so_though_its_subtype_is_success():
    result = {**cli_lines.CLAUDE_RESULT, "is_error": True, "terminal_reason": "api_error", "result": "400"}
    (error,) = of_kind(read(claude, [cli_lines.CLAUDE[0], result]), EventKind.ERROR)
    assert error.data == {"code": "api_error", "message": "400"}


def test_chunks_of_chat_completions_become_one_response_with_its_calls():
    TypeAdapter(list[ChatCompletionChunk]).validate_python(cli_lines.CHAT_STREAM)
    events = read(openai, cli_lines.CHAT_STREAM)
    (response,) = of_kind(events, EventKind.RESPONSE)
    message = message_from_json(response.data["message"])
    assert message.text == "I look."
    calls = [part for part in message.parts if isinstance(part, ToolCallPart)]
    assert [(call.id, call.name, call.arguments) for call in calls] == [
        ("c1", "weather.today", {"place": "Bern"}),
        ("c2", "lights", {}),
    ]
    assert [event.data["call_id"] for event in of_kind(events, EventKind.TOOL_CALL)] == ["c1", "c2"]
    cost = Usage(input_tokens=50, output_tokens=9, cached_input_tokens=8, reasoning_tokens=2)
    assert [usage_of(event) for event in of_kind(events, EventKind.USAGE)] == [cost]
    assert same(openai.stream_from_events(events), cli_lines.CHAT_STREAM)


def test_events_of_responses_become_one_response_with_its_calls():
    TypeAdapter(list[ResponseStreamEvent]).validate_python(cli_lines.RESPONSE_STREAM)
    events = read(openai, cli_lines.RESPONSE_STREAM)
    (response,) = of_kind(events, EventKind.RESPONSE)
    assert message_from_json(response.data["message"]).text == "I look."
    assert [event.data["text"] for event in of_kind(events, EventKind.CHUNK)] == ["I lo", "ok."]
    assert [event.data["call_id"] for event in of_kind(events, EventKind.TOOL_CALL)] == ["c1"]
    assert usage_of(of_kind(events, EventKind.USAGE)[0]).cached_input_tokens == 8
    assert same(openai.stream_from_events(events), cli_lines.RESPONSE_STREAM)


def test_a_stream_that_breaks_off_keeps_what_was_said():
    assert said(read(openai, cli_lines.CHAT_STREAM[:3])) == ["I look."]
    assert said(read(openai, cli_lines.RESPONSE_STREAM[:4])) == ["I look."]


def test_an_error_in_a_stream_is_an_error():
    failed = {"type": "response.failed", "response": {"error": {"code": "server_error", "message": "sorry"}}}
    plain = {"error": {"message": "slow down", "type": "rate_limit"}}
    errors = of_kind(read(openai, [failed, plain]), EventKind.ERROR)
    assert [error.data for error in errors] == [
        {"code": "server_error", "message": "sorry"},
        {"code": "rate_limit", "message": "slow down"},
    ]


@pytest.mark.parametrize(
    ("program", "names"),
    [
        ("codex", ["codex.command_execution", "weather.today", "codex.file_change"]),
        ("gemini", ["mcp_weather_today", "list_directory"]),
        ("claude", ["weather.today", "Bash"]),
    ],
)
def test_a_conversation_of_a_program_can_go_on_with_any_provider(program, names):
    module, _ = PROGRAMS[program]
    lines = {"codex": cli_lines.CODEX, "gemini": cli_lines.GEMINI, "claude": cli_lines.CLAUDE}[program]
    messages = conversation(read(module, lines))
    calls = [part for message in messages for part in message.parts if isinstance(part, ToolCallPart)]
    assert {call.name for call in calls} <= set(names)
    for index, message in enumerate(messages):
        asked = [part.id for part in message.parts if isinstance(part, ToolCallPart)]
        if asked:
            assert messages[index + 1].role is Role.TOOL
            assert {part.call_id for part in messages[index + 1].parts} == set(asked)
    chat = openai.from_events(read(module, lines))
    assert chat[-1]["content"] == "It rains."
    assert "Error: no such folder" in [str(item.get("content")).strip() for item in chat if item["role"] == "tool"]


@pytest.mark.parametrize("reader", PROGRAMS)
@pytest.mark.parametrize("writer", PROGRAMS)
def test_what_one_program_did_can_be_read_in_the_format_of_another(writer, reader):
    lines = {"codex": cli_lines.CODEX, "gemini": cli_lines.GEMINI, "claude": cli_lines.CLAUDE}[writer]
    first = read(PROGRAMS[writer][0], lines)
    moved = read(PROGRAMS[reader][0], PROGRAMS[reader][0].from_events(first))
    assert said(moved)[-1] == "It rains."
    assert "I look." in said(moved)
    results = [event for event in of_kind(moved, EventKind.TOOL_CALL) if event.data["phase"] == "ended"]
    assert {"rain", "no such folder"} <= {str(event.data["content"]).strip() for event in results}
    assert [event.data["is_error"] for event in results].count(True) == 1
    before, after = (usage_of(of_kind(events, EventKind.USAGE)[-1]) for events in (first, moved))
    assert (after.input_tokens, after.output_tokens) == (before.input_tokens, before.output_tokens)


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_program_is_given_the_frame_it_expects_around_roxys_own_events(program):
    events = [
        Event(kind=EventKind.REQUEST, name="turn", data=_data(Role.USER, "Hi."), session_id="ses_1"),
        Event(kind=EventKind.DECISION, name="privacy", data={"x": 1}, session_id="ses_1"),
        Event(kind=EventKind.RESPONSE, name="turn", data=_data(Role.ASSISTANT, "Hello."), session_id="ses_1"),
        Event(kind=EventKind.ERROR, name="turn", data={"code": "model_error", "message": "gone"}, session_id="ses_1"),
    ]
    lines = PROGRAMS[program][0].from_events(events)
    ends = {
        "codex": ("thread.started", "turn.failed"),
        "gemini": ("init", "result"),
        "claude": ("system", "result"),
    }
    assert (lines[0]["type"], lines[-1]["type"]) == ends[program]
    assert "gone" in repr(lines)
    assert "privacy" not in repr(lines)


def _data(role, text):
    return {"message": {"role": role.value, "parts": [{"kind": "text", "text": text}]}}


def test_a_turn_of_several_rounds_is_one_turn_for_codex_and_costs_what_all_of_them_cost():
    rounds = [
        Event(kind=EventKind.REQUEST, name="model.asked", data=_data(Role.USER, "Hi.")),
        Event(kind=EventKind.RESPONSE, name="model.answered", data=_data(Role.ASSISTANT, "One moment.")),
        Event(kind=EventKind.USAGE, name="model.usage", data={"input_tokens": 3, "output_tokens": 1}),
        Event(kind=EventKind.RESPONSE, name="model.answered", data=_data(Role.ASSISTANT, "Hello.")),
        Event(kind=EventKind.USAGE, name="model.usage", data={"input_tokens": 4, "output_tokens": 2}),
    ]
    lines = codex.from_events([*rounds, rounds[0], rounds[1], rounds[2]])
    frames = [line for line in lines if line["type"].startswith("turn.")]
    assert [line["type"] for line in frames] == ["turn.started", "turn.completed"] * 2
    assert [line["usage"]["input_tokens"] for line in frames if "usage" in line] == [7, 10]
    costs = [usage_of(event).input_tokens for event in of_kind(read(codex, lines), EventKind.USAGE)]
    assert costs == [7, 3]


def test_a_conversation_that_moved_from_codex_to_another_provider_keeps_codexs_lines_as_they_were():
    moved = [
        Event(kind=EventKind.REQUEST, name="model.asked", data=_data(Role.USER, "And now?")),
        Event(kind=EventKind.RESPONSE, name="model.answered", data=_data(Role.ASSISTANT, "Sun.")),
    ]
    lines = codex.from_events([*read(codex, cli_lines.CODEX), *moved])
    assert same(lines[: len(cli_lines.CODEX)], cli_lines.CODEX)
    assert [line["type"] for line in lines[len(cli_lines.CODEX) :]] == [
        "turn.started",
        "item.completed",
        "turn.completed",
    ]


def test_a_call_that_was_interrupted_has_a_result_that_says_so_when_the_conversation_goes_on():
    lines = [line for line in cli_lines.CLAUDE if line["type"] != "user"]
    spoken, results = conversation(read(claude, lines))
    asked = [part.id for part in spoken.parts if isinstance(part, ToolCallPart)]
    assert [part.call_id for part in results.parts] == asked == ["toolu_1", "toolu_2"]
    assert all(part.is_error for part in results.parts)


def test_events_that_say_nothing_are_no_lines():
    heard = Event(kind=EventKind.REQUEST, name="turn.heard", data={"door": "cli", "characters": 3})
    assert codex.from_events([heard]) == []
    assert openai.from_events([heard]) == []


def test_no_events_are_no_lines():
    assert [module.from_events([]) for module in (codex, gemini, claude, openai)] == [[], [], [], []]


def test_what_codex_thought_is_reasoning():
    responses = of_kind(read(codex, cli_lines.CODEX), EventKind.RESPONSE)
    parts = [message_from_json(event.data["message"]).parts[0] for event in responses]
    assert [type(part) for part in parts] == [ReasoningPart, TextPart, TextPart]


def _long_talk(turns):
    """Turns with two calls each, whose results come the other way round, and one that nothing answers."""
    for turn in range(turns):
        yield Event(
            kind=EventKind.REQUEST, name="said", session_id="s", data=transcript.said_by(_text(Role.USER, f"q{turn}"))
        )
        calls = [ToolCallPart(id=f"{turn}-{n}", name="clock.now", arguments={}) for n in range(3)]
        for call in calls:
            yield Event(kind=EventKind.TOOL_CALL, name="tool", session_id="s", data=transcript.started(call))
        for call in (calls[1], calls[0]):
            result = ToolResultPart(call_id=call.id, name=call.name, content="x" * 1_000)
            yield Event(kind=EventKind.TOOL_CALL, name="tool", session_id="s", data=transcript.ended(result))
        yield Event(
            kind=EventKind.RESPONSE, name="said", session_id="s", data=transcript.said_by(_text(Role.ASSISTANT, "done"))
        )


def _text(role, text):
    return Message(role=role, parts=(TextPart(text=text),))


@pytest.mark.requirement("events.export")
@pytest.mark.parametrize("module", [codex, gemini, claude, openai], ids=lambda module: module.__name__.split(".")[-1])
def test_a_conversation_is_written_as_it_is_read_and_hardly_any_of_it_is_held(module):
    seen, lines = transcript.Seen(module.PROVIDER), []
    for event in _long_talk(300):
        seen.note(event)
    tracemalloc.start()
    try:
        writer = module.writer(seen)
        lines.extend(bool(list(writer.lines(event))) for event in _long_talk(300))
        held, _ = tracemalloc.get_traced_memory()
        rest = list(writer.end())
    finally:
        tracemalloc.stop()
    assert lines.count(True) > 600
    assert len(rest) <= 3
    assert held < 250_000  # the results alone are 600,000
    whole = module.from_events(_long_talk(300))
    assert "interrupted" in json.dumps(whole) or module is not openai
    assert len(whole) >= 1_500
