"""Opening a connection: which transport and which protocol era, found out by trying.

The eras (specification 2026-07-28, "versioning"): a modern server answers `server/discover`; anything else, silence
included, means the `initialize` handshake of the legacy era. The SDK's own probe waits ten seconds and gives up on a
server that dies of it; here the order of events is

1. `plan` lists the steps: for stdio auto first, then legacy in a new process; for http streamable, then SSE;
2. a step opens the transport and probes for `PROBE_SECONDS`; an answer settles the era, silence leads to `initialize`
   on the same streams, so that a server which is merely slow to start is not started twice;
3. when that fails too (the process died, or stayed silent for a third of the time there is), the next step follows;
4. what was found is remembered for the manager's life, and forgotten when it no longer works.

Everything here runs in the owner task of the connection, for the SDK's scopes must be left where they were entered.
"""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import anyio
import mcp_types
from mcp import Client, MCPError
from mcp.client.session import MessageHandlerFnT
from mcp.shared.inbound import MCP_METHOD_HEADER, MCP_PROTOCOL_VERSION_HEADER
from mcp.shared.message import ClientMessageMetadata, SessionMessage
from mcp_types.version import HANDSHAKE_PROTOCOL_VERSIONS, LATEST_MODERN_VERSION, MODERN_PROTOCOL_VERSIONS
from pydantic import ValidationError

import roxy
from roxy.contracts.servers import ProtocolEra, ServerConfig, ServerTransport
from roxy.errors import ConfigError, RoxyError, ServerProtocolError
from roxy.mcp import faults
from roxy.mcp.transports import http
from roxy.mcp.transports.http import http_streams
from roxy.mcp.transports.module import module_server
from roxy.mcp.transports.sse import sse_streams
from roxy.mcp.transports.stdio import Child, stdio_streams
from roxy.mcp.wire.lenient import LenientStream, SoftWriteStream

PROBE_SECONDS = 2.0
_PROBE_ID = "roxy-probe"
_INFO = mcp_types.Implementation(name="roxy", version=roxy.__version__)
_ASK_CREDENTIALS = {401, 403, 407}


@dataclass(frozen=True, slots=True)
class Step:
    """One way to open a connection. `era` AUTO probes, then goes on with `initialize`."""

    transport: ServerTransport
    era: ProtocolEra


@dataclass
class Opening:
    """What the steps share, and what they find."""

    config: ServerConfig
    services: Any
    on_stderr: Callable[[bytes], None]
    on_message: MessageHandlerFnT
    over: asyncio.Event
    """Set when the transport has nothing more to say."""
    child: Child | None = None
    link: http.Link = field(default_factory=http.Link)

    @property
    def fault(self) -> RoxyError | None:
        """What the transport knows about its end."""
        return self.child.fault if self.child else None


def plan(config: ServerConfig, remembered: Step | None) -> list[Step]:
    """The steps to try, in order; the last one's failure is the one that is told."""
    transport, era = ServerTransport(config.transport), ProtocolEra(config.protocol)
    steps = [Step(transport, era)]
    if transport is ServerTransport.WEBSOCKET:
        raise ConfigError(
            f"The server {config.name} uses the transport websocket, which this version of Roxy does not speak.",
            where=config.where,
            hint="Use http, sse or stdio.",
        )
    if transport is ServerTransport.STDIO and era is ProtocolEra.AUTO:
        steps.append(Step(transport, ProtocolEra.LEGACY))
    elif transport is ServerTransport.SSE and era is ProtocolEra.AUTO:
        steps = [Step(transport, ProtocolEra.LEGACY)]  # the modern era knows no SSE
    elif transport is ServerTransport.HTTP and era is not ProtocolEra.MODERN:
        steps.append(Step(ServerTransport.SSE, ProtocolEra.LEGACY))
    return steps if remembered is None else [remembered, *_without(steps, remembered)]


def _without(steps: list[Step], known: Step) -> list[Step]:
    return [step for step in steps if step != known]


def falls_back(step: Step, error: BaseException, opening: Opening) -> bool:
    """Whether the failure of `step` is a reason to try the next one."""
    cause = faults.leaf(error)
    if isinstance(cause, ConfigError):
        return False
    if step.era is ProtocolEra.MODERN:  # remembered, and no longer true; if it merely died, it may die but once
        return isinstance(cause, ServerProtocolError)
    if step.transport is ServerTransport.HTTP:
        status = opening.link.status or 0
        return isinstance(cause, MCPError) and 400 <= status < 500 and status not in _ASK_CREDENTIALS  # noqa: PLR2004 - the class of HTTP client errors
    return step.transport is ServerTransport.STDIO


async def establish(stack: AsyncExitStack, step: Step, opening: Opening, patience: float | None) -> Client:
    """Open `step` on `stack` and return the connected client; `patience` bounds it when another step follows."""
    config = opening.config
    if step.transport is ServerTransport.MODULE:
        server = await module_server(config, opening.services)
        mode = "legacy" if step.era is ProtocolEra.LEGACY else "auto"
        client = Client(server, mode=mode, client_info=_INFO, message_handler=opening.on_message, cache=None)
        return await stack.enter_async_context(client)
    if step.transport is ServerTransport.STDIO:
        opening.child = Child(config.name, opening.on_stderr)
        streams: Any = await stack.enter_async_context(stdio_streams(config, opening.child))
    elif step.transport is ServerTransport.HTTP:
        opening.link = http.Link()
        streams = await stack.enter_async_context(http_streams(config, opening.link))
    else:
        streams = await stack.enter_async_context(sse_streams(config))
    async with asyncio.timeout(patience):
        return await _handshake(stack, step, opening, *streams)


async def _handshake(stack: AsyncExitStack, step: Step, opening: Opening, read: Any, write: Any) -> Client:
    reader, writer = LenientStream(read, opening.over), SoftWriteStream(write)
    found = None
    if step.era is not ProtocolEra.LEGACY:
        # Only a process may be wedged by the probe; a slow HTTP server is worth waiting for.
        seconds = PROBE_SECONDS if step == Step(ServerTransport.STDIO, ProtocolEra.AUTO) else None
        found = await _probe(reader, writer, opening, seconds)
    if found is not None:
        return await _enter(stack, opening, reader, writer, found)
    if step.era is ProtocolEra.MODERN:
        raise ServerProtocolError(
            f"The server {opening.config.name} does not speak the modern protocol.",
            server=opening.config.name,
            hint="Set its `protocol` to auto.",
        )
    return await _greet(stack, opening, reader, writer)


async def _greet(stack: AsyncExitStack, opening: Opening, reader: LenientStream, writer: SoftWriteStream) -> Client:
    """`initialize`; a refusal that names a modern version means that the server is modern, but was slow."""
    try:
        return await _enter(stack, opening, reader, writer, None)
    except (MCPError, ExceptionGroup) as failed:
        cause = faults.leaf(failed)
        if not isinstance(cause, MCPError) or cause.code != mcp_types.UNSUPPORTED_PROTOCOL_VERSION:
            raise
        late = reader.late.get(_PROBE_ID)
        reader = reader.reopened()
        found = _discovered(late) if late else await _probe(reader, writer, opening, PROBE_SECONDS)
        if found is None:
            raise
    return await _enter(stack, opening, reader, writer, found)


async def _enter(
    stack: AsyncExitStack,
    opening: Opening,
    reader: LenientStream,
    writer: SoftWriteStream,
    found: mcp_types.DiscoverResult | None,
) -> Client:
    @asynccontextmanager
    async def opened() -> Any:
        yield reader, writer

    client = await stack.enter_async_context(
        Client(
            opened(),
            mode=LATEST_MODERN_VERSION if found else "legacy",
            prior_discover=found,
            client_info=_INFO,
            message_handler=opening.on_message,
            cache=None,  # the catalogue is Roxy's own, and a call must reach the server
        )
    )
    reader.version = client.protocol_version
    return client


async def _probe(
    reader: LenientStream, writer: SoftWriteStream, opening: Opening, seconds: float | None
) -> mcp_types.DiscoverResult | None:
    """Ask `server/discover`; None for every answer, and for silence, that is no proof of a modern server."""
    meta = {
        mcp_types.PROTOCOL_VERSION_META_KEY: LATEST_MODERN_VERSION,
        mcp_types.CLIENT_INFO_META_KEY: _INFO.model_dump(by_alias=True, mode="json", exclude_none=True),
        mcp_types.CLIENT_CAPABILITIES_META_KEY: {},
    }
    request = mcp_types.JSONRPCRequest(jsonrpc="2.0", id=_PROBE_ID, method="server/discover", params={"_meta": meta})
    headers = {MCP_PROTOCOL_VERSION_HEADER: LATEST_MODERN_VERSION, MCP_METHOD_HEADER: "server/discover"}
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await writer.send(SessionMessage(request, ClientMessageMetadata(headers=headers)))
            while True:
                answer = await _next(reader)
                if isinstance(answer, mcp_types.JSONRPCResponse) and answer.id == _PROBE_ID:
                    return _discovered(answer.result)
                if isinstance(answer, mcp_types.JSONRPCError) and answer.id in {_PROBE_ID, None}:
                    _check_refusal(answer.error, opening)
                    return None
    return None


async def _next(reader: LenientStream) -> Any:
    try:
        item = await reader.receive()
    except anyio.EndOfStream:
        raise MCPError(mcp_types.CONNECTION_CLOSED, "Connection closed") from None
    return item.message if isinstance(item, SessionMessage) else item


def _discovered(answer: dict[str, Any]) -> mcp_types.DiscoverResult | None:
    try:
        found = mcp_types.DiscoverResult.model_validate(answer)
    except ValidationError:
        return None
    return found if any(v in found.supported_versions for v in MODERN_PROTOCOL_VERSIONS) else None


def _check_refusal(error: mcp_types.ErrorData, opening: Opening) -> None:
    """Raise when the refusal of the probe means that `initialize` would fail as well."""
    if error.code == http.FAULT:
        raise MCPError(error.code, error.message, error.data)
    if opening.link.status in _ASK_CREDENTIALS:
        raise faults.refused(opening.config, opening.link.status)
    if error.code == mcp_types.UNSUPPORTED_PROTOCOL_VERSION and isinstance(error.data, dict):
        supported = error.data.get("supported")
        if isinstance(supported, list) and supported and not any(v in HANDSHAKE_PROTOCOL_VERSIONS for v in supported):
            name = opening.config.name
            raise ServerProtocolError(
                f"The server {name} speaks only {', '.join(map(str, supported))}, which this version of Roxy does not.",
                server=name,
                hint="Update Roxy or the server.",
            )
