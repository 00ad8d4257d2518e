"""How a command reaches Roxy: through the owner of the data folder, or opened in this process for the command."""

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

from roxy.cli.running import run
from roxy.cli.terminal.waiting import waiting
from roxy.config.places import Places
from roxy.contracts.doors import Assistant
from roxy.daemon.client import Attached, attach
from roxy.errors import UsageError
from roxy.observe.logs import start_logging, stop_logging

T = TypeVar("T")


def here() -> Places:
    """The folders of this user, seen from the current folder."""
    return Places.from_environment(os.environ, Path.cwd())


@asynccontextmanager
async def opened_here(*, long_lived: bool, log_here: bool = False) -> AsyncIterator[Assistant]:
    """Open Roxy in this process, with its log; raises `ConfigError` before anything is started.

    `log_here` shows warnings on stderr too, for a process that nobody talks to.
    """
    # What opens Roxy is loaded by the process that does, not by one that attaches.
    from roxy.config.settings import load_settings  # noqa: PLC0415
    from roxy.orchestrator.opening import opened  # noqa: PLC0415

    places = here()
    settings = load_settings(places, os.environ)
    places.ready()
    log = settings.logging
    start_logging(places.logs, level=log.level, max_bytes=log.max_bytes, keep=log.keep, terminal=log_here)
    try:
        async with opened(settings, places, os.environ, long_lived=long_lived) as assistant:
            yield assistant
    finally:
        stop_logging()


@asynccontextmanager
async def reached() -> AsyncIterator[Assistant]:
    """Roxy for one command: the owner when there is one, else opened here, for this command only."""
    attached = await attach(here().data)
    if attached is not None:
        yield attached
        return
    async with opened_here(long_lived=False) as assistant:
        yield assistant


def is_owner(assistant: Assistant) -> bool:
    """Whether `assistant` is the Roxy that owns the data folder, and not one for this command only."""
    return isinstance(assistant, Attached)


def with_roxy(work: Callable[[Assistant], Awaitable[T]], *, doing: str = "") -> T:
    """Run `work` on Roxy, wherever it is; `doing` is shown at a terminal when it takes a while."""

    async def reach_and_work() -> T:
        async with waiting(doing, quiet=not doing), reached() as assistant:
            return await work(assistant)

    return run(reach_and_work())


def with_owner(work: Callable[[Assistant], Awaitable[T]], what: str, *, doing: str = "") -> T:
    """Run `work` on the owner of the data folder; raises `UsageError` without one, since `what` would not last."""

    async def attach_and_work() -> T:
        attached = await attach(here().data)
        if attached is None:
            raise UsageError(
                f"No Roxy is running, so {what}.",
                hint="Run `roxy daemon start` (or talk to it with `roxy chat`), then this command again.",
            )
        async with waiting(doing, quiet=not doing):
            return await work(attached)

    return run(attach_and_work())
