"""The SDK's client, for both of OpenAI's ways: Chat Completions by default, the Responses API where it is asked for."""

import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from roxy.contracts.models import ChatRequest
from roxy.llm import faults
from roxy.llm.asking import Exchange, Lazy, Wire
from roxy.llm.endpoint import Endpoint
from roxy.llm.faults import Fault
from roxy.llm.providers.openai.chat import ChatExchange
from roxy.llm.providers.openai.client import connect
from roxy.llm.providers.openai.responses import Encrypted, ResponsesExchange

_STATUS = {"rate_limit_exceeded": 429, "server_error": 500, "context_length_exceeded": 413, "invalid_api_key": 401}
"""Words for errors inside a stream, which has no HTTP status of its own, as the status that would have been sent."""


class OpenAIWire:
    """A model at OpenAI or at a compatible server."""

    def __init__(self, endpoint: Endpoint, api: str, max_output_tokens: int) -> None:
        self.endpoint = endpoint
        self._max_output_tokens = max_output_tokens or None
        self._client = Lazy(partial(connect, endpoint))
        self._exchange: Callable[[ChatRequest], Exchange] = self._responses if api == "responses" else self._chat
        self._encrypted = Encrypted()

    def exchange(self, request: ChatRequest) -> Exchange:
        """Prepare one request."""
        return self._exchange(request)

    def fault(self, error: Exception) -> Fault | None:
        """What the SDK's `APIStatusError` means, and its `APIError` for an error inside a stream."""
        status = getattr(error, "status_code", None)
        if isinstance(status, int):
            # `body` is the inner error object; the message alone may lack its code.
            headers: Mapping[str, str] = getattr(error, "response").headers  # noqa: B009 - of an exception not imported
            return faults.from_status(self.endpoint, status, _words(getattr(error, "body", None), error), headers)
        if type(error).__name__ == "APIError":
            body = getattr(error, "body", None)
            return faults.from_status(self.endpoint, _status_in(body), _words(body, error), {})
        return None

    async def aclose(self) -> None:
        """Close the connections."""
        if self._client.made is not None:
            await self._client.made.sdk.close()

    def _chat(self, request: ChatRequest) -> Exchange:
        return ChatExchange(self._client, self.endpoint, request, self._max_output_tokens)

    def _responses(self, request: ChatRequest) -> Exchange:
        return ResponsesExchange(self._client, self.endpoint, request, self._max_output_tokens, self._encrypted)


def wire(endpoint: Endpoint, *, api: str = "chat", max_output_tokens: int = 0) -> Wire:
    """The way to speak with a model of `endpoint`; `api` is `chat` or `responses`."""
    return OpenAIWire(endpoint, api, max_output_tokens)


def _words(body: Any, error: Exception) -> str:
    """What the server said: its message with its code, or whatever came instead."""
    inner = body.get("error", body) if isinstance(body, Mapping) else body
    if isinstance(inner, Mapping):
        return " ".join(str(inner[key]) for key in ("code", "type", "message") if inner.get(key))
    return inner if isinstance(inner, str) else str(error) if inner is None else json.dumps(inner)


def _status_in(body: Any) -> int:
    """The HTTP status an error inside a stream stands for; a server's failure when nothing tells."""
    code = body.get("code") or body.get("type") if isinstance(body, Mapping) else None
    return code if isinstance(code, int) else _STATUS.get(str(code), 500)
