"""What OpenAI streams, chunks of chat completions and events of Responses, to canonical events and back.

Order of events: pieces of a text become chunks; what they add up to becomes one response with its calls, when the
chunks' `finish_reason` or the `response.completed` (`incomplete`, `failed`) is there, or when the stream ends; then
what it cost. `from_events` writes a conversation as chat messages, the form that everyone reads; `stream_from_events`
gives the stream back as it came.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from roxy.contracts.events import Event, EventKind
from roxy.contracts.models import Message, ToolCallPart, Usage
from roxy.events.translators import transcript
from roxy.events.translators.openai_chat import chat_messages, from_chat_messages
from roxy.events.translators.openai_responses import from_response_items
from roxy.events.translators.transcript import PART_OF, Recorder
from roxy.events.translators.verbatim import Object, overlay, word

PROVIDER = "openai"

_PIECES = {
    "response.output_text.delta": "text",
    "response.refusal.delta": "text",
    "response.reasoning_summary_text.delta": "reasoning",
    "response.reasoning_text.delta": "reasoning",
    "response.function_call_arguments.delta": "arguments",
}
"""What the pieces of an answer are in a chunk."""
_ENDS = frozenset({"response.completed", "response.incomplete", "response.failed"})


def to_events(
    objects: Iterable[Object], *, session_id: str | None, correlation_id: str | None = None, ended: bool = True
) -> list[Event]:
    """Events for a stream of either kind; with `ended=False` more will come."""
    reader = _Reader(Recorder(PROVIDER, session_id, correlation_id, _own_line))
    return transcript.read_events(reader, objects, ended=ended)


def from_events(events: Iterable[Event]) -> list[dict[str, Any]]:
    """The conversation in events as chat messages."""
    return transcript.written(events, PROVIDER, writer)


def writer(seen: transcript.Seen) -> transcript.Writer:
    """The same, message by message."""
    return _Writer(seen)


class _Writer:
    """Writes messages as soon as they are complete."""

    def __init__(self, seen: transcript.Seen) -> None:
        self._talk = transcript.Conversation(seen)

    def lines(self, event: Event) -> list[dict[str, Any]]:
        """The messages that are complete once the event is there."""
        return chat_messages(self._talk.add(event))

    def end(self) -> list[dict[str, Any]]:
        """The rest."""
        return chat_messages(self._talk.end())


def stream_from_events(events: Iterable[Event]) -> list[dict[str, Any]]:
    """The objects of OpenAI's own stream, as they came; of other events nothing."""
    return [
        overlay(_own_line(event), kept)
        for event in events
        if (kept := event.extra.get(PROVIDER)) is not None and PART_OF not in kept
    ]


@dataclass(slots=True)
class _Growing:
    """An answer of chat completions that is being put together."""

    fields: dict[str, str] = field(default_factory=dict)
    """Text, thoughts, refusal, by the field they come in."""
    calls: dict[int, dict[str, str]] = field(default_factory=dict)
    """By index: `id`, `name`, `arguments`."""

    def add(self, delta: Object) -> None:
        for name in ("content", "refusal", "reasoning_content", "reasoning"):
            if piece := word(delta, name):
                self.fields[name] = self.fields.get(name, "") + piece
        calls = delta.get("tool_calls")
        for piece in calls if isinstance(calls, list) else ():
            if isinstance(piece, Mapping):
                self._add_call(piece)

    def _add_call(self, piece: Object) -> None:
        index = piece.get("index")
        call = self.calls.setdefault(index if isinstance(index, int) else len(self.calls), {})
        function = transcript.mapping(piece, "function")
        call["id"] = call.get("id") or word(piece, "id")
        call["name"] = call.get("name") or word(function, "name")
        call["arguments"] = call.get("arguments", "") + word(function, "arguments")

    def message(self) -> dict[str, Any] | None:
        """The answer as a chat message; None when there is nothing yet."""
        calls = [
            {
                "id": call["id"],
                "type": "function",
                "function": {"name": call["name"], "arguments": call["arguments"]},
            }
            for _, call in sorted(self.calls.items())
        ]
        if not calls and not self.fields:
            return None
        said = {"role": "assistant", "content": None, **self.fields}
        return {**said, "tool_calls": calls} if calls else said


class _Reader:
    """Reads chunks and events in order."""

    def __init__(self, record: Recorder) -> None:
        self.record = record
        self._chat = _Growing()
        self._items: list[Object] = []

    def read(self, found: Object) -> None:
        """One object of a stream."""
        kind = word(found, "type")
        if found.get("error") is not None or kind == "error":
            self._error(found, transcript.mapping(found, "error") or found)
        elif isinstance(found.get("choices"), list):
            self._chunk(found)
        elif kind in _ENDS:
            self._response(found, kind)
        elif kind in _PIECES and isinstance(found.get("delta"), str):
            self.record.line(EventKind.CHUNK, kind, {_PIECES[kind]: found["delta"]}, found=found)
        else:
            self._items += [transcript.mapping(found, "item")] if kind == "response.output_item.done" else []
            self.record.line(EventKind.OTHER, kind or "object", {}, found=found)

    def finish(self) -> None:
        """The stream has ended."""
        self._put_together()
        if self._items:
            self._said(from_response_items(self._items))
        self._items = []

    def _chunk(self, found: Object) -> None:
        choices = [choice for choice in found["choices"] if isinstance(choice, Mapping)]
        choice: Object = next((choice for choice in choices if choice.get("index", 0) == 0), {})
        delta = transcript.mapping(choice, "delta") or transcript.mapping(choice, "message")
        pieces = _pieces(delta)
        usage = found.get("usage")
        self.record.line(EventKind.CHUNK if pieces else EventKind.OTHER, "chat.chunk", pieces, found=found)
        self._chat.add(delta)
        if choice.get("finish_reason") is not None:
            self._put_together()
        if isinstance(usage, Mapping):
            self.record.part(EventKind.USAGE, "chat.usage", transcript.used(_chat_usage(usage)))

    def _put_together(self) -> None:
        message, self._chat = self._chat.message(), _Growing()
        if message is not None:
            self._said(from_chat_messages([message]))

    def _said(self, messages: Iterable[Message]) -> None:
        for message in messages:
            self.record.part(EventKind.RESPONSE, "response", transcript.said_by(message))
            for part in message.parts:
                if isinstance(part, ToolCallPart):
                    self.record.part(EventKind.TOOL_CALL, "call", transcript.started(part))

    def _response(self, found: Object, kind: str) -> None:
        response = transcript.mapping(found, "response")
        if kind == "response.failed":
            self._error(found, transcript.mapping(response, "error"))
        else:
            self.record.line(EventKind.OTHER, kind, {}, found=found)
        output = response.get("output")
        items = [item for item in output if isinstance(item, Mapping)] if isinstance(output, list) else []
        self._said(from_response_items(items or self._items))
        self._items = []
        if isinstance(usage := response.get("usage"), Mapping):
            self.record.part(EventKind.USAGE, "response.usage", transcript.used(_response_usage(usage)))

    def _error(self, found: Object, error: Object) -> None:
        code = word(error, "code") or word(error, "type") or "error"
        data = transcript.failed(code, word(error, "message"))
        self.record.line(EventKind.ERROR, word(found, "type") or "error", data, found=found)


def _pieces(delta: Object) -> dict[str, Any]:
    """What a chunk adds to the answer: words, thoughts, arguments; empty when it only frames them."""
    calls = delta.get("tool_calls")
    called = [call for call in calls if isinstance(call, Mapping)] if isinstance(calls, list) else []
    functions = [transcript.mapping(call, "function") for call in called]
    found = {
        "text": word(delta, "content") + word(delta, "refusal"),
        "reasoning": word(delta, "reasoning_content") or word(delta, "reasoning"),
        "arguments": "".join(word(function, "arguments") for function in functions),
    }
    return {name: piece for name, piece in found.items() if piece}


def _chat_usage(found: Object) -> Usage:
    return Usage(
        input_tokens=transcript.tokens(found, "prompt_tokens"),
        output_tokens=transcript.tokens(found, "completion_tokens"),
        cached_input_tokens=transcript.tokens(transcript.mapping(found, "prompt_tokens_details"), "cached_tokens"),
        reasoning_tokens=transcript.tokens(transcript.mapping(found, "completion_tokens_details"), "reasoning_tokens"),
    )


def _response_usage(found: Object) -> Usage:
    return Usage(
        input_tokens=transcript.tokens(found, "input_tokens"),
        output_tokens=transcript.tokens(found, "output_tokens"),
        cached_input_tokens=transcript.tokens(transcript.mapping(found, "input_tokens_details"), "cached_tokens"),
        reasoning_tokens=transcript.tokens(transcript.mapping(found, "output_tokens_details"), "reasoning_tokens"),
    )


def _own_line(event: Event) -> dict[str, Any]:
    """What a chunk alone says; everything else of a stream is kept whole."""
    if event.kind is EventKind.CHUNK and event.name.endswith("output_text.delta"):
        return {"type": "response.output_text.delta", "delta": event.data.get("text", "")}
    return {}
