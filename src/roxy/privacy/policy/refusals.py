"""What a decision says of a payload that may not leave: why, what to do, and what it was that stopped it."""

from collections.abc import Mapping
from typing import Any

from roxy.contracts.privacy import Question, Redaction
from roxy.errors import PrivacyBlocked, RoxyError, StoreError
from roxy.privacy.vault import SessionVault


def blocked(reason: str) -> dict[str, Any]:
    """What a `Decision` says of a payload that is blocked for this reason."""
    return {"outcome": "blocked", "reason": reason, "code": PrivacyBlocked.code}


def blocked_by(error: Exception) -> Mapping[str, Any]:
    """The same, for what went wrong. Of an error of others only its name: its text may quote the payload."""
    if not isinstance(error, RoxyError):
        return blocked(
            f"The privacy check failed ({type(error).__name__}), so nothing was sent. "
            "Run `roxy doctor`, or declare the server `external: false` if it may see real values."
        )
    if isinstance(error, StoreError):
        return blocked(f"Nothing was sent, for what stands for personal values could not be kept. {error}")
    facts = blocked(str(error))
    if isinstance(error, PrivacyBlocked) and error.kind:
        facts["stopped"] = (Redaction(error.kind, error.path, error.digest, "block"),)
    return facts


def refused(code: str, reason: str, question: Question, vault: SessionVault) -> Mapping[str, Any]:
    """The same, for a question that was answered with no, or by nobody."""
    stopped = Redaction(question.type, question.path, vault.digest(question.value), "block")
    return {"outcome": "blocked", "reason": reason, "code": code, "stopped": (stopped,)}
