"""What a decision says of a payload that may not leave: why, what to do, and what it was that stopped it."""

from collections.abc import Mapping
from typing import Any

from roxy.contracts.privacy import Question, Redaction
from roxy.errors import PrivacyBlocked, RoxyError, StoreError
from roxy.privacy.policy.rules import LOCAL
from roxy.privacy.vault import SessionVault


def blocked(reason: str) -> dict[str, Any]:
    """What a `Decision` says of a payload that is blocked for this reason."""
    return {"outcome": "blocked", "reason": reason, "code": PrivacyBlocked.code}


def blocked_by(error: Exception, around: str = "") -> Mapping[str, Any]:
    """The same, for what went wrong. Of an error of others only its name: its text may quote the payload.

    `around` tells the way round the whole check; an error with a `kind` tells a narrower one itself.
    """
    if not isinstance(error, RoxyError):
        failed = f"The privacy check failed ({type(error).__name__}), so nothing was sent. Run `roxy doctor`."
        return blocked(f"{failed} {around}".rstrip())
    if isinstance(error, StoreError):
        return blocked(f"Nothing was sent, for what stands for personal values could not be kept. {error}")
    if isinstance(error, PrivacyBlocked) and error.kind:
        return {**blocked(str(error)), "stopped": (Redaction(error.kind, error.path, error.digest, "block"),)}
    return blocked(f"{error} {around}".rstrip())


def way_around(destination: str, policy: str) -> str:
    """How to let a destination see what nobody here can look at; empty where there is no such way."""
    if destination.startswith("model:") and destination.count(":") == 1:
        return "A model of your own sees everything once it is declared `external: false` in roxy.yaml."
    if policy == LOCAL or ":" in destination:
        return ""
    return "A server that may see everything is declared `external: false` in mcp_servers.yaml."


def refused(code: str, reason: str, question: Question, vault: SessionVault) -> Mapping[str, Any]:
    """The same, for a question that was answered with no, or by nobody."""
    stopped = Redaction(question.type, question.path, vault.digest(question.value), "block")
    return {"outcome": "blocked", "reason": reason, "code": code, "stopped": (stopped,)}
