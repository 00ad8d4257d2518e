"""R8: a server floods stdout or stderr, or sends storms of notifications, beside a neighbour that is called."""

import asyncio
import time

import pytest

from fakes.figures import resident, slowness
from fakes.load import percentile
from fakes.servers import echo
from roxy.mcp.servers import MCPServerManager
from roxy.mcp.wire import stderr

pytestmark = pytest.mark.requirement("faults.flood", "mcp.bounded", "mcp.no_stall")

SECONDS = 1.5
STORMS = {
    "list_changed": ("notifications/tools/list_changed", {}),
    "progress": ("notifications/progress", {"progressToken": 1, "progress": 1}),
}


async def neighbour_during(servers: MCPServerManager, seconds: float) -> list[float]:
    """The latencies of as many calls of the neighbour as fit, in ms."""
    until, took = time.monotonic() + seconds, []
    while time.monotonic() < until:
        result = await servers.call_tool("neighbour", "say", {"text": "x"})
        assert result.success
        took.append(result.latency_ms)
    return took


@pytest.mark.parametrize("flood", ["stdout", "stderr", *STORMS])
async def test_a_flood_costs_a_neighbour_a_tenth_of_a_second_at_most_and_bounded_memory_and_logs(flood, tmp_path):
    configs = {name: echo(name=name, protocol="legacy") for name in ("flooding", "neighbour")}
    async with asyncio.timeout(40), MCPServerManager(configs, privacy=None, log_dir=tmp_path) as servers:
        await asyncio.gather(*(servers.start_server(name) for name in configs))
        await neighbour_during(servers, 0.1)
        before, began = resident(), time.monotonic()
        if flood in STORMS:
            method, params = STORMS[flood]
            storm = {"method": method, "params": params, "count": 15_000}
            storming = asyncio.create_task(servers.call_tool("flooding", "storm", storm, timeout=30))
        else:
            storming = asyncio.create_task(servers.call_tool("flooding", "noise", {"to": flood}))
        took = await neighbour_during(servers, SECONDS)
        assert (await storming).success
        grown = (resident() - before) / 2**20
        if flood == "list_changed":
            lists = int((await servers.call_tool("flooding", "listed")).text)
            assert lists <= 1 + time.monotonic() - began + 1
        p99 = percentile(took, 0.99)
        print(f"\nR8 {flood}: p99 of {len(took)} calls of the neighbour {p99:.1f} ms, memory +{grown:.1f} MB")
        assert p99 <= 100 * slowness()
        assert grown < 32
        async with asyncio.timeout(20):
            await servers.stop_server("flooding")
    sizes = [path.stat().st_size for path in tmp_path.glob("flooding.log*")]
    assert sizes
    assert max(sizes) <= stderr.MAX_FILE_BYTES + stderr.MAX_LINE_CHARS * 4
    assert len(sizes) <= 2
