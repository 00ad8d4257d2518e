"""Large messages over the network: their time, their memory, and the end of those that are too large (R6, R7)."""

import asyncio
import gc
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import fakes
from fakes.figures import slowness
from fakes.talking import far
from roxy.mcp.servers import MCPServerManager

PROGRAM = Path(fakes.__path__[0]) / "huge_server.py"
MB = 1_000_000
CLEAR_REFS = Path("/proc/self/clear_refs")
STATUS = Path("/proc/self/status")


@pytest.fixture(autouse=True)
async def _bounded():
    async with asyncio.timeout(40):
        yield


@contextmanager
def huge(kind: str) -> Iterator[str]:
    with subprocess.Popen(
        [sys.executable, str(PROGRAM), kind], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        try:
            assert process.stdout is not None
            yield f"{'ws' if kind == 'ws' else 'http'}://127.0.0.1:{process.stdout.readline().strip()}/mcp"
        finally:
            process.kill()


def manager(kind: str, url: str) -> MCPServerManager:
    transport = {"http": "http", "sse": "sse", "ws": "websocket"}[kind]
    config = far(url, transport, protocol="legacy", backoff=0.05, restart="always")
    return MCPServerManager({"far": config}, privacy=None)


def memory(line: str) -> int:
    """`VmRSS` (now) or `VmHWM` (the most since `clear`), in bytes; 0 where there is no /proc."""
    if not STATUS.exists():
        return 0
    (found,) = (text for text in STATUS.read_text().splitlines() if text.startswith(line))
    return int(found.split()[1]) * 1024


def clear() -> int:
    """Forget the peak; what is in use now."""
    gc.collect()
    if CLEAR_REFS.exists():
        CLEAR_REFS.write_text("5")
    return memory("VmRSS")


@pytest.mark.parametrize("kind", ["http", "http-event", "sse", "ws"])
@pytest.mark.requirement("mcp.size")
async def test_large_messages_take_time_and_memory_in_proportion_to_their_size(kind):
    transport, _, form = kind.partition("-")
    with huge(transport) as url:
        async with manager(transport, url) as servers:
            await servers.start_server("far")
            for size, seconds in ((1 * MB, 0.2), (10 * MB, 1.0), (16 * MB, 1.5)):
                base = clear()
                assert await seconds_of(servers, size, form) <= seconds * slowness()
                assert memory("VmHWM") - base <= 5 * size + 8 * MB
            await seconds_of(servers, 16 * MB, form)
            base = clear()
            for _ in range(4):
                await seconds_of(servers, 16 * MB, form)
            assert clear() - base <= 24 * MB  # the allocator may keep one message's room, and not four


async def seconds_of(servers: MCPServerManager, size: int, form: str) -> float:
    began = time.monotonic()
    result = await servers.call_tool("far", "t", {"size": size, "kind": form or "json"})
    assert len(result.text) == size, result.error
    return time.monotonic() - began


@pytest.mark.parametrize(
    ("transport", "kind"),
    [
        ("http", "json"),
        ("http", "event"),
        ("http", "endless"),
        ("http", "gzip"),
        ("sse", "event"),
        ("sse", "endless"),
        ("ws", "json"),
        ("ws", "endless"),
    ],
)
@pytest.mark.requirement("mcp.size")
async def test_what_is_too_large_ends_within_two_seconds_in_bounded_memory(transport, kind):
    with huge(transport) as url:
        async with manager(transport, url) as servers:
            await servers.start_server("far")
            base = clear()
            began = time.monotonic()
            result = await servers.call_tool("far", "t", {"size": 100 * MB, "kind": kind})
            took = time.monotonic() - began
            assert result.code == "message_too_large", result.error
            assert memory("VmHWM") - base <= 64 * MB
            assert took <= 2 * slowness()
            assert (await servers.call_tool("far", "t", {"size": 10}, idempotent=True)).text == "x" * 10
