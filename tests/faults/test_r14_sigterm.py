"""R14: the daemon is told to end while fifty calls are in flight."""

import asyncio
import signal
import sqlite3
import sys
import time
from collections import Counter

import pytest

from fakes.figures import children, slowness
from fakes.program import Conversation, declare, places_of
from fakes.servers import ECHO, is_gone
from roxy.daemon.client import attach
from roxy.errors import RoxyError

pytestmark = [
    pytest.mark.requirement("faults.sigterm", "mcp.no_orphans"),
    pytest.mark.skipif(sys.platform != "linux", reason="finds the processes by /proc"),
]

QUICK, ENDLESS = 20, 30
LET_GO = "let-go"


@pytest.fixture
def daemon(home):
    args = ["-B", str(ECHO), "--ignore-term", "--ignore-eof"]
    settings = {"command": sys.executable, "args": args, "protocol": "legacy"}
    declare(home, dict.fromkeys(("one", "two"), settings))
    with Conversation(home, "daemon", "run") as running:
        running.expect("ready")
        yield running


async def called(data, number: int) -> str:
    """The code of one call from a client of its own; the quick ones end when they are let go."""
    server = ("one", "two")[number % 2]
    given = {"seconds": 300} | ({"until": str(data / LET_GO)} if number < QUICK else {})
    attached = await attach(data)
    try:
        result = await attached.call_tool(server, "sleep", given, timeout=400)
    except RoxyError as ended:
        return ended.code
    return str(result.code)


async def in_flight(home) -> list[asyncio.Task[str]]:
    """Fifty calls that have all reached their servers."""
    data = places_of(home).data
    attached = await attach(data)
    for server in ("one", "two"):
        assert (await attached.call_tool(server, "say", {"text": "warm"})).success
    calls = [asyncio.create_task(called(data, number)) for number in range(QUICK + ENDLESS)]
    arrived = 0
    while arrived < len(calls):
        counts = [await attached.call_tool(server, "sleeping", {}) for server in ("one", "two")]
        arrived = sum(int(count.text) for count in counts)
    return calls


def below(pid: int) -> set[int]:
    """All processes that a process has started, and those have."""
    found = set(children(pid))
    for child in list(found):
        found |= below(child)
    return found


async def ended(home, daemon, *, second: bool) -> float:
    """End the daemon; checks all that is promised and returns for how long it took after the last signal."""
    calls = await in_flight(home)
    processes = below(daemon.process.pid)
    assert len(processes) >= 5
    daemon.process.send_signal(signal.SIGTERM)
    asked = time.monotonic()
    while True:  # at once: as long as it takes to deliver a signal
        try:
            refused = await attach(places_of(home).data, patience=0)
        except RoxyError:
            break
        if refused is None:
            break
        assert time.monotonic() - asked < slowness()
    (places_of(home).data / LET_GO).touch()
    codes = await asyncio.gather(*calls[:QUICK])
    assert set(codes) == {""}, "what could end has ended"
    assert daemon.process.poll() is None
    if second:
        asked = time.monotonic()
        daemon.process.send_signal(signal.SIGTERM)
    assert await asyncio.to_thread(daemon.process.wait, 20) == 0
    took = time.monotonic() - asked
    rest = Counter(await asyncio.gather(*calls[QUICK:]))
    assert "" not in rest
    assert all(is_gone(pid) for pid in processes)
    with sqlite3.connect(places_of(home).data / "roxy.db") as database:
        said = "json_extract(data, '$.tool') = 'sleep'"
        rows = database.execute(
            f"SELECT json_extract(data, '$.code') FROM events WHERE name = 'tool.called' AND {said}"
        )
        recorded = Counter(code for (code,) in rows)
    database.close()
    assert recorded == Counter({"": QUICK, "cancelled": ENDLESS})
    print(f"\nR14: the daemon ended {took:.2f} s after the {'second' if second else 'first'} SIGTERM")
    return took


async def test_calls_in_flight_end_or_are_recorded_as_cancelled_and_a_second_signal_ends_the_patience(home, daemon):
    async with asyncio.timeout(50):
        assert await ended(home, daemon, second=True) <= 2 * slowness()


@pytest.mark.slow
async def test_calls_in_flight_get_ten_seconds(home, daemon):
    async with asyncio.timeout(50):
        # Ten seconds for the calls, and what stubborn servers take to be stopped.
        assert 9 <= await ended(home, daemon, second=False) <= 10 + 5 * slowness()
