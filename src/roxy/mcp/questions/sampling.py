"""A server wants the user's model to write something: looked through, bounded, and asked for before it is done."""

from collections.abc import Mapping
from typing import Any

from roxy.contracts.sampling import SampleRequest
from roxy.errors import UsageError
from roxy.mcp.questions.fields import plain

MAX_TOKENS = 1024
MAX_CHARS = 20_000
_MAX_MESSAGES = 50
_SHOWN = 600
_ROLES = frozenset({"user", "assistant"})


def sample_request(server: str, params: Mapping[str, Any], session_id: str | None) -> SampleRequest:
    """What the server asks for, within bounds; raises `UsageError` for what Roxy does not do for servers."""
    if params.get("tools"):
        raise UsageError("The client offers no tools in sampling.")
    messages = _messages(params.get("messages"))
    system = params.get("systemPrompt")
    system = system if isinstance(system, str) else ""
    if sum(len(text) for _, text in messages) + len(system) > MAX_CHARS:
        raise UsageError(f"The client takes at most {MAX_CHARS} characters in sampling.")
    wanted, warmth = params.get("maxTokens"), params.get("temperature")
    bounded = min(wanted, MAX_TOKENS) if isinstance(wanted, int) and wanted > 0 else MAX_TOKENS
    return SampleRequest(
        server=server,
        messages=messages,
        system=system,
        max_tokens=bounded,
        temperature=float(warmth) if isinstance(warmth, int | float) and 0 <= warmth <= 1 else None,
        session_id=session_id,
    )


def question(asked: SampleRequest) -> str:
    """What the user is asked before a model is."""
    latest = plain(asked.messages[-1][1], _SHOWN)
    return (
        f"The server {asked.server} wants your model to answer this for it, in at most {asked.max_tokens} tokens:\n"
        f"  “{latest}”\nMay it?"
    )


def _messages(given: Any) -> list[tuple[str, str]]:
    if not isinstance(given, list) or not 0 < len(given) <= _MAX_MESSAGES:
        raise UsageError(f"The client takes 1 to {_MAX_MESSAGES} messages in sampling.")
    messages = [(str(one.get("role")), _text(one.get("content"))) for one in given if isinstance(one, Mapping)]
    if len(messages) != len(given) or any(role not in _ROLES for role, _ in messages):
        raise UsageError("The client takes messages of user and assistant in sampling.")
    return messages


def _text(content: Any) -> str:
    blocks = content if isinstance(content, list) else [content]
    texts = [
        block.get("text") if isinstance(block, Mapping) and block.get("type") == "text" else None for block in blocks
    ]
    if not texts or not all(isinstance(text, str) for text in texts):
        raise UsageError("The client takes texts alone in sampling.")
    return "\n".join(str(text) for text in texts)
