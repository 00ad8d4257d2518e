"""A channel over the streams of an SDK transport, for the transports that are not yet channels of their own."""

from collections.abc import Mapping
from typing import Any

import anyio
from mcp.shared.message import ClientMessageMetadata, SessionMessage
from mcp_types import JSONRPCMessage, jsonrpc_message_adapter
from pydantic import ValidationError

from roxy.errors import InvalidArguments
from roxy.mcp.wire.channel import ChannelEnded, Message


class StreamChannel:
    """The messages of an SDK transport's two streams."""

    def __init__(self, server: str, read: Any, write: Any) -> None:
        self._server = server
        self._read = read
        self._write = write

    async def send(self, message: Message, *, headers: Mapping[str, str] | None = None) -> None:
        """Hand one message to the transport."""
        try:
            typed: JSONRPCMessage = jsonrpc_message_adapter.validate_python(message, by_name=False)
        except ValidationError as wrong:
            raise InvalidArguments("The request cannot be written as JSON.") from wrong
        metadata = ClientMessageMetadata(headers=dict(headers)) if headers else None
        try:
            await self._write.send(SessionMessage(typed, metadata))
        except (anyio.BrokenResourceError, anyio.ClosedResourceError) as broken:
            raise self._ended() from broken

    async def receive(self) -> Message:
        """The next message; raises `ChannelEnded` at the end."""
        while True:
            try:
                item = await self._read.receive()
            except (anyio.EndOfStream, anyio.ClosedResourceError):
                raise self._ended() from None
            if isinstance(item, SessionMessage):
                return item.message.model_dump(by_alias=True, exclude_unset=True)

    async def abandon(self, request_id: str | int) -> bool:  # noqa: ARG002 - the transport learns of it by `notifications/cancelled`
        """The SDK's transports end a request themselves when they are given its `notifications/cancelled`."""
        return False

    def speaks(self, protocol: str) -> None:
        """The SDK's transports see the handshake, and the headers of each message."""

    def _ended(self) -> ChannelEnded:
        return ChannelEnded(f"The connection to the server {self._server} ended.", server=self._server)
