"""Reading messages without letting the event loop stand still.

A small message is parsed at once. A larger one is read in slices (`slices`), between which the loop goes on: a thread
would not do, for the parser holds the interpreter's lock, and what another process had parsed would have to be made
anew here. Meanwhile nothing is collected, and what was read is let go of in slices too (`releasing`).
"""

import asyncio
import contextlib
import gc
from collections.abc import Iterator
from typing import Any

import mcp_types

from roxy.mcp.wire import framing
from roxy.mcp.wire.channel import FAULT
from roxy.mcp.wire.releasing import Releasing
from roxy.mcp.wire.slices import Reader

SMALL_BYTES = 1 << 18
"""Up to here a message is parsed at once: in 3 ms at most, and without waking the collector for all that there is."""
_PIECE = 1 << 18
_MANY = 10_000
_SPARED_SECONDS = 60.0
_SPARED_AT_MOST = 2_000_000  # objects; Roxy itself has less than half a million


class Parser:
    """Parses messages; one for all servers of a manager."""

    def __init__(self) -> None:
        self._reading = 0
        self._releasing = Releasing()

    async def parsed(self, text: bytes | bytearray) -> Any:
        """The JSON value of `text`; raises `ValueError` when there is none.

        An error with the code that is the transports' own loses it: a server that could say “never sent” for a call
        that it has carried out would have the call sent again.
        """
        value = framing.decoded(text) if len(text) <= SMALL_BYTES else await self._sliced(text)
        for message in value if isinstance(value, list) else (value,):
            error = message.get("error") if isinstance(message, dict) else None
            if isinstance(error, dict) and error.get("code") == FAULT:
                error["code"] = mcp_types.INTERNAL_ERROR
        return value

    async def read(self, text: str) -> Any:
        """As `parsed`, of a text that came inside of a message."""
        encoded = bytearray()
        for begin in range(0, len(text), _PIECE):
            encoded += text[begin : begin + _PIECE].encode("utf-8", "surrogatepass")
            await asyncio.sleep(0)
        return await self._sliced(encoded)

    async def aclose(self) -> None:
        """Hold on to nothing any more."""
        await self._releasing.aclose()

    async def _sliced(self, text: bytes | bytearray) -> Any:
        if not text.startswith(framing.OPENING):
            raise ValueError("no JSON object")
        reader = Reader(text)
        work = reader.slices()
        with self._uncollected(reader):
            while True:
                try:
                    next(work)
                except StopIteration as whole:
                    if _is_large(reader):
                        self._releasing.hold(reader.large)
                    return whole.value
                await asyncio.sleep(0)

    @contextlib.contextmanager
    def _uncollected(self, reader: Reader) -> Iterator[None]:
        """No garbage collection meanwhile, nor of many values: going through a million new ones takes a second.

        They still go when nobody refers to them any more, for they never refer to each other in a ring. What else is
        there at that moment is spared too, as is all that Roxy loaded at its start: looking through that takes 0.3 s.
        So it stays spared unless that has grown beyond all measure.
        """
        if not self._reading and not gc.isenabled():  # somebody else's wish
            yield
            return
        if not self._reading:
            gc.collect(1)  # else young garbage would be spared as well
            gc.disable()
        self._reading += 1
        try:
            yield
        finally:
            self._reading -= 1
            if _is_large(reader):
                gc.freeze()
            if not self._reading:
                gc.enable()
                asyncio.get_running_loop().call_later(_SPARED_SECONDS, _spare_less)


def _is_large(reader: Reader) -> bool:
    """Whether what was read has many values: a long text has few."""
    return sum(map(len, reader.large)) > _MANY


def _spare_less() -> None:
    if gc.get_freeze_count() > _SPARED_AT_MOST:
        gc.unfreeze()
