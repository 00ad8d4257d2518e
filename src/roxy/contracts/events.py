"""What happened, in the form in which it is kept: pseudonyms only, never real values, never secrets."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Protocol

from roxy.contracts.ids import new_id


class EventKind(StrEnum):
    """The kinds of events. `AUDIT` events are on the disk before what they speak of goes on."""

    REQUEST = "request"
    """Somebody said something to Roxy."""
    RESPONSE = "response"
    TOOL_CALL = "tool_call"
    DECISION = "decision"
    """The privacy gateway decided."""
    AUDIT = "audit"
    """A grant, a refusal, an approval, a confirmation."""
    ERROR = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened. `data` is JSON and already redacted."""

    kind: EventKind
    name: str
    """What exactly, in dotted words: `tool.called`, `skill.refused`, `turn.cancelled`."""
    data: Mapping[str, Any] = field(default_factory=dict)
    session_id: str | None = None
    correlation_id: str | None = None
    hop: int = 0
    route: str = ""
    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    id: str = field(default_factory=lambda: new_id("evt"))


class EventSink(Protocol):
    """Where events go."""

    def record(self, event: Event) -> None:
        """Hand over an event; returns at once, before it is written."""
        ...

    async def audit(self, event: Event) -> None:
        """Hand over an event and wait until it is on the disk."""
        ...
