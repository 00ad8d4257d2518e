"""One connection to one server, owned by one task.

Order of events: `open` starts the owner task, which opens the transport and the SDK's client, tells that it is ready,
waits until somebody closes the connection or the server ends it, and closes everything where it opened it (the SDK's
scopes may not be left in another task). All other tasks only send requests. Whatever the SDK raises leaves here as an
exception of `roxy.errors`. A connection is used once: after its end a new one is made.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Mapping, MutableMapping
from contextlib import AsyncExitStack
from typing import Any, cast

import mcp_types
from mcp import Client, MCPError

from roxy.contracts.servers import ProtocolEra, ServerConfig, ServerTransport
from roxy.errors import RoxyError, ServerDisconnected, ServerProtocolError, ServerTimeout
from roxy.mcp import faults
from roxy.mcp.opening import Opening, Step, establish, falls_back, plan
from roxy.mcp.transports.stdio import STOP_SECONDS
from roxy.mcp.wire.stderr import StderrLog

# Without a handler, Python prints warnings of the SDK, tracebacks included, to the terminal of the person.
logging.getLogger("mcp").addHandler(logging.NullHandler())
logging.getLogger("client").addHandler(logging.NullHandler())

_MAX_PAGES = 100
_EXIT_SECONDS = 0.5  # the loop learns of an exit a moment after it has seen the end of the output
_CLOSE_SECONDS = STOP_SECONDS + 2.0


class Connection:
    """A connection; `ended` is set when it is over, `fault` then says why (None when it was closed on purpose)."""

    def __init__(
        self,
        config: ServerConfig,
        *,
        services: Any = None,
        stderr: StderrLog,
        remembered: MutableMapping[str, Step],
        on_tools_changed: Callable[[], None],
    ) -> None:
        self.config = config
        self.ended = asyncio.Event()
        self.fault: RoxyError | None = None
        self.transport = ServerTransport(config.transport)
        self.protocol = ""
        self.since = time.monotonic()
        self._client: Client | None = None
        self._over = asyncio.Event()
        self._ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._closing = False
        self._remembered = remembered
        self._on_tools_changed = on_tools_changed
        self._stderr = stderr
        self._opening = Opening(config, services, stderr.feed, self._heard, self._over)
        self._owner: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """The process id of a stdio server."""
        return self._opening.child.pid if self._opening.child else None

    @property
    def exit_code(self) -> int | None:
        """How the process of a stdio server ended; negative for a signal, None while it runs."""
        return self._opening.child.exit_code if self._opening.child else None

    @property
    def alive(self) -> bool:
        """Whether requests can be sent."""
        return self._client is not None and not self._over.is_set()

    async def open(self, timeout: float) -> None:
        """Connect within `timeout` seconds; raises `ServerError` or `ConfigError`, and then nothing is left behind."""
        steps = plan(self.config, self._remembered.get(self.config.name))
        self._owner = asyncio.create_task(self._own(steps, timeout), name=f"mcp {self.config.name}")
        try:
            async with asyncio.timeout(timeout):
                await asyncio.shield(self._ready)
        except TimeoutError:
            await self.close()
            raise ServerTimeout(
                f"The server {self.config.name} did not answer within {timeout:g} s of its start.",
                server=self.config.name,
                hint=f"See: roxy mcp logs {self.config.name}. If it needs longer, raise `timeout_start`.",
            ) from None
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """End the connection, and the process of a stdio server with all it started; returns when nothing is left."""
        self._closing = True
        self._over.set()
        owner = self._owner
        if owner is None:
            return
        if not self._ready.done():
            owner.cancel()
        done, _ = await asyncio.wait({owner}, timeout=_CLOSE_SECONDS)
        if not done:
            owner.cancel()
            await asyncio.wait({owner}, timeout=_CLOSE_SECONDS)

    async def call_tool(
        self, tool: str, arguments: Mapping[str, Any], meta: Mapping[str, Any]
    ) -> mcp_types.CallToolResult:
        """Send one `tools/call` and wait for its answer; the deadline is the caller's, its cancellation travels on."""
        client = self._client
        if client is None or self._over.is_set():
            raise faults.Unsent(
                str(self.fault or f"The connection to the server {self.config.name} has ended."),
                server=self.config.name,
            )
        try:
            return await client.call_tool(
                tool, dict(arguments), meta=cast("mcp_types.RequestParamsMeta", dict(meta)) if meta else None
            )
        except (MCPError, RuntimeError, ValueError, OSError, ExceptionGroup) as failed:
            raise await self._explained(failed) from failed

    async def list_tools(self) -> list[mcp_types.Tool]:
        """All tools the server lists now, page by page."""
        client = self._client
        if client is None:
            raise ServerDisconnected(f"The server {self.config.name} is not connected.", server=self.config.name)
        tools: list[mcp_types.Tool] = []
        cursor: str | None = None
        try:
            for _ in range(_MAX_PAGES):
                page = await client.list_tools(cursor=cursor)
                tools += page.tools
                cursor = page.next_cursor
                if cursor is None:
                    return tools
        except (MCPError, RuntimeError, ValueError, OSError, ExceptionGroup) as failed:
            if isinstance(failed, MCPError) and failed.code == mcp_types.METHOD_NOT_FOUND:
                return []  # a server without tools
            raise await self._explained(failed) from failed
        raise ServerProtocolError(
            f"The server {self.config.name} lists its tools without end.", server=self.config.name
        )

    async def ping(self) -> None:
        """Ask for a sign of life: `ping` in the legacy era, `server/discover` in the modern one, which has no ping."""
        client = self._client
        if client is None:
            raise ServerDisconnected(f"The server {self.config.name} is not connected.", server=self.config.name)
        try:
            if client.session.discover_result is not None:
                await client.session.send_discover(client.protocol_version)
            else:
                await client.session.send_ping()
        except (MCPError, RuntimeError, ValueError, OSError, ExceptionGroup) as failed:
            raise await self._explained(failed) from failed

    async def _own(self, steps: list[Step], timeout: float) -> None:
        try:
            for number, step in enumerate(steps):
                last = number == len(steps) - 1
                try:
                    await self._serve(step, None if last else timeout / 3)
                except Exception as failed:  # noqa: BLE001 - the border to the SDK and to modules of users: anything may come, and is told by `_over_with`
                    if last or self._ready.done() or not falls_back(step, failed, self._opening):
                        self._over_with(failed)
                        return
                else:
                    return
                self._over.clear()
        finally:
            self._client = None
            self._over.set()
            self._stderr.close()
            if not self._ready.done():
                self._ready.set_exception(self.fault or self._ended_error())
                self._ready.exception()  # nobody may be waiting any more, and that is no error
            self.ended.set()

    async def _serve(self, step: Step, patience: float | None) -> None:
        async with AsyncExitStack() as stack:
            client = await establish(stack, step, self._opening, patience)
            self._remembered[self.config.name] = step if patience is None else _found(step, client)
            self.transport = step.transport
            self.protocol = client.protocol_version
            self.since = time.monotonic()
            self._client = client
            self._ready.set_result(None)
            listening = asyncio.create_task(self._listen(client), name=f"listen {self.config.name}")
            try:
                await self._over.wait()
            finally:
                self._client = None
                listening.cancel()
                await asyncio.wait({listening})
        if not self._closing:
            self.fault = self._opening.fault or self._ended_error()

    async def _listen(self, client: Client) -> None:
        """In the modern era a server tells of changes only to those who subscribe."""
        offered = client.server_capabilities.tools
        if client.session.discover_result is None or offered is None or not offered.list_changed:
            return
        with contextlib.suppress(Exception):  # whatever ends the subscription: no news is no fault
            async with client.listen(tools_list_changed=True) as changes:
                self._on_tools_changed()  # they may have changed before the subscription stood
                async for _ in changes:
                    self._on_tools_changed()

    def _over_with(self, failed: BaseException) -> None:
        self._remembered.pop(self.config.name, None)
        if self._closing and self._ready.done():
            return
        self.fault = faults.translated(failed, self.config, self._opening.fault)
        if self._ready.done():
            return
        status = self._opening.link.status
        if isinstance(faults.leaf(failed), MCPError) and status is not None:
            self.fault = faults.refused(self.config, status)
        elif type(self.fault) is ServerDisconnected:
            self.fault = faults.not_started(self.config, self.fault, self._stderr.last)

    def _ended_error(self) -> RoxyError:
        return ServerDisconnected(f"The connection to the server {self.config.name} ended.", server=self.config.name)

    async def _explained(self, failed: Exception) -> RoxyError:
        """`failed` in Roxy's words; waits a moment for what the transport knows about an end."""
        cause = faults.leaf(failed)
        if isinstance(cause, MCPError) and cause.code == mcp_types.CONNECTION_CLOSED and self._is_dead(cause):
            self._over.set()
            child = self._opening.child
            if child is not None and child.fault is None:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(_EXIT_SECONDS):
                        await child.exited.wait()
        if self._opening.link.lost:
            self._over.set()
        return faults.translated(cause, self.config, self._opening.fault or self.fault)

    def _is_dead(self, error: MCPError) -> bool:
        # Streamable HTTP ends single requests with the same code; then it says more than these two words.
        return error.message == "Connection closed"

    async def _heard(self, message: Any) -> None:
        if isinstance(message, mcp_types.ToolListChangedNotification):
            self._on_tools_changed()


def _found(step: Step, client: Client) -> Step:
    """`step` with the era that it found, so that the next start need not look for it."""
    modern = client.session.discover_result is not None
    return Step(step.transport, ProtocolEra.MODERN if modern else ProtocolEra.LEGACY)
