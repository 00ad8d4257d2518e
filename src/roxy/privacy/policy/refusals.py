"""What a decision says of a payload that may not leave: why, what to do, and what it was that stopped it."""

from collections.abc import Mapping
from typing import Any

from roxy.contracts.privacy import Question, Redaction
from roxy.errors import PrivacyBlocked, RoxyError, StoreError
from roxy.privacy.surrogates import misfit
from roxy.privacy.vault import SessionVault

ALLOW = (
    "If this server may see real values, declare it `external: false` in mcp_servers.yaml, or allow this argument in "
    "privacy.yaml."
)
"""What to do about a value that nothing can stand for."""


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


def check_form(text: str, was: str, path: str, schema: Mapping[str, Any]) -> None:
    """Raise `PrivacyBlocked` for what `schema` takes no more, as it took what it was."""
    wrong = misfit(text, schema)
    if wrong and not misfit(was, schema):
        raise PrivacyBlocked(
            f"The value at {path or 'the top'} is personal, and what would stand in for it does not fit {wrong}.",
            hint=ALLOW,
        )


def refused(code: str, reason: str, question: Question, vault: SessionVault) -> Mapping[str, Any]:
    """The same, for a question that was answered with no, or by nobody."""
    stopped = Redaction(question.type, question.path, vault.digest(question.value), "block")
    return {"outcome": "blocked", "reason": reason, "code": code, "stopped": (stopped,)}
