import asyncio

import pytest

from fakes.servers import echo, until
from roxy.contracts.servers import ServerState
from roxy.mcp.servers import MCPServerManager


@pytest.fixture
async def manager():
    async with MCPServerManager({"echo": echo("--quiet", restart="always")}, privacy=None) as manager:
        yield manager


@pytest.mark.requirement("mcp.status")
async def test_a_status_counts_calls_failures_and_their_times(manager):
    async with asyncio.timeout(10):
        for _ in range(3):
            assert (await manager.call_tool("echo", "say", {"text": "hi"})).success
        await manager.call_tool("echo", "fail")
    status = manager.status("echo")
    assert (status.calls, status.failed_calls) == (4, 1)
    assert 0 < status.p50_ms <= status.p95_ms
    assert (status.in_flight, status.waiting) == (0, 0)


async def test_a_status_tells_the_era_and_when_the_tools_were_listed(manager):
    before = manager.status("echo")
    assert (before.era, before.listed, before.calls, before.p50_ms) == ("", None, 0, None)
    async with asyncio.timeout(10):
        await manager.start_server("echo")
    status = manager.status("echo")
    assert (status.era, status.protocol) == ("modern", "2026-07-28")
    assert status.listed is not None


async def test_calls_under_way_and_waiting_are_told_while_they_last(manager):
    async with asyncio.timeout(10):
        await manager.start_server("echo")
        calls = [asyncio.create_task(manager.call_tool("echo", "sleep", {"seconds": 0.5})) for _ in range(40)]
        await until(lambda: manager.status("echo").waiting)
        status = manager.status("echo")
        assert (status.in_flight, status.waiting) == (32, 8)
        await asyncio.gather(*calls)
    assert manager.status("echo").in_flight == 0


@pytest.mark.requirement("mcp.status")
async def test_what_was_wrong_last_is_told_also_when_the_server_is_well_again(manager):
    async with asyncio.timeout(20):
        await manager.call_tool("echo", "die")
        await manager.call_tool("echo", "say", {"text": "hi"})
    status = manager.status("echo")
    assert status.state is ServerState.RUNNING
    assert status.error == ""
    assert "exited with code 1" in status.last_error
    assert status.last_error_at is not None
