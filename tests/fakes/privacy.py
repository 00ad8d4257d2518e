"""A privacy guard that knows one name, and a sink that keeps what it is given."""

import json
from typing import Any

from roxy.contracts.events import Event
from roxy.contracts.privacy import Decision, Outgoing, Redaction, Zone

NAME = "Mabel Quill"
PSEUDONYM = "Person_1"


def _replaced(payload: Any, old: str, new: str) -> Any:
    return json.loads(json.dumps(payload).replace(old, new))


class OneNameGuard:
    """Replaces `NAME` by `PSEUDONYM` on the way out and for records, and back on the way in."""

    def __init__(self, *, blocks: str = "") -> None:
        self.blocks = blocks
        self.asked: list[dict[str, Any]] = []

    async def outgoing(
        self, payload, *, destination, tool=None, schema=None, session_id=None, policy=None, ask=None
    ) -> Outgoing:
        self.asked.append({"destination": destination, "tool": tool, "schema": schema, "session_id": session_id})
        if self.blocks:
            return Outgoing(None, Decision(destination, tool, "blocked", reason=self.blocks))
        found = json.dumps(payload).count(NAME)
        redactions = tuple(Redaction("PERSON", "/text", "digest") for _ in range(found))
        decision = Decision(destination, tool, "redacted" if found else "passed", redactions)
        return Outgoing(_replaced(payload, NAME, PSEUDONYM), decision)

    async def incoming(self, payload, *, source, zone=Zone.USER, session_id=None) -> Any:
        if zone == Zone.RECORD:
            return _replaced(payload, NAME, PSEUDONYM)
        return _replaced(payload, PSEUDONYM, NAME)


class KeptEvents:
    """An event sink in memory."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def record(self, event: Event) -> None:
        self.events.append(event)

    async def audit(self, event: Event) -> None:
        self.events.append(event)

    def of(self, kind: str) -> list[Event]:
        return [event for event in self.events if event.kind == kind]
