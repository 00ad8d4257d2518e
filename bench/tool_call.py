"""A tool call through the manager beside the bare SDK client: the same stdio server, alternated in one run.

    python bench/tool_call.py [--calls N] [--json]

Prints the medians, the processor time a call takes on the client's side, and the ratios (goal: at most 1.10), with 1
and with 32 calls in flight. The server is `tests/fakes/echo_server.py`, which answers in well under a tenth of a
millisecond, so that what is compared is the client's side.
"""

import argparse
import asyncio
import json
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from mcp import Client, StdioServerParameters

from roxy.contracts.servers import ServerConfig
from roxy.mcp.servers import MCPServerManager

SERVER = Path(__file__).resolve().parents[1] / "tests" / "fakes" / "echo_server.py"
ROUND = 32  # calls of one side before it is the other's turn
WARM_UP = 64
GOAL = 1.10
ARGUMENTS = {"text": "hi"}


@dataclass
class Side:
    """One of the two, and what was measured of it."""

    call: Callable[[], Awaitable[None]]
    walls: list[float] = field(default_factory=list)
    cpu: float = 0.0

    async def round(self, in_flight: int) -> None:
        """`ROUND` calls, `in_flight` of them at a time."""
        began = time.process_time()
        for _ in range(ROUND // in_flight):
            await asyncio.gather(*(self._timed() for _ in range(in_flight)))
        self.cpu += time.process_time() - began

    async def _timed(self) -> None:
        began = time.perf_counter()
        await self.call()
        self.walls.append(time.perf_counter() - began)


async def measure(calls: int) -> dict[str, float]:
    """The figures of both sides, in milliseconds, and their ratios."""
    config = ServerConfig(name="echo", command=sys.executable, args=[str(SERVER), "--quiet"], external=False)
    parameters = StdioServerParameters(command=sys.executable, args=[str(SERVER), "--quiet"])
    async with MCPServerManager({"echo": config}, privacy=None) as manager, Client(parameters) as client:
        await client.list_tools()

        async def bare() -> None:
            answer = await client.call_tool("say", ARGUMENTS)
            assert not answer.is_error

        async def managed() -> None:
            result = await manager.call_tool("echo", "say", ARGUMENTS)
            assert result.success, result.error

        for _ in range(WARM_UP):
            await bare()
            await managed()
        figures: dict[str, float] = {}
        for in_flight in (1, 32):
            sides = {"sdk": Side(bare), "manager": Side(managed)}
            while len(sides["sdk"].walls) < calls:
                for side in sides.values():
                    await side.round(in_flight)
            figures |= _figures(sides, in_flight)
    return {name: round(value, 4) for name, value in figures.items()}


def _figures(sides: dict[str, Side], in_flight: int) -> dict[str, float]:
    found = {}
    for name, side in sides.items():
        found[f"{name}_p50_ms_{in_flight}"] = statistics.median(side.walls) * 1000
        found[f"{name}_cpu_ms_{in_flight}"] = side.cpu / len(side.walls) * 1000
    for kind in ("p50", "cpu"):
        ours, theirs = found[f"manager_{kind}_ms_{in_flight}"], found[f"sdk_{kind}_ms_{in_flight}"]
        found[f"{kind}_ratio_{in_flight}"] = ours / theirs
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=1024)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    figures = asyncio.run(measure(options.calls))
    if options.json:
        print(json.dumps(figures))
        return
    print("in flight        p50 SDK  manager  ratio    CPU a call SDK  manager  ratio")
    for n in (1, 32):
        row = [figures[f"{name}_{n}"] for name in ("sdk_p50_ms", "manager_p50_ms", "p50_ratio")]
        row += [figures[f"{name}_{n}"] for name in ("sdk_cpu_ms", "manager_cpu_ms", "cpu_ratio")]
        print("{:9d}  {:8.3f} ms  {:.3f} ms  {:5.2f}  {:11.3f} ms  {:.3f} ms  {:5.2f}".format(n, *row))
    print(f"goal of the ratios: at most {GOAL:.2f}")


if __name__ == "__main__":
    main()
