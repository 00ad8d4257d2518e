"""One attempt to reach a server: a transport, the dispatcher over it and the SDK's session, in a task of their own.

Order of events: `open` starts the task, which opens the transport and the session and then waits; `probe` asks for the
modern era, `greet` shakes hands in the legacy one (from any task); `close` ends the task, which closes everything where
it opened it, for the SDK's scopes may not be left in another task. Whichever attempt wins becomes the connection.
"""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import mcp_types
from mcp import ClientSession, MCPError
from mcp.client.session import MessageHandlerFnT
from mcp.shared.dispatcher import CallOptions, Dispatcher
from mcp.shared.inbound import MCP_METHOD_HEADER, MCP_PROTOCOL_VERSION_HEADER
from mcp_types.version import LATEST_MODERN_VERSION, MODERN_PROTOCOL_VERSIONS
from pydantic import ValidationError

from roxy.contracts.servers import ServerConfig, ServerTransport
from roxy.errors import RoxyError
from roxy.mcp.transports.http import HttpChannel, http_channel
from roxy.mcp.transports.module import module_dispatcher
from roxy.mcp.transports.sse import sse_channel
from roxy.mcp.transports.stdio import Child, stdio_channel
from roxy.mcp.wire import inputs
from roxy.mcp.wire.channel import Channel
from roxy.mcp.wire.dispatcher import WireDispatcher
from roxy.mcp.wire.envelope import INFO, Envelope, modern_meta
from roxy.mcp.wire.inputs import InputHandler
from roxy.mcp.wire.parsing import Parser
from roxy.mcp.wire.peer import Peer
from roxy.mcp.wire.tolerance import Dropped

_HELD_BYTES = 1 << 16
_DISCOVER = "server/discover"
_DIES_OF_CANCEL = {"2024-11-05", "2025-03-26"}
"""The revisions of servers that are not told that nobody waits any more: the Python SDK before 1.10 speaks one of them,
and `notifications/cancelled` ends it, or leaves it mute, together with all other calls to it."""


@dataclass
class Surroundings:
    """What all attempts to reach one server share."""

    config: ServerConfig
    services: Any
    parser: Parser
    on_stderr: Callable[[bytes], None]
    on_message: MessageHandlerFnT
    on_input: InputHandler | None
    dropped: Dropped


class Stderr:
    """Holds back what a process writes to stderr until it is known whether it is the one that stays."""

    def __init__(self, sink: Callable[[bytes], None], *, held: bool) -> None:
        self._sink = sink
        self._held: list[bytes] | None = [] if held else None
        self._room = _HELD_BYTES

    def feed(self, chunk: bytes) -> None:
        """Take bytes as they come from the pipe."""
        if self._held is None:
            self._sink(chunk)
        elif self._room > 0:
            self._held.append(chunk)
            self._room -= len(chunk)

    def release(self) -> None:
        """It stays, or none does: let others read what it wrote."""
        held, self._held = self._held or [], None
        for chunk in held:
            self._sink(chunk)


class Attempt:
    """An attempt; `ended` is set when the server has ended it, `fault` then says why, if that is known."""

    def __init__(
        self, around: Surroundings, transport: ServerTransport, *, legacy: bool = False, held: bool = False
    ) -> None:
        self.transport = transport
        self.child: Child | None = None
        self.ended = asyncio.Event()
        self.stderr = Stderr(around.on_stderr, held=held)
        self._around = around
        self._legacy = legacy
        self._http: HttpChannel | None = None
        self._wire: WireDispatcher | None = None
        self._dispatcher: Dispatcher[Any] | None = None
        self._session: ClientSession | None = None
        self._opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._leave = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def fault(self) -> RoxyError | None:
        """What the transport knows about its end."""
        if self.child is not None and self.child.fault is not None:
            return self.child.fault
        return self._wire.fault if self._wire else None

    @property
    def refusal(self) -> int | None:
        """The HTTP status of 400 and above that answered the last request; None when there was none."""
        return self._http.refusal if self._http else None

    @property
    def strays(self) -> int:
        """Messages and lines that nobody could make anything of."""
        return (self.child.garbage if self.child else 0) + (self._wire.strays if self._wire else 0)

    @property
    def session(self) -> ClientSession:
        """The SDK's session; only once `open` has returned."""
        if self._session is None:
            raise AssertionError("the attempt is not open")
        return self._session

    @property
    def protocol(self) -> str:
        """The revision that was agreed on; empty before."""
        return (self._session.protocol_version if self._session else None) or ""

    @property
    def modern(self) -> bool:
        """Whether the modern era was agreed on."""
        return self.session.discover_result is not None

    async def open(self) -> None:
        """Open the transport; raises what it raises."""
        self._task = asyncio.create_task(self._run(), name=f"mcp {self._around.config.name}")
        await asyncio.shield(self._opened)

    async def close(self) -> None:
        """Close everything; returns when nothing is left of it."""
        self._leave.set()
        if self._task is not None:
            if not self._opened.done():
                self._task.cancel()
            await asyncio.wait({self._task})

    async def probe(self) -> mcp_types.DiscoverResult | None:
        """Ask `server/discover`; None for an answer that proves no modern server. Raises the server's refusal."""
        meta = modern_meta(LATEST_MODERN_VERSION, inputs.capabilities(self._around.on_input))
        options: CallOptions = {"cancel_on_abandon": False}
        if self.transport is ServerTransport.HTTP:
            options["headers"] = {MCP_PROTOCOL_VERSION_HEADER: LATEST_MODERN_VERSION, MCP_METHOD_HEADER: _DISCOVER}
        if self._dispatcher is None:
            raise AssertionError("the attempt is not open")
        found = _discovered(await self._dispatcher.send_raw_request(_DISCOVER, {"_meta": meta}, options))
        if found is not None:
            self.session.adopt(found)
            self._speaks()
        return found

    async def greet(self) -> None:
        """`initialize`; raises the server's refusal."""
        await self.session.initialize()
        self._speaks()

    def peer(self) -> Peer:
        """The server as it is spoken to from now on."""
        around = self._around
        if self._dispatcher is None:
            raise AssertionError("the attempt is not open")
        envelope = Envelope(
            self.protocol,
            inputs.capabilities(around.on_input),
            http=self.transport is ServerTransport.HTTP,
        )
        return Peer(around.config.name, self._dispatcher, envelope, on_input=around.on_input, dropped=around.dropped)

    def _speaks(self) -> None:
        if self._wire is not None:
            self._wire.channel.speaks(self.protocol)
            self._wire.tells_cancel = self.protocol not in _DIES_OF_CANCEL

    async def _run(self) -> None:
        around = self._around
        try:
            async with AsyncExitStack() as stack:
                self._dispatcher = await self._connected(stack)
                session = ClientSession(
                    dispatcher=self._dispatcher,
                    client_info=INFO,
                    message_handler=around.on_message,
                    **inputs.callbacks(around.on_input),
                )
                self._session = await stack.enter_async_context(session)
                self._opened.set_result(None)
                await self._leave.wait()
        except asyncio.CancelledError:
            self._opened.cancel()
            raise
        except Exception as failed:  # noqa: BLE001 - the border to the SDK and to modules of users: whoever opens is told
            if not self._opened.done():
                self._opened.set_exception(failed)
                self._opened.exception()  # nobody may be waiting any more, and that is no error
        finally:
            self.ended.set()

    async def _connected(self, stack: AsyncExitStack) -> Dispatcher[Any]:
        around, config = self._around, self._around.config
        if self.transport is ServerTransport.MODULE:
            running = module_dispatcher(config, around.services, legacy=self._legacy)
            return await stack.enter_async_context(running)
        self._wire = WireDispatcher(await self._channel(stack))
        self.ended = self._wire.ended
        stack.push_async_callback(self._wire.aclose)
        return self._wire

    async def _channel(self, stack: AsyncExitStack) -> Channel:
        config, parser = self._around.config, self._around.parser
        if self.transport is ServerTransport.STDIO:
            self.child = Child(config.name, self.stderr.feed)
            return await stack.enter_async_context(stdio_channel(config, self.child, parser))
        if self.transport is ServerTransport.HTTP:
            self._http = await stack.enter_async_context(http_channel(config, parser))
            return self._http
        if self.transport is ServerTransport.SSE:
            return await stack.enter_async_context(sse_channel(config, parser))
        from roxy.mcp.transports.websocket import websocket_channel  # noqa: PLC0415 - its library is needed by few

        return await stack.enter_async_context(websocket_channel(config, parser))


def _discovered(answer: dict[str, Any]) -> mcp_types.DiscoverResult | None:
    """The answer to `server/discover`, mended where a slip of the server's is no reason not to understand it."""
    try:
        ttl = answer.get("ttlMs")
        mended = {
            "resultType": "complete",
            "cacheScope": "private",
            **answer,
            "ttlMs": max(0, ttl) if isinstance(ttl, int) else 0,
        }
        found = mcp_types.DiscoverResult.model_validate(mended)
    except ValidationError:
        return None
    return found if any(v in found.supported_versions for v in MODERN_PROTOCOL_VERSIONS) else None


def is_version_refusal(error: BaseException) -> bool:
    """Whether a server has refused the era that it was spoken to in, and so proved to speak another."""
    return isinstance(error, MCPError) and error.code == mcp_types.UNSUPPORTED_PROTOCOL_VERSION
