"""What the privacy gateway decided about something that was to leave, as an event and in the metrics."""

from roxy.contracts.events import Event, EventKind, EventSink
from roxy.contracts.privacy import Decision
from roxy.events.decisions import count_decision, decision_as_json, is_plain
from roxy.observe import trace


def note_decision(
    events: EventSink | None, decision: Decision, *, session_id: str | None, hop: int | None = None
) -> None:
    """Count what was replaced, and record the decision; there is no value in it."""
    count_decision(decision)
    if events is None:
        return
    around = trace.current()
    events.record(
        Event(
            kind=EventKind.DECISION,
            name=f"privacy.{decision.outcome}",
            data=decision_as_json(decision),
            session_id=session_id,
            correlation_id=around.correlation_id,
            hop=around.hop if hop is None else hop,
            redacted=is_plain(decision),
        )
    )
