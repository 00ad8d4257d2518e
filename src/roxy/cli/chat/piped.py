"""The chat over a pipe: one line in, its answer out, until the input ends."""

import asyncio
import sys
import threading

from roxy.cli.chat import slash
from roxy.cli.chat.talk import Talk


async def converse(talk: Talk) -> None:
    """Answer standard input line by line; empty lines are skipped, bytes that are no UTF-8 are replaced."""
    while not talk.over and (raw := await _read_line()):
        line = raw.decode(errors="replace").strip()
        if line.startswith("/"):
            await slash.take(talk, line)
        elif line:
            await talk.say(line)


async def _read_line() -> bytes:
    """The next line with its line break; empty at the end of the input.

    Read in a thread that nobody waits for at the end: a pipe may stay silent, and Ctrl-C must still end the chat.
    """
    loop = asyncio.get_running_loop()
    line: asyncio.Future[bytes] = loop.create_future()

    def deliver(found: bytes) -> None:
        if not line.done():
            line.set_result(found)

    def read() -> None:
        found = sys.stdin.buffer.readline()
        if not loop.is_closed():
            loop.call_soon_threadsafe(deliver, found)

    threading.Thread(target=read, name="standard input", daemon=True).start()
    return await line
