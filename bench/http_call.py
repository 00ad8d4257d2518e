"""A tool call over streamable HTTP: the manager beside the bare SDK client, alternated in one run.

    python bench/http_call.py [--calls N] [--json]

The same server (raw sockets, a process of its own, well under a tenth of a millisecond an answer) is called by one
and by 32 at a time, and answers as JSON or as a stream of events. Prints p50 and the CPU time of the client's side for
each call, and manager ÷ SDK (goal: at most 1.10). The manager's own policy (limits, metrics, results) is included.
"""

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from mcp import Client

from roxy.contracts.servers import ServerConfig
from roxy.mcp.servers import MCPServerManager

SERVER = Path(__file__).resolve().parents[1] / "tests" / "fakes" / "huge_server.py"
ROUND = 64  # calls of one side before it is the other's turn
GOAL = 1.10

Call = Callable[[], Awaitable[None]]


class Side:
    """What one client took."""

    def __init__(self, call: Call) -> None:
        self.call = call
        self.seconds: list[float] = []
        self.cpu = 0.0

    async def round(self, in_flight: int) -> None:
        """`ROUND` calls, as many at a time as said."""

        async def one_after_the_other(count: int) -> None:
            for _ in range(count):
                began = time.perf_counter()
                await self.call()
                self.seconds.append(time.perf_counter() - began)

        began = time.process_time()
        await asyncio.gather(*(one_after_the_other(ROUND // in_flight) for _ in range(in_flight)))
        self.cpu += time.process_time() - began

    def figures(self) -> dict[str, float]:
        """Milliseconds for one call."""
        return {"p50_ms": statistics.median(self.seconds) * 1000, "cpu_ms": self.cpu / len(self.seconds) * 1000}


async def compare(sdk: Call, managed: Call, calls: int, in_flight: int) -> dict[str, float]:
    sides = {"sdk": Side(sdk), "manager": Side(managed)}
    for side in sides.values():
        await side.round(in_flight)
        side.seconds, side.cpu = [], 0.0
    while len(sides["manager"].seconds) < calls:
        for side in sides.values():
            await side.round(in_flight)
    found = {f"{name}_{key}": value for name, side in sides.items() for key, value in side.figures().items()}
    for key in ("p50_ms", "cpu_ms"):
        found[f"ratio_{key[:3]}"] = found[f"manager_{key}"] / found[f"sdk_{key}"]
    return {name: round(value, 3) for name, value in found.items()}


async def measure(url: str, calls: int) -> dict[str, dict[str, float]]:
    config = ServerConfig(name="far", transport="http", url=url, external=False, protocol="legacy")
    found = {}
    async with MCPServerManager({"far": config}, privacy=None) as manager, Client(url, mode="legacy") as client:
        await client.list_tools()
        for kind in ("json", "event"):
            arguments: dict[str, Any] = {"size": 2, "kind": kind}

            async def by_sdk(arguments: dict[str, Any] = arguments) -> None:
                answer = await client.call_tool("t", arguments)
                assert not answer.is_error

            async def by_manager(arguments: dict[str, Any] = arguments) -> None:
                result = await manager.call_tool("far", "t", arguments)
                assert result.success, result.error

            for in_flight in (1, 32):
                found[f"{kind}, {in_flight} in flight"] = await compare(by_sdk, by_manager, calls, in_flight)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=1024)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with subprocess.Popen([sys.executable, str(SERVER), "http"], stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            url = f"http://127.0.0.1:{server.stdout.readline().strip()}/mcp"
            found = asyncio.run(measure(url, options.calls))
        finally:
            server.kill()
    if options.json:
        print(json.dumps(found))
        return
    print(f"{'':22}{'SDK p50, CPU':>18}{'manager p50, CPU':>20}{'ratio p50, CPU':>18}   (ms; goal ≤ {GOAL:.2f})")
    for name, one in found.items():
        print(
            f"{name:22}{one['sdk_p50_ms']:>10.2f}{one['sdk_cpu_ms']:>8.2f}{one['manager_p50_ms']:>12.2f}"
            f"{one['manager_cpu_ms']:>8.2f}{one['ratio_p50']:>10.2f}{one['ratio_cpu']:>8.2f}"
        )


if __name__ == "__main__":
    main()
