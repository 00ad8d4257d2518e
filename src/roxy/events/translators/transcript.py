"""What the event conversions share: recording a provider's lines as events, and reading a conversation out of events.

A line is one event, and what the event alone would not give back is kept in its `extra`. A line that says several
things (a message with calls, an end with costs) gives further events that carry the mark `PART_OF`, so that writing
them for the same provider gives one line again. Events of other providers, and Roxy's own, are written in the words
of the format.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol

from roxy.contracts.events import Event, EventKind
from roxy.contracts.ids import new_id
from roxy.contracts.models import Message, Part, Role, TextPart, ToolCallPart, ToolResultPart, Usage
from roxy.events.messages import message_as_json, message_from_json
from roxy.events.translators.verbatim import ABSENT, Object, difference, json_text

PART_OF = "roxy.part_of"
"""In `extra`: the event was read from the same line as the one that is its parent, or put together from several."""

_INTERRUPTED = "There is no result: the call was interrupted."


@dataclass(slots=True)
class Recorder:
    """Makes the events of one provider's run."""

    provider: str
    session_id: str | None
    correlation_id: str | None
    render: Callable[[Event], Object]
    """What an event alone is written as; the rest of its line goes to `extra`."""
    thread_id: str | None = None
    """The provider's own conversation; known once it has said so."""
    next_id: Callable[[], str] = field(default=lambda: new_id("evt"))
    """What gives each event its id."""
    events: list[Event] = field(default_factory=list)

    def line(self, kind: EventKind, name: str, data: Object, *, found: Object) -> Event:
        """The event of a line."""
        event = self._event(kind, name, data)
        kept = difference(found, self.render(event)) or {ABSENT: []}
        at = _time(found.get("timestamp")) or event.at
        self.events.append(replace(event, at=at, extra={self.provider: kept}))
        return self.events[-1]

    def part(self, kind: EventKind, name: str, data: Object, *, of: Event | None = None) -> Event:
        """A further event of the line of the event `of`, or of several lines."""
        parent = of or (self.events[-1] if self.events else None)
        event = replace(self._event(kind, name, data), extra={self.provider: {PART_OF: True}})
        self.events.append(event if parent is None else replace(event, at=parent.at, parent_id=parent.id))
        return self.events[-1]

    def _event(self, kind: EventKind, name: str, data: Object) -> Event:
        return Event(
            kind=kind,
            name=f"{self.provider}.{name}",
            data=data,
            session_id=self.session_id,
            thread_id=self.thread_id,
            correlation_id=self.correlation_id,
            route=self.provider,
            id=self.next_id(),
        )


class Reader(Protocol):
    """Reads a provider's lines in order, and records their events."""

    record: Recorder

    def read(self, found: Object) -> None:
        """One line."""
        ...

    def finish(self) -> None:
        """The stream has ended."""
        ...


def read_events(reader: Reader, objects: Iterable[Object], *, ended: bool = True) -> list[Event]:
    """All events of lines; with `ended=False` more lines will come."""
    for found in objects:
        reader.read(found)
    if ended:
        reader.finish()
    return reader.record.events


def recorded(reader: Reader, found: Object | None) -> list[Event]:
    """The events that are complete once the line `found` is read, None for the end; they are not kept any longer.

    The last event of a line stays until the next line, which may be part of the same.
    """
    if found is None:
        reader.finish()
    else:
        reader.read(found)
    events = reader.record.events
    done = events[:] if found is None else events[:-1]
    del events[: len(done)]
    return done


def _time(stamp: Any) -> datetime | None:
    try:
        found = datetime.fromisoformat(stamp)
    except (TypeError, ValueError):
        return None
    return found if found.tzinfo else None


def read_lines(lines: Iterable[str | bytes]) -> Iterator[tuple[int, dict[str, Any] | None]]:
    """The objects of JSON Lines with their numbers, from 1; None for a line that is no object. Empty lines are none."""
    for number, line in enumerate(lines, start=1):
        text = line.decode(errors="replace") if isinstance(line, bytes) else line
        if text.strip():
            yield number, _object(text)


def _object(text: str) -> dict[str, Any] | None:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def said_by(message: Message) -> dict[str, Any]:
    """The data of a request or a response."""
    return {"message": message_as_json(message)}


def started(call: ToolCallPart) -> dict[str, Any]:
    """The data of a call that begins."""
    return {
        "phase": "started",
        "call_id": call.id,
        "name": call.name,
        "arguments": dict(call.arguments),
        **_whose(call.name),
    }


def ended(result: ToolResultPart) -> dict[str, Any]:
    """The data of a call that has ended."""
    return {
        "phase": "ended",
        "call_id": result.call_id,
        "name": result.name,
        "content": result.content,
        "is_error": result.is_error,
        **_whose(result.name),
    }


def _whose(name: str) -> dict[str, str]:
    server, dot, tool = name.partition(".")
    return {"server": server, "tool": tool} if dot else {"server": "", "tool": name}


def used(usage: Usage) -> dict[str, Any]:
    """The data of what an answer cost."""
    return asdict(usage)


def usage_of(event: Event) -> Usage:
    """What an event says an answer cost."""
    return Usage(**{name: int(event.data.get(name, 0)) for name in asdict(Usage())})


def tokens(found: Object, name: str) -> int:
    """A number of tokens; 0 when it is missing or no number."""
    value = found.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else 0


def message_of(event: Event) -> Message | None:
    """What an event says, as a message; None when it says nothing that belongs into a conversation."""
    match event.kind:
        case EventKind.REQUEST | EventKind.RESPONSE:
            try:
                return message_from_json(event.data["message"])
            except (KeyError, ValueError):
                return None
        case EventKind.TOOL_CALL if event.data.get("phase") == "started":
            call = ToolCallPart(
                id=str(event.data.get("call_id", "")),
                name=str(event.data.get("name", "")),
                arguments=event.data.get("arguments") or {},
            )
            return Message(role=Role.ASSISTANT, parts=(call,))
        case EventKind.TOOL_CALL if event.data.get("phase") == "ended":
            result = ToolResultPart(
                call_id=str(event.data.get("call_id", "")),
                name=str(event.data.get("name", "")),
                content=event.data.get("content", ""),
                is_error=bool(event.data.get("is_error")),
            )
            return Message(role=Role.TOOL, parts=(result,))
        case _:
            return None


class Unrepeated:
    """Chooses the events to write for a provider: no further parts of its own lines, and no calls said twice.

    A call stands in the message of the model and in an event of its own; so may its result.
    """

    def __init__(self, provider: str) -> None:
        self._provider = provider
        self._told: set[str] = set()

    def keeps(self, event: Event) -> bool:
        """Whether to write the event; ask once for each, in order."""
        kept = event.extra.get(self._provider)
        if kept is not None and PART_OF in kept:
            return False
        message = message_of(event)
        if message is not None and event.kind is EventKind.TOOL_CALL and kept is None and _ids(message) <= self._told:
            return False
        if message is not None and event.kind is not EventKind.TOOL_CALL:
            self._told |= _ids(message)
        return True


class Seen:
    """What a first look over a conversation tells, so that a second one can write it as it goes; `note` each event."""

    def __init__(self, provider: str) -> None:
        self.first: Event | None = None
        """The first event that is written."""
        self.own = False
        """Whether there are lines of the provider's own."""
        self.answered: set[str] = set()
        """The calls that have a result."""
        self._provider = provider
        self._chosen = Unrepeated(provider)

    def note(self, event: Event) -> None:
        """The next event."""
        message = message_of(event)
        parts = message.parts if message is not None else ()
        self.answered.update(part.call_id for part in parts if isinstance(part, ToolResultPart))
        if self._chosen.keeps(event):
            self.first = self.first or event
            self.own = self.own or self._provider in event.extra


class Writer(Protocol):
    """Writes events in order, in the words of a provider."""

    def lines(self, event: Event) -> Iterable[dict[str, Any]]:
        """What can be written once the event is there."""
        ...

    def end(self) -> Iterable[dict[str, Any]]:
        """The rest."""
        ...


def written(events: Iterable[Event], provider: str, writer: Callable[[Seen], Writer]) -> list[dict[str, Any]]:
    """All that a writer has to write of events."""
    seen, events = Seen(provider), list(events)
    for event in events:
        seen.note(event)
    writes = writer(seen)
    return [*(line for event in events for line in writes.lines(event)), *writes.end()]


def _ids(message: Message) -> set[str]:
    calls = {f"call {part.id}" for part in message.parts if isinstance(part, ToolCallPart)}
    return calls | {f"result {part.call_id}" for part in message.parts if isinstance(part, ToolResultPart)}


def conversation(events: Iterable[Event]) -> list[Message]:
    """The conversation in events, as a model takes it: what the model said in a row is one message, and every result
    stands right after the message with its call. Results without a call are left out; a call without a result, which
    no provider takes, is told that it was interrupted.
    """
    seen, events = Seen(""), list(events)
    for event in events:
        seen.note(event)
    talk = Conversation(seen)
    return [*(message for event in events for message in talk.add(event)), *talk.end()]


class Conversation:
    """The same, as it goes: a message is handed out when nothing can be added to it, and its calls have results."""

    def __init__(self, seen: Seen) -> None:
        self._answered = seen.answered
        self._chosen = Unrepeated("")
        self._messages: list[Message] = []
        self._asked: dict[str, int] = {}
        """The place of each call without a result yet."""

    def add(self, event: Event) -> list[Message]:
        """The messages that are complete once the event is there."""
        message = message_of(event) if self._chosen.keeps(event) else None
        if message is None:
            return []
        _go_on(message, self._messages, self._asked)
        waiting = [place for call_id, place in self._asked.items() if call_id in self._answered]
        return self._done(min([len(self._messages) - 1, *waiting]))

    def end(self) -> list[Message]:
        """The rest."""
        return self._done(len(self._messages))

    def _done(self, count: int) -> list[Message]:
        """The first `count` messages and the results that belong to them."""
        for message in self._messages[:count]:
            for part in message.parts:
                if isinstance(part, ToolCallPart) and self._asked.get(part.id, count) < count:
                    result = ToolResultPart(call_id=part.id, name=part.name, content=_INTERRUPTED, is_error=True)
                    before = len(self._messages)
                    _place(result, self._messages, self._asked)
                    count += len(self._messages) - before
        done = self._messages[:count]
        del self._messages[:count]
        for call_id in self._asked:
            self._asked[call_id] -= count
        return done


def _go_on(message: Message, messages: list[Message], asked: dict[str, int]) -> None:
    """Add a message; `asked` is the place of each call without a result yet."""
    if message.role is Role.TOOL:
        for part in message.parts:
            _place(part, messages, asked)
        return
    if messages and message.role is Role.ASSISTANT is messages[-1].role:
        messages[-1] = replace(messages[-1], parts=messages[-1].parts + message.parts)
    else:
        messages.append(message)
    asked |= {part.id: len(messages) - 1 for part in message.parts if isinstance(part, ToolCallPart)}


def _place(result: Part, messages: list[Message], asked: dict[str, int]) -> None:
    """Put a result after its call, which is asked for once."""
    if not isinstance(result, ToolResultPart) or result.call_id not in asked:
        return
    place = asked.pop(result.call_id) + 1
    if place < len(messages) and messages[place].role is Role.TOOL:
        messages[place] = replace(messages[place], parts=(*messages[place].parts, result))
        return
    messages.insert(place, Message(role=Role.TOOL, parts=(result,)))
    for call_id, index in asked.items():
        asked[call_id] = index + 1 if index >= place else index


def error_of(event: Event) -> str:
    """The words of an error."""
    return str(event.data.get("message", ""))


def failed(code: str, message: str) -> dict[str, Any]:
    """The data of an error."""
    return {"code": code, "message": message}


def mapping(found: Object, key: str) -> Mapping[str, Any]:
    """An object within; empty when there is none."""
    value = found.get(key)
    return value if isinstance(value, Mapping) else {}


def words(content: Any) -> str:
    """A result as text: its words, or its JSON."""
    return content if isinstance(content, str) else json_text(content)


def spoken(message: Message) -> str:
    """What a message says aloud, its text parts one after the other."""
    return "".join(part.text for part in message.parts if isinstance(part, TextPart))
