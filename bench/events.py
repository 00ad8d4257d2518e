"""How fast the event log is, on SQLite and PostgreSQL in the same run, with and without full-text search.

Events are 1 kB of JSON with words in it, already redacted. Prints, with the load of the machine:

* record: events per second until the last one is committed (record, then flush); on SQLite their ratio to
  `sqlite3.executemany` into the same table with as many rows a commit and as little waiting for the disk;
* indexed: events per second until the last one is in the index of words too, which follows behind the commits;
* append and audit: the p50 and p99 of a commit, many at once, and one by one on the disk.

PostgreSQL is a server of the benchmark's own, with its usual settings and on the disk, when Debian's package is there.
Run: `python bench/events.py [URL of another PostgreSQL database, which is emptied]`.
"""

import asyncio
import gc
import json
import os
import random
import sqlite3
import statistics
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

from sqlalchemy import delete, insert
from sqlalchemy.dialects import sqlite

from roxy.contracts.events import Event, EventKind
from roxy.contracts.ids import new_id
from roxy.events.log import _MOST_AT_ONCE, EventLog
from roxy.events.rows import COLUMNS
from roxy.store.database import FILE, Database, open_database
from roxy.store.tables import events

sys.path.append(str(Path(__file__).resolve().parents[1] / "tests"))
from fakes.postgres import MISSING, binaries, postgres

EVENTS, WRITERS, APPENDS, AUDITS, ROUNDS = 20_000, 32, 100, 300, 3


def _made() -> list[Event]:
    dice = random.Random(1)  # noqa: S311 - the same events in each run
    letters = "abcdefghijklmnopqrstuvwxyz"
    words = ["".join(dice.choices(letters, k=dice.randint(2, 10))) for _ in range(5_000)]
    often = [1 / (rank + 1) for rank in range(len(words))]  # as words are in any language (Zipf)
    return [
        Event(
            kind=EventKind.TOOL_CALL,
            name="tool.called",
            data={
                "server": "brave_search",
                "tool": "web_search",
                "text": " ".join(dice.choices(words, often, k=150))[:800],
            },
            session_id=f"ses_{number % 50:010}-00000000",
            correlation_id=new_id("cor"),
            route="mcp:stdio",
        )
        for number in range(EVENTS)
    ]


async def recorded(log: EventLog, made: list[Event]) -> float:
    begun = time.perf_counter()
    for number, event in enumerate(made):
        log.record(event)
        if number % 64 == 0:
            await asyncio.sleep(0)
    await log.flush()
    return len(made) / (time.perf_counter() - begun)


async def appended(log: EventLog) -> tuple[float, list[float]]:
    """Events per second and milliseconds of `WRITERS` that each wait for their commit before the next event."""
    times: list[float] = []

    async def writer() -> None:
        for _ in range(APPENDS):
            begun = time.perf_counter()
            await log.append(Event(kind=EventKind.REQUEST, name="turn.began", data={"text": "x " * 400}))
            times.append((time.perf_counter() - begun) * 1000)

    begun = time.perf_counter()
    await asyncio.gather(*(writer() for _ in range(WRITERS)))
    return len(times) / (time.perf_counter() - begun), times


async def audited(log: EventLog) -> list[float]:
    times: list[float] = []
    for _ in range(AUDITS):
        begun = time.perf_counter()
        await log.audit(Event(kind=EventKind.AUDIT, name="skill.granted"))
        times.append((time.perf_counter() - begun) * 1000)
    return times


def _values(e: Event) -> tuple[object, ...]:
    names = (new_id("evt"), str(e.at), e.kind.value, e.name, e.session_id, None, None, e.correlation_id)
    return *names, 0, e.route, "", json.dumps(e.data), "{}", 1


def bare(path: Path, made: list[Event]) -> float:
    """Events per second of the driver alone, from the same values to the same rows, without an index of words."""
    statement = str(insert(events).compile(dialect=sqlite.dialect(), column_keys=list(COLUMNS)))
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute("PRAGMA secure_delete=ON")
        begun = time.perf_counter()
        for first in range(0, len(made), _MOST_AT_ONCE):
            rows = [_values(event) for event in made[first : first + _MOST_AT_ONCE]]
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(statement, rows)
            connection.execute("COMMIT")
        return len(made) / (time.perf_counter() - begun)


async def all_indexed(log: EventLog) -> None:
    """Wait until the log has indexed all that it has written; it does not wait for a pause in between."""
    indexer = log._indexer  # noqa: SLF001 - what is measured is inside
    while indexer.behind:
        await indexer.follow()
        await asyncio.sleep(0.001)


async def _emptied(database: Database) -> None:
    async with database.writing() as connection:
        await connection.execute(delete(events))
        if database.dialect == "sqlite":
            await connection.exec_driver_sql("INSERT INTO events_fts(events_fts) VALUES ('delete-all')")


async def measured(database: Database, *, search: bool, file: Path | None) -> None:
    rates, ratios, indexed = [], [], []
    for _ in range(ROUNDS):
        await _emptied(database)
        made = _made()
        gc.collect()
        async with EventLog(database, search=search, most_waiting=EVENTS) as log:
            begun = time.perf_counter()
            rates.append(await recorded(log, made))
            if search:
                await all_indexed(log)
                indexed.append(len(made) / (time.perf_counter() - begun))
        if file is not None:
            await _emptied(database)
            ratios.append(rates[-1] / bare(file, made))
    async with EventLog(database, search=search) as log:
        through, waits = await appended(log)
        audits = await audited(log)
    name = f"{database.dialect}, {'with' if search else 'without'} full-text search"
    beside = f", ratio to sqlite3 {statistics.median(ratios):.2f}" if ratios else ""
    print(f"{name}, load {os.getloadavg()[0]:.1f}")
    print(f"  record   {statistics.median(rates):8.0f} /s (best {max(rates):.0f}){beside}")
    if indexed:
        print(f"  indexed  {statistics.median(indexed):8.0f} /s (best {max(indexed):.0f})")
    print(
        f"  append   {through:8.0f} /s by {WRITERS} writers, p50 {_at(waits, 50):.1f} ms, p99 {_at(waits, 99):.1f} ms"
    )
    print(f"  audit    p50 {_at(audits, 50):.1f} ms, p99 {_at(audits, 99):.1f} ms", flush=True)


def _at(times: list[float], percent: int) -> float:
    return statistics.quantiles(times, n=100)[percent - 1]


async def on_postgresql(url: str) -> None:
    for search in (False, True):
        async with open_database(Path(), url) as database:
            await measured(database, search=search, file=None)


async def main(url: str) -> None:
    for search in (False, True):
        with tempfile.TemporaryDirectory() as place:
            async with open_database(Path(place)) as database:
                await measured(database, search=search, file=Path(place) / FILE)
    folder = binaries()
    if url:
        await on_postgresql(url)
    elif folder is None:
        print(MISSING)
    else:
        with postgres(folder, durable=True) as server:
            await on_postgresql(server.url(server.created()))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else ""))
