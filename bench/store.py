"""How fast the store is: opening it, and a commit beside the bare driver's in the same run.

Prints the milliseconds of a warm opening, and commits per second one by one through the store and through `sqlite3`,
all of them on the disk, with their ratio. Run: `python bench/store.py`.
"""

import asyncio
import sqlite3
import statistics
import tempfile
import time
from contextlib import closing
from pathlib import Path

from sqlalchemy import insert

from roxy.store.database import FILE, Database, open_database
from roxy.store.tables import notebook

COMMITS = 200
INSERT = "INSERT INTO notebook (skill, key, value) VALUES (?, ?, ?)"


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


def bare(path: Path) -> float:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous=FULL")
        begun = time.perf_counter()
        for number in range(COMMITS):
            connection.execute("BEGIN IMMEDIATE")
            connection.execute(INSERT, ("bare", str(number), "1"))
            connection.execute("COMMIT")
        return COMMITS / (time.perf_counter() - begun)


async def main() -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        async with open_database(folder):
            pass
        print(f"warm opening          {await opening(folder):8.1f} ms")
        async with open_database(folder) as database:
            through, beside = await commits(database), bare(folder / FILE)
            print(f"commits one by one    {through:8.0f} /s, by sqlite3 {beside:.0f} /s, ratio {through / beside:.2f}")


if __name__ == "__main__":
    asyncio.run(main())
