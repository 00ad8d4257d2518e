"""What carries the servers: stdio, or streamable HTTP, SSE or WebSocket on a free port that is printed.

Every server of the matrix is started as `python SERVER.py stdio|http|sse|websocket`, appends its process id to the file
`ERA_STARTS` when that is set, and, when it listens, prints `PORT n` once it can be reached.
"""

import asyncio
import contextlib
import os
import socket
import sys
from typing import Any


def listening(app: Any) -> None:
    """Serve an ASGI application on a free port of this machine until it is killed."""
    import uvicorn  # noqa: PLC0415 - a server on stdio starts without it

    bound = socket.socket()
    bound.bind(("127.0.0.1", 0))
    bound.listen()
    print(f"PORT {bound.getsockname()[1]}", flush=True)
    config = uvicorn.Config(app, log_level="error", timeout_graceful_shutdown=1)
    asyncio.run(uvicorn.Server(config).serve(sockets=[bound]))


def started() -> str:
    """Note the start; the transport that was asked for."""
    if path := os.environ.get("ERA_STARTS"):
        with open(path, "a", encoding="utf-8") as log:  # noqa: PTH123 - as short as can be before the start
            log.write(f"{os.getpid()}\n")
    return sys.argv[1]


def run(server: Any) -> None:
    """Run a low-level server of SDK 1.x on the transport that was asked for."""
    transport = started()
    if transport == "stdio":
        asyncio.run(_on_stdio(server))
    else:
        listening({"http": _http, "sse": _sse, "websocket": _websocket}[transport](server))


async def _on_stdio(server: Any) -> None:
    from mcp.server.stdio import stdio_server  # noqa: PLC0415 - one transport is imported, not four

    async with stdio_server() as (read, write):
        await server.run(read, write, server.create_initialization_options())


def _sse(server: Any) -> Any:
    from mcp.server.sse import SseServerTransport  # noqa: PLC0415 - as above
    from starlette.applications import Starlette  # noqa: PLC0415 - as above
    from starlette.responses import Response  # noqa: PLC0415 - as above
    from starlette.routing import Mount, Route  # noqa: PLC0415 - as above

    transport = SseServerTransport("/messages/")

    async def events(request: Any) -> Any:
        async with transport.connect_sse(request.scope, request.receive, request._send) as (read, write):
            await server.run(read, write, server.create_initialization_options())
        return Response()

    return Starlette(routes=[Route("/sse", events), Mount("/messages/", app=transport.handle_post_message)])


def _http(server: Any) -> Any:
    from mcp.server.streamable_http_manager import StreamableHTTPSessionManager  # noqa: PLC0415 - from 1.8 on
    from starlette.applications import Starlette  # noqa: PLC0415 - as above
    from starlette.routing import Mount  # noqa: PLC0415 - as above

    sessions = StreamableHTTPSessionManager(app=server)

    @contextlib.asynccontextmanager
    async def lifespan(_: Any) -> Any:
        async with sessions.run():
            yield

    return Starlette(routes=[Mount("/mcp", app=sessions.handle_request)], lifespan=lifespan)


def _websocket(server: Any) -> Any:
    from mcp.server.websocket import websocket_server  # noqa: PLC0415 - as above
    from starlette.applications import Starlette  # noqa: PLC0415 - as above
    from starlette.routing import WebSocketRoute  # noqa: PLC0415 - as above

    async def talk(socket: Any) -> None:
        async with websocket_server(socket.scope, socket.receive, socket.send) as (read, write):
            await server.run(read, write, server.create_initialization_options())

    return Starlette(routes=[WebSocketRoute("/ws", talk)])
