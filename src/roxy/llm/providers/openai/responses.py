"""The Responses API (https://platform.openai.com/docs/api-reference/responses), without anything kept at the provider.

`store` is off, so what the model thought must come back with the next request: encrypted, where the model can. One
that cannot says so with HTTP 400; it is asked again without, and remembered.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
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
from roxy.events.translators import openai as translator
from roxy.events.translators.names import canonical_name, wire_names
from roxy.llm import faults
from roxy.llm.asking import Lazy, Opened, as_it_is
from roxy.llm.assembling import Call, finished, one_message
from roxy.llm.endpoint import Endpoint
from roxy.llm.providers.openai.client import Client

_BAD_REQUEST = 400
_INCOMPLETE = {"max_output_tokens": StopReason.LENGTH, "content_filter": StopReason.REFUSED}


@dataclass(slots=True)
class Encrypted:
    """Whether the model can give its thoughts encrypted; believed until it says no."""

    can: bool = True


class ResponsesExchange:
    """One request, and its answer put together."""

    def __init__(
        self,
        client: Lazy[Client],
        endpoint: Endpoint,
        request: ChatRequest,
        max_output_tokens: int | None,
        encrypted: Encrypted,
    ) -> None:
        self._client = client
        self._endpoint = endpoint
        self._request = request
        self._most = request.max_output_tokens or max_output_tokens
        self._encrypted = encrypted
        self._names = wire_names(tool.name for tool in request.tools)
        self._calls: dict[int, Call] = {}
        self._items: list[dict[str, Any]] = []
        self._finished: Finished | None = None

    async def open(self) -> Opened:
        """Send it."""
        client = await self._client.get()
        create = client.sdk.responses.create
        try:
            stream = await create(**as_it_is(self._asked()), extra_headers=client.headers)
        except Exception as error:
            words = str(error).lower()
            if getattr(error, "status_code", 0) != _BAD_REQUEST or "encrypted content" not in words:
                raise
            self._encrypted.can = False
            stream = await create(**as_it_is(self._asked()), extra_headers=client.headers)
        return Opened(stream, stream.close)

    def feed(self, event: Any) -> Iterator[StreamEvent]:
        """A `ResponseStreamEvent`; kinds that nobody here knows are passed over."""
        read = self._READERS.get(event.type)
        if read is not None:
            yield from read(self, event)

    def finished(self) -> Finished | None:
        """The answer; None before its last event."""
        return self._finished

    def _asked(self) -> dict[str, Any]:
        items = translator.response_input(self._request.messages)
        # Thoughts that are not encrypted were kept nowhere, so the provider would look for them in vain.
        kept = [item for item in items if item.get("type") != "reasoning" or item.get("encrypted_content")]
        asked: dict[str, Any] = {"model": self._endpoint.model, "input": kept, "stream": True, "store": False}
        if self._encrypted.can:
            asked["include"] = ["reasoning.encrypted_content"]
        if self._request.tools:
            asked["tools"] = translator.response_tools(self._request.tools)
        if self._most:
            asked["max_output_tokens"] = self._most
        if self._request.temperature is not None:
            asked["temperature"] = self._request.temperature
        return asked

    def _created(self, event: Any) -> Iterator[StreamEvent]:
        yield Started(provider=self._endpoint.provider, model=event.response.model, id=event.response.id)

    def _text(self, event: Any) -> Iterator[StreamEvent]:
        yield TextDelta(text=event.delta)

    def _thought(self, event: Any) -> Iterator[StreamEvent]:
        yield ReasoningDelta(text=event.delta)

    def _added(self, event: Any) -> Iterator[StreamEvent]:
        item = event.item
        if item.type == "function_call":
            name = canonical_name(item.name, self._names)
            call = Call(len(self._calls), item.call_id, name, item.name)
            self._calls[event.output_index] = call
            yield call.delta("")

    def _arguments(self, event: Any) -> Iterator[StreamEvent]:
        call = self._calls.get(event.output_index)
        if call is not None:  # else nobody said that a call begins; it comes as a whole with its `done`
            yield call.delta(event.delta)

    def _done(self, event: Any) -> Iterator[StreamEvent]:
        self._items.append(event.item.to_dict(mode="json"))
        yield from ()

    def _ended(self, event: Any) -> Iterator[StreamEvent]:
        response = event.response
        raw = (response.incomplete_details.reason if response.incomplete_details else None) or response.status
        stop = _INCOMPLETE.get(raw, StopReason.END if response.status == "completed" else StopReason.OTHER)
        # Some compatible servers send no items one by one, but all of them with the end.
        items = self._items or [item.to_dict(mode="json") for item in response.output or ()]
        message = one_message(translator.from_response_items(items, tools=self._names))
        self._finished = finished(message, StopReason.REFUSED if _refused(items) else stop, raw, _usage(response.usage))
        yield from ()

    def _failed(self, event: Any) -> Iterator[StreamEvent]:
        error = event.response.error if event.type == "response.failed" else event
        code, said = (error.code, error.message) if error else ("", "")
        status = 429 if code == "rate_limit_exceeded" else 500
        raise faults.FaultInside(faults.from_status(self._endpoint, status, f"{code} {said}", {}))

    _READERS: ClassVar[dict[str, Callable[..., Iterator[StreamEvent]]]] = {
        "response.created": _created,
        "response.output_text.delta": _text,
        "response.refusal.delta": _text,
        "response.reasoning_summary_text.delta": _thought,
        "response.reasoning_text.delta": _thought,
        "response.output_item.added": _added,
        "response.function_call_arguments.delta": _arguments,
        "response.output_item.done": _done,
        "response.completed": _ended,
        "response.incomplete": _ended,
        "response.failed": _failed,
        "error": _failed,
    }


def _refused(items: Iterable[dict[str, Any]]) -> bool:
    return any(part.get("type") == "refusal" for item in items for part in item.get("content") or ())


def _usage(usage: Any) -> Usage:
    """`ResponseUsage`; cached and reasoning tokens are counted in the others there too."""
    if usage is None:
        return Usage()
    read, said = usage.input_tokens_details, usage.output_tokens_details
    return Usage(
        input_tokens=usage.input_tokens or 0,
        output_tokens=usage.output_tokens or 0,
        cached_input_tokens=(read.cached_tokens if read else 0) or 0,
        reasoning_tokens=(said.reasoning_tokens if said else 0) or 0,
    )
