"""A TCP proxy that makes a network bad: late, slow, cut in one direction, or reset."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from fakes.listening import listening

_TICK = 0.02


@dataclass
class FaultProxy:
    """Stands before `upstream` (a port of the loopback); the faults may be changed while it runs."""

    upstream: int
    latency: float = 0.0
    """Seconds that everything from the server is late."""
    rate: float | None = None
    """Bytes a second from the server."""
    cut_after: int | None = None
    """Bytes from the server after which the connection breaks."""
    how: str = "reset"
    """`reset` sends RST, `half-close` ends the server's direction alone."""
    port: int = 0
    cuts: int = 0

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            up_reader, up_writer = await asyncio.open_connection("127.0.0.1", self.upstream)
            upward = asyncio.create_task(self._up(reader, up_writer))
            try:
                await self._down(up_reader, writer)
            except asyncio.CancelledError:
                up_writer.transport.abort()
                raise
            finally:
                upward.cancel()
                up_writer.close()
        writer.close()

    async def _up(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()

    async def _down(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            await asyncio.sleep(self.latency)
            while data:
                piece = data[: max(1, int(self.rate * _TICK))] if self.rate else data
                data = data[len(piece) :]
                if self.cut_after is not None and len(piece) >= self.cut_after:
                    writer.write(piece[: self.cut_after])
                    await writer.drain()
                    self.cut_after = None
                    await self._cut(writer)
                    return
                if self.cut_after is not None:
                    self.cut_after -= len(piece)
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(_TICK if self.rate else 0)

    async def _cut(self, writer: asyncio.StreamWriter) -> None:
        self.cuts += 1
        if self.how == "reset":
            sock = writer.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()
            return
        writer.write_eof()
        await asyncio.sleep(30)  # the other direction stays open, and nothing comes of it


@asynccontextmanager
async def fault_proxy(upstream: int, **faults: object) -> AsyncIterator[FaultProxy]:
    proxy = FaultProxy(upstream, **faults)
    async with listening(proxy.accept) as proxy.port:
        yield proxy
