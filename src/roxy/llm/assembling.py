"""What every provider's reader does at the end of an answer."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from roxy.contracts.ids import new_id
from roxy.contracts.models import Finished, Message, Part, Role, StopReason, ToolCallDelta, ToolCallPart, Usage


@dataclass(slots=True)
class Call:
    """A tool call while it arrives."""

    index: int
    id: str
    name: str
    """Roxy's name of the tool."""
    wire: str
    """The provider's name of it."""
    arguments: list[str] = field(default_factory=list)

    def delta(self, piece: str) -> ToolCallDelta:
        """The event for the next piece of its arguments, which is kept."""
        if piece:
            self.arguments.append(piece)
        return ToolCallDelta(index=self.index, id=self.id, name=self.name, arguments=piece)

    @property
    def text(self) -> str:
        """The arguments so far."""
        return "".join(self.arguments)


def own_id(given: str, calls: Iterable[Call]) -> str:
    """The id of a further call: that of the server, unless it gave none or one that is taken."""
    return new_id("call") if not given or any(call.id == given for call in calls) else given


def one_message(messages: Iterable[Message]) -> Message:
    """Everything of one answer as one message of the assistant; some providers spread it over several objects."""
    answers = [message for message in messages if message.role is Role.ASSISTANT]
    if len(answers) == 1:
        return answers[0]
    parts: list[Part] = [part for message in answers for part in message.parts]
    extra = {name: fields for message in answers for name, fields in message.extra.items()}
    return Message(role=Role.ASSISTANT, parts=tuple(parts), extra=extra)


def finished(message: Message, stop: StopReason, raw_stop: str, usage: Usage) -> Finished:
    """The last event. Some servers call an answer ended that asks for tools: what is in it counts."""
    calls = any(isinstance(part, ToolCallPart) for part in message.parts)
    if calls and stop in {StopReason.END, StopReason.OTHER}:
        stop = StopReason.TOOL_CALLS
    return Finished(message=message, stop=stop, usage=usage, raw_stop=raw_stop)


def compact(value: Any) -> str:
    """JSON text without spaces."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
