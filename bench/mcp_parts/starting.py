"""1, 10 and 50 servers started together, beside the bare processes; then their tools without any process.

The bare processes are the same servers, started at the same time, each in a session of its own (for which a busy Linux
gives it a share of its own) and with the same short environment, and each asked one `initialize` over its pipe. First
contact starts each server twice for a moment, to find its era; the second start knows it.
"""

import asyncio
import json
import sys
import tempfile
import time
from asyncio.subprocess import PIPE
from pathlib import Path

from mcp.client.stdio import get_default_environment

from mcp_parts.calls import SERVER
from mcp_parts.rows import Row
from roxy.contracts.servers import ServerConfig
from roxy.mcp.servers import MCPServerManager

COUNTS = (1, 10, 50)
GOAL = 1.05
ROUNDS = {1: 9, 10: 4, 50: 2}
HELLO = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "bench", "version": "1"}},
}


async def measure() -> list[Row]:
    """All counts; the rounds of both sides alternate, and the least of each counts."""
    rows: list[Row] = []
    for count in COUNTS:
        first, bare, managed = [], [], []
        with tempfile.TemporaryDirectory() as folder:
            manager = _manager(count, Path(folder))
            async with manager:
                first.append(await _started(manager))
                await manager.stop_all()
                for _ in range(ROUNDS[count]):
                    bare.append(await _bare(count))
                    managed.append(await _started(manager))
                    await manager.stop_all()
        part = f"{count} server{'s' * (count > 1)} started together"
        rows += [
            Row(part, "bare processes", min(bare), "s"),
            Row(part, "manager, first contact", min(first), "s"),
            Row(part, "manager", min(managed), "s"),
            Row(part, "manager ÷ bare", min(managed) / min(bare), "x", GOAL),
        ]
    return rows


def _manager(count: int, folder: Path) -> MCPServerManager:
    return MCPServerManager(_configs(count), privacy=None, log_dir=folder / "logs", manifests=folder / "manifests")


def _configs(count: int) -> dict[str, ServerConfig]:
    names = [f"server{number}" for number in range(count)]
    return {
        name: ServerConfig(name=name, command=sys.executable, args=[SERVER], external=False, auto_start=True)
        for name in names
    }


async def _started(manager: MCPServerManager) -> float:
    began = time.perf_counter()
    started = await manager.start_auto_start_servers()
    seconds = time.perf_counter() - began
    assert all(started.values()), [manager.status(name).error for name, up in started.items() if not up]
    return seconds


async def _bare(count: int) -> float:
    """Seconds until all of `count` processes have answered."""

    async def one() -> asyncio.subprocess.Process:
        process = await asyncio.create_subprocess_exec(
            sys.executable, SERVER, stdin=PIPE, stdout=PIPE, env=get_default_environment(), start_new_session=True
        )
        if process.stdin is None or process.stdout is None:
            raise AssertionError("there are pipes")
        process.stdin.write(json.dumps(HELLO).encode() + b"\n")
        assert await process.stdout.readline()
        return process

    began = time.perf_counter()
    processes = await asyncio.gather(*(one() for _ in range(count)))
    seconds = time.perf_counter() - began
    for process in processes:
        process.kill()
        await process.wait()
    return seconds
