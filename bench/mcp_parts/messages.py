"""Messages of 1, 4, 16 and 64 MB through the manager: how long they take, and how long the loop stands still meanwhile.

Two kinds: one long text, and rows of small values, which cost a parser most. The server has its answers ready, so that
its own work does not count. The SDK's client is measured with 1 and 4 MB only: it needs minutes for more.
"""

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any

from mcp import Client, StdioServerParameters

from mcp_parts.calls import SERVER
from mcp_parts.rows import Row
from roxy.contracts.servers import ServerConfig
from roxy.mcp.servers import MCPServerManager

SIZES = (1, 4, 16, 64)
SDK_SIZES = (1, 4)
SECONDS_FOR_16 = 1.5
LONGEST_PAUSE = 0.1
LINEAR = 4 * 1.5
"""64 MB may take so many times as long as 16."""
MEGABYTE = 1_000_000

Ask = Callable[[str, dict[str, Any]], Awaitable[Any]]


async def measure() -> list[Row]:
    """All sizes and kinds, over stdio."""
    config = ServerConfig(
        name="bench", command=sys.executable, args=[SERVER], external=False, max_message_bytes=100 * MEGABYTE
    )
    rows: list[Row] = []
    async with MCPServerManager({"bench": config}, privacy=None) as manager:

        async def ask(tool: str, arguments: dict[str, Any]) -> None:
            result = await manager.call_tool("bench", tool, arguments, timeout=120)
            assert result.success, result.error

        for kind in ("text", "rows"):
            rows += await _kind(ask, kind)
    async with Client(StdioServerParameters(command=sys.executable, args=[SERVER])) as client:

        async def bare(tool: str, arguments: dict[str, Any]) -> None:
            assert not (await client.call_tool(tool, arguments)).is_error

        for size in SDK_SIZES:
            seconds, *_ = await _answered(bare, "text", size)
            rows.append(Row("messages, text", f"{size} MB by the SDK's client", seconds, "s"))
    return sorted(rows, key=lambda row: row.part, reverse=True)


async def _kind(ask: Ask, kind: str) -> list[Row]:
    part, taken, pauses, works = f"messages, {kind}", {}, {}, {}
    for size in SIZES:
        taken[size], pauses[size], works[size] = await _answered(ask, kind, size)
    rows = [
        Row(part, f"{size} MB", taken[size], "s", SECONDS_FOR_16 if size == 16 else None)  # noqa: PLR2004 - the size of the goal
        for size in SIZES
    ]
    rows.append(Row(part, "64 MB ÷ 16 MB", taken[64] / taken[16], "x", LINEAR, "linear is 4"))
    note = f"CPU {max(works.values()):.3f} s"  # which a machine with much else to do does not lengthen
    rows.append(Row(part, "longest pause of the loop, up to 64 MB", max(pauses.values()), "s", LONGEST_PAUSE, note))
    return rows


async def _answered(ask: Ask, kind: str, size: int) -> tuple[float, float, float]:
    """Seconds for one answer, the longest pause of the loop, and the most work of the loop between two beats."""
    arguments = {"kind": kind, "megabytes": size}
    await ask("prepare", arguments)
    pauses, works = [0.0], [0.0]
    beating = asyncio.create_task(_beat(pauses, works))
    began = time.perf_counter()
    await ask("large", arguments)
    seconds = time.perf_counter() - began
    await asyncio.sleep(0.01)
    beating.cancel()
    return seconds, max(pauses), max(works)


async def _beat(pauses: list[float], works: list[float]) -> None:
    last, worked = time.perf_counter(), time.thread_time()
    while True:
        await asyncio.sleep(0.001)
        now, working = time.perf_counter(), time.thread_time()
        pauses.append(now - last)
        works.append(working - worked)
        last, worked = now, working
