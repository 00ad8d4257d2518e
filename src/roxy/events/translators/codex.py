"""The lines of `codex exec --json`, to canonical events and back.

Order of events in a run: `thread.started`, `turn.started`, items that start and complete, then `turn.completed`
with what it cost, or `turn.failed`. The cost is that of the whole thread, earlier runs included: events hold what
was added. A run that ends without either end was interrupted; an event says so. Items of Codex's own
(`command_execution`, `file_change`, `mcp_tool_call`) are tool calls. Codex's format has no place for what the user
said, for results as JSON of other tools than MCP's, and no pieces of a text: a request is not written.
"""

from collections.abc import Iterable, Iterator
from itertools import count
from typing import Any

from roxy.contracts.events import Event, EventKind
from roxy.contracts.models import Message, ReasoningPart, Role, TextPart, ToolCallPart, ToolResultPart, Usage
from roxy.events.translators import transcript
from roxy.events.translators.transcript import Recorder
from roxy.events.translators.verbatim import Object, named, overlay, word

PROVIDER = "codex"

_TOOLS = {"command_execution": ("command",), "file_change": ("changes",), "web_search": ("query",)}
"""Codex's own tools, and the fields that are their arguments."""
FRAME = frozenset({"codex.thread.started", "codex.turn.started"})
"""Names of the events that say nothing but where a run or a turn begins."""
_FAILED = {"failed", "declined"}
_ENDS = {"turn.completed", "turn.failed"}


def to_events(
    objects: Iterable[Object],
    *,
    session_id: str | None,
    correlation_id: str | None = None,
    earlier: Iterable[Event] = (),
    ended: bool = True,
) -> list[Event]:
    """Events for the lines of one or more runs.

    `earlier` are events of runs before, which have used part of what a resumed thread says it cost. With
    `ended=False` more lines will come, and a run without its end is not yet an error.
    """
    reader = line_reader(session_id=session_id, correlation_id=correlation_id, earlier=earlier)
    return transcript.read_events(reader, objects, ended=ended)


def line_reader(
    *, session_id: str | None, correlation_id: str | None = None, earlier: Iterable[Event] = ()
) -> transcript.Reader:
    """What reads lines one by one (`transcript.recorded`)."""
    return _Reader(Recorder(PROVIDER, session_id, correlation_id, _own_line), _totals(earlier))


def from_events(events: Iterable[Event]) -> list[dict[str, Any]]:
    """Lines for events; a conversation without a line of Codex's own gets the frame a reader expects."""
    return transcript.written(events, PROVIDER, writer)


def writer(seen: transcript.Seen) -> transcript.Writer:
    """The same, line by line."""
    return _Writer(seen)


def _totals(earlier: Iterable[Event]) -> dict[str | None, Usage]:
    totals: dict[str | None, Usage] = {}
    for event in earlier:
        if event.kind is EventKind.USAGE and event.route == PROVIDER:
            totals[event.thread_id] = totals.get(event.thread_id, Usage()) + transcript.usage_of(event)
    return totals


class _Reader:
    """Reads lines in order."""

    def __init__(self, record: Recorder, totals: dict[str | None, Usage]) -> None:
        self.record = record
        self._totals = totals
        self._in_turn = False

    def read(self, found: Object) -> None:
        """One line."""
        kind = word(found, "type")
        if kind == "thread.started":
            self.finish()
            self.record.thread_id = word(found, "thread_id") or None
        match kind:
            case "turn.completed" if isinstance(found.get("usage"), dict):
                self._used(found)
            case "error" | "turn.failed":
                self._failed(found)
            case "item.started" | "item.completed" if self._item(found, transcript.mapping(found, "item")):
                pass
            case _:
                self.record.line(EventKind.OTHER, kind or "line", {}, found=found)
        self._in_turn = kind == "turn.started" or (self._in_turn and kind not in _ENDS)

    def finish(self) -> None:
        """The stream has ended."""
        if self._in_turn:
            message = "Codex ended in the middle of a turn, without saying why."
            self.record.part(EventKind.ERROR, "interrupted", {"code": "interrupted", "message": message})
            self._in_turn = False

    def _used(self, found: Object) -> None:
        thread = self.record.thread_id
        total, before = _usage(found["usage"]), self._totals.get(thread, Usage())
        added = _less(total, before)
        self._totals[thread] = total
        self.record.line(EventKind.USAGE, "turn.completed", transcript.used(added), found=found)

    def _failed(self, found: Object) -> None:
        failed = found.get("type") == "turn.failed"
        message = transcript.mapping(found, "error").get("message") if failed else found.get("message")
        words = message if isinstance(message, str) else ""
        code = "turn_failed" if failed else "retrying" if words.startswith("Reconnecting") else "error"
        self.record.line(EventKind.ERROR, str(found["type"]), {"code": code, "message": words}, found=found)

    def _item(self, found: Object, item: Object) -> bool:
        """An item that is understood; False for any other."""
        kind, done = word(item, "type"), found["type"] == "item.completed"
        if done and kind in {"agent_message", "reasoning"} and isinstance(item.get("text"), str):
            part = TextPart(text=item["text"]) if kind == "agent_message" else ReasoningPart(text=item["text"])
            data = transcript.said_by(Message(role=Role.ASSISTANT, parts=(part,)))
            self.record.line(EventKind.RESPONSE, f"item.{kind}", data, found=found)
        elif done and kind == "error":
            data = {"code": "warning", "message": str(item.get("message", ""))}
            self.record.line(EventKind.ERROR, "item.error", data, found=found)
        elif kind in _TOOLS or kind == "mcp_tool_call":
            data = (
                transcript.ended(_result(item, self._call_id(item)))
                if done
                else transcript.started(_call(item, self._call_id(item)))
            )
            self.record.line(EventKind.TOOL_CALL, f"item.{kind}", data, found=found)
        else:
            return False
        return True

    def _call_id(self, item: Object) -> str:
        return f"{self.record.thread_id or 'codex'}-{item.get('id', '')}"


def _call(item: Object, call_id: str) -> ToolCallPart:
    if item["type"] == "mcp_tool_call":
        return ToolCallPart(id=call_id, name=_mcp_name(item), arguments=transcript.mapping(item, "arguments"))
    kind = str(item["type"])
    arguments = {name: item[name] for name in _TOOLS[kind] if name in item}
    return ToolCallPart(id=call_id, name=f"codex.{kind}", arguments=arguments)


def _result(item: Object, call_id: str) -> ToolResultPart:
    failed = word(item, "status") in _FAILED
    if item["type"] != "mcp_tool_call":
        content: Any = item.get("aggregated_output", item.get("status", ""))
        return ToolResultPart(call_id=call_id, name=f"codex.{item['type']}", content=content, is_error=failed)
    content = transcript.mapping(item, "error").get("message") if failed else None
    if content is None:
        content = _mcp_content(transcript.mapping(item, "result"))
    return ToolResultPart(call_id=call_id, name=_mcp_name(item), content=content, is_error=failed)


def _mcp_name(item: Object) -> str:
    return f"{item.get('server', '')}.{item.get('tool', '')}"


def _mcp_content(result: Object) -> Any:
    """The structured content of a result, else the words in it; what is no text is named."""
    if result.get("structured_content") is not None:
        return result["structured_content"]
    blocks = result.get("content")
    if not isinstance(blocks, list):
        return ""
    return "\n".join(word(block, "text") or named(block) for block in blocks if isinstance(block, dict))


def _usage(found: Object) -> Usage:
    return Usage(
        input_tokens=transcript.tokens(found, "input_tokens"),
        output_tokens=transcript.tokens(found, "output_tokens"),
        cached_input_tokens=transcript.tokens(found, "cached_input_tokens"),
        reasoning_tokens=transcript.tokens(found, "reasoning_output_tokens"),
    )


def _less(total: Usage, before: Usage) -> Usage:
    """What was added; all of it when the thread's count has begun anew."""
    if total.input_tokens < before.input_tokens or total.output_tokens < before.output_tokens:
        return total
    return Usage(
        input_tokens=total.input_tokens - before.input_tokens,
        output_tokens=total.output_tokens - before.output_tokens,
        cached_input_tokens=max(0, total.cached_input_tokens - before.cached_input_tokens),
        reasoning_tokens=max(0, total.reasoning_tokens - before.reasoning_tokens),
    )


def _usage_line(usage: Usage) -> dict[str, int]:
    return {
        "input_tokens": usage.input_tokens,
        "cached_input_tokens": usage.cached_input_tokens,
        "cache_write_input_tokens": 0,
        "output_tokens": usage.output_tokens,
        "reasoning_output_tokens": usage.reasoning_tokens,
    }


def _error_line(message: str, *, final: bool) -> dict[str, Any]:
    return {"type": "turn.failed", "error": {"message": message}} if final else {"type": "error", "message": message}


def _item_line(data: Object, *, done: bool) -> dict[str, Any]:
    """The line of a call that begins or has ended; calls of tools that are not Codex's are calls of MCP."""
    failed = bool(data.get("is_error"))
    status = "in_progress" if not done else "failed" if failed else "completed"
    kind = data["tool"] if data["server"] == "codex" else ""
    item = _own_item(kind, data) if kind in _TOOLS else _mcp_item(data, done=done, failed=failed)
    return {"type": "item.completed" if done else "item.started", "item": {**item, "status": status}}


def _own_item(kind: str, data: Object) -> dict[str, Any]:
    item = {"type": kind, **data.get("arguments", {})}
    return {**item, "aggregated_output": data.get("content", "")} if kind == "command_execution" else item


def _mcp_item(data: Object, *, done: bool, failed: bool) -> dict[str, Any]:
    return {
        "type": "mcp_tool_call",
        "server": data["server"],
        "tool": data["tool"],
        "arguments": data.get("arguments", {}),
        "result": _mcp_result(data["content"]) if done and not failed else None,
        "error": {"message": transcript.words(data["content"])} if failed else None,
    }


def _mcp_result(content: Any) -> dict[str, Any]:
    structured = content if isinstance(content, dict) else None
    return {"content": [{"type": "text", "text": transcript.words(content)}], "structured_content": structured}


class _Writer:
    """Writes lines in order. A turn of somebody else's goes from a request to the next."""

    def __init__(self, seen: transcript.Seen) -> None:
        self._chosen = transcript.Unrepeated(PROVIDER)
        self._head: list[dict[str, Any]] = []
        if seen.first is not None and not seen.own:
            thread = seen.first.thread_id or seen.first.session_id or ""
            self._head = [{"type": "thread.started", "thread_id": thread}]
        self._in_turn = False
        self._numbers = count()
        self._items: dict[str, tuple[str, Object]] = {}
        self._total = Usage()
        self._error = ""
        """What went wrong last, and was not followed by an answer."""

    def lines(self, event: Event) -> Iterator[dict[str, Any]]:
        """The lines of one event, the frame before the first of them."""
        if not self._chosen.keeps(event):
            return
        for line in self._lines(event):
            yield from self._head
            self._head = []
            yield line

    def _lines(self, event: Event) -> Iterator[dict[str, Any]]:
        self._total += transcript.usage_of(event) if event.kind is EventKind.USAGE else Usage()
        kept = event.extra.get(PROVIDER)
        message = transcript.message_of(event)
        if kept is not None:
            yield from self.end()
            yield overlay(_own_line(event), kept)
        elif event.kind is EventKind.ERROR:
            self._error = transcript.error_of(event)
            yield from self._begin()
            yield _error_line(self._error, final=False)
        elif message is not None:
            yield from self.end() if event.kind is EventKind.REQUEST else ()
            yield from self._begin()
            for part in message.parts:
                yield from self._part(part, message.role)
            self._error = "" if event.kind is EventKind.RESPONSE else self._error

    def _begin(self) -> Iterator[dict[str, Any]]:
        if not self._in_turn:
            yield {"type": "turn.started"}
        self._in_turn = True

    def end(self) -> Iterator[dict[str, Any]]:
        """The end of a turn of somebody else's."""
        if self._in_turn and self._error:
            yield _error_line(self._error, final=True)
        elif self._in_turn:
            yield {"type": "turn.completed", "usage": _usage_line(self._total)}
        self._in_turn, self._error = False, ""

    def _part(self, part: object, role: Role) -> Iterator[dict[str, Any]]:
        match part:
            case TextPart() if role is Role.ASSISTANT:
                yield self._item({"type": "agent_message", "text": part.text})
            case ReasoningPart() if part.text:
                yield self._item({"type": "reasoning", "text": part.text})
            case ToolCallPart():
                self._items[part.id] = (f"item_{next(self._numbers)}", part.arguments)
                yield self._numbered(_item_line(transcript.started(part), done=False), part.id)
            case ToolResultPart():
                arguments = self._items.get(part.call_id, ("", {}))[1]
                line = _item_line({**transcript.ended(part), "arguments": arguments}, done=True)
                yield self._numbered(line, part.call_id)
                self._items.pop(part.call_id, None)

    def _item(self, item: dict[str, Any]) -> dict[str, Any]:
        return {"type": "item.completed", "item": {"id": f"item_{next(self._numbers)}", **item}}

    def _numbered(self, line: dict[str, Any], call_id: str) -> dict[str, Any]:
        number = self._items.get(call_id, ("", {}))[0] or f"item_{next(self._numbers)}"
        return {**line, "item": {"id": number, **line["item"]}}


def _own_line(event: Event) -> dict[str, Any]:
    """What the event alone says, as a line of Codex's own; the difference is laid over it."""
    match event.kind:
        case EventKind.USAGE:
            return {"type": "turn.completed", "usage": _usage_line(transcript.usage_of(event))}
        case EventKind.ERROR if event.data.get("code") == "warning":
            return {"type": "item.completed", "item": {"type": "error", "message": transcript.error_of(event)}}
        case EventKind.ERROR:
            return _error_line(transcript.error_of(event), final=event.data.get("code") == "turn_failed")
        case EventKind.TOOL_CALL:
            return _item_line(event.data, done=event.data.get("phase") == "ended")
        case EventKind.RESPONSE if (message := transcript.message_of(event)) is not None:
            (part,) = message.parts
            kind = "reasoning" if isinstance(part, ReasoningPart) else "agent_message"
            text = part.text if isinstance(part, ReasoningPart | TextPart) else ""
            return {"type": "item.completed", "item": {"type": kind, "text": text}}
        case _:
            return {}
