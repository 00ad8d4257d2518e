"""Several Roxys that write to one record, the owner of the data folder among them, which is killed."""

import asyncio

import pytest
from sqlalchemy import select

from fakes.children import python
from roxy.contracts.events import Event, EventKind
from roxy.daemon.lock import owner_of
from roxy.events.log import EventLog
from roxy.events.search import EventQuery, find
from roxy.store.database import open_database
from roxy.store.tables import events

WRITER = """
    import asyncio, sys
    from contextlib import ExitStack
    from pathlib import Path
    from roxy.contracts.events import Event, EventKind
    from roxy.daemon.lock import own
    from roxy.errors import RoxyError
    from roxy.events.log import EventLog
    from roxy.store.database import open_database

    def take_over(folder, stack):
        try:
            stack.enter_context(own(folder, door="chat"))
        except RoxyError:
            return False
        print("owner", flush=True)
        return True

    async def write(log, folder, stack):
        owns = folder is None
        while True:
            event = Event(kind=EventKind.REQUEST, name="said", data={"text": "shared words"})
            await log.append(event)
            print("kept", event.id, flush=True)
            owns = owns or take_over(folder, stack)

    async def main():
        folder = Path(sys.argv[1])
        with ExitStack() as stack:
            async with open_database(folder, sys.argv[2]) as database, EventLog(database) as log:
                await asyncio.gather(write(log, folder, stack), write(log, None, stack))

    asyncio.run(main())
"""


class _Writer:
    """One process; what it has said so far."""

    def __init__(self, process):
        self.process = process
        self.kept = []
        self.owns = asyncio.Event()
        self.busy = asyncio.Event()
        self._read = asyncio.create_task(self._listen())

    async def _listen(self):
        async for line in self.process.stdout:
            if not line.endswith(b"\n"):
                continue  # it was killed in the middle of a word
            word, *rest = line.decode().split()
            if word == "owner":
                self.owns.set()
            else:
                self.kept += rest
                if len(self.kept) % 20 == 0:
                    self.busy.set()

    async def goes_on(self):
        """Wait until it has written more."""
        self.busy.clear()
        await self.busy.wait()

    async def killed(self):
        self.process.kill()
        await self._read
        await self.process.wait()


@pytest.mark.requirement("owner.takeover", "events.durable")
async def test_of_processes_that_write_at_once_nothing_is_lost_and_the_next_takes_over_from_a_killed_owner(
    tmp_path, store_url
):
    async with open_database(tmp_path, store_url):
        pass
    writers = [_Writer(await python(WRITER, tmp_path, store_url)) for _ in range(3)]
    left = list(writers)
    async with asyncio.timeout(60):
        while left:
            waiting = [asyncio.create_task(writer.owns.wait()) for writer in left]
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            await asyncio.gather(*(writer.goes_on() for writer in left))
            (owner,) = [writer for writer in left if writer.owns.is_set()]
            assert owner_of(tmp_path).pid == owner.process.pid
            for task in waiting:
                task.cancel()
            await owner.killed()
            left.remove(owner)
    assert owner_of(tmp_path) is None
    acknowledged = [event for writer in writers for event in writer.kept]
    assert all(len(writer.kept) >= 20 for writer in writers)
    async with open_database(tmp_path, store_url) as database:
        async with database.reading() as connection:
            kept = (await connection.execute(select(events.c.id))).scalars().all()
        assert set(acknowledged) <= set(kept)
        assert len(set(kept)) == len(kept)
        assert len(await find(database, EventQuery(search="shared"), limit=1_000_000)) == len(kept)
        async with EventLog(database) as log:
            await log.append(Event(kind=EventKind.REQUEST, name="after"))
