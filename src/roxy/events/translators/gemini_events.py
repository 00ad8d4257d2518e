"""The lines of `gemini -o stream-json`, to canonical events and back.

Order of events in a run: `init`, the user's message, pieces of the model's text, `tool_use` and `tool_result`, and
`result` with what it cost. Only a `result` of status `success` means success; a run without one was interrupted, and an
event says so. The pieces between two other lines are put together into one response. A line has its own
`timestamp`. Results are text; a tool of a server is `mcp_SERVER_TOOL`, which cannot be taken apart again.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from roxy.contracts.events import Event, EventKind
from roxy.contracts.models import Message, Role, TextPart, ToolCallPart, ToolResultPart, Usage
from roxy.events.translators import transcript
from roxy.events.translators.transcript import Recorder
from roxy.events.translators.verbatim import Object, overlay, word

PROVIDER = "gemini"

FRAME = frozenset({"gemini.init"})
"""Names of the events that say nothing but where a run begins."""
_STRANGE = re.compile(r"[^A-Za-z0-9_-]")


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
    """Lines for events; a conversation without a line of Gemini's own gets the frame a reader expects."""
    return transcript.written(events, PROVIDER, writer)


def writer(seen: transcript.Seen) -> transcript.Writer:
    """The same, line by line."""
    return _Writer(seen)


class _Writer:
    """Writes lines in order, and sums up for the `result` of a run that is framed: its cost, and whether the last thing
    that happened was an error.
    """

    def __init__(self, seen: transcript.Seen) -> None:
        self._chosen = transcript.Unrepeated(PROVIDER)
        self._last = None if seen.own else seen.first
        self._begun = self._last is None
        self._total = Usage()
        self._error: Event | None = None

    def lines(self, event: Event) -> Iterator[dict[str, Any]]:
        """The lines of one event, the frame before the first."""
        if not self._chosen.keeps(event):
            return
        if not self._begun:
            thread = event.thread_id or event.session_id or ""
            yield {"type": "init", "timestamp": _stamp(event), "session_id": thread, "model": event.route}
            self._begun = True
        if self._last is None or event.kind is not EventKind.ERROR:
            yield from _lines(event)
        self._note(event)

    def _note(self, event: Event) -> None:
        self._last = self._last and event
        self._total += transcript.usage_of(event) if event.kind is EventKind.USAGE else Usage()
        if event.kind in {EventKind.ERROR, EventKind.RESPONSE}:
            self._error = event if event.kind is EventKind.ERROR else None

    def end(self) -> Iterator[dict[str, Any]]:
        """The `result` of a run that is framed."""
        if self._last is not None:
            yield {**_result_line(self._error), "stats": _stats(self._total), "timestamp": _stamp(self._last)}


class _Reader:
    """Reads lines in order."""

    def __init__(self, record: Recorder) -> None:
        self.record = record
        self._called: dict[str, str] = {}
        self._pieces: list[str] = []
        self._running = False
        self._wrong = ""
        """What the last `error` line of the run says; its `result` need not say it again."""

    def read(self, found: Object) -> None:
        """One line."""
        kind = word(found, "type")
        if not (kind == "message" and word(found, "role") == "assistant"):
            self._put_together()
        steps: dict[str, Callable[[Object], None]] = {
            "init": self._init,
            "message": self._message,
            "tool_use": self._tool_use,
            "tool_result": self._tool_result,
            "error": self._error,
            "result": self._result,
        }
        steps.get(kind, self._other)(found)

    def _other(self, found: Object) -> None:
        self.record.line(EventKind.OTHER, word(found, "type") or "line", {}, found=found)

    def _init(self, found: Object) -> None:
        self._interrupted()
        self._running = True
        self._wrong = ""
        self.record.thread_id = word(found, "session_id") or None
        self._other(found)

    def _error(self, found: Object) -> None:
        self._wrong = word(found, "message")
        data = transcript.failed(word(found, "severity") or "error", self._wrong)
        self.record.line(EventKind.ERROR, "error", data, found=found)

    def finish(self) -> None:
        """The stream has ended."""
        self._put_together()
        self._interrupted()

    def _interrupted(self) -> None:
        if self._running:
            message = "Gemini ended without a result."
            self.record.part(EventKind.ERROR, "interrupted", transcript.failed("interrupted", message))
        self._running = False

    def _put_together(self) -> None:
        if self._pieces:
            message = Message(role=Role.ASSISTANT, parts=(TextPart(text="".join(self._pieces)),))
            self.record.part(EventKind.RESPONSE, "message", transcript.said_by(message))
        self._pieces = []

    def _message(self, found: Object) -> None:
        text, role = found.get("content"), word(found, "role")
        if not isinstance(text, str) or role not in {"user", "assistant"}:
            self._other(found)
            return
        if role == "assistant" and found.get("delta") is True:
            self._pieces.append(text)
            self.record.line(EventKind.CHUNK, "message", {"text": text}, found=found)
            return
        self._put_together()
        kind = EventKind.REQUEST if role == "user" else EventKind.RESPONSE
        message = Message(role=Role(role), parts=(TextPart(text=text),))
        self.record.line(kind, "message", transcript.said_by(message), found=found)

    def _tool_use(self, found: Object) -> None:
        name, call_id = word(found, "tool_name"), word(found, "tool_id")
        self._called[call_id] = name
        call = ToolCallPart(id=call_id, name=name, arguments=transcript.mapping(found, "parameters"))
        self.record.line(EventKind.TOOL_CALL, "tool_use", transcript.started(call), found=found)

    def _tool_result(self, found: Object) -> None:
        call_id = word(found, "tool_id")
        content = found.get("output", word(transcript.mapping(found, "error"), "message"))
        failed = found.get("status") == "error"
        result = ToolResultPart(call_id=call_id, name=self._called.get(call_id, ""), content=content, is_error=failed)
        self.record.line(EventKind.TOOL_CALL, "tool_result", transcript.ended(result), found=found)

    def _result(self, found: Object) -> None:
        self._running = False
        usage = _usage(transcript.mapping(found, "stats"))
        if found.get("status") == "success":
            self.record.line(EventKind.USAGE, "result", transcript.used(usage), found=found)
            return
        error = transcript.mapping(found, "error")
        message = word(error, "message") or self._wrong or "Gemini ended with an error, without saying which."
        data = transcript.failed(word(error, "type") or "error", message)
        line = self.record.line(EventKind.ERROR, "result", data, found=found)
        if usage != Usage():
            self.record.part(EventKind.USAGE, "result", transcript.used(usage), of=line)


def _usage(stats: Object) -> Usage:
    return Usage(
        input_tokens=transcript.tokens(stats, "input_tokens"),
        output_tokens=transcript.tokens(stats, "output_tokens"),
        cached_input_tokens=transcript.tokens(stats, "cached"),
    )


def _stats(usage: Usage) -> dict[str, int]:
    return {
        "total_tokens": usage.input_tokens + usage.output_tokens,
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
        "cached": usage.cached_input_tokens,
        "input": max(0, usage.input_tokens - usage.cached_input_tokens),
    }


def _result_line(error: Event | None) -> dict[str, Any]:
    if error is None:
        return {"type": "result", "status": "success"}
    told = {"type": str(error.data.get("code", "")), "message": transcript.error_of(error)}
    return {"type": "result", "status": "error", "error": told}


def _stamp(event: Event) -> str:
    return event.at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _lines(event: Event) -> Iterator[dict[str, Any]]:
    """The lines of one event."""
    kept = event.extra.get(PROVIDER)
    if kept is not None:
        yield overlay(_own_line(event), kept)
    elif event.kind is EventKind.ERROR:
        error = {"type": "error", "severity": "error", "message": transcript.error_of(event)}
        yield {**error, "timestamp": _stamp(event)}
    elif (message := transcript.message_of(event)) is not None:
        for line in _foreign(message):
            yield {**line, "timestamp": _stamp(event)}


def _foreign(message: Message) -> Iterator[dict[str, Any]]:
    for part in message.parts:
        match part:
            case TextPart() if message.role in {Role.USER, Role.ASSISTANT}:
                yield _message_line(message.role, part.text)
            case ToolCallPart():
                data = transcript.started(part)
                named = f"mcp_{data['server']}_{data['tool']}" if data["server"] else part.name
                yield _tool_line({**data, "name": _STRANGE.sub("_", named)})
            case ToolResultPart():
                yield _tool_line(transcript.ended(part))


def _message_line(role: Role, text: str) -> dict[str, Any]:
    line = {"type": "message", "role": role.value, "content": text}
    return {**line, "delta": True} if role is Role.ASSISTANT else line


def _tool_line(data: Object) -> dict[str, Any]:
    call_id = data.get("call_id", "")
    if data.get("phase") == "started":
        arguments = data.get("arguments", {})
        return {"type": "tool_use", "tool_name": data.get("name", ""), "tool_id": call_id, "parameters": arguments}
    text = transcript.words(data.get("content", ""))
    line = {"type": "tool_result", "tool_id": call_id, "status": "success", "output": text}
    if data.get("is_error"):
        line |= {"status": "error", "error": {"type": "tool_error", "message": text}}
    return line


def _own_line(event: Event) -> dict[str, Any]:
    """What the event alone says, as a line of Gemini's own; the difference is laid over it."""
    match event.kind:
        case EventKind.CHUNK:
            return _message_line(Role.ASSISTANT, str(event.data.get("text", "")))
        case EventKind.TOOL_CALL:
            return _tool_line(event.data)
        case EventKind.USAGE:
            return {**_result_line(None), "stats": _stats(transcript.usage_of(event))}
        case EventKind.ERROR:
            return _result_line(event)
        case EventKind.REQUEST | EventKind.RESPONSE if (message := transcript.message_of(event)) is not None:
            return _message_line(message.role, transcript.spoken(message))
        case _:
            return {}
