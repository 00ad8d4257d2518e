"""A tool call through the manager beside the bare SDK client: the same stdio server, alternated in one run.

    python bench/tool_call.py [--calls N] [--json]

Prints the medians and their ratio (goal: at most 1.10). The server is `tests/fakes/echo_server.py`, which answers in
well under a tenth of a millisecond, so that what is compared is the client's side.
"""

import argparse
import asyncio
import json
import statistics
import sys
import time
from pathlib import Path

from mcp import Client, StdioServerParameters

from roxy.contracts.servers import ServerConfig
from roxy.mcp.servers import MCPServerManager

SERVER = Path(__file__).resolve().parents[1] / "tests" / "fakes" / "echo_server.py"
ROUND = 25  # calls of one side before it is the other's turn
WARM_UP = 50
GOAL = 1.10


async def measure(calls: int) -> dict[str, float]:
    arguments = {"text": "hi"}
    config = ServerConfig(name="echo", command=sys.executable, args=[str(SERVER), "--quiet"], external=False)
    bare: list[float] = []
    managed: list[float] = []
    parameters = StdioServerParameters(command=sys.executable, args=[str(SERVER), "--quiet"])
    async with MCPServerManager({"echo": config}, privacy=None) as manager, Client(parameters) as client:
        await client.list_tools()
        for _ in range(WARM_UP):
            await client.call_tool("say", arguments)
            await manager.call_tool("echo", "say", arguments)
        while len(managed) < calls:
            for _ in range(ROUND):
                began = time.perf_counter()
                answer = await client.call_tool("say", arguments)
                bare.append(time.perf_counter() - began)
                assert not answer.is_error
            for _ in range(ROUND):
                began = time.perf_counter()
                result = await manager.call_tool("echo", "say", arguments)
                managed.append(time.perf_counter() - began)
                assert result.success, result.error
    figures = {"sdk_p50_ms": statistics.median(bare) * 1000, "manager_p50_ms": statistics.median(managed) * 1000}
    figures["ratio"] = figures["manager_p50_ms"] / figures["sdk_p50_ms"]
    return {name: round(value, 4) for name, value in figures.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=1000)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    figures = asyncio.run(measure(options.calls))
    if options.json:
        print(json.dumps(figures))
        return
    print(f"bare SDK client   p50 {figures['sdk_p50_ms']:.3f} ms")
    print(f"through manager   p50 {figures['manager_p50_ms']:.3f} ms")
    print(f"manager ÷ SDK     {figures['ratio']:.2f} (goal ≤ {GOAL:.2f})")


if __name__ == "__main__":
    main()
