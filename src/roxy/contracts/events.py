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
    CHUNK = "chunk"
    """A piece of a response; sampled."""
    USAGE = "usage"
    """What an answer cost."""
    TOOL_CALL = "tool_call"
    ARTIFACT = "artifact"
    """A file or document that came out of it."""
    DECISION = "decision"
    """The privacy gateway decided."""
    AUDIT = "audit"
    """A grant, a refusal, an approval, a confirmation."""
    ERROR = "error"
    OTHER = "other"
    """Something a provider says of itself (a session begins, a kind not known yet); verbatim in `extra`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened. `data` is JSON and already redacted, unless `redacted` leaves that to the log."""

    kind: EventKind
    name: str
    """What exactly, in dotted words: `tool.called`, `skill.refused`, `turn.cancelled`."""
    data: Mapping[str, Any] = field(default_factory=dict)
    session_id: str | None = None
    thread_id: str | None = None
    """The provider's own conversation (a Codex thread, a Claude session) that it belongs to."""
    parent_id: str | None = None
    """Lineage: the event that caused it."""
    correlation_id: str | None = None
    hop: int = 0
    route: str = ""
    """`openai`, `anthropic`, `gemini`, `skill:NAME`, `session:NAME`, `mcp:stdio`, …"""
    transport: str = ""
    extra: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """By provider: fields that nobody here knows, verbatim (and redacted), so that nothing is lost on the way back."""
    version: int = 1
    """Of the schema of `data`; it grows when a key changes its meaning."""
    redacted: bool = True
    """False: `data` and `extra` may hold real values, and the log redacts them before anything is written."""
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
