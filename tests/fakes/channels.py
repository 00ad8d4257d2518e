"""A channel without a transport: a test plays the server."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from roxy.mcp.wire.channel import ChannelEnded
from roxy.mcp.wire.dispatcher import WireDispatcher


class MemoryChannel:
    """What was sent is in `sent`, with its headers in `headers`; `answer`, when given, makes the server's reply."""

    def __init__(self, answer: Callable[[Mapping[str, Any]], Any] | None = None) -> None:
        self.sent: list[dict[str, Any]] = []
        self.headers: list[Mapping[str, str] | None] = []
        self.abandoned: list[str | int] = []
        self.spoken = ""
        self.tells_by_itself = False
        self.blocked: asyncio.Event | None = None
        """While it is set and not yet fired, nothing can be sent."""
        self._answer = answer
        self._incoming: asyncio.Queue[Any] = asyncio.Queue()
        self._closed = False

    async def send(self, message, *, headers=None) -> None:
        if self._closed:
            raise ChannelEnded("closed", server="memory")
        if self.blocked is not None:
            await self.blocked.wait()
        self.sent.append(dict(message))
        self.headers.append(headers)
        if self._answer is not None and "method" in message and "id" in message:
            reply = self._answer(message)
            if reply is not None:
                self.feed({"jsonrpc": "2.0", "id": message["id"], **reply})

    async def receive(self):
        item = await self._incoming.get()
        if isinstance(item, BaseException):
            raise item
        return item

    async def abandon(self, request_id) -> bool:
        self.abandoned.append(request_id)
        return self.tells_by_itself

    def speaks(self, protocol: str) -> None:
        self.spoken = protocol

    def feed(self, *messages: Any) -> None:
        """Let the server say this."""
        for message in messages:
            self._incoming.put_nowait(message)

    def end(self, fault=None) -> None:
        """Let the server go."""
        self._closed = True
        self.feed(ChannelEnded("gone", server="memory", fault=fault))

    def methods(self) -> list[str]:
        """The methods of what was sent, in order."""
        return [message.get("method", "") for message in self.sent]


async def _nothing(*_: Any) -> dict[str, Any]:
    return {}


async def _ignore(*_: Any) -> None:
    pass


@asynccontextmanager
async def dispatching(
    channel: MemoryChannel, on_request=_nothing, on_notify=_ignore, intercept=None
) -> AsyncIterator[WireDispatcher]:
    """A dispatcher over `channel` that receives; nothing of it is left afterwards."""
    dispatcher = WireDispatcher(channel)
    before = asyncio.all_tasks()
    running = asyncio.create_task(dispatcher.run(on_request, on_notify, intercept))
    try:
        await asyncio.sleep(0)
        yield dispatcher
    finally:
        running.cancel()
        await asyncio.wait({running})
        await dispatcher.aclose()
        assert asyncio.all_tasks() == before, "the dispatcher has left tasks"
