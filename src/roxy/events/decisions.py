"""What the privacy gateway decided, as the data of an event."""

from typing import Any

from roxy.contracts.privacy import Decision


def decision_as_json(decision: Decision) -> dict[str, Any]:
    """The decision with the digests of what was replaced, or left as it is; there is no value in it."""
    return {
        "destination": decision.destination,
        "tool": decision.tool,
        "outcome": decision.outcome,
        "policy": decision.policy,
        "code": decision.code,
        "reason": decision.reason,
        "ms": decision.ms,
        "counts": decision.counts(),
        "redactions": [
            {"type": one.type, "path": one.path, "digest": one.digest, "action": one.action}
            for one in (*decision.redactions, *decision.released)
        ],
    }
