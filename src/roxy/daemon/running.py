"""The process that does nothing but own the data folder and serve it.

Order of events: lock, open Roxy, listen, say that it is ready. The first SIGTERM (or Ctrl-C) stops accepting at once
and lets turns in flight end, `server.GRACE` seconds at most; the second does not wait for them.
"""

import asyncio
import signal
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from roxy.daemon.lock import own
from roxy.daemon.seat import Opener
from roxy.daemon.server import Serving, serving

_ENDING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


async def run_daemon(folder: Path, opener: Opener, *, ready: Callable[[], None]) -> signal.Signals:
    """Own and serve `folder` until a signal comes, and return that signal; `ready` is called once it listens.

    Raises `OwnedElsewhere` when somebody else owns it, and what opening Roxy raises.
    """
    caught: asyncio.Queue[signal.Signals] = asyncio.Queue()
    loop = asyncio.get_running_loop()
    with own(folder, door="daemon") as owned:
        async with opener() as assistant, serving(assistant, owned) as door:
            for number in _ENDING:
                loop.add_signal_handler(number, caught.put_nowait, number)
            ready()
            first = await caught.get()
            door.close()
            await _drained(door, caught)
    return first


async def _drained(door: Serving, caught: asyncio.Queue[signal.Signals]) -> None:
    """Wait until nothing is in flight, or for the second signal."""
    impatience = asyncio.create_task(caught.get(), name="second signal")
    ended = asyncio.create_task(door.ended(), name="drained")
    try:
        await asyncio.wait({impatience, ended}, return_when=asyncio.FIRST_COMPLETED)
        if not ended.done():
            door.hurry()
    finally:
        impatience.cancel()
        with suppress(asyncio.CancelledError):
            await ended
