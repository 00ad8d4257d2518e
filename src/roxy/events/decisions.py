"""What the privacy gateway decided, as the data of an event and as figures."""

from typing import Any

from roxy.contracts.privacy import Decision
from roxy.observe import metrics


def count_decision(decision: Decision) -> None:
    """Count in the metrics what was replaced, what left as it is and what stopped a payload, by type."""
    for kind, count in decision.counts().items():
        metrics.redacted(kind, count)
    for one in decision.released:
        metrics.released(one.type)
    if decision.blocked:
        metrics.blocked(next((one.type for one in decision.stopped), ""))


def is_plain(decision: Decision) -> bool:
    """Whether no name of an argument that may be personal is in it: such names are in reasons and in paths."""
    return not decision.reason and not decision.released


def decision_as_json(decision: Decision) -> dict[str, Any]:
    """The decision with the digests of what was replaced, left as it is or stopped it; there is no value in it."""
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
            for one in (*decision.redactions, *decision.released, *decision.stopped)
        ],
    }
