"""A server on the loopback that leaves nothing open at its end, whatever its clients were doing just then."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

_ROUNDS = 5
"""More rounds of the loop than a connection takes from the kernel to who serves it, and from there to its end."""

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def listening(serve: Serve, *, port: int = 0, limit: int = 1 << 16) -> AsyncIterator[int]:
    """Serve each connection in a task of its own; the value is the port. At the end tasks and connections are ended."""
    tasks: list[asyncio.Task[None]] = []
    writers: list[asyncio.StreamWriter] = []

    async def served(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await serve(reader, writer)

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # No coroutine: one that is cancelled before it begins would close nothing.
        writers.append(writer)
        tasks.append(asyncio.create_task(served(reader, writer)))

    server = await asyncio.start_server(accept, "127.0.0.1", port, limit=limit)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        # Accept nothing more, and let what was accepted be handed over: before Python 3.12 a server that is closed in
        # between loses the connection, open.
        for listened in server.sockets:
            asyncio.get_running_loop().remove_reader(listened.fileno())
        await _rounds()
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for writer in writers:
            writer.transport.abort()  # `close` would wait for who does not read any more
        await server.wait_closed()
        await _rounds()


async def _rounds() -> None:
    for _ in range(_ROUNDS):
        await asyncio.sleep(0)
