"""Chat Completions (https://platform.openai.com/docs/api-reference/chat), as OpenAI and compatible servers stream them.

Compatible servers differ in small things, all met here, in `calls` and in `ending`: thoughts come in the field
`reasoning_content` or `reasoning`, words as a list of blocks, calls with strange ids and indices, the end without a
`finish_reason`, and the word for the most tokens is `max_tokens`.
"""

from collections.abc import Iterator
from typing import Any

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
from roxy.events.translators.names import wire_names
from roxy.llm import faults
from roxy.llm.asking import Lazy, Opened, as_it_is
from roxy.llm.assembling import finished, one_message
from roxy.llm.endpoint import Endpoint
from roxy.llm.providers.openai.calls import Calls
from roxy.llm.providers.openai.client import Client

_STOPS = {
    "": StopReason.END,
    "stop": StopReason.END,
    "tool_calls": StopReason.TOOL_CALLS,
    "function_call": StopReason.TOOL_CALLS,
    "length": StopReason.LENGTH,
    "content_filter": StopReason.REFUSED,
}
_FAILED = "error"
"""The `finish_reason` of a router whose own provider failed."""
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
        self._calls = Calls(self._names)
        self._stream: Any = None
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
        self._stream = await client.sdk.chat.completions.create(**as_it_is(asked), extra_headers=client.headers)
        return Opened(self._stream, self._stream.close)

    def feed(self, chunk: Any) -> Iterator[StreamEvent]:
        """A `ChatCompletionChunk`; the SDK does not check it. Raises `FaultInside` when the server says it failed."""
        if not self._started:
            self._started = True
            yield Started(provider=self._endpoint.provider, model=chunk.model or "", id=chunk.id or "")
        if chunk.usage is not None:
            self._usage = _usage(chunk.usage)
        for choice in chunk.choices or ():
            if choice.delta is not None:
                yield from self._delta(choice.delta)
            self._stop = choice.finish_reason or self._stop
        if self._stop == _FAILED:
            raise faults.FaultInside(faults.Fault(faults.broken_off(self._endpoint), repeatable=True))

    def finished(self) -> Finished | None:
        """The answer; None before its `finish_reason`, or at least a word that this is the end."""
        if not self._stop and not (self._started and getattr(self._stream.response.stream, "told", False)):
            return None
        stop = StopReason.REFUSED if self._refusal else _STOPS.get(self._stop, StopReason.OTHER)
        return finished(self._message(), stop, self._stop, self._usage)

    def _delta(self, delta: Any) -> Iterator[StreamEvent]:
        for name in _THOUGHTS:
            if thought := getattr(delta, name, None):
                self._thoughts.setdefault(name, []).append(thought)
                yield ReasoningDelta(text=thought)
                break
        if words := _words(delta.content):
            self._words.append(words)
            yield TextDelta(text=words)
        if delta.refusal:
            self._refusal.append(delta.refusal)
            yield TextDelta(text=delta.refusal)
        for piece in delta.tool_calls or ():
            yield self._calls.add(piece)

    def _message(self) -> Message:
        said: dict[str, Any] = {"role": "assistant", "content": "".join(self._words) or None}
        if self._refusal:
            said["refusal"] = "".join(self._refusal)
        if calls := self._calls.as_items():
            said["tool_calls"] = calls
        said |= {name: "".join(pieces) for name, pieces in self._thoughts.items()}
        return one_message(translator.from_chat_messages([said], tools=self._names))


def _words(content: Any) -> str:
    """Words as such, or in those blocks of a list that hold some."""
    if not isinstance(content, list):
        return content or ""
    texts = [block.get("text") for block in content if isinstance(block, dict)]
    return "".join(text for text in texts if isinstance(text, str))


def _usage(usage: Any) -> Usage:
    """`CompletionUsage`; cached and reasoning tokens are counted in the others there too."""
    read, said = usage.prompt_tokens_details, usage.completion_tokens_details
    return Usage(
        input_tokens=usage.prompt_tokens or 0,
        output_tokens=usage.completion_tokens or 0,
        cached_input_tokens=(read.cached_tokens if read else 0) or 0,
        reasoning_tokens=(said.reasoning_tokens if said else 0) or 0,
    )
