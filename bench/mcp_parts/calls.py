"""Calls through the manager beside the bare SDK client, alternated in one run.

The sides call the same server (each its own process of it) with arguments as mails have them: the SDK's client; the
manager with the event log and metrics; the manager with these and the privacy gateway, for a server declared external.
That one is measured three times: with mails that were sent before, with words that nobody has seen about people who
are known, and with new words about new people. A round of one side is followed by a round of the next. The figures are
medians of a call's wall time, with 1 and with 32 calls in flight.

What must be redacted must be looked at, so a call with new words takes at least what one without the gateway takes and
what the detector alone takes for them: that is the floor, measured as a side of its own.
"""

import asyncio
import itertools
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mcp import Client, StdioServerParameters

from mcp_parts import office
from mcp_parts.rows import Row
from roxy.contracts.servers import ServerConfig
from roxy.events.log import EventLog
from roxy.mcp.servers import MCPServerManager
from roxy.privacy.detection.detector import Detector
from roxy.privacy.gateway import PrivacyGateway
from roxy.store.database import open_database

SERVER = str(Path(__file__).with_name("server.py"))
ROUND = 32  # calls of one side before it is the next one's turn
WARM_UP = 64
AGAIN = 64
SDK, MANAGER, FLOOR = "SDK", "manager", "manager and detector alone"
SAID_BEFORE, NEW_WORDS, NEW_PEOPLE = "with privacy, said before", "with privacy, new words", "with privacy, new people"
GOAL, PRIVATE_GOAL, REDACTED_GOAL = 1.10, 1.25, 1.15
NAMES = ("Ann", "Bruno", "Chiara", "Dmitri", "Edda", "Farid")
WORDS = "please find the quarterly figures for our garden project and send a short summary before the walk".split()  # noqa: SIM905 - a sentence

Call = Callable[[Mapping[str, Any]], Awaitable[None]]
Settled = Callable[[], Awaitable[None]]


@dataclass
class Side:
    """One of those that call, and what was measured of it."""

    call: Call
    settled: Settled
    arguments: Iterator[Mapping[str, Any]]
    walls: list[float] = field(default_factory=list)
    cpu: float = 0.0

    async def round(self, in_flight: int) -> None:
        """`ROUND` calls, `in_flight` of them at a time, and what they leave behind; only the calls are timed."""
        began = time.process_time()
        for _ in range(ROUND // in_flight):
            await asyncio.gather(*(self._timed() for _ in range(in_flight)))
        await self.settled()  # no call waits for this, but it is work that the call makes
        self.cpu += time.process_time() - began

    async def _timed(self) -> None:
        arguments = next(self.arguments)
        began = time.perf_counter()
        await self.call(arguments)
        self.walls.append(time.perf_counter() - began)


def mails(*, fresh: bool = False) -> Iterator[Mapping[str, Any]]:
    """Texts of some 200 characters a mail, half of them with personal data: of twelve people, or always of new ones."""
    chance = random.Random(1)  # noqa: S311 - the same for all sides
    people = [(name, chance.randrange(10**6, 10**7)) for name in NAMES * 2]
    for turn in itertools.count():
        text = " ".join(chance.choices(WORDS, k=30 if turn % 2 else 16))
        if turn % 2:
            yield {"to": "the team", "subject": chance.choice(WORDS), "body": text, "priority": 2}
            continue
        name, number = people[turn // 2 % len(people)]
        if fresh:
            number = chance.randrange(10**6, 10**7)
        mail = f"{name.lower()}.{number}@example.org"
        body = f"Hello {name}, call +358 40 {number} or write to {mail}: {text}"
        yield {"to": mail, "subject": chance.choice(WORDS), "body": body, "priority": 2}


def again() -> Iterator[Mapping[str, Any]]:
    """The same mails in turn."""
    return itertools.cycle(list(itertools.islice(mails(), AGAIN)))


@contextmanager
def http_server(kind: str) -> Iterator[str]:
    """The address of a server in a process of its own."""
    with subprocess.Popen([sys.executable, SERVER, f"--{kind}"], stdout=subprocess.PIPE, text=True) as process:
        if process.stdout is None:
            raise AssertionError("there is a pipe")
        try:
            yield f"http://127.0.0.1:{process.stdout.readline().strip()}/mcp"
        finally:
            process.kill()


@asynccontextmanager
async def sides(transport: str) -> AsyncIterator[dict[str, Side]]:
    """The three of them, connected."""
    async with AsyncExitStack() as stack:
        bare: Any
        declared: dict[str, Any]
        if transport == "stdio":
            bare = StdioServerParameters(command=sys.executable, args=[SERVER])
            declared = {"command": sys.executable, "args": [SERVER]}
        elif transport in {"http", "events"}:
            bare = stack.enter_context(http_server(transport))
            declared = {"transport": "http", "url": bare}
        else:
            bare = office.server
            declared = {"transport": "module", "module": "mcp_parts.office"}
        client = await stack.enter_async_context(Client(bare))
        await client.list_tools()
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        database = await stack.enter_async_context(open_database(folder))
        events = await stack.enter_async_context(EventLog(database))
        gateway = PrivacyGateway(folder / "vaults")
        await gateway.warm()
        inner = ServerConfig(name="bench", external=False, **declared)
        outer = ServerConfig(name="bench", external=True, **declared)
        manager = await stack.enter_async_context(MCPServerManager({"bench": inner}, privacy=None, events=events))
        private = await stack.enter_async_context(MCPServerManager({"bench": outer}, privacy=gateway, events=events))

        async def call_bare(arguments: Mapping[str, Any]) -> None:
            answer = await client.call_tool("echo", dict(arguments))
            assert not answer.is_error

        def called(by: MCPServerManager) -> Call:
            async def call(arguments: Mapping[str, Any]) -> None:
                result = await by.call_tool("bench", "echo", arguments, session_id="ses_bench")
                assert result.success, result.error

            return call

        detector = Detector()
        detector.load()

        async def look(arguments: Mapping[str, Any]) -> None:
            for key, value in arguments.items():
                if isinstance(value, str):
                    detector.find(value, key=key)
            await called(manager)(arguments)

        yield {
            SDK: Side(call_bare, _nothing, mails()),
            MANAGER: Side(called(manager), events.flush, mails()),
            SAID_BEFORE: Side(called(private), events.flush, again()),
            NEW_WORDS: Side(called(private), events.flush, mails()),
            NEW_PEOPLE: Side(called(private), events.flush, mails(fresh=True)),
            FLOOR: Side(look, events.flush, mails()),
        }


async def _nothing() -> None:
    """What a call of the bare client leaves behind."""


async def measure(transport: str, calls: int) -> list[Row]:
    """The figures of one transport."""
    rows: list[Row] = []
    async with sides(transport) as all_sides:
        for side in all_sides.values():
            for _ in range(WARM_UP // ROUND):
                await side.round(1)
        for in_flight in (1, 32):
            for side in all_sides.values():
                side.walls.clear()
                side.cpu = 0.0
            while len(all_sides[SDK].walls) < calls:
                for side in all_sides.values():
                    await side.round(in_flight)
            rows += _rows(f"calls over {transport}, {in_flight} in flight", all_sides)
    return rows


def _rows(part: str, measured: Mapping[str, Side]) -> list[Row]:
    medians = {name: statistics.median(side.walls) * 1000 for name, side in measured.items()}
    rows = []
    for name, side in measured.items():
        note = f"CPU {side.cpu / len(side.walls) * 1000:.3f} ms a call"
        rows.append(Row(part, f"{name}, p50", medians[name], "ms", note=note))
    rows.append(Row(part, "manager ÷ SDK", medians[MANAGER] / medians[SDK], "x", GOAL))
    rows.append(Row(part, "with privacy ÷ SDK", medians[NEW_WORDS] / medians[SDK], "x", PRIVATE_GOAL))
    rows += [
        Row(part, f"{side} ÷ manager", medians[side] / medians[MANAGER], "x", None if side == FLOOR else REDACTED_GOAL)
        for side in (SAID_BEFORE, NEW_WORDS, NEW_PEOPLE, FLOOR)
    ]
    return rows
