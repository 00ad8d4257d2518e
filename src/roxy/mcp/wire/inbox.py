"""What a server sends unasked: its requests, in bounded tasks, and its notifications, coalesced.

A server may send as much as it likes, and neither memory nor time of the others is its to spend. So at most
`MAX_REQUESTS` of its requests are worked on at a time and `REQUEST_RATE` a second are taken, the rest is refused;
of notifications that say the same (a list has changed, a resource was updated) one is kept, and of all together
`MAX_NOTIFICATIONS`, the newest.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any

import anyio
import mcp_types
from mcp.shared.dispatcher import CallOptions, OnNotify, OnRequest, Outbound, coerce_request_id
from mcp.shared.jsonrpc_dispatcher import handler_exception_to_error_data
from mcp.shared.transport_context import TransportContext

from roxy.mcp.wire.channel import Message

MAX_REQUESTS = 8
REQUEST_RATE = 20.0
REQUEST_BURST = 40.0
MAX_NOTIFICATIONS = 256
_MAX_REPLIES = 64  # short answers that are on their way: to pings, and refusals

_log = logging.getLogger(__name__)
_TRANSPORT = TransportContext(kind="roxy", can_send_request=True)

_TOO_MANY = mcp_types.ErrorData(code=mcp_types.INTERNAL_ERROR, message="Too many requests")

Key = tuple[str, object]


@dataclass
class InboundContext:
    """What the SDK's handlers get to know of one message (its `DispatchContext`)."""

    outbound: Outbound
    request_id: str | int | None
    transport: TransportContext = _TRANSPORT
    message_metadata: None = None
    can_send_request: bool = True
    cancel_requested: anyio.Event = field(default_factory=anyio.Event)

    async def send_raw_request(
        self, method: str, params: Mapping[str, Any] | None, opts: CallOptions | None = None
    ) -> dict[str, Any]:
        """Ask the server something while it waits for an answer."""
        return await self.outbound.send_raw_request(method, params, opts)

    async def notify(self, method: str, params: Mapping[str, Any] | None, opts: CallOptions | None = None) -> None:
        """Tell the server something while it waits for an answer."""
        await self.outbound.notify(method, params, opts)

    async def progress(self, progress: float, total: float | None = None, message: str | None = None) -> None:
        """Clients report no progress: the specification has dropped it."""


class Inbox:
    """Hands requests and notifications on; `answer` sends a response without waiting for the server to read it."""

    def __init__(
        self,
        outbound: Outbound,
        answer: Callable[[Message], Coroutine[Any, Any, None]],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.refused = 0
        """Requests that were over the limits."""
        self.dropped = 0
        """Notifications that were over the limit."""
        self._outbound = outbound
        self._answer = answer
        self._on_request: OnRequest | None = None
        self._on_notify: OnNotify | None = None
        self._working: dict[str | int, asyncio.Task[None]] = {}
        self._replies: set[asyncio.Task[None]] = set()
        self._tokens = REQUEST_BURST
        self._clock = clock
        self._counted_at = clock()
        self._news: dict[Key, Mapping[str, Any] | None] = {}
        self._number = 0
        self._telling: asyncio.Task[None] | None = None

    def open(self, on_request: OnRequest, on_notify: OnNotify) -> None:
        """From now on messages are handed to these."""
        self._on_request, self._on_notify = on_request, on_notify

    @property
    def tasks(self) -> list[asyncio.Task[None]]:
        """What is being worked on."""
        return [*self._working.values(), *self._replies, *([self._telling] if self._telling else [])]

    def close(self) -> None:
        """End all that is being worked on."""
        for task in self.tasks:
            task.cancel()

    def request(self, request_id: str | int, method: str, params: Mapping[str, Any] | None) -> None:
        """Begin to work on a request, or refuse it."""
        key = coerce_request_id(request_id)
        if method == "ping":
            self._reply(self._answer, {"jsonrpc": "2.0", "id": request_id, "result": {}})
        elif key in self._working or len(self._working) >= MAX_REQUESTS or not self._may_ask():
            self.refused += 1
            self._reply(self._refuse, request_id, _TOO_MANY)
        else:
            task = asyncio.create_task(self._work(request_id, method, params), name=f"request of a server: {method}")
            self._working[key] = task
            task.add_done_callback(lambda _: self._working.pop(key, None))

    def _reply(self, send: Callable[..., Coroutine[Any, Any, None]], *message: Any) -> None:
        """Answer shortly, beside the receive loop: over HTTP it may take its time."""
        if len(self._replies) < _MAX_REPLIES:
            task = asyncio.create_task(send(*message), name="reply to a server")
            self._replies.add(task)
            task.add_done_callback(self._replies.discard)

    def cancel(self, request_id: Any) -> None:
        """The server no longer wants an answer."""
        if isinstance(request_id, str | int) and (task := self._working.get(coerce_request_id(request_id))):
            task.cancel()

    def notify(self, method: str, params: Mapping[str, Any] | None) -> None:
        """Hand a notification on, soon; one that says what a waiting one says replaces it."""
        self._news[self._key(method, params)] = params
        if len(self._news) > MAX_NOTIFICATIONS:
            self.dropped += 1
            self._news.pop(next(iter(self._news)))
        if self._telling is None or self._telling.done():
            self._telling = asyncio.create_task(self._tell(), name="notifications of a server")

    def _key(self, method: str, params: Mapping[str, Any] | None) -> Key:
        if method.endswith("/list_changed"):
            return method, None
        uri = (params or {}).get("uri")
        if method == "notifications/resources/updated" and isinstance(uri, str):
            return method, uri
        self._number += 1
        return method, self._number

    async def _tell(self) -> None:
        while self._news and self._on_notify is not None:
            key = next(iter(self._news))
            params = self._news.pop(key)
            try:
                await self._on_notify(InboundContext(self._outbound, None), key[0], params)
            except Exception:  # noqa: BLE001 - the border to a handler, whose fault costs one notification
                _log.exception("a notification handler raised")
            await asyncio.sleep(0)

    async def _work(self, request_id: str | int, method: str, params: Mapping[str, Any] | None) -> None:
        if self._on_request is None:
            return
        try:
            result = await self._on_request(InboundContext(self._outbound, request_id), method, params)
        except Exception as failed:  # noqa: BLE001 - the border where a handler's exception becomes an error on the wire
            error = handler_exception_to_error_data(failed)
            if error is None:
                _log.error("a request handler raised %s", type(failed).__name__)
                error = mcp_types.ErrorData(code=mcp_types.INTERNAL_ERROR, message="The client failed")
            await self._refuse(request_id, error)
        else:
            await self._answer({"jsonrpc": "2.0", "id": request_id, "result": result})

    async def _refuse(self, request_id: str | int, error: mcp_types.ErrorData) -> None:
        said = error.model_dump(by_alias=True, mode="json", exclude_none=True)
        await self._answer({"jsonrpc": "2.0", "id": request_id, "error": said})

    def _may_ask(self) -> bool:
        now = self._clock()
        self._tokens = min(REQUEST_BURST, self._tokens + (now - self._counted_at) * REQUEST_RATE)
        self._counted_at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True
