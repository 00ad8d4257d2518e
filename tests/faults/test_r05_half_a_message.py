"""R5: half a message, and then the server leaves or says nothing more."""

import asyncio

import pytest

from fakes.servers import echo
from roxy.mcp.servers import MCPServerManager

pytestmark = pytest.mark.requirement("faults.half")


async def test_half_a_message_and_an_exit_end_the_call_within_a_second():
    async with asyncio.timeout(30), MCPServerManager({"echo": echo()}, privacy=None) as servers:
        await servers.start_server("echo")
        result = await servers.call_tool("echo", "half")
        assert (result.code, result.latency_ms < 1000) == ("disconnected", True)
        assert "echo" in result.error


async def test_half_a_message_and_silence_end_the_call_at_its_deadline():
    async with asyncio.timeout(30), MCPServerManager({"echo": echo()}, privacy=None) as servers:
        await servers.start_server("echo")
        result = await servers.call_tool("echo", "stutter", timeout=0.5)
        assert (result.code, result.latency_ms < 1500) == ("timeout", True)
