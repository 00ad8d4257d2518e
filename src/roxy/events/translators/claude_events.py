"""The lines of Claude Code's `stream-json`, to canonical events and back.

Order of events in a run: `system/init`, messages of the model (one content block a line; several lines share a
message's id), messages of the user with results of tools, and `result`. What it cost stands in `result` alone: the
usage of the messages is that of their beginning. A message that Claude Code wrote itself because the API failed has
an `error`: it is an error, and nothing the model said. `total_cost_usd` counts the whole resumed session and stays in
`extra`. A run without a `result` was interrupted; an event says so. A tool of a server is `mcp__SERVER__TOOL`.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from roxy.contracts.events import Event, EventKind
from roxy.contracts.models import Message, Role, ToolCallPart, ToolResultPart, Usage
from roxy.events.translators import transcript
from roxy.events.translators.claude_messages import from_request, request
from roxy.events.translators.names import canonical_name, wire_name
from roxy.events.translators.transcript import Recorder
from roxy.events.translators.verbatim import Object, overlay, word

PROVIDER = "anthropic"

_PIECES = {
    "text_delta": ("text", "text"),
    "thinking_delta": ("reasoning", "thinking"),
    "input_json_delta": ("arguments", "partial_json"),
}
"""The pieces of a message that is being written: what they are in a chunk, and their field at the provider."""
FRAME = frozenset({"anthropic.system.init"})
"""Names of the events that say nothing but where a run begins."""
_NAME = re.compile(r"mcp__([A-Za-z0-9_-]+?)__([A-Za-z0-9_-]+)")


def to_events(
    objects: Iterable[Object], *, session_id: str | None, correlation_id: str | None = None, ended: bool = True
) -> list[Event]:
    """Events for the lines of one or more runs; with `ended=False` more lines will come."""
    reader = line_reader(session_id=session_id, correlation_id=correlation_id)
    return transcript.read_events(reader, objects, ended=ended)


def line_reader(*, session_id: str | None, correlation_id: str | None = None) -> transcript.Reader:
    """What reads lines one by one (`transcript.recorded`)."""
    return _Reader(Recorder(PROVIDER, session_id, correlation_id, _own_line))


def from_events(events: Iterable[Event]) -> list[dict[str, Any]]:
    """Lines for events; a conversation without a line of Claude's own gets the frame a reader expects."""
    return transcript.written(events, PROVIDER, writer)


def writer(seen: transcript.Seen) -> transcript.Writer:
    """The same, line by line."""
    return _Writer(seen)


class _Writer:
    """Writes lines in order, and sums up for the `result` of a run that is framed: its cost, its last words, and
    whether the last thing that happened was an error.
    """

    def __init__(self, seen: transcript.Seen) -> None:
        self._chosen = transcript.Unrepeated(PROVIDER)
        self._first = None if seen.own else seen.first
        self._thread = (self._first.thread_id or self._first.session_id) if self._first is not None else None
        self._begun = False
        self._total, self._words, self._turns = Usage(), "", 0
        self._error: Event | None = None

    def lines(self, event: Event) -> Iterator[dict[str, Any]]:
        """The lines of one event, the frame before the first."""
        if not self._chosen.keeps(event):
            return
        if self._first is None:
            yield from _lines(event, event.thread_id)
            return
        if not self._begun:
            framed: dict[str, Any] = {"session_id": self._thread, "model": self._first.route, "tools": []}
            yield {"type": "system", "subtype": "init", **framed}
            self._begun = True
        self._note(event)
        yield from _lines(event, self._thread)

    def _note(self, event: Event) -> None:
        if event.kind is EventKind.USAGE:
            self._total += transcript.usage_of(event)
        elif event.kind is EventKind.ERROR:
            self._error = event
        elif event.kind is EventKind.RESPONSE and (message := transcript.message_of(event)) is not None:
            self._error, self._turns = None, self._turns + 1
            self._words = transcript.spoken(message) or self._words

    def end(self) -> Iterator[dict[str, Any]]:
        """The `result` of a run that is framed."""
        if self._first is None:
            return
        said = _result_line(self._thread, self._total, self._error)
        words = self._words if self._error is None else transcript.error_of(self._error)
        yield {**said, "num_turns": self._turns, "result": words}


class _Reader:
    """Reads lines in order."""

    def __init__(self, record: Recorder) -> None:
        self.record = record
        self._called: dict[str, tuple[str, str]] = {}
        """By a call's id: the name of the tool, and the event in which it began."""
        self._running = False

    def read(self, found: Object) -> None:
        """One line."""
        kind, subtype = word(found, "type"), word(found, "subtype")
        thread = word(found, "session_id")
        if (kind, subtype) == ("system", "init"):
            self.finish()
            self._running = True
        self.record.thread_id = thread or self.record.thread_id
        name = f"{kind}.{subtype}".strip(".") or "line"
        match kind:
            case "assistant" if word(found, "error"):
                self._failed(found)
            case "assistant" | "user" if self._message(found, kind):
                pass
            case "result":
                self._result(found)
            case "system" if subtype in _OWN:
                event_kind, told = _OWN[subtype]
                self.record.line(event_kind, name, told(found), found=found)
            case "stream_event" if (piece := _piece(found)) is not None:
                self.record.line(EventKind.CHUNK, name, piece, found=found)
            case _:
                self.record.line(EventKind.OTHER, name, {}, found=found)

    def finish(self) -> None:
        """The stream has ended."""
        if self._running:
            message = "Claude ended without a result."
            self.record.part(EventKind.ERROR, "interrupted", transcript.failed("interrupted", message))
        self._running = False

    def _message(self, found: Object, kind: str) -> bool:
        """A message of the model or the user; False when nothing of it can be read."""
        said = transcript.mapping(found, "message")
        if said.get("role") != kind or "content" not in said:
            return False
        messages = from_request(None, [{"role": kind, "content": _with_names(said["content"], _canonical)}])
        steps = [step for message in messages for step in self._steps(message)]
        if not steps:
            return False
        (event_kind, data), *rest = steps
        line = self.record.line(event_kind, kind, data, found=found)
        caller = self._called.get(word(found, "parent_tool_use_id"))
        if caller is not None:
            line = self.record.events[-1] = replace(line, parent_id=caller[1])
        self._note(line)
        for event_kind, data in rest:
            self._note(self.record.part(event_kind, kind, data, of=line))
        return True

    def _failed(self, found: Object) -> None:
        """The API failed, and Claude Code says so as if it were its model."""
        content = transcript.mapping(found, "message").get("content")
        blocks = content if isinstance(content, list) else [{"text": content}]
        words = "".join(word(block, "text") for block in blocks if isinstance(block, dict))
        self.record.line(EventKind.ERROR, "assistant", transcript.failed(word(found, "error"), words), found=found)

    def _note(self, event: Event) -> None:
        if event.kind is EventKind.TOOL_CALL and event.data["phase"] == "started":
            self._called[event.data["call_id"]] = (event.data["name"], event.id)

    def _steps(self, message: Message) -> Iterator[tuple[EventKind, dict[str, Any]]]:
        if message.role is Role.TOOL:
            for part in message.parts:
                if isinstance(part, ToolResultPart):
                    name = self._called.get(part.call_id, ("", ""))[0]
                    yield EventKind.TOOL_CALL, transcript.ended(replace(part, name=name))
        elif message.parts:
            kind = EventKind.RESPONSE if message.role is Role.ASSISTANT else EventKind.REQUEST
            yield kind, transcript.said_by(message)
            for part in message.parts:
                if isinstance(part, ToolCallPart):
                    yield EventKind.TOOL_CALL, transcript.started(part)

    def _result(self, found: Object) -> None:
        self._running = False
        usage = _usage(transcript.mapping(found, "usage"))
        if found.get("is_error") is False:
            self.record.line(EventKind.USAGE, "result", transcript.used(usage), found=found)
            return
        line = self.record.line(EventKind.ERROR, "result", _failure(found), found=found)
        if usage != Usage():
            self.record.part(EventKind.USAGE, "result", transcript.used(usage), of=line)


def _failure(found: Object) -> dict[str, Any]:
    """An end with an error; its subtype can be `success` all the same, and its reason `completed`."""
    subtype, errors = word(found, "subtype"), found.get("errors")
    reason = word(found, "terminal_reason")
    code = subtype if subtype != "success" else reason if reason != "completed" else "api_error"
    told = "\n".join(str(error) for error in errors) if isinstance(errors, list) else ""
    return transcript.failed(code or "error", told or word(found, "result"))


def _retrying(found: Object) -> dict[str, Any]:
    return transcript.failed("retrying", word(found, "error"))


def _denied(found: Object) -> dict[str, Any]:
    """A tool that Claude Code did not let its model use."""
    return {"what": f"tool:{word(found, 'tool_name')}", "call_id": word(found, "tool_use_id"), "decision": "refused"}


_OWN = {"api_retry": (EventKind.ERROR, _retrying), "permission_denied": (EventKind.AUDIT, _denied)}
"""What `system` lines of these subtypes mean."""


def _piece(found: Object) -> dict[str, Any] | None:
    """A piece of words, of thoughts or of a call's arguments; None for what only frames them."""
    delta = transcript.mapping(transcript.mapping(found, "event"), "delta")
    name = _PIECES.get(word(delta, "type"))
    return {name[0]: word(delta, name[1])} if name else None


def _usage(found: Object) -> Usage:
    """Roxy counts cached tokens as input, Anthropic does not."""
    cached = transcript.tokens(found, "cache_read_input_tokens")
    fresh = transcript.tokens(found, "input_tokens") + transcript.tokens(found, "cache_creation_input_tokens")
    details = transcript.mapping(found, "output_tokens_details")
    return Usage(
        input_tokens=fresh + cached,
        output_tokens=transcript.tokens(found, "output_tokens"),
        cached_input_tokens=cached,
        reasoning_tokens=transcript.tokens(details, "thinking_tokens"),
    )


def _canonical(name: str) -> str:
    """From a tool's name in Claude Code to that in a request of Roxy's."""
    found = _NAME.fullmatch(name)
    return wire_name(f"{found[1]}.{found[2]}") if found else name


def _of_claude(name: str) -> str:
    """From a tool's name in a request of Roxy's to that in Claude Code."""
    server, dot, tool = canonical_name(name).partition(".")
    named = f"mcp__{server}__{tool}"
    return named if dot and _NAME.fullmatch(named) else name


def _with_names(content: Any, rename: Any) -> Any:
    """The content with other names of tools."""
    if not isinstance(content, list):
        return content
    return [
        {**block, "name": rename(block["name"])}
        if isinstance(block, dict) and block.get("type") == "tool_use" and isinstance(block.get("name"), str)
        else block
        for block in content
    ]


def _lines(event: Event, thread: str | None) -> Iterator[dict[str, Any]]:
    """The lines of one event."""
    kept = event.extra.get(PROVIDER)
    if kept is not None:
        yield overlay(_own_line(event), kept)
        return
    message = transcript.message_of(event)
    if message is None or message.role is Role.SYSTEM:
        return
    for parts in [message.parts] if message.role is Role.USER else [(part,) for part in message.parts]:
        yield from _message_line(replace(message, parts=parts), thread)


def _message_line(message: Message, thread: str | None) -> Iterator[dict[str, Any]]:
    for item in request([message])[1]:
        content = _with_names(item["content"], _of_claude)
        said = {"role": item["role"], "content": content}
        yield {"type": item["role"], "message": said, "parent_tool_use_id": None, "session_id": thread}


def _result_line(thread: str | None, usage: Usage, error: Event | None) -> dict[str, Any]:
    return {
        "type": "result",
        "subtype": "success" if error is None else "error_during_execution",
        "is_error": error is not None,
        "session_id": thread,
        "usage": {
            "input_tokens": max(0, usage.input_tokens - usage.cached_input_tokens),
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": usage.cached_input_tokens,
            "output_tokens": usage.output_tokens,
        },
    }


def _own_line(event: Event) -> dict[str, Any]:
    """What the event alone says, as a line of Claude's own; the difference is laid over it."""
    thread = event.thread_id
    message = transcript.message_of(event)
    if message is not None:
        return next(_message_line(message, thread), {})
    match event.kind:
        case EventKind.CHUNK:
            delta = {"type": "text_delta", "text": event.data.get("text", "")}
            told = {"type": "content_block_delta", "index": 0, "delta": delta}
            return {"type": "stream_event", "event": told, "session_id": thread}
        case EventKind.USAGE:
            return _result_line(thread, transcript.usage_of(event), None)
        case EventKind.ERROR if event.data.get("code") == "retrying":
            error = transcript.error_of(event)
            return {"type": "system", "subtype": "api_retry", "error": error, "session_id": thread}
        case EventKind.ERROR:
            return _result_line(thread, Usage(), event)
        case _:
            return {}
