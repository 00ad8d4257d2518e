"""Chat Completions (https://platform.openai.com/docs/api-reference/chat), as OpenAI and compatible servers stream them.

Compatible servers differ in small things, all met here: thoughts come as `reasoning_content` or `reasoning`, calls come
without an id or all with the same index, and the word for the most tokens is `max_tokens`.
"""

from collections.abc import Iterator
from typing import Any

from roxy.contracts.ids import new_id
from roxy.contracts.models import (
    ChatRequest,
    Finished,
    Message,
    ReasoningDelta,
    Started,
    StopReason,
    StreamEvent,
    TextDelta,
    Usage,
)
from roxy.events.translators import openai as translator
from roxy.events.translators.names import canonical_name, wire_names
from roxy.llm.asking import Lazy, Opened, as_it_is
from roxy.llm.assembling import Call, finished, one_message
from roxy.llm.endpoint import Endpoint
from roxy.llm.providers.openai.client import Client

_STOPS = {
    "stop": StopReason.END,
    "tool_calls": StopReason.TOOL_CALLS,
    "function_call": StopReason.TOOL_CALLS,
    "length": StopReason.LENGTH,
    "content_filter": StopReason.REFUSED,
}
_THOUGHTS = ("reasoning_content", "reasoning")
"""Where compatible servers put what a model thought; some send both, with the same words."""


class ChatExchange:
    """One request, and its answer put together."""

    def __init__(
        self, client: Lazy[Client], endpoint: Endpoint, request: ChatRequest, max_output_tokens: int | None
    ) -> None:
        self._client = client
        self._endpoint = endpoint
        self._request = request
        self._most = request.max_output_tokens or max_output_tokens
        self._names = wire_names(tool.name for tool in request.tools)
        self._started = False
        self._words: list[str] = []
        self._thoughts: dict[str, list[str]] = {}
        self._refusal: list[str] = []
        self._calls: list[Call] = []
        self._stop = ""
        self._usage = Usage()

    async def open(self) -> Opened:
        """Send it."""
        asked: dict[str, Any] = {"model": self._endpoint.model, "stream": True}
        asked["messages"] = translator.chat_messages(self._request.messages)
        asked["stream_options"] = {"include_usage": True}
        if self._request.tools:
            asked["tools"] = translator.chat_tools(self._request.tools)
        if self._most:
            asked["max_tokens" if self._endpoint.base_url else "max_completion_tokens"] = self._most
        if self._request.temperature is not None:
            asked["temperature"] = self._request.temperature
        client = await self._client.get()
        stream = await client.sdk.chat.completions.create(**as_it_is(asked), extra_headers=client.headers)
        return Opened(stream, stream.close)

    def feed(self, chunk: Any) -> Iterator[StreamEvent]:
        """A `ChatCompletionChunk`; the SDK does not check it."""
        if not self._started:
            self._started = True
            yield Started(provider=self._endpoint.provider, model=chunk.model or "", id=chunk.id or "")
        if chunk.usage is not None:
            self._usage = _usage(chunk.usage)
        for choice in chunk.choices or ():
            if choice.delta is not None:
                yield from self._delta(choice.delta)
            self._stop = choice.finish_reason or self._stop

    def finished(self) -> Finished | None:
        """The answer; None before its `finish_reason`."""
        if not self._stop:
            return None
        stop = StopReason.REFUSED if self._refusal else _STOPS.get(self._stop, StopReason.OTHER)
        return finished(self._message(), stop, self._stop, self._usage)

    def _delta(self, delta: Any) -> Iterator[StreamEvent]:
        for name in _THOUGHTS:
            if thought := getattr(delta, name, None):
                self._thoughts.setdefault(name, []).append(thought)
                yield ReasoningDelta(text=thought)
                break
        if delta.content:
            self._words.append(delta.content)
            yield TextDelta(text=delta.content)
        if delta.refusal:
            self._refusal.append(delta.refusal)
            yield TextDelta(text=delta.refusal)
        for piece in delta.tool_calls or ():
            yield self._call(piece)

    def _call(self, piece: Any) -> StreamEvent:
        said = piece.function
        call = self._current(piece.index, piece.id)
        if call is None:
            wire = (said.name if said else "") or ""
            name = canonical_name(wire, self._names)
            call = Call(len(self._calls), piece.id or new_id("call"), name, wire)
            self._calls.append(call)
        return call.delta((said.arguments if said else "") or "")

    def _current(self, index: int | None, id_: str | None) -> Call | None:
        """The call that a piece belongs to; None when it begins a new one.

        Some servers give every call the index 0, or none: then another id begins another call.
        """
        if id_ and all(call.id != id_ for call in self._calls):
            return None
        if id_:
            return next(call for call in self._calls if call.id == id_)
        if index is None:
            return self._calls[-1] if self._calls else None
        return self._calls[index] if index < len(self._calls) else None

    def _message(self) -> Message:
        said: dict[str, Any] = {"role": "assistant", "content": "".join(self._words) or None}
        if self._refusal:
            said["refusal"] = "".join(self._refusal)
        if self._calls:
            said["tool_calls"] = [
                {"id": call.id, "type": "function", "function": {"name": call.wire, "arguments": call.text}}
                for call in self._calls
            ]
        said |= {name: "".join(pieces) for name, pieces in self._thoughts.items()}
        return one_message(translator.from_chat_messages([said], tools=self._names))


def _usage(usage: Any) -> Usage:
    """`CompletionUsage`; cached and reasoning tokens are counted in the others there too."""
    read, said = usage.prompt_tokens_details, usage.completion_tokens_details
    return Usage(
        input_tokens=usage.prompt_tokens or 0,
        output_tokens=usage.completion_tokens or 0,
        cached_input_tokens=(read.cached_tokens if read else 0) or 0,
        reasoning_tokens=(said.reasoning_tokens if said else 0) or 0,
    )
