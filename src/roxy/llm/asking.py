"""One question to a model, whoever provides it: attempts, the deadline, and the closing of the connection.

Order of events: the client is made at the first request, in a thread, since the SDKs take up to two seconds to load.
Each attempt opens a stream and reads it piece by piece, every wait bounded by the deadline of the whole. As long as
nothing was shown, a failure that may pass is met by another attempt; after the first word there is none, for it would
say things twice. Closing the iterator closes the stream, and so the socket. The SDKs' own retries are off.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import AsyncExitStack, aclosing
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from roxy.contracts.models import ChatRequest, Finished, Started, StreamEvent
from roxy.errors import RoxyError
from roxy.llm import faults
from roxy.llm.endpoint import Endpoint
from roxy.llm.faults import Fault
from roxy.llm.retrying import Patience
from roxy.llm.trimming import trimmed
from roxy.llm.watch import Watch
from roxy.observe.logs import get_logger

T = TypeVar("T")
_END = object()
_log = get_logger(__name__)


class Opened(NamedTuple):
    """A stream that has begun: its pieces in the provider's form, and what closes the connection at any time."""

    chunks: AsyncIterator[Any]
    close: Callable[[], Awaitable[Any]]


class Exchange(Protocol):
    """One request and the reading of its answer."""

    async def open(self) -> Opened:
        """Send the request, once."""
        ...

    def feed(self, chunk: Any) -> Iterable[StreamEvent]:
        """What one piece says. What is no such piece may raise anything."""
        ...

    def finished(self) -> Finished | None:
        """The whole answer, once the stream ended; None when it ended too early."""
        ...


class Wire(Protocol):
    """A provider's way of speaking, to one model."""

    @property
    def endpoint(self) -> Endpoint:
        """Who is asked."""
        ...

    def exchange(self, request: ChatRequest) -> Exchange:
        """Prepare one request; nothing is sent yet."""
        ...

    def fault(self, error: Exception) -> Fault | None:
        """What an exception of the SDK with a status means; None when it has none."""
        ...

    async def aclose(self) -> None:
        """Close the connections."""
        ...


class AskedModel:
    """A `ChatModel` over a provider's wire; conversations that are too long for it are trimmed."""

    def __init__(
        self, wire: Wire, patience: Patience | None = None, *, context_tokens: int = 0, max_output_tokens: int = 0
    ) -> None:
        self._wire = wire
        self._patience = patience or Patience()
        self._context_tokens = context_tokens
        self._max_output_tokens = max_output_tokens

    def __repr__(self) -> str:
        return f"<{self.provider}:{self.model}>"

    @property
    def provider(self) -> str:
        """`openai`, `anthropic` or `gemini`."""
        return self._wire.endpoint.provider

    @property
    def model(self) -> str:
        """The provider's name of the model."""
        return self._wire.endpoint.model

    async def stream(self, request: ChatRequest) -> AsyncGenerator[StreamEvent, None]:
        """Ask; see `ChatModel.stream`."""
        watch = Watch(self.provider, self.model)
        try:
            fitting = trimmed(request, self._context_tokens, self._max_output_tokens)
            async with aclosing(_answer(self._wire, fitting, self._patience)) as events:
                async for event in events:
                    watch.saw(event)
                    yield event
        except BaseException as error:
            watch.error_type = error.code if isinstance(error, RoxyError) else "cancelled"
            raise
        finally:
            watch.record()

    async def aclose(self) -> None:
        """Close the connections."""
        await self._wire.aclose()


class Lazy(Generic[T]):
    """An SDK's client, made in a thread when it is first needed."""

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._lock = asyncio.Lock()
        self.made: T | None = None

    async def get(self) -> T:
        """The client."""
        if self.made is None:
            async with self._lock:
                if self.made is None:
                    self.made = await asyncio.to_thread(self._make)
        return self.made


_LONG = ("messages", "input", "tools")


def as_it_is(asked: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of an SDK's `create`, with the conversation and the tools where the SDK does not look at them.

    It would look through each of their fields for one that is spelled otherwise on the wire, which takes longer than
    all that Roxy does about a turn (5 ms for 20 messages and 60 tools). Roxy's translators write as the wire wants it.
    """
    short = {name: value for name, value in asked.items() if name not in _LONG}
    # The SDKs insist on messages; those in the body take the place of the empty ones.
    empty: dict[str, Any] = {"messages": []} if "messages" in asked else {}
    return short | empty | {"extra_body": {name: asked[name] for name in _LONG if name in asked}}


async def _answer(wire: Wire, request: ChatRequest, patience: Patience) -> AsyncGenerator[StreamEvent, None]:
    """The events of the first attempt that shows something; raises `ModelError`."""
    clock = asyncio.get_running_loop().time
    deadline = clock() + request.timeout
    attempt = 0
    while True:
        attempt += 1
        shown = False
        fault: Fault | None = None
        async with aclosing(_attempt(wire, request, deadline)) as pieces:
            async for piece in pieces:
                if isinstance(piece, Fault):
                    fault = piece
                    break
                shown = True
                yield piece
        if fault is None:
            return
        wait = None if shown or not fault.repeatable else patience.wait(attempt, fault.after, deadline - clock())
        if wait is None:
            # Raised here, and not where it was caught: what an SDK raises holds the request with its key.
            raise fault.error
        await asyncio.sleep(wait)


async def _attempt(wire: Wire, request: ChatRequest, deadline: float) -> AsyncGenerator[StreamEvent | Fault, None]:
    """One try: its events, or as the last item what went wrong. `Started` comes together with what follows it."""
    started: Started | None = None
    async with AsyncExitStack() as stack:
        source = _Source(wire, request, deadline, stack)
        while True:
            found = await source.next()
            if isinstance(found, Fault):
                yield found
                return
            for event in found:
                if isinstance(event, Started):
                    started = event
                    continue
                if started is not None:
                    yield started
                    started = None
                yield event
                if isinstance(event, Finished):
                    return


class _Source:
    """The pieces of one attempt, each read within the deadline."""

    def __init__(self, wire: Wire, request: ChatRequest, deadline: float, stack: AsyncExitStack) -> None:
        self._wire = wire
        self._exchange = wire.exchange(request)
        self._deadline = deadline
        self._seconds = request.timeout
        self._stack = stack
        self._chunks: AsyncIterator[Any] | None = None

    async def next(self) -> Iterable[StreamEvent] | Fault:
        """The events of the next piece, at the end `Finished`; or what went wrong."""
        try:
            async with asyncio.timeout_at(self._deadline):
                chunk = await self._chunk()
            if chunk is not _END:
                return list(self._exchange.feed(chunk))
            finished = self._exchange.finished()
        except TimeoutError:
            return Fault(faults.out_of_time(self._wire.endpoint, self._seconds))
        except faults.FaultInside as told:
            return told.fault
        except Exception as error:  # noqa: BLE001 - a real border: an SDK raises anything at what a server may send
            return self._explained(error)
        if finished is None:
            return Fault(faults.broken_off(self._wire.endpoint), repeatable=True)
        return [finished]

    async def _chunk(self) -> Any:
        if self._chunks is None:
            opened = await self._exchange.open()
            self._stack.push_async_callback(opened.close)
            self._chunks = opened.chunks
        try:
            return await anext(self._chunks)
        except StopAsyncIteration:
            return _END

    def _explained(self, error: Exception) -> Fault:
        endpoint = self._wire.endpoint
        found = self._wire.fault(error) or faults.from_connection(endpoint, error)
        if found is None:
            _log.error("model.nonsense", error, provider=endpoint.provider, model=endpoint.model)
            found = Fault(faults.nonsense(endpoint, error))
        return found
