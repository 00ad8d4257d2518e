"""Reading messages without letting the event loop stand still.

A small message is parsed at once; so is one of up to `HERE_BYTES`, unless it holds so many values that this would take
long. The others go to a helper process, that parses them and sends the value back in pieces, between which the loop
goes on. (A thread would not do: the parser holds the interpreter's lock.) The helper starts at the first message that
needs it, works on one at a time, and ends with `aclose`.
"""

import asyncio
import contextlib
import gc
import pickle
import struct
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mcp_types

from roxy.mcp.wire import framing
from roxy.mcp.wire.channel import FAULT

SMALL_BYTES = 1 << 20
HERE_BYTES = 1 << 22
HERE_VALUES = 150_000  # about 20 ms
_SLICE = 1 << 20
_SPARED_SECONDS = 60.0
_SPARED_AT_MOST = 2_000_000  # objects; Roxy itself has less than half a million
_HELPER = Path(__file__).with_name("helper.py")
_FRAME = struct.Struct(">cQ")


class Parser:
    """Parses messages; one for all servers of a manager."""

    def __init__(self) -> None:
        self._helper: Process | None = None
        self._turn = asyncio.Lock()

    async def parsed(self, text: bytes) -> Any:
        """The JSON value of `text`; raises `ValueError` when there is none.

        An error with the code that is the transports' own loses it: a server that could say “never sent” for a call
        that it has carried out would have the call sent again.
        """
        value = await self._value(text)
        for message in value if isinstance(value, list) else (value,):
            error = message.get("error") if isinstance(message, dict) else None
            if isinstance(error, dict) and error.get("code") == FAULT:
                error["code"] = mcp_types.INTERNAL_ERROR
        return value

    async def _value(self, text: bytes) -> Any:
        if len(text) <= SMALL_BYTES:
            return framing.decoded(text)
        if len(text) <= HERE_BYTES and text.count(b",") <= HERE_VALUES:
            with _uncollected():
                return framing.decoded(text)
        async with self._turn:
            return await self._helped(text)

    async def aclose(self) -> None:
        """End the helper process, if there is one."""
        helper, self._helper = self._helper, None
        if helper is not None:
            with contextlib.suppress(ProcessLookupError):
                helper.kill()
            await helper.wait()

    async def _helped(self, text: bytes) -> Any:
        try:
            if self._helper is None or self._helper.returncode is not None:
                self._helper = await asyncio.create_subprocess_exec(
                    sys.executable, "-I", str(_HELPER), stdin=PIPE, stdout=PIPE, stderr=DEVNULL, limit=_SLICE
                )
            feeding = asyncio.create_task(_feed(self._helper, text), name="feed the parser")
            try:
                with _uncollected():
                    return await _assembled(self._helper)
            finally:
                feeding.cancel()
                await asyncio.wait({feeding})
        except (OSError, EOFError) as lost:  # EOFError: it was killed in the middle, for its memory most likely
            await self.aclose()
            raise ValueError("the process that parses large messages has ended") from lost
        except BaseException:
            await self.aclose()  # what it still has to say is no answer to the next text
            raise


async def _feed(helper: Process, text: bytes) -> None:
    stdin = helper.stdin
    if stdin is None:
        return
    with contextlib.suppress(OSError):  # the one who reads the answer learns of its death
        stdin.write(struct.pack(">Q", len(text)))
        for begin in range(0, len(text), _SLICE):
            stdin.write(text[begin : begin + _SLICE])
            await stdin.drain()


async def _assembled(helper: Process) -> Any:
    stdout = helper.stdout
    if stdout is None:
        raise EOFError
    stack: list[Any] = []
    wrong = False
    while True:
        operation, number = _FRAME.unpack(await stdout.readexactly(_FRAME.size))
        if operation == b"V":
            data = await stdout.readexactly(number)
            stack.append(pickle.loads(data))  # noqa: S301 - from our own process, over a pipe that nobody else has
            await asyncio.sleep(0)
        elif operation == b"E":
            wrong = True
        elif operation == b".":
            break
        else:
            await _join(stack, operation, number)
    if wrong:
        raise ValueError("no JSON")
    return stack.pop()


async def _join(stack: list[Any], operation: bytes, number: int) -> None:
    if operation == b"W":
        stack.append([stack.pop()])
    elif operation == b"K":
        value, key = stack.pop(), stack.pop()
        stack.append({key: value})
    else:
        parts = stack[len(stack) - number :]
        del stack[len(stack) - number :]
        if operation == b"S":
            stack.append("".join(parts))
            return
        whole: Any = [] if operation == b"L" else {}
        for part in parts:
            if operation == b"L":
                whole.extend(part)
            else:
                whole.update(part)
            await asyncio.sleep(0)
        stack.append(whole)


@contextlib.contextmanager
def _uncollected() -> Iterator[None]:
    """No garbage collection meanwhile, nor of what was made: going through a million new values takes a second.

    They still go when nobody refers to them any more, for they never refer to each other in a ring. What else is there
    at that moment is spared too, as is all that Roxy loaded at its start: looking through that takes 0.3 s. So it stays
    spared unless that has grown beyond all measure.
    """
    if not gc.isenabled():
        yield
        return
    gc.collect(1)  # else young garbage would be spared as well
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
        asyncio.get_running_loop().call_later(_SPARED_SECONDS, _spare_less)


def _spare_less() -> None:
    if gc.get_freeze_count() > _SPARED_AT_MOST:
        gc.unfreeze()
