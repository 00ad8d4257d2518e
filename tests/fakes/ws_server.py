"""An SDK server behind a WebSocket: one message a text frame, sub-protocol `mcp`, as Roxy speaks it."""

from contextlib import asynccontextmanager

import anyio
from mcp.server.mcpserver import MCPServer
from mcp.shared.message import SessionMessage
from mcp_types import jsonrpc_message_adapter
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect


@asynccontextmanager
async def _streams(websocket: WebSocket):
    """The socket as the two streams that the SDK's servers run on."""
    inward, read = anyio.create_memory_object_stream(0)
    write, outward = anyio.create_memory_object_stream(0)

    async def receive() -> None:
        async with inward:
            try:
                async for text in websocket.iter_text():
                    await inward.send(SessionMessage(jsonrpc_message_adapter.validate_json(text, by_name=False)))
            except (WebSocketDisconnect, anyio.BrokenResourceError):
                return

    async def send() -> None:
        async with outward:
            async for item in outward:
                text = item.message.model_dump_json(by_alias=True, exclude_unset=True)
                await websocket.send_text(text)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(receive)
        tasks.start_soon(send)
        yield read, write
        tasks.cancel_scope.cancel()


def ws_app(server: MCPServer, seen: list[dict[str, str]] | None = None) -> Starlette:
    """An application with `server` at `/ws`; the headers of each handshake are put into `seen`."""

    async def endpoint(websocket: WebSocket) -> None:
        if seen is not None:
            seen.append(dict(websocket.headers))
        offered = websocket.scope.get("subprotocols", [])
        await websocket.accept("mcp" if "mcp" in offered else None)
        async with _streams(websocket) as (read, write):
            low = server._lowlevel_server
            await low.run(read, write, low.create_initialization_options())

    return Starlette(routes=[WebSocketRoute("/ws", endpoint)])
