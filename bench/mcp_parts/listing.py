"""What servers offer, told without running them: 50 servers after a restart, and one with 10,000 tools.

Every server runs once and is stopped. Then a fresh process asks for all tools that are known; the least of some rounds.
"""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from mcp_parts.calls import SERVER
from mcp_parts.rows import Row

MANY_SERVERS, THEIR_TOOLS = 50, 20
MANY_TOOLS = 10_000
OWN_TOOLS = 3  # which the server has in any case
ROUNDS = 5
_BENCH = Path(__file__).resolve().parents[1]


async def measure() -> list[Row]:
    """Both cases."""
    rows: list[Row] = []
    for servers, tools, goal in ((MANY_SERVERS, THEIR_TOOLS, 1.0), (1, MANY_TOOLS, 0.1)):
        with tempfile.TemporaryDirectory() as folder:
            await _prepare(servers, tools, Path(folder))
            all_found = [json.loads(await asyncio.to_thread(_asked, servers, tools, folder)) for _ in range(ROUNDS)]
        found = min(all_found, key=lambda one: one["seconds"])
        whose = "one server" if servers == 1 else f"each of {servers} servers"
        part = f"{tools + OWN_TOOLS:,} tools of {whose}, from manifests"
        assert found["tools"] == servers * (tools + OWN_TOOLS), found
        rows += [
            Row(part, "all tools are known", found["seconds"], "s", goal),
            Row(part, "with loading Python and the SDK", found["whole"], "s"),
            Row(part, "processes", found["processes"], "", 0.0),
        ]
    return rows


def _asked(servers: int, tools: int, folder: str) -> str:
    command = [sys.executable, "-c", f"from mcp_parts import listing; listing.main({servers}, {tools}, {folder!r})"]
    environ = {**os.environ, "BENCH_BEGAN": repr(time.time())}
    return subprocess.check_output(command, cwd=_BENCH, text=True, env=environ)


def main(servers: int, tools: int, folder: str) -> None:
    """In a fresh process: print what is known, and how long it took to know it."""
    manager = _manager(servers, tools, Path(folder))
    began = time.perf_counter()
    known = manager.known_tools()
    names = [tool.full_name for tool in known]
    seconds = time.perf_counter() - began
    document = {
        "tools": len(set(names)),
        "seconds": seconds,
        "whole": time.time() - float(os.environ["BENCH_BEGAN"]),
        "processes": children(),
    }
    print(json.dumps(document))


async def _prepare(servers: int, tools: int, folder: Path) -> None:
    manager = _manager(servers, tools, folder)
    async with manager:
        started = await asyncio.gather(*(manager.start_server(name) for name in manager.server_names()))
        assert all(started)


def _manager(servers: int, tools: int, folder: Path):  # noqa: ANN202 - its class is imported here only
    from roxy.contracts.servers import ServerConfig  # noqa: PLC0415 - the time to load them is measured
    from roxy.mcp.servers import MCPServerManager  # noqa: PLC0415 - see above

    arguments = [SERVER, "--tools", str(tools)]
    configs = {
        name: ServerConfig(name=name, command=sys.executable, args=arguments, external=False)
        for name in (f"server{number}" for number in range(servers))
    }
    return MCPServerManager(configs, privacy=None, manifests=folder)


def children() -> int:
    """How many processes this one has started that still run."""
    task = Path(f"/proc/self/task/{os.getpid()}/children")
    return len(task.read_text().split()) if task.exists() else 0
