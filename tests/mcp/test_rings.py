"""Servers that call each other in a ring, each through a manager of its own, over HTTP."""

import asyncio
import threading
from contextlib import ExitStack

import pytest
from mcp.server.mcpserver import Context, MCPServer

from fakes.web import serving
from roxy.contracts.servers import ServerConfig
from roxy.mcp import limits
from roxy.mcp.servers import MCPServerManager
from roxy.observe import trace


def remote(url: str) -> ServerConfig:
    return ServerConfig(name="next", transport="http", url=f"{url}/mcp", external=False, timeout_request=30)


class Member:
    """One server of the ring. `errors` counts the calls that its own manager refused."""

    def __init__(self) -> None:
        self.next = ""
        self.errors: list[str] = []
        self.calls = 0
        self.managers = 0

    def app(self):
        server = MCPServer("member")
        managers: dict[str, MCPServerManager] = {}
        opening = asyncio.Lock()

        @server.tool()
        async def pass_on(context: Context) -> str:
            """Ask the next one."""
            self.calls += 1
            async with opening:
                if not managers:
                    managers["next"] = MCPServerManager({"next": remote(self.next)}, privacy=None)
                    self.managers += 1
            with trace.from_meta(context.request_context.meta):
                result = await managers["next"].call_tool("next", "pass_on")
            if result.code == "loop_detected":
                self.errors.append(result.error)
            return result.text or f"{result.code}: {result.error}"

        @server.tool()
        async def close() -> str:
            """Close the manager in the loop in which it was opened."""
            for manager in managers.values():
                await manager.stop_all()
            return "closed"

        return server.streamable_http_app()


@pytest.mark.requirement("mcp.loops")
@pytest.mark.parametrize("size", [2, 3, 4, 5])
async def test_a_ring_of_servers_is_stopped_at_the_hop_limit_with_one_error(size):
    async with asyncio.timeout(60):
        with ExitStack() as stack:
            ring = [Member() for _ in range(size)]
            urls = [stack.enter_context(serving(member.app())) for member in ring]
            for member, url in zip(ring, [*urls[1:], urls[0]], strict=True):
                member.next = url
            async with MCPServerManager({"next": remote(urls[0])}, privacy=None) as servers:
                threads = 0
                for turn in (1, 2, 3):
                    result = await servers.call_tool("next", "pass_on")
                    assert "loop_detected" in result.text
                    assert sum(len(member.errors) for member in ring) == turn
                    assert sum(member.calls for member in ring) == turn * limits.MAX_HOPS
                    threads = threads or threading.active_count()
                assert threading.active_count() <= threads
                assert [member.managers for member in ring] == [1] * size
            for url in urls:
                async with MCPServerManager({"next": remote(url)}, privacy=None) as servers:
                    await servers.call_tool("next", "close")
