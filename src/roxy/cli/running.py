"""Runs a command's coroutine; Ctrl-C and SIGTERM let it close what it opened before the process ends."""

import asyncio
import gc
import signal
from collections.abc import Coroutine
from typing import Any, TypeVar

import typer

T = TypeVar("T")

_ENDING = (signal.SIGTERM, signal.SIGHUP)
_MOMENT = 2.0
"""Seconds after which a command is no short one any more, and garbage is collected; `main` begins without."""


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run `work` to its end and return what it returns.

    Ctrl-C cancels it and ends the command with 130 (Typer turns the KeyboardInterrupt into that code); SIGTERM and a
    closed terminal cancel it too and end with 128 plus the signal's number. A signal that whoever started the command
    has ignored (nohup does) stays so.
    """
    return asyncio.run(_watched(work))


async def _watched(work: Coroutine[Any, Any, T]) -> T:
    loop = asyncio.get_running_loop()
    task = asyncio.current_task()
    caught: list[signal.Signals] = []

    def end(number: signal.Signals) -> None:
        caught.append(number)
        if task is not None:
            task.cancel()

    loop.call_later(_MOMENT, gc.enable)
    ending = [number for number in _ENDING if signal.getsignal(number) is not signal.SIG_IGN]
    for number in ending:
        loop.add_signal_handler(number, end, number)
    try:
        return await work
    except asyncio.CancelledError:
        if caught:
            raise typer.Exit(128 + caught[0]) from None
        raise
    finally:
        for number in ending:
            loop.remove_signal_handler(number)
