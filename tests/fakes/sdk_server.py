"""A server made with the SDK: for streamable HTTP, SSE, and as a module of this process."""

import asyncio
from typing import Any

from mcp.server.mcpserver import Context, MCPServer

STARTED: list[str] = []
CANCELLED: list[str] = []


def make(services: Any = None) -> MCPServer:
    server = MCPServer("sdk", version="1.0")

    @server.tool()
    def echo(text: str) -> str:
        """Echo the text back."""
        return text

    @server.tool()
    def services_seen() -> str:
        """What `create` was given."""
        return repr(services)

    @server.tool()
    def big(size: int) -> str:
        """A long text."""
        return "x" * size

    @server.tool()
    async def sleep(seconds: float) -> str:
        """Sleep."""
        STARTED.append("sleep")
        try:
            await asyncio.sleep(seconds)
        except asyncio.CancelledError:
            CANCELLED.append("sleep")
            raise
        return "slept"

    @server.tool()
    def hops(context: Context) -> str:
        """What the call's `_meta` says of hops."""
        return str((context.request_context.meta or {}).get("dev.roxy/hops"))

    @server.tool()
    async def grow(context: Context) -> str:
        """Offer one tool more, and say so."""
        server.add_tool(lambda: "grown", name="grown")
        await context.notify_tools_changed()
        return "ok"

    _furnish(server)
    return server


def _furnish(server: MCPServer) -> None:
    @server.resource("note://{name}")
    def note(name: str) -> str:
        return f"a note about {name}"

    @server.resource("note://first")
    def first() -> str:
        return "the first note"

    @server.prompt()
    def greet(name: str) -> str:
        return f"Greet {name}."


create = make
