"""What Roxy spares servers of old and of careless make."""

import asyncio

import pytest

from fakes.servers import echo
from roxy.mcp.servers import MCPServerManager


@pytest.fixture(autouse=True)
async def _bounded():
    async with asyncio.timeout(30):
        yield


@pytest.mark.requirement("mcp.eras")
@pytest.mark.parametrize(
    ("revision", "times"), [("2024-11-05", 0), ("2025-03-26", 0), ("2025-06-18", 1), ("2025-11-25", 1)]
)
async def test_only_servers_that_bear_it_are_told_that_nobody_waits_any_more(revision, times):
    config = echo("--era", "legacy", "--speaks", revision)
    async with MCPServerManager({"echo": config}, privacy=None) as servers:
        await servers.start_server("echo")
        assert servers.status("echo").protocol == revision
        late = await servers.call_tool("echo", "sleep", {"seconds": 20}, timeout=0.3)
        assert late.code == "timeout"
        assert len((await servers.call_tool("echo", "cancelled")).data) == times


@pytest.mark.requirement("mcp.eras")
async def test_a_server_that_refuses_a_version_and_names_it_is_asked_again():
    async with MCPServerManager({"echo": echo("--era", "modern", "--probe", "twice")}, privacy=None) as servers:
        await servers.start_server("echo")
        assert servers.status("echo").protocol == "2026-07-28"
        assert (await servers.call_tool("echo", "say", {"text": "hi"})).text == "hi"
