"""For how long the event loop is kept busy by one of its callbacks.

Counted is the processor time of the thread, so that a machine with much else to do changes nothing.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


@asynccontextmanager
async def heartbeat() -> AsyncIterator[list[float]]:
    """The seconds of work between two beats that should be a millisecond apart."""
    beats = [0.0]

    async def beat() -> None:
        last = time.thread_time()
        while True:
            await asyncio.sleep(0.001)
            now = time.thread_time()
            beats.append(now - last)
            last = now

    beating = asyncio.create_task(beat())
    try:
        await asyncio.sleep(0)
        yield beats
        await asyncio.sleep(0.002)
    finally:
        beating.cancel()
