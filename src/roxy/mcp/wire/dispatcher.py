"""Roxy's own dispatcher: requests out, answers back, and what the server sends unasked (the SDK's `Dispatcher`).

Under the SDK's `ClientSession` it serves the handshake, `subscriptions/listen` and the server's requests; the hot
methods are sent over `send_raw_request` directly, as plain dicts. Order of events for a request: it gets an id, a
future waits under that id, the message is given to the channel, `run` (the one receive loop) finds the future when
the answer comes. Whoever stops waiting leaves no trace: the server is told in the background, by the transport or
by `notifications/cancelled`, and an answer that comes later is counted and dropped.
"""

import asyncio
import logging
from collections.abc import Mapping
from contextvars import copy_context
from itertools import count
from typing import Any

import anyio.abc
import mcp_types
from anyio import TASK_STATUS_IGNORED
from mcp import MCPError
from mcp.shared.dispatcher import (
    CallOptions,
    OnNotify,
    OnNotifyIntercept,
    OnRequest,
    ProgressFnT,
    as_request_id,
    coerce_request_id,
    run_notify_intercept,
)

from roxy.errors import RoxyError
from roxy.mcp.wire.channel import FAULT, Channel, ChannelEnded, Message
from roxy.mcp.wire.inbox import Inbox

_UNCANCELLABLE = {"initialize", "server/discover"}  # the specification forbids the first, the second has no effect
_MAX_PARTINGS = 256  # tasks that tell a server that nobody waits any more
_NO_OPTIONS: CallOptions = {}
_log = logging.getLogger(__name__)


class _Waiting:
    """A request that waits for its answer, and the newest progress of it that was not yet told."""

    __slots__ = ("answer", "context", "newest", "on_progress", "telling")

    def __init__(self, answer: asyncio.Future[dict[str, Any]], on_progress: ProgressFnT | None) -> None:
        self.answer = answer
        self.on_progress = on_progress
        self.context = copy_context() if on_progress is not None else None
        self.newest: tuple[float, float | None, str | None] | None = None
        self.telling: asyncio.Task[None] | None = None

    def progressed(self, params: Mapping[str, Any]) -> None:
        """Keep the newest progress, and tell it once the callback has ended that tells the one before."""
        progress, total, message = params.get("progress"), params.get("total"), params.get("message")
        if not isinstance(progress, int | float):
            return
        told_total = float(total) if isinstance(total, int | float) else None
        self.newest = float(progress), told_total, message if isinstance(message, str) else None
        if self.telling is None or self.telling.done():
            # In the context of who asked: that of the receive loop is whichever call has started the server.
            self.telling = asyncio.create_task(self._tell(), name="progress of a request", context=self.context)

    async def _tell(self) -> None:
        while self.newest is not None and self.on_progress is not None:
            newest, self.newest = self.newest, None
            try:
                await self.on_progress(*newest)
            except Exception:  # noqa: BLE001 - the border to a callback, whose fault costs no answer
                _log.exception("a progress callback raised")

    def close(self) -> None:
        """Nobody waits any more."""
        if self.telling is not None:
            self.telling.cancel()
        if self.answer.done() and not self.answer.cancelled():
            self.answer.exception()  # an error that came too late is nobody's, and no warning either


class WireDispatcher:
    """Speaks JSON-RPC over `channel`. Used once: after the end of the channel every request fails."""

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self.ended = asyncio.Event()
        """Set when nothing comes any more; `fault` then says why, if anybody knows."""
        self.fault: RoxyError | None = None
        self.strays = 0
        """Messages that were neither an answer that somebody waits for, nor a request, nor a notification."""
        self.tells_cancel = True
        """Whether the server is sent `notifications/cancelled`."""
        self.inbox = Inbox(self, self._say)
        self._ids = count(1)
        self._waiting: dict[str | int, _Waiting] = {}
        self._partings: set[asyncio.Task[None]] = set()
        self._intercept: OnNotifyIntercept | None = None

    @property
    def in_flight(self) -> int:
        """How many requests wait for their answers."""
        return len(self._waiting)

    async def send_raw_request(
        self, method: str, params: Mapping[str, Any] | None, opts: CallOptions | None = None
    ) -> dict[str, Any]:
        """Send a request and return the `result` of its answer, unvalidated.

        Raises `MCPError`: the server's own error, `FAULT` for what the transport could not do, CONNECTION_CLOSED, or
        REQUEST_TIMEOUT after `opts["timeout"]` seconds; and `InvalidArguments` for what JSON cannot hold.
        """
        if self._partings:
            await asyncio.sleep(0)  # what the server is told of an earlier request comes before this one
        if self.ended.is_set():
            raise _closed()
        opts = opts or _NO_OPTIONS
        request_id, key = self._new_id(opts.get("request_id"))
        on_progress = opts.get("on_progress")
        message: dict[str, Any] = {"jsonrpc": "2.0", "id": request_id, "method": method}
        if on_progress is not None:
            message["params"] = _with_token(params, request_id)
        elif params is not None:
            message["params"] = params
        waiting = _Waiting(asyncio.get_running_loop().create_future(), on_progress)
        self._waiting[key] = waiting
        sent = False
        try:
            async with asyncio.timeout(opts.get("timeout")):
                await self.channel.send(message, headers=opts.get("headers"))
                sent = True
                return await waiting.answer
        except ChannelEnded as end:
            raise _closed() from end
        except TimeoutError:
            self._part(request_id, method, opts, sent=sent)
            raise MCPError(mcp_types.REQUEST_TIMEOUT, f"Request {method!r} timed out") from None
        except asyncio.CancelledError:
            self._part(request_id, method, opts, sent=sent)
            raise
        finally:
            del self._waiting[key]
            waiting.close()

    async def notify(self, method: str, params: Mapping[str, Any] | None, opts: CallOptions | None = None) -> None:
        """Send a notification; one that can no longer be sent is dropped."""
        message: dict[str, Any] = {"jsonrpc": "2.0", "method": method}
        if params is not None:
            message["params"] = params
        await self._say(message, (opts or _NO_OPTIONS).get("headers"))

    async def run(
        self,
        on_request: OnRequest,
        on_notify: OnNotify,
        on_notify_intercept: OnNotifyIntercept | None = None,
        *,
        task_status: anyio.abc.TaskStatus[None] = TASK_STATUS_IGNORED,
    ) -> None:
        """Receive until the channel ends; never raises for what a server does."""
        self.inbox.open(on_request, on_notify)
        self._intercept = on_notify_intercept
        task_status.started()
        try:
            while True:
                self._take(await self.channel.receive())
        except ChannelEnded as end:
            self.fault = end.fault
        except RoxyError as fault:
            self.fault = fault
        finally:
            self.ended.set()
            self.inbox.close()
            for waiting in self._waiting.values():
                if not waiting.answer.done():
                    waiting.answer.set_exception(_closed())

    async def aclose(self) -> None:
        """Wait until what was begun in the background has come to its end; after `run`."""
        for parting in self._partings:
            parting.cancel()
        tasks = [*self._partings, *self.inbox.tasks]
        if tasks:
            await asyncio.wait(tasks)

    def _take(self, message: Message) -> None:
        method = message.get("method")
        if not isinstance(method, str):
            self._answered(message)
            return
        params = message.get("params")
        if not isinstance(params, dict):
            params = None
        request_id = as_request_id(message.get("id"))
        if request_id is not None:
            self.inbox.request(request_id, method, params)
            return
        if method == "notifications/progress":
            self._progressed(params or {})
            return
        if method == "notifications/cancelled":
            self.inbox.cancel((params or {}).get("requestId"))
        if not run_notify_intercept(self._intercept, method, params):
            self.inbox.notify(method, params)

    def _answered(self, message: Message) -> None:
        request_id = as_request_id(message.get("id"))
        waiting = None if request_id is None else self._waiting.get(coerce_request_id(request_id))
        if waiting is None or waiting.answer.done():
            self.strays += 1
            return
        result, error = message.get("result"), message.get("error")
        if isinstance(result, dict):
            waiting.answer.set_result(result)
        elif isinstance(error, dict) and isinstance(error.get("code"), int):
            said = error.get("message")
            waiting.answer.set_exception(
                MCPError(error["code"], said if isinstance(said, str) else "", error.get("data"))
            )
        else:
            why = "an answer that is neither a result nor an error"
            waiting.answer.set_exception(MCPError(FAULT, why, {"kind": "unreadable"}))

    def _progressed(self, params: Mapping[str, Any]) -> None:
        token = as_request_id(params.get("progressToken"))
        waiting = None if token is None else self._waiting.get(coerce_request_id(token))
        if waiting is not None and waiting.on_progress is not None and not waiting.answer.done():
            waiting.progressed(params)

    def _new_id(self, chosen: str | int | None) -> tuple[str | int, str | int]:
        """An id and the key under which its answer is found, which is the same for 7 and "7"."""
        if chosen is not None:
            key = coerce_request_id(chosen)
            if key in self._waiting:
                raise ValueError(f"request id {chosen!r} is already in flight")
            return chosen, key
        number = next(self._ids)
        while number in self._waiting:
            number = next(self._ids)
        return number, number

    def _part(self, request_id: str | int, method: str, opts: CallOptions, *, sent: bool) -> None:
        """Let the server know, without waiting for it: it may have stopped reading."""
        if self.ended.is_set() or len(self._partings) >= _MAX_PARTINGS:
            return
        tells = self.tells_cancel and sent and method not in _UNCANCELLABLE and opts.get("cancel_on_abandon", True)
        task = asyncio.create_task(self._parting(request_id, tells=tells), name=f"cancel {method}")
        self._partings.add(task)
        task.add_done_callback(self._partings.discard)

    async def _parting(self, request_id: str | int, *, tells: bool) -> None:
        if not await self.channel.abandon(request_id) and tells:
            await self.notify("notifications/cancelled", {"requestId": request_id, "reason": "nobody waits any more"})

    async def _say(self, message: Message, headers: Mapping[str, str] | None = None) -> None:
        try:
            await self.channel.send(message, headers=headers)
        except RoxyError as unsent:
            _log.debug("a message was not sent: %s", unsent)


def _closed() -> MCPError:
    return MCPError(mcp_types.CONNECTION_CLOSED, "Connection closed")


def _with_token(params: Mapping[str, Any] | None, token: str | int) -> dict[str, Any]:
    given = params or {}
    return {**given, "_meta": {**given.get("_meta", {}), "progressToken": token}}
