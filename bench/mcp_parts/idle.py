"""What a connection costs that nobody uses: memory of this process and of its guards, per server on stdio."""

import asyncio
import gc
import json
import subprocess
import sys
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path

from mcp_parts.calls import SERVER
from mcp_parts.rows import Row

CONNECTIONS = 20
_BENCH = Path(__file__).resolve().parents[1]


async def measure() -> list[Row]:
    """Each side in a fresh process, so that neither profits from what the other has loaded."""
    rows: list[Row] = []
    part = f"memory per idle connection (of {CONNECTIONS})"
    for side in ("SDK", "manager"):
        command = [sys.executable, "-c", f"from mcp_parts import idle; idle.main({side!r})"]
        printed = await asyncio.to_thread(subprocess.check_output, command, cwd=_BENCH, text=True)
        rows.append(Row(part, side, json.loads(printed), "KiB"))
    ours, theirs = rows[1].value, rows[0].value
    return [*rows, Row(part, "manager ÷ SDK", ours / theirs, "x")]


def main(side: str) -> None:
    """Print KiB per connection."""
    print(asyncio.run(_sdk() if side == "SDK" else _manager()))


async def _sdk() -> float:
    from mcp import Client, StdioServerParameters  # noqa: PLC0415 - only the side that is measured is loaded

    async with AsyncExitStack() as stack:

        async def connect() -> None:
            client = Client(StdioServerParameters(command=sys.executable, args=[SERVER]))
            await (await stack.enter_async_context(client)).list_tools()

        await connect()
        before = _resident()
        for _ in range(CONNECTIONS):
            await connect()
        return (_resident() - before) / CONNECTIONS


async def _manager() -> float:
    from roxy.contracts.servers import ServerConfig  # noqa: PLC0415 - see above
    from roxy.mcp.servers import MCPServerManager  # noqa: PLC0415 - see above

    configs = {
        str(number): ServerConfig(name=str(number), command=sys.executable, args=[SERVER], external=False)
        for number in range(CONNECTIONS + 1)
    }
    with tempfile.TemporaryDirectory() as folder:
        async with MCPServerManager(configs, privacy=None, log_dir=Path(folder)) as manager:
            assert await manager.start_server("0")
            before = _resident()
            for number in range(1, CONNECTIONS + 1):
                assert await manager.start_server(str(number))
            return (_resident() - before) / CONNECTIONS


def _resident() -> float:
    """KiB of memory of this process that belong to nobody else."""
    gc.collect()
    lines = Path("/proc/self/smaps_rollup").read_text().splitlines()
    return sum(float(line.split()[1]) for line in lines if line.startswith("Private_"))
