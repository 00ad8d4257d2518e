"""Gemini (https://ai.google.dev/api/generate-content), over Google's own SDK.

The SDK would look for keys and for Vertex AI in the environment: it is told everything explicitly. Tool calls come
whole, and often without an id; they get the one under which the translator keeps them.
"""

import re
import warnings
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from typing import Any

from roxy.contracts.ids import new_id
from roxy.contracts.models import (
    ChatRequest,
    Finished,
    ReasoningDelta,
    Started,
    StopReason,
    StreamEvent,
    TextDelta,
    ToolCallDelta,
    Usage,
)
from roxy.events.translators import gemini as translator
from roxy.events.translators.names import canonical_name, wire_names
from roxy.llm import faults
from roxy.llm.asking import Exchange, Lazy, Opened, Wire
from roxy.llm.assembling import compact, finished, one_message
from roxy.llm.endpoint import Endpoint
from roxy.llm.faults import Fault

_OWN = "https://generativelanguage.googleapis.com"
_API_VERSION = "v1beta"
_STOPS = {
    "STOP": StopReason.END,
    "MAX_TOKENS": StopReason.LENGTH,
    **dict.fromkeys(
        ("SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "IMAGE_SAFETY", "MODEL_ARMOR"),
        StopReason.REFUSED,
    ),
}
_SECONDS = re.compile(r"(\d+(?:\.\d+)?)s")
_RESPONSES: ContextVar[list[Any]] = ContextVar("responses")
"""The HTTP responses of the exchange at hand: the SDK's generators keep them open until they are collected."""
_TEXT_ALONE = frozenset({"text", "thought"})


class GeminiWire:
    """A model at Google or at a server that speaks its way."""

    def __init__(self, endpoint: Endpoint, max_output_tokens: int) -> None:
        self.endpoint = endpoint
        self._most = max_output_tokens or None
        self._client = Lazy(self._connect)
        self._http: Any = None

    def exchange(self, request: ChatRequest) -> Exchange:
        """Prepare one request."""
        return GeminiExchange(self._client, self.endpoint, request, request.max_output_tokens or self._most)

    def fault(self, error: Exception) -> Fault | None:
        """What the SDK's `errors.APIError` means."""
        status = getattr(error, "code", None)
        if not isinstance(status, int):
            return None
        response = getattr(error, "response", None)
        headers = dict(getattr(response, "headers", None) or {})
        if (asked := _asked_to_wait(getattr(error, "details", None))) is not None:
            headers.setdefault("retry-after", asked)
        words = f"{getattr(error, 'status', '') or ''} {getattr(error, 'message', '') or ''}"
        return faults.from_status(self.endpoint, status, words, headers)

    async def aclose(self) -> None:
        """Close the connections."""
        if self._http is not None:
            await self._http.aclose()

    def _connect(self) -> Any:
        # At the first request, in a thread: the SDK takes most of a second to load.
        import httpx2  # noqa: PLC0415
        from google import genai  # noqa: PLC0415
        from google.genai import types  # noqa: PLC0415

        # It would warn on stderr of every word that it does not know yet; here they are passed on.
        warnings.filterwarnings("ignore", ".* is not a valid ", UserWarning, r"google\.genai\._common")
        # A redirect would carry the conversation to an address that nobody configured; the deadline is Roxy's.
        hooks = {"response": [_note_response]}
        self._http = httpx2.AsyncClient(follow_redirects=False, timeout=None, event_hooks=hooks)
        options = types.HttpOptions(
            base_url=self.endpoint.base_url or _OWN, api_version=_API_VERSION, httpx_async_client=self._http
        )
        return genai.Client(api_key=self.endpoint.key or "none", vertexai=False, http_options=options)


class GeminiExchange:
    """One request, and its answer put together."""

    def __init__(self, client: Lazy[Any], endpoint: Endpoint, request: ChatRequest, most: int | None) -> None:
        self._client = client
        self._endpoint = endpoint
        self._request = request
        self._most = most
        self._names = wire_names(tool.name for tool in request.tools)
        self._prefix = new_id("call")
        self._parts: list[dict[str, Any]] = []
        self._calls = 0
        self._ids: set[str | None] = {""}
        self._nameless = 0
        self._started = False
        self._stop = ""
        self._usage = Usage()

    async def open(self) -> Opened:
        """Send it."""
        client = await self._client.get()
        # Loaded by now; the names are only needed here.
        from google.genai import types  # noqa: PLC0415

        system, contents = translator.contents(self._request.messages)
        config = types.GenerateContentConfig(
            system_instruction=types.Content.model_validate(system) if system else None,
            tools=[types.Tool.model_validate(tool) for tool in translator.tools(self._request.tools)] or None,
            max_output_tokens=self._most,
            temperature=self._request.temperature,
            # The SDK must not call anything by itself.
            automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True),
        )
        said = [types.Content.model_validate(content) for content in contents]
        model = self._endpoint.model
        responses: list[Any] = []
        _RESPONSES.set(responses)
        stream = await client.aio.models.generate_content_stream(model=model, contents=said, config=config)

        async def close() -> None:
            for response in responses:
                await response.aclose()
            await stream.aclose()

        return Opened(stream, close)

    def feed(self, chunk: Any) -> Iterator[StreamEvent]:
        """A `GenerateContentResponse`."""
        if not self._started:
            self._started = True
            model = chunk.model_version or self._endpoint.model
            yield Started(provider=self._endpoint.provider, model=model, id=chunk.response_id or "")
        if chunk.usage_metadata is not None:
            self._usage = _usage(chunk.usage_metadata)
        if chunk.prompt_feedback is not None:
            self._stopped(chunk.prompt_feedback.block_reason)
        for candidate in (chunk.candidates or ())[:1]:
            yield from self._candidate(candidate)

    def finished(self) -> Finished | None:
        """The answer; None before its `finishReason`."""
        if not self._stop:
            return None
        said = [{"role": "model", "parts": self._parts}]
        message = one_message(translator.from_contents(None, said, tools=self._names, prefix=self._prefix))
        stop = _STOPS.get(self._stop, StopReason.OTHER)
        return finished(message, stop, self._stop, self._usage)

    def _candidate(self, candidate: Any) -> Iterator[StreamEvent]:
        for part in (candidate.content.parts if candidate.content else None) or ():
            yield from self._part(part.model_dump(mode="json", by_alias=True, exclude_none=True))
        self._stopped(candidate.finish_reason)

    def _stopped(self, reason: Any) -> None:
        """Note an enumeration's own word, also one that the SDK does not know."""
        if reason:
            self._stop = str(getattr(reason, "value", reason))

    def _part(self, part: dict[str, Any]) -> Iterator[StreamEvent]:
        text = part.get("text")
        if text is not None and part.keys() <= _TEXT_ALONE:
            self._add_text(part, text)
        elif part:  # a kind that the SDK does not know is empty, and would be refused when it comes back
            self._parts.append(part)
        if text:
            yield ReasoningDelta(text=text) if part.get("thought") else TextDelta(text=text)
        if call := part.get("functionCall"):
            if call.get("id") in self._ids:  # it pairs nothing any more: this call is treated as one without
                call.pop("id", None)
            self._ids.add(call.get("id"))
            yield from self._call(call)

    def _add_text(self, part: dict[str, Any], text: str) -> None:
        """Words go to the words before them; a part that carries more than words stays one of its own."""
        last = self._parts[-1] if self._parts else None
        if last is not None and last.keys() == part.keys() and last.get("thought") == part.get("thought"):
            last["text"] += text
        elif text:
            self._parts.append(part)

    def _call(self, call: Mapping[str, Any]) -> Iterator[StreamEvent]:
        id_ = call.get("id")
        if not id_:
            id_ = f"{self._prefix}-{self._nameless}"
            self._nameless += 1
        name = canonical_name(call["name"], self._names)
        index, self._calls = self._calls, self._calls + 1
        yield ToolCallDelta(index=index, id=id_, name=name, arguments="")
        yield ToolCallDelta(index=index, id=id_, name=name, arguments=compact(call.get("args") or {}))


def wire(endpoint: Endpoint, *, api: str = "", max_output_tokens: int = 0) -> Wire:
    """The way to speak with a model of `endpoint`; there is one API alone."""
    del api
    return GeminiWire(endpoint, max_output_tokens)


async def _note_response(response: Any) -> None:
    """The HTTP client's hook; it runs in the task that asks."""
    _RESPONSES.get([]).append(response)


def _asked_to_wait(details: Any) -> str | None:
    """Seconds in `google.rpc.RetryInfo`, which Google sends in place of the header."""
    error = details.get("error") if isinstance(details, Mapping) else None
    listed = error.get("details") if isinstance(error, Mapping) else None
    for detail in listed if isinstance(listed, list) else ():
        found = _SECONDS.fullmatch(str(detail.get("retryDelay", ""))) if isinstance(detail, Mapping) else None
        if found:
            return found[1]
    return None


def _usage(usage: Any) -> Usage:
    """`UsageMetadata`: the prompt counts cached tokens too, thoughts are counted beside the answer."""
    thoughts = usage.thoughts_token_count or 0
    return Usage(
        input_tokens=(usage.prompt_token_count or 0) + (usage.tool_use_prompt_token_count or 0),
        output_tokens=(usage.candidates_token_count or 0) + thoughts,
        cached_input_tokens=usage.cached_content_token_count or 0,
        reasoning_tokens=thoughts,
    )
