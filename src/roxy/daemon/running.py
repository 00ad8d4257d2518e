"""The process that does nothing but own the data folder and serve it.

Order of events: lock, open Roxy, listen, say that it is ready. The first SIGTERM (or Ctrl-C) stops accepting at once
and lets turns and calls in flight end, `server.GRACE` seconds at most; the second does not wait for them, nor for
servers that take their time to leave. A signal that was ignored when the process began (nohup) stays so.
"""

import asyncio
import signal
from collections.abc import Callable
from pathlib import Path

from roxy.daemon.lock import own
from roxy.daemon.seat import Opener
from roxy.daemon.server import serving
from roxy.mcp.process import launcher

_ENDING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


async def run_daemon(folder: Path, opener: Opener, *, ready: Callable[[], None]) -> signal.Signals:
    """Own and serve `folder` until a signal comes, and return that signal; `ready` is called once it listens.

    Raises `OwnedElsewhere` when somebody else owns it, and what opening Roxy raises.
    """
    caught: asyncio.Queue[signal.Signals] = asyncio.Queue()
    ending = [number for number in _ENDING if signal.getsignal(number) is not signal.SIG_IGN]
    loop = asyncio.get_running_loop()
    with own(folder, door="daemon") as owned:
        async with opener() as assistant, serving(assistant, owned) as door:
            for number in ending:
                loop.add_signal_handler(number, caught.put_nowait, number)
            ready()
            first = await caught.get()

            def hurry() -> None:
                door.hurry()
                launcher.hurry()

            for number in ending:
                loop.add_signal_handler(number, hurry)
            door.close()
            await door.ended()
    return first
