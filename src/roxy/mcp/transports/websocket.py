"""A server behind a WebSocket (RFC 6455) with the sub-protocol `mcp`, as a channel: one message a text frame.

Not a transport of the specification, which leaves room for such ones; Roxy speaks every protocol era over it. The
library answers pings, sends its own, and holds frames to the size that is allowed: a larger one ends the channel. A
message of several frames that is too large is read away, and ends the request that it answers.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import (
    ConnectionClosed,
    InvalidHandshake,
    InvalidProxy,
    InvalidStatus,
    InvalidURI,
    ProxyError,
)
from websockets.frames import CloseCode
from websockets.typing import Subprotocol

import roxy
from roxy.contracts.servers import ServerConfig
from roxy.errors import ConfigError, RoxyError, ServerDisconnected, ServerProtocolError
from roxy.mcp import faults
from roxy.mcp.web.certificates import certificates
from roxy.mcp.web.exchange import declared_headers
from roxy.mcp.wire import framing
from roxy.mcp.wire.channel import ChannelEnded, Message
from roxy.mcp.wire.parsing import Parser
from roxy.observe.logs import get_logger

_log = get_logger(__name__)

_PROTOCOL = Subprotocol("mcp")
_PING_SECONDS = 20.0
"""Between two pings, and for the answer to one: after twice this time a peer that vanished is known to be gone."""
_CLOSE_SECONDS = 0.5
"""For the closing handshake: it also stands between a message that is too long and telling so."""
_FRAMES = 16
"""Messages that may wait to be received; then the server waits."""


@asynccontextmanager
async def websocket_channel(config: ServerConfig, parser: Parser) -> AsyncIterator["WebSocketChannel"]:
    """Open a socket to `config.url`; raises `RoxyError` when that fails. The deadline is the caller's."""
    socket = await _opened(config)
    try:
        yield WebSocketChannel(config, socket, parser)
    finally:
        await _closed(socket)


class WebSocketChannel:
    """A `Channel` over a WebSocket."""

    def __init__(self, config: ServerConfig, socket: ClientConnection, parser: Parser) -> None:
        self._config = config
        self._socket = socket
        self._parser = parser
        self._endless = False

    async def send(self, message: Message, *, headers: Mapping[str, str] | None = None) -> None:  # noqa: ARG002 - the Protocol's
        """Write one message; waits while the server does not read."""
        text = framing.encoded(message)
        try:
            await self._socket.send(text, text=True)
        except ConnectionClosed as closed:
            raise self._ending(closed) from None

    async def receive(self) -> Message:
        """The next message; see `Channel`. What is no JSON object is skipped."""
        while True:
            if self._endless:
                raise self._ended(faults.endless(self._config))
            try:
                text = await self._text()
            except ConnectionClosed as closed:
                raise self._ending(closed) from None
            if isinstance(text, Mapping):
                return text
            try:
                message = await self._parser.parsed(framing.stripped(text))
            except ValueError:
                message = None
            if isinstance(message, dict):
                return message
            _log.warning("frame.unreadable", server=self._config.name)

    async def _text(self) -> bytes | bytearray | Message:
        """The next message, of all its frames; of an answer over the limit, the fault that stands for it."""
        limit = self._config.max_message_bytes
        text: bytes | bytearray = b""
        fault, skipped = None, 0
        async for part in self._socket.recv_streaming(decode=False):
            if fault is None and len(text) + len(part) > limit:
                fault, text = self._refused(bytes((text or part)[: framing.HEAD_BYTES])), b""
            if fault is not None:
                skipped += len(part)
                if skipped > framing.SKIPPED_LIMITS * limit:
                    self._endless = True
                    return fault
            elif not text:
                text = part
            else:
                text = bytearray(text) if isinstance(text, bytes) else text
                text += part
        return text if fault is None else fault

    def _refused(self, head: bytes) -> Message:
        """The fault for the request whose answer is too long; ends the channel when nobody knows whose it is."""
        request_id = framing.answered(head)
        if request_id is None:
            raise self._ended(faults.too_large(self._config))
        why = f"a message of more than {self._config.max_message_bytes} bytes"
        return framing.fault(request_id, "too_large", why)

    def _ended(self, fault: RoxyError) -> ChannelEnded:
        return ChannelEnded(fault.message, server=self._config.name, fault=fault)

    async def abandon(self, request_id: str | int) -> bool:  # noqa: ARG002 - the Protocol's
        """The server is told by a message, as on stdio."""
        return False

    def speaks(self, protocol: str) -> None:
        """Nothing changes: the frames are the same in every era."""

    def _ending(self, closed: ConnectionClosed) -> ChannelEnded:
        return self._ended(self._fault(closed))

    def _fault(self, closed: ConnectionClosed) -> RoxyError:
        name = self._config.name
        ours = closed.sent.code if closed.sent and not closed.rcvd_then_sent else None
        if ours == CloseCode.MESSAGE_TOO_BIG:
            return faults.too_large(self._config)
        if ours in {CloseCode.PROTOCOL_ERROR, CloseCode.INVALID_DATA}:
            return ServerProtocolError(f"The server {name} does not keep to the WebSocket protocol.", server=name)
        why = f" with code {closed.rcvd.code}" if closed.rcvd and closed.rcvd.code != CloseCode.NORMAL_CLOSURE else ""
        return ServerDisconnected(f"The server {name} closed the connection{why}.", server=name)


class _Connect(connect):
    """Follows no redirect: the declared headers are for the declared address."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        """The redirect as the failure that it is."""
        return exc


async def _closed(socket: ClientConnection) -> None:
    """Close politely, and after `_CLOSE_SECONDS` without waiting for a server that does not read."""
    try:
        async with asyncio.timeout(_CLOSE_SECONDS):
            await socket.close()
    except TimeoutError:
        socket.transport.abort()
        await socket.wait_closed()


async def _opened(config: ServerConfig) -> ClientConnection:
    secure = str(config.url).startswith("wss:")
    try:
        return await _Connect(
            str(config.url),
            subprotocols=[_PROTOCOL],
            compression=None,  # costs more than it saves where messages are small, and a bomb cannot come in
            additional_headers=declared_headers(config),
            user_agent_header=f"roxy/{roxy.__version__}",
            open_timeout=None,
            ping_interval=_PING_SECONDS,
            ping_timeout=_PING_SECONDS,
            close_timeout=_CLOSE_SECONDS,
            max_size=(None, config.max_message_bytes),  # of a frame; those of a message are counted here
            max_queue=_FRAMES,
            ssl=certificates() if secure else None,
        )
    except InvalidStatus as refused:
        raise faults.refused(config, refused.response.status_code) from refused
    except (InvalidURI, InvalidProxy, ValueError) as wrong:
        raise ConfigError(
            f"The `url` of the server {config.name}, or a proxy, is no address of a WebSocket.", where=config.where
        ) from wrong
    except (OSError, ProxyError) as unreachable:
        raise faults.unreachable(config, type(unreachable).__name__) from unreachable
    except InvalidHandshake as strange:
        raise ServerProtocolError(
            f"The server {config.name} does not speak WebSocket at its `url`.", server=config.name
        ) from strange
