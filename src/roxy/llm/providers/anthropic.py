"""Anthropic's Messages API (https://docs.anthropic.com/en/api/messages-streaming), over its own SDK.

A request's `temperature` is not sent: from its version of 2026-10-21 on the API refuses it, and the SDK has no such
word. The SDK would look for keys, profiles and extra headers in the environment and on the disk, and trace for
OpenTelemetry: it is given everything explicitly, so that it does neither.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

from roxy.contracts.models import (
    ChatRequest,
    Finished,
    ReasoningDelta,
    Started,
    StopReason,
    StreamEvent,
    TextDelta,
    Usage,
)
from roxy.events.translators import claude as translator
from roxy.events.translators.names import canonical_name, wire_names
from roxy.events.translators.verbatim import arguments_of
from roxy.llm import faults
from roxy.llm.asking import Exchange, Lazy, Opened, Wire, as_it_is
from roxy.llm.assembling import Call, finished, one_message, own_id
from roxy.llm.endpoint import Endpoint
from roxy.llm.faults import Fault

_OWN = "https://api.anthropic.com"
_MOST_TOKENS = 8192
"""The API wants a number; this is one that every model of today allows."""
_STOPS = {
    "end_turn": StopReason.END,
    "stop_sequence": StopReason.END,
    "tool_use": StopReason.TOOL_CALLS,
    "max_tokens": StopReason.LENGTH,
    "model_context_window_exceeded": StopReason.LENGTH,
    "refusal": StopReason.REFUSED,
}
_STATUS = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "permission_error": 403,
    "not_found_error": 404,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "timeout_error": 504,
    "overloaded_error": 529,
}
"""Errors inside a stream come under HTTP 200, with a type (https://docs.anthropic.com/en/api/errors)."""


@dataclass(frozen=True, slots=True)
class _Client:
    """The SDK's client, and what goes along with each request."""

    sdk: Any
    headers: Mapping[str, Any]


class AnthropicWire:
    """A model at Anthropic or at a server that speaks its way."""

    def __init__(self, endpoint: Endpoint, max_output_tokens: int) -> None:
        self.endpoint = endpoint
        self._most = max_output_tokens or _MOST_TOKENS
        self._client = Lazy(partial(_connect, endpoint))

    def exchange(self, request: ChatRequest) -> Exchange:
        """Prepare one request."""
        return AnthropicExchange(self._client, self.endpoint, request, request.max_output_tokens or self._most)

    def fault(self, error: Exception) -> Fault | None:
        """What the SDK's `APIStatusError` means."""
        status = getattr(error, "status_code", None)
        if not isinstance(status, int):
            return None
        body = getattr(error, "body", None)
        inner = body.get("error", body) if isinstance(body, Mapping) else {}
        kind = str(inner.get("type", "")) if isinstance(inner, Mapping) else ""
        words = f"{kind} {inner.get('message', '')}" if kind else str(error)
        inside = status == 200  # noqa: PLR2004 - HTTP's own number
        headers: Mapping[str, str] = {} if inside else getattr(error, "response").headers  # noqa: B009 - not imported
        return faults.from_status(self.endpoint, _STATUS.get(kind, 500) if inside else status, words, headers)

    async def aclose(self) -> None:
        """Close the connections."""
        if self._client.made is not None:
            await self._client.made.sdk.close()


class AnthropicExchange:
    """One request, and its answer put together."""

    def __init__(self, client: Lazy[_Client], endpoint: Endpoint, request: ChatRequest, most: int) -> None:
        self._client = client
        self._endpoint = endpoint
        self._request = request
        self._most = most
        self._names = wire_names(tool.name for tool in request.tools)
        self._blocks: dict[int, dict[str, Any]] = {}
        self._calls: dict[int, Call] = {}
        self._tokens: dict[str, int] = {}
        self._stop = ""
        self._ended = False

    async def open(self) -> Opened:
        """Send it."""
        system, messages = translator.request(self._request.messages)
        asked: dict[str, Any] = {"model": self._endpoint.model, "max_tokens": self._most, "stream": True}
        asked["messages"] = messages
        if system:
            asked["system"] = system
        if self._request.tools:
            asked["tools"] = translator.tools(self._request.tools)
        client = await self._client.get()
        stream = await client.sdk.messages.create(**as_it_is(asked), extra_headers=client.headers)
        return Opened(stream, stream.close)

    def feed(self, event: Any) -> Iterator[StreamEvent]:
        """A `RawMessageStreamEvent`; kinds that nobody here knows are passed over."""
        read = self._READERS.get(event.type)
        if read is not None:
            yield from read(self, event)

    def finished(self) -> Finished | None:
        """The answer; None before `message_stop`."""
        if not self._ended:
            return None
        said = [{"role": "assistant", "content": list(self._blocks.values())}]
        message = one_message(translator.from_request(None, said, tools=self._names))
        return finished(message, _STOPS.get(self._stop, StopReason.OTHER), self._stop, self._usage())

    def _begun(self, event: Any) -> Iterator[StreamEvent]:
        message = event.message
        self._count(message.usage)
        yield Started(provider=self._endpoint.provider, model=message.model, id=message.id)

    def _block(self, event: Any) -> Iterator[StreamEvent]:
        block = event.content_block.to_dict(mode="json")
        self._blocks[event.index] = block
        if block["type"] == "text" and block["text"]:
            yield TextDelta(text=block["text"])
        if block["type"] == "tool_use":
            block["id"] = own_id(block.get("id") or "", self._calls.values())
            name = canonical_name(block["name"], self._names)
            self._calls[event.index] = Call(len(self._calls), block["id"], name, block["name"])
            yield self._calls[event.index].delta("")

    def _delta(self, event: Any) -> Iterator[StreamEvent]:
        block, delta = self._blocks[event.index], event.delta
        if delta.type == "text_delta":
            block["text"] += delta.text
            yield TextDelta(text=delta.text)
        elif delta.type == "thinking_delta":
            block["thinking"] += delta.thinking
            yield ReasoningDelta(text=delta.thinking)
        elif delta.type == "input_json_delta":
            yield from self._arguments(event.index, delta.partial_json)
        elif delta.type == "signature_delta":
            block["signature"] = delta.signature
        elif delta.type == "citations_delta":
            block["citations"] = [*(block.get("citations") or ()), delta.citation.to_dict(mode="json")]

    def _arguments(self, index: int, piece: str) -> Iterator[StreamEvent]:
        call = self._calls.get(index)
        if call is None:  # a tool that the provider runs itself: its input belongs to the block alone
            call = self._calls[index] = Call(-1, "", "", "")
        delta = call.delta(piece)
        if call.id and piece:
            yield delta

    def _block_ended(self, event: Any) -> Iterator[StreamEvent]:
        call = self._calls.get(event.index)
        if call is not None and call.text:
            self._blocks[event.index]["input"] = arguments_of(call.text)
        yield from ()

    def _ending(self, event: Any) -> Iterator[StreamEvent]:
        self._count(event.usage)
        self._stop = event.delta.stop_reason or self._stop
        yield from ()

    def _end(self, _event: Any) -> Iterator[StreamEvent]:
        self._ended = True
        yield from ()

    def _count(self, usage: Any) -> None:
        """Figures are of the whole so far; the last that was sent counts."""
        for name in ("input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens"):
            count = getattr(usage, name, None)
            if count is not None:
                self._tokens[name] = count
        details = getattr(usage, "output_tokens_details", None)
        self._tokens["thinking"] = (getattr(details, "thinking_tokens", None) or 0) or self._tokens.get("thinking", 0)

    def _usage(self) -> Usage:
        """`input_tokens` there are those beside the cache."""
        count = self._tokens
        cached, written = count.get("cache_read_input_tokens", 0), count.get("cache_creation_input_tokens", 0)
        return Usage(
            input_tokens=count.get("input_tokens", 0) + cached + written,
            output_tokens=count.get("output_tokens", 0),
            cached_input_tokens=cached,
            reasoning_tokens=count.get("thinking", 0),
        )

    _READERS: ClassVar[dict[str, Callable[..., Iterator[StreamEvent]]]] = {
        "message_start": _begun,
        "content_block_start": _block,
        "content_block_delta": _delta,
        "content_block_stop": _block_ended,
        "message_delta": _ending,
        "message_stop": _end,
    }


def wire(endpoint: Endpoint, *, api: str = "", max_output_tokens: int = 0) -> Wire:
    """The way to speak with a model of `endpoint`; there is one API alone."""
    del api
    return AnthropicWire(endpoint, max_output_tokens)


def _connect(endpoint: Endpoint) -> _Client:
    # At the first request, in a thread: the SDK takes nearly two seconds to load.
    import anthropic  # noqa: PLC0415

    sdk = anthropic.AsyncAnthropic(
        api_key=endpoint.key or "none",
        base_url=endpoint.base_url or _OWN,
        max_retries=0,  # Roxy's own are the only ones
        timeout=None,  # as is Roxy's deadline
        open_telemetry=False,
        # A redirect would carry the conversation to an address that nobody configured.
        http_client=anthropic.DefaultAsyncHttpxClient(follow_redirects=False),
    )
    _ = sdk.messages  # loaded here, in the thread
    # Without a key the SDK wants to be told that none shall go.
    return _Client(sdk, {} if endpoint.key else {"Authorization": anthropic.Omit()})
