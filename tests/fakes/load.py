"""A load of calls on many servers, and what is measured of it."""

import asyncio
import random
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from fakes.servers import echo
from roxy.contracts.servers import ServerConfig, ServerState, ServerStatus
from roxy.mcp.servers import MCPServerManager
from roxy.observe import trace

HTTP_ECHO = Path(__file__).with_name("http_echo.py")
STDIO, HTTP = 20, 5
EVERY = 0.02
"""Seconds between two calls: fifty in a second."""


@dataclass(frozen=True)
class Call:
    """One call that has ended; the times are of `time.monotonic`."""

    correlation: str
    server: str
    began: float
    ended: float
    code: str
    slept: float = 0.0
    """Seconds that the tool itself took."""

    @property
    def seconds(self) -> float:
        """What the call took beside the tool."""
        return self.ended - self.began - (0.0 if self.code else self.slept)


@contextmanager
def http_servers(count: int) -> Iterator[list[str]]:
    """The URLs of `count` servers, each a process of its own."""
    started = [
        subprocess.Popen([sys.executable, str(HTTP_ECHO)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(count)
    ]
    try:
        yield [f"http://127.0.0.1:{process.stdout.readline().strip()}/mcp" for process in started]
    finally:
        for process in started:
            process.kill()
            process.communicate()


def park(urls: Sequence[str], stdio: int = STDIO) -> dict[str, ServerConfig]:
    """The declarations of the load's servers; none repeats a call, so that every end is seen."""
    near = [echo(name=f"near{n}", protocol="legacy", retries=0, timeout_request=5) for n in range(stdio)]
    far = [
        ServerConfig(name=f"far{n}", transport="http", url=url, external=False, protocol="legacy", retries=0)
        for n, url in enumerate(urls)
    ]
    return {config.name: config for config in (*near, *far)}


class Load:
    """Calls `say` and `sleep` on the servers of a manager in turn, whatever becomes of the calls before."""

    def __init__(self, manager: MCPServerManager, seed: int = 1) -> None:
        self.calls: list[Call] = []
        self._manager = manager
        self._random = random.Random(seed)
        self._count = 0

    async def run(self, seconds: float) -> list[Call]:
        """Fifty calls a second for `seconds`; returns when all have ended."""
        names = list(self._manager.server_names())
        before = len(self.calls)
        pending: set[asyncio.Task[None]] = set()
        began = time.monotonic()
        for number in range(round(seconds / EVERY)):
            await asyncio.sleep(max(0.0, began + number * EVERY - time.monotonic()))
            task = asyncio.create_task(self._call(self._random.choice(names)))
            pending.add(task)
            task.add_done_callback(pending.discard)
        if pending:
            await asyncio.wait(pending)
        return self.calls[before:]

    async def held(self, server: str) -> "asyncio.Task[None]":
        """A call of `server` that is under way and will not end by itself for three seconds."""
        task = asyncio.create_task(self._call(server, 3.0))
        await asyncio.sleep(0.05)
        return task

    async def _call(self, server: str, slept: float | None = None) -> None:
        self._count += 1
        correlation = f"load-{self._count}"
        slept = (0.2 if self._count % 4 == 0 else 0.0) if slept is None else slept
        tool, arguments = ("sleep", {"seconds": slept}) if slept else ("say", {"text": correlation})
        began = time.monotonic()
        with trace.bound(correlation_id=correlation):
            result = await self._manager.call_tool(server, tool, arguments)
        self.calls.append(Call(correlation, server, began, time.monotonic(), str(result.code), slept))


class Moves:
    """Hears of the states of servers; says how long each was away."""

    def __init__(self) -> None:
        self.heard: list[tuple[float, str, ServerState]] = []

    def __call__(self, status: ServerStatus) -> None:
        self.heard.append((time.monotonic(), status.name, status.state))

    def away(self, server: str, since: float) -> float | None:
        """Seconds from `since` until the server runs again after it has left; None when it does not."""
        left = False
        for when, name, state in self.heard:
            if name == server and when >= since:
                left = left or state is ServerState.BACKOFF
                if left and state is ServerState.RUNNING:
                    return when - since
        return None


def percentile(values: Sequence[float], share: float) -> float:
    """The value that `share` of the values do not exceed."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


async def every(seconds: float, act: Callable[[], Awaitable[object]], times: int) -> None:
    """Do `act` so often, so far apart."""
    began = time.monotonic()
    for number in range(1, times + 1):
        await asyncio.sleep(max(0.0, began + number * seconds - time.monotonic()))
        await act()
