"""Messages on their way from a transport's readers to the one task that receives them.

Bounded: when the receiver lags behind, the readers wait, and with them, by way of TCP, the server.
"""

import asyncio
from collections import deque

from roxy.errors import RoxyError
from roxy.mcp.wire.channel import ChannelEnded, Message

_ROOM = 64


class Arrivals:
    """A queue with an end: after `end`, what lies in it is still received, and then `ChannelEnded` comes."""

    def __init__(self, server: str) -> None:
        self.ended = False
        self._server = server
        self._fault: RoxyError | None = None
        self._messages: deque[Message] = deque()
        self._waiting: asyncio.Future[None] | None = None
        self._room = asyncio.Event()
        self._room.set()

    async def put(self, message: Message) -> None:
        """Hand a message on; waits while there is no room. After the end it is dropped."""
        while not self._room.is_set() and not self.ended:
            await self._room.wait()
        if self.ended:
            return
        self._messages.append(message)
        if len(self._messages) >= _ROOM:
            self._room.clear()
        self._wake()

    async def take(self) -> Message:
        """The next message; raises `ChannelEnded`."""
        while not self._messages:
            if self.ended:
                raise self.ending()
            self._waiting = asyncio.get_running_loop().create_future()
            try:
                await self._waiting
            finally:
                self._waiting = None
        message = self._messages.popleft()
        self._room.set()
        return message

    def end(self, fault: RoxyError | None = None) -> None:
        """Nothing more will come; `fault` says why. Only the first end counts."""
        if not self.ended:
            self.ended, self._fault = True, fault
            self._room.set()
            self._wake()

    def ending(self) -> ChannelEnded:
        """What to raise after the end."""
        said = self._fault.message if self._fault else f"The connection to the server {self._server} has ended."
        return ChannelEnded(said, server=self._server, fault=self._fault)

    def _wake(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)
