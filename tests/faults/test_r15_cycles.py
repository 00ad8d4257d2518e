"""R15: a server is started and stopped, and crashes and is restarted, again and again."""

import asyncio
import os
import signal
import sys

import pytest

from fakes.figures import Figures
from fakes.servers import echo, until
from roxy.contracts.servers import ServerState
from roxy.mcp import supervisor
from roxy.mcp.servers import MCPServerManager

pytestmark = [
    pytest.mark.requirement("faults.cycles"),
    pytest.mark.skipif(sys.platform != "linux", reason="reads the figures from /proc"),
]


async def stopped_and_started(servers: MCPServerManager) -> None:
    assert await servers.start_server("echo")
    await servers.stop_server("echo")


async def crashed_and_restarted(servers: MCPServerManager) -> None:
    status = servers.status("echo")
    os.kill(status.pid, signal.SIGKILL)
    await until(
        lambda: (
            servers.status("echo").restarts > status.restarts and servers.status("echo").state is ServerState.RUNNING
        )
    )


@pytest.fixture
def cycling(monkeypatch):
    """Does something `count` times, and says what is left of it; the first times warm up."""
    monkeypatch.setattr(supervisor, "FIRST_PAUSE", 0.001)
    monkeypatch.setattr(supervisor, "LONGEST_PAUSE", 0.002)

    async def cycled(once, count: int, *, warm: int) -> None:
        config = echo(protocol="legacy", max_starts=1_000_000)
        async with MCPServerManager({"echo": config}, privacy=None) as servers:
            if once is crashed_and_restarted:
                await servers.start_server("echo")
            for _ in range(warm):
                await once(servers)
            before = Figures.now()
            for _ in range(count):
                await once(servers)
            after = Figures.now()
        grown = (after.resident - before.resident) / 2**20
        print(
            f"\nR15: {count} cycles of {once.__name__}: files {after.files - before.files:+d}, "
            f"threads {after.threads - before.threads:+d}, zombies {after.zombies}, memory {grown:+.1f} MB"
        )
        assert after.files <= before.files
        assert after.threads <= before.threads
        assert after.zombies == 0
        assert after.children <= before.children
        assert grown <= 10
        assert Figures.now().children == 0

    return cycled


@pytest.mark.parametrize("once", [stopped_and_started, crashed_and_restarted])
async def test_starts_stops_and_crashes_leave_nothing_behind(cycling, once):
    async with asyncio.timeout(50):
        await cycling(once, 30, warm=3)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("once", [stopped_and_started, crashed_and_restarted])
async def test_a_thousand_starts_stops_and_crashes_leave_nothing_behind(cycling, once):
    await cycling(once, 1000, warm=20)
