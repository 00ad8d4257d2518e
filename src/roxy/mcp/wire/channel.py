"""The seam between a transport and the dispatcher: one open way to a server that carries raw JSON-RPC messages.

A transport is an async context manager that yields a `Channel`. Messages are plain dicts, one JSON-RPC object each.
A fault of one request arrives as a JSON-RPC error for its id (code `FAULT`, `data.kind` one of `unsent`, `broken`,
`too_large`, `encoding`); only the end of the whole way is `ChannelEnded`.
"""

from collections.abc import Mapping
from typing import Any, Protocol

from roxy.errors import RoxyError, ServerDisconnected

FAULT = -31900
"""Code of the JSON-RPC errors that a channel puts in place of a fault of one request; never on any wire."""

Message = Mapping[str, Any]


class ChannelEnded(ServerDisconnected):
    """The channel carries nothing any more; `fault` says why, None when it was closed on purpose or quietly."""

    def __init__(self, message: str, *, server: str, fault: RoxyError | None = None) -> None:
        super().__init__(message, server=server)
        self.fault = fault


class Channel(Protocol):
    """One open transport. `receive` is called by one task only; `send` and `abandon` by any task of the loop."""

    async def send(self, message: Message, *, headers: Mapping[str, str] | None = None) -> None:
        """Send one message; `headers` go beside it on HTTP, others ignore them.

        Returns when the message is taken (written, queued within bounds, or posted), not when it is answered. Raises
        `ChannelEnded` when the way is closed, and another `RoxyError` when this one message cannot be sent.
        """
        ...

    async def receive(self) -> Message:
        """The next message from the server; raises `ChannelEnded` at the end, and at every call after it."""
        ...

    async def abandon(self, request_id: str | int) -> bool:
        """Nobody waits for the answer to `request_id` any more.

        True when the transport has told the server itself (modern HTTP closes the stream of the request), so that no
        `notifications/cancelled` is to be sent.
        """
        ...

    def speaks(self, protocol: str) -> None:
        """The handshake agreed on the revision `protocol`: HTTP adds its headers from now on."""
        ...
