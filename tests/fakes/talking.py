"""A dispatcher over a channel, for tests of transports: requests go straight over the wire."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from roxy.contracts.servers import ServerConfig
from roxy.mcp.wire.dispatcher import WireDispatcher
from roxy.mcp.wire.parsing import Parser

LEGACY = "2025-11-25"
MODERN = "2026-07-28"
HEADERS = {"MCP-Protocol-Version": MODERN, "Mcp-Method": "tools/call", "Mcp-Name": "t"}
_CLIENT = {"protocolVersion": LEGACY, "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}


class Talk(WireDispatcher):
    """With the few requests that these tests send, and what the server sent unasked."""

    def __init__(self, channel: Any) -> None:
        super().__init__(channel)
        self.notified: list[tuple[str, Any]] = []
        self.heard = asyncio.Event()

    async def greet(self) -> dict[str, Any]:
        """The handshake of the legacy eras."""
        hello = await self.send_raw_request("initialize", _CLIENT, {"cancel_on_abandon": False})
        self.channel.speaks(hello["protocolVersion"])
        await self.notify("notifications/initialized", None)
        return hello

    async def call(self, name: str = "t", *, modern: bool = False, **arguments: Any) -> str:
        """The text that a tool answers with."""
        options: Any = {"headers": {**HEADERS, "Mcp-Name": name}} if modern else None
        params: dict[str, Any] = {"name": name, "arguments": arguments}
        if modern:
            prefix = "io.modelcontextprotocol"
            params["_meta"] = {f"{prefix}/protocolVersion": MODERN, f"{prefix}/clientCapabilities": {}}
        result = await self.send_raw_request("tools/call", params, options)
        return result["content"][0]["text"]

    async def take_note(self, context: Any, method: str, params: Any) -> None:
        self.notified.append((method, params))
        self.heard.set()

    async def answer_request(self, context: Any, method: str, params: Any) -> dict[str, Any]:
        self.notified.append((method, params))
        return {"answered": method}


@asynccontextmanager
async def talking(opened: Any) -> AsyncIterator[Talk]:
    """`opened` is a function from a `Parser` to the context manager of a channel."""
    parser = Parser()
    async with opened(parser) as channel:
        talk = Talk(channel)
        running = asyncio.create_task(talk.run(talk.answer_request, talk.take_note))
        try:
            yield talk
        finally:
            running.cancel()
            await asyncio.wait({running})
            await talk.aclose()
    await parser.aclose()


def far(url: str, transport: str = "http", name: str = "far", **settings: Any) -> ServerConfig:
    chosen = {"external": False, "timeout_connection": 3.0, **settings}
    return ServerConfig(name=name, transport=transport, url=url, **chosen)
