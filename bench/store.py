"""How fast the store is: opening it, a commit, and the event log beside the bare driver in the same run.

Prints the milliseconds of a warm opening; commits per second one by one; events per second through `EventLog` and
through `sqlite3` with 64 rows a transaction, and their ratio; the p50 and p99 of an audit.
Run: `python bench/store.py`.
"""

import asyncio
import json
import sqlite3
import statistics
import tempfile
import time
from contextlib import closing
from pathlib import Path

from sqlalchemy import insert

from roxy.contracts.events import Event, EventKind
from roxy.events.log import EventLog
from roxy.store.database import FILE, Database, open_database
from roxy.store.tables import notebook

EVENTS, BATCH, COMMITS, AUDITS = 20_000, 64, 200, 300
INSERT = "INSERT INTO events (id, at, kind, name, hop, route, data) VALUES (?, ?, ?, ?, ?, ?, ?)"
DATA = {"server": "brave_search", "tool": "web_search", "text": "x" * 800}


def _event() -> Event:
    return Event(kind=EventKind.TOOL_CALL, name="tool.called", data=DATA, session_id="ses")


async def opening(folder: Path) -> float:
    times = []
    for _ in range(5):
        begun = time.perf_counter()
        async with open_database(folder):
            times.append(time.perf_counter() - begun)
    return statistics.median(times) * 1000


async def commits(database: Database) -> float:
    begun = time.perf_counter()
    for number in range(COMMITS):
        async with database.writing() as connection:
            await connection.execute(insert(notebook).values(skill="bench", key=str(number), value="1"))
    return COMMITS / (time.perf_counter() - begun)


async def recorded(log: EventLog) -> float:
    begun = time.perf_counter()
    for number in range(EVENTS):
        log.record(_event())
        if number % BATCH == 0:
            await asyncio.sleep(0)
    await log.flush()
    return EVENTS / (time.perf_counter() - begun)


async def audits(log: EventLog) -> list[float]:
    times = []
    for _ in range(AUDITS):
        begun = time.perf_counter()
        await log.audit(_event())
        times.append((time.perf_counter() - begun) * 1000)
    return statistics.quantiles(times, n=100)


def bare(path: Path) -> float:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous=FULL")
        begun = time.perf_counter()
        for first in range(0, EVENTS, BATCH):
            connection.execute("BEGIN IMMEDIATE")
            ids = (f"bare{first + n}" for n in range(BATCH))
            rows = [(id_, "2026-01-01", "tool_call", "x", 0, "", json.dumps(DATA)) for id_ in ids]
            connection.executemany(INSERT, rows)
            connection.execute("COMMIT")
        return EVENTS / (time.perf_counter() - begun)


async def main() -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        async with open_database(folder):
            pass
        print(f"warm opening          {await opening(folder):8.1f} ms")
        async with open_database(folder) as database:
            print(f"commits one by one    {await commits(database):8.0f} /s")
            async with EventLog(database, most_waiting=EVENTS) as log:
                through, beside = await recorded(log), bare(folder / FILE)
                print(
                    f"events by EventLog    {through:8.0f} /s, by sqlite3 {beside:.0f} /s, ratio {through / beside:.2f}"
                )
                found = await audits(log)
                print(f"audit                 p50 {found[49]:.1f} ms, p99 {found[98]:.1f} ms")


if __name__ == "__main__":
    asyncio.run(main())
