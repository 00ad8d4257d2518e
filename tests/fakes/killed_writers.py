"""Writers of events that are killed, one after the other, at random moments: `killed_writers.py FOLDER URL KILLS SEED`.

One process loads everything and forks each writer, so that a round takes milliseconds. A writer opens the database,
appends and audits from several tasks, with others that only record, and puts the id of each event into the file
`acknowledged` in FOLDER once the log has acknowledged it.
"""

import asyncio
import os
import random
import signal
import sys
import time
from pathlib import Path

from roxy.contracts.events import Event, EventKind
from roxy.events.log import EventLog
from roxy.store.database import open_database

LONGEST, MOST = 0.3, 5.0


async def write_for_ever(folder: Path, url: str, acknowledged: int) -> None:
    async with open_database(folder, url) as database, EventLog(database) as log:

        async def append(data: str) -> None:
            while True:
                event = Event(kind=EventKind.REQUEST, name="appended", data={"text": data})
                await log.append(event)
                os.write(acknowledged, f"{event.id}\n".encode())

        async def audit() -> None:
            while True:
                event = Event(kind=EventKind.AUDIT, name="audited", data={"text": "granted"})
                await log.audit(event)
                os.write(acknowledged, f"{event.id}\n".encode())

        async def record() -> None:
            while True:
                log.record(Event(kind=EventKind.CHUNK, name="recorded", data={"text": "noise " * 100}))
                await asyncio.sleep(0.0005)

        await asyncio.gather(*(append("word " * size) for size in (1, 10, 200, 200)), audit(), record())


def main(folder: Path, url: str, kills: int, seed: int) -> None:
    dice = random.Random(seed)
    acknowledged = os.open(folder / "acknowledged", os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    longest, written = LONGEST, 0
    for _ in range(kills):
        writer = os.fork()
        if not writer:
            asyncio.run(write_for_ever(folder, url, acknowledged))
        time.sleep(dice.uniform(0, longest))
        os.kill(writer, signal.SIGKILL)
        _, status = os.waitpid(writer, 0)
        if os.WTERMSIG(status) != signal.SIGKILL:
            sys.exit("a writer ended by itself")
        before, written = written, os.fstat(acknowledged).st_size
        # Who wrote nothing was killed before it had opened the database, which takes longer on a busy machine. Some of
        # those are wanted: as many as one in four rounds keep the patience as it is.
        longest = min(longest * 1.35, MOST) if written == before else max(longest * 0.9, LONGEST)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
